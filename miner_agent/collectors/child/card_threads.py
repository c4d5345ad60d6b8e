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
from queue import SimpleQueue
from typing import Protocol

MOMENT_SECONDS = 0.25
"""Twelve healthy cards take 25 ms."""

Raw = dict[str, object]


class CardToRead(Protocol):
    """Something to read in a round. Never read by two threads at once."""

    def read(self, now: float) -> Raw:
        """What it says. May take for ever."""
        ...


class Reader(Protocol):
    """The cards of one collector. Used by one thread, while others may read cards."""

    def begin(self, now: float, away: Collection[CardToRead]) -> Sequence[CardToRead]:
        """What there is to read. Of those that are ``away`` a call has not come back: they stay the same objects."""
        ...

    def end(self, now: float, answers: Sequence[Raw | None]) -> Raw:
        """The whole answer, from what each of those cards said; ``None`` of one that has not answered."""
        ...


class _Round:
    """The cards of one tick: those that are left to begin with, and what the others said."""

    __slots__ = ("answers", "begun_at", "count", "left")

    def __init__(self, cards: Sequence[CardToRead], begun_at: float) -> None:
        self.left, self.count, self.begun_at = deque(cards), len(cards), begun_at
        self.answers: dict[CardToRead, Raw | Exception] = {}

    def is_complete(self) -> bool:
        return len(self.answers) == self.count


class CardThreads:
    """Asks a reader's cards, each in a thread that nobody has to wait for."""

    def __init__(self, reader: Reader, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._reader, self._monotonic = reader, monotonic
        self._work: SimpleQueue[_Round] = SimpleQueue()  # each for one thread, which has been found before
        self._changed = threading.Condition(threading.Lock())  # over all that follows, and over rounds
        self._away: set[CardToRead] = set()  # those that are being read
        self._has_idle_thread = False

    def read(self, patience_seconds: float) -> Raw:
        """One tick's raw answer. Used by one thread."""
        now = self._monotonic()
        with self._changed:
            away = self._away.copy()
        cards = self._reader.begin(now, away)
        this = _Round([card for card in cards if card not in away], now)
        if this.count:
            self._put_to_work(this)
            self._wait_for(this, patience_seconds)
        with self._changed:
            this.left.clear()
            answers = this.answers.copy()
        return self._reader.end(now, [_said(answers.get(card)) for card in cards])

    def _wait_for(self, this: _Round, patience_seconds: float) -> None:
        moment_seconds = min(MOMENT_SECONDS, patience_seconds / 2)
        with self._changed:
            if self._changed.wait_for(this.is_complete, moment_seconds):
                return
            left = len(this.left)
        with contextlib.suppress(RuntimeError):  # no more threads may be started: some cards wait for the next tick
            for _ in range(left):
                self._put_to_work(this)
        with self._changed:
            self._changed.wait_for(this.is_complete, patience_seconds - moment_seconds)

    def _put_to_work(self, this: _Round) -> None:
        with self._changed:
            is_there, self._has_idle_thread = self._has_idle_thread, False
        if not is_there:
            threading.Thread(target=self._serve, name="cards", daemon=True).start()
        self._work.put(this)

    def _serve(self) -> None:
        """Until another thread waits for work already."""
        while True:
            self._read_left(self._work.get())
            with self._changed:
                if self._has_idle_thread:
                    return
                self._has_idle_thread = True

    def _read_left(self, this: _Round) -> None:
        with self._changed:
            card = self._next(this)
        while card is not None:
            try:
                said: Raw | Exception = card.read(this.begun_at)
            except Exception as error:  # noqa: BLE001  # the parent must hear of it, and the next tick may be better
                said = error
            with self._changed:
                self._away.discard(card)
                this.answers[card] = said
                card = self._next(this)
                if this.is_complete():
                    self._changed.notify_all()

    def _next(self, this: _Round) -> CardToRead | None:
        if not this.left:
            return None
        card = this.left.popleft()
        self._away.add(card)
        return card


def _said(answer: Raw | Exception | None) -> Raw | None:
    if isinstance(answer, Exception):
        raise answer
    return answer
