"""Reads the cards of one collector, so that one that hangs or is slow costs no other card its reading.

A thread reads all cards, one after the other. Where it is not through after a moment, each card that is left gets a
thread of its own. The round ends when all have answered, or with our patience. A card that has not answered by then
keeps its thread, is asked nothing more, and is told as waited for. What it says in the end is dropped, being of an
earlier tick, and in the next round it is asked again. Some drivers have one lock for all cards: then each waits.

So there are at most as many threads as cards, and one more. Those of a bad moment end with it.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

MOMENT_SECONDS = 0.25
"""Twelve healthy cards take 25 ms."""

Raw = dict[str, object]
Waiting = tuple[float, float]  # when the call began that has not come back, and how long ago that is: [s]


class CardToRead(Protocol):
    """Something to read in a round. Never read by two threads at once."""

    def read(self, now: float) -> Raw:
        """What it says. May take for ever."""


class Reader(Protocol):
    """The cards of one collector. Used by one thread, while others may read cards."""

    def begin(self, now: float, away: Collection[CardToRead]) -> Sequence[CardToRead]:
        """What there is to read. Of those that are ``away`` a call has not come back: they stay the same objects."""

    def end(self, now: float, answers: Sequence[Raw | Waiting]) -> Raw:
        """The whole answer, from what each of those cards said, or for how long it has not answered."""


class _Round:
    """The cards of one tick: those that are left to begin with, and what the others said.

    Threads share it without a lock, which would cost as much as reading a card: whoever takes a card from ``left`` is
    the only one that has it, and its answer is the last that is done for it.
    """

    __slots__ = ("answers", "begun_at", "cards", "complete", "left")

    def __init__(self, cards: Sequence[CardToRead], begun_at: float) -> None:
        self.cards, self.left, self.begun_at = cards, deque(cards), begun_at
        self.answers: dict[CardToRead, Raw | Exception | None] = {}
        self.complete: SimpleQueue[None] = SimpleQueue()  # something is in it once all have answered

    def wait(self, seconds: float) -> bool:
        """Whether all have answered, within that time."""
        try:
            self.complete.get(timeout=max(seconds, 0.0))
        except Empty:
            return False
        return True

    def read_left(self) -> None:
        """Ask one after the other, until none is left."""
        while (card := self._taken()) is not None:
            try:
                said: Raw | Exception = card.read(self.begun_at)
            except Exception as error:  # noqa: BLE001  # the parent must hear of it, and the next tick may be better
                said = error
            self.answers[card] = said
        if len(self.answers) == len(self.cards):
            self.complete.put(None)

    def end(self) -> None:
        """Let nobody begin with another card."""
        while (card := self._taken()) is not None:
            self.answers[card] = None

    def away(self) -> set[CardToRead]:
        """Of a round that has ended, the cards that are still being read."""
        return {card for card in self.cards if card not in self.answers}

    def _taken(self) -> CardToRead | None:
        try:
            return self.left.popleft()
        except IndexError:
            return None


class CardThreads:
    """Asks a reader's cards, each in a thread that nobody has to wait for."""

    def __init__(self, reader: Reader, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._reader, self._monotonic = reader, monotonic
        self._work: SimpleQueue[_Round] = SimpleQueue()  # each for one thread, which has been found before
        self._unfinished: list[_Round] = []  # those that cards are away from
        self._lock = threading.Lock()
        self._has_idle_thread = False

    def read(self, patience_seconds: float) -> Raw:
        """One tick's raw answer. Used by one thread."""
        now = self._monotonic()
        away: set[CardToRead] = set()
        if self._unfinished:
            self._unfinished = [one for one in self._unfinished if one.away()]
            away.update(*(one.away() for one in self._unfinished))
        cards = self._reader.begin(now, away)
        this = _Round([card for card in cards if card not in away], now)
        if this.cards:
            self._put_to_work(this)
            if not self._is_complete(this, patience_seconds):
                this.end()
                self._unfinished.append(this)
        said = [_said(this.answers.get(card)) for card in cards]
        return self._reader.end(now, self._with_waits(cards, said, now))

    def _with_waits(self, cards: Sequence[CardToRead], said: Sequence[Raw | None], now: float) -> list[Raw | Waiting]:
        """``now``: when those were begun that no thread was found for: they are none of the unfinished."""
        told = [answer for answer in said if answer is not None]
        if len(told) == len(said):
            return [*told]
        begun = {card: one.begun_at for one in self._unfinished for card in one.away()}
        ended = self._monotonic()
        waits = [(since, ended - since) for since in (begun.get(card, now) for card in cards)]
        return [waiting if answer is None else answer for answer, waiting in zip(said, waits, strict=True)]

    def _is_complete(self, this: _Round, patience_seconds: float) -> bool:
        moment_seconds = min(MOMENT_SECONDS, patience_seconds / 2)
        if this.wait(moment_seconds):
            return True
        with contextlib.suppress(RuntimeError):  # no more threads may be started: some cards wait for the next tick
            for _ in range(len(this.left)):
                self._put_to_work(this)
        return this.wait(patience_seconds - moment_seconds)

    def _put_to_work(self, this: _Round) -> None:
        with self._lock:
            is_there, self._has_idle_thread = self._has_idle_thread, False
        if not is_there:
            threading.Thread(target=self._serve, name="cards", daemon=True).start()
        self._work.put(this)

    def _serve(self) -> None:
        """Until another thread waits for work already."""
        while True:
            self._work.get().read_left()
            with self._lock:
                if self._has_idle_thread:
                    return
                self._has_idle_thread = True


def _said(answer: Raw | Exception | None) -> Raw | None:
    if isinstance(answer, Exception):
        raise answer
    return answer
