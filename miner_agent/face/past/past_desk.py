"""The thread in which the log is asked for pages and documents: one question at a time, and none for too long.

Whoever serves scrapes never waits for it, nor does the end: a disk that hangs keeps this thread, and nothing else.
"""

import hashlib
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import msgspec

from miner_agent.errors import AgentError
from miner_agent.face.asked_wrongly import NothingThere
from miner_agent.face.past.log_question import LogQuestion
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.web.inquiry import Reply

MOST_QUESTIONS = 8  # at once, the one that is answered among them
ANSWERED_WITHIN_SECONDS = 8.0  # each by itself
KEPT_SECONDS = 60.0
MOST_KEPT, MOST_KEPT_BYTES = 32, 1 << 20
RETRY: Mapping[str, str] = MappingProxyType({"retry-after": "5"})
BUSY = "The log is being asked for other things. Try again in a few seconds."
TOO_LONG = f"The log did not answer within {ANSWERED_WITHIN_SECONDS:.0f} s. Ask for a shorter time."
UNREADABLE = "The log cannot be read. The agent's own log says why."
_log = logging.getLogger(__name__)
Tell = Callable[[msgspec.Struct], Reply]
Refuse = Callable[[int, str, Mapping[str, str]], Reply]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Equal where question and form are."""

    question: LogQuestion
    form: str
    tell: Tell = field(compare=False)
    refuse: Refuse = field(compare=False)


class PastDesk:
    """Asked in the web's thread; answers by its own."""

    def __init__(self, file: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            file: the log.
            monotonic: a clock that is never set.
        """
        self._file, self._monotonic = file, monotonic
        self._room = threading.Semaphore(MOST_QUESTIONS)
        self._asked: queue.SimpleQueue[tuple[_Asked, Future[Reply]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="past", daemon=True)
        self._kept = _KeptReplies(monotonic)
        self._until_seconds = 0.0  # by the clock

    def close(self) -> None:
        """Answer no more than what is asked already."""
        self._asked.put(None)

    def ask(self, question: LogQuestion, tell: Tell, refuse: Refuse, *, form: str) -> Reply | Future[Reply]:
        """What the log says to a question, or who will tell it.

        Args:
            tell: makes a reply of what the log says, in the thread of the desk.
            refuse: makes one of a status, a sentence and headers.
            form: what ``tell`` makes of it; an equal question in the same form has the same reply.
        """
        asked = _Asked(question, form, tell, refuse)
        if (known := self._kept.of(asked)) is not None:
            return known
        if not self._room.acquire(blocking=False):
            return refuse(503, BUSY, RETRY)
        if self._thread.ident is None:
            self._thread.start()
        done: Future[Reply] = Future()
        self._asked.put((asked, done))
        return done

    def _run(self) -> None:
        while (taken := self._asked.get()) is not None:
            asked, done = taken
            try:
                if done.set_running_or_notify_cancel():  # else nobody waits for it any more
                    done.set_result(self._answer(asked))
            except Exception as error:  # noqa: BLE001 - it shows itself to whoever asked
                done.set_exception(error)
            finally:
                self._room.release()

    def _answer(self, asked: _Asked) -> Reply:
        if (known := self._kept.of(asked)) is not None:  # somebody asked for the same just before
            return known
        self._until_seconds = self._monotonic() + ANSWERED_WITHIN_SECONDS
        try:
            with closing(TelemetryLog.open_read_only(self._file, is_over=self._is_over)) as log:
                told = asked.question.answer(log)
        except NothingThere as error:
            return asked.refuse(404, str(error.args[0]), {})
        except AgentError as error:
            if self._is_over():
                return asked.refuse(503, TOO_LONG, RETRY)
            _log.warning("the past was asked for: %s", clean_text(str(error), length=LOG_LENGTH))
            return asked.refuse(503, UNREADABLE, RETRY)
        return self._kept.keep(asked, asked.tell(told))

    def _is_over(self) -> bool:
        return self._monotonic() > self._until_seconds


class _KeptReplies:
    """Replies of the last minute, of all threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._replies: OrderedDict[_Asked, tuple[float, Reply]] = OrderedDict()
        self._bytes = 0

    def of(self, asked: _Asked) -> Reply | None:
        with self._lock:
            at, reply = self._replies.get(asked, (0.0, None))
            return reply if self._monotonic() - at < KEPT_SECONDS else None

    def keep(self, asked: _Asked, reply: Reply) -> Reply:
        """That reply, with what tells it from another one."""
        whole = replace(reply, etag=f'"{hashlib.blake2b(reply.body, digest_size=12).hexdigest()}"')
        with self._lock:
            _, before = self._replies.pop(asked, (0.0, None))
            self._bytes += len(whole.body) - (0 if before is None else len(before.body))
            self._replies[asked] = self._monotonic(), whole
            while len(self._replies) > MOST_KEPT or self._bytes > MOST_KEPT_BYTES:
                _, (_, oldest) = self._replies.popitem(last=False)
                self._bytes -= len(oldest.body)
        return whole
