"""A desk: a thread of its own in which questions of one kind are answered, one at a time.

Whoever serves scrapes never waits for it, nor does the end: what hangs keeps this thread, and nothing else.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from miner_agent.face.asked_wrongly import AskedWrongly, NothingThere, NotNow
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.web.in_line import InLine
from miner_agent.web.inquiry import Reply

MOST_QUESTIONS = 8  # at once, the one that is answered among them
KEPT_SECONDS = 60.0
MOST_KEPT, MOST_KEPT_BYTES = 32, 1 << 20
LOGGED_EVERY_SECONDS = 600.0  # that nothing can be told: clients can ask as often as they like
BUSY = "Too much is being asked for. Try again in a few seconds."
RETRY: Mapping[str, str] = MappingProxyType({"retry-after": "5"})
_log = logging.getLogger(__name__)
Tell = Callable[[msgspec.Struct], Reply]
Refuse = Callable[[int, str, Mapping[str, str]], Reply]


class AskedLater:
    """A question that a desk answers. Equal ones have one answer, so they are hashable, and their times are rounded."""

    __slots__ = ()


_Key: TypeAlias = tuple[AskedLater, str]
"""A question and the form of its answer: where both are equal, replies are. It holds nothing of how they are made."""


class QuestionDesk:
    """Asked in the web's thread; answers by its own."""

    def __init__(
        self, name: str, answer: Callable[[Any], msgspec.Struct], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """
        Args:
            name: of the thread.
            answer: to one question, in that thread. Raises AskedWrongly, NothingThere or NotNow.
            monotonic: a clock that is never set.
        """
        self._name, self._answer_to, self._monotonic = name, answer, monotonic
        self._logged_at: float | None = None
        self._kept = _KeptReplies(monotonic)
        self._line = InLine(
            name,
            MOST_QUESTIONS,
            idle_seconds=lambda: KEPT_SECONDS if self._kept else None,
            when_idle=self._kept.let_go,
        )

    def close(self) -> None:
        """Answer no more than what is asked already."""
        self._line.close()

    def forget(self) -> None:
        """Keep no reply: what they were made of holds no more."""
        self._kept.forget()

    def ask(self, question: AskedLater, tell: Tell, refuse: Refuse, *, form: str) -> Reply | Future[Reply]:
        """The answer to a question, or who will tell it.

        Args:
            tell: makes a reply of the answer, in the thread of the desk.
            refuse: makes one of a status, a sentence and headers.
            form: what ``tell`` makes of it; an equal question in the same form has the same reply.
        """
        key = question, form
        if (known := self._kept.of(key)) is not None:
            return known
        done = self._line.begin(partial(self._answer, key, tell, refuse))
        return refuse(503, BUSY, RETRY) if done is None else done

    def _answer(self, key: _Key, tell: Tell, refuse: Refuse) -> Reply:
        if (known := self._kept.of(key)) is not None:  # somebody asked for the same just before
            return known
        era = self._kept.era
        try:
            told = self._answer_to(key[0])
        except AskedWrongly as error:
            return refuse(400, str(error), {})
        except NothingThere as error:
            return refuse(404, str(error), {})
        except NotNow as error:
            if error.why is not None:
                self._tell_owner(error.why)
            return refuse(503, str(error), RETRY)
        return self._kept.keep(key, tell(told), era)

    def _tell_owner(self, why: str) -> None:
        now = self._monotonic()
        if self._logged_at is None or now - self._logged_at >= LOGGED_EVERY_SECONDS:
            self._logged_at = now
            said = clean_text(why, length=LOG_LENGTH)
            _log.warning("%s: %s; more of it is not logged for ten minutes", self._name, said)


class _KeptReplies:
    """Replies of the last minute, of all threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._replies: OrderedDict[_Key, tuple[float, Reply]] = OrderedDict()
        self._bytes = 0
        self.era = 0  # how often all was forgotten

    def of(self, key: _Key) -> Reply | None:
        with self._lock:
            at, reply = self._replies.get(key, (0.0, None))
            return reply if self._monotonic() - at < KEPT_SECONDS else None

    def __bool__(self) -> bool:
        return bool(self._replies)

    def let_go(self) -> None:
        """Of those whose minute is over."""
        with self._lock:
            self._drop_old()

    def forget(self) -> None:
        with self._lock:
            self._replies.clear()
            self._bytes = 0
            self.era += 1

    def keep(self, key: _Key, reply: Reply, era: int) -> Reply:
        """That reply, with what tells it from another one; it is not kept where all was forgotten since that era."""
        whole = reply.marked()
        with self._lock:
            if era != self.era:
                return whole
            _, before = self._replies.pop(key, (0.0, None))
            self._bytes += len(whole.body) - (0 if before is None else len(before.body))
            self._replies[key] = self._monotonic(), whole
            self._drop_old()
            while len(self._replies) > MOST_KEPT or self._bytes > MOST_KEPT_BYTES:
                self._drop_first()
        return whole

    def _drop_old(self) -> None:
        """The first is the oldest: what is kept anew goes to the end."""
        over = self._monotonic() - KEPT_SECONDS
        while self._replies and next(iter(self._replies.values()))[0] <= over:
            self._drop_first()

    def _drop_first(self) -> None:
        _, (_, reply) = self._replies.popitem(last=False)
        self._bytes -= len(reply.body)
