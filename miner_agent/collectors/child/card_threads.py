"""Reads the cards of one collector, so that one that hangs or is slow costs no other card its reading.

The thread that was asked reads all cards, one after the other, and tells the answer: as long as all is well no other
thread wakes. Where it is not through after a moment, each card that is left gets a thread of its own. The round ends
when all have answered, or with our patience. A card that has not answered by then keeps its thread, is asked nothing
more, and is told as waited for; another thread takes the place of the one that was asked, if that is where it waits.
What such a card says in the end is dropped, being of an earlier tick, and in the next round it is asked again. Some
drivers have one lock for all cards: then each waits.

So there are at most as many threads as cards, and one more. Those of a bad moment end with it.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from miner_agent.collectors.child.wake_up import Woken

MOMENT_SECONDS = 0.25
"""Twelve healthy cards take 25 ms."""

Raw = dict[str, object]
Said = Raw | str
"""What somebody says, or the JSON of it where that is made at once: an encoder takes as long as the cards."""
Waiting = tuple[float, float]  # when the call began that has not come back, and how long ago that is: [s]


class CardToRead(Protocol):
    """Something to read in a round. Never read by two threads at once."""

    def read(self, now: float) -> Said:
        """What it says. May take for ever."""


class Reader(Protocol):
    """The cards of one collector. Used by one thread at a time, while others may read cards."""

    def begin(self, now: float, away: Collection[CardToRead]) -> Sequence[CardToRead]:
        """What there is to read. Of those that are ``away`` a call has not come back: they stay the same objects."""

    def end(self, now: float, answers: Sequence[Said | Waiting]) -> Said:
        """The whole answer, from what each of those cards said, or for how long it has not answered."""


class Times(Protocol):
    """Wakes a round when its time has come."""

    def set(self, whose: Woken, seconds: float) -> None:
        """So long from now."""

    def clear(self, whose: Woken) -> None:
        """No more."""


class _Round:
    """The cards of one tick: those that are left to begin with, and what the others said.

    Threads share it without a lock, which would cost as much as reading a card: whoever takes a card from ``left`` is
    the only one that has it, and its answer is the last that is done for it.
    """

    __slots__ = ("answers", "asked", "begun_at", "cards", "is_spread", "left", "place", "tell", "telling", "threads")

    def __init__(
        self, threads: "CardThreads", asked: Sequence[CardToRead], away: Collection[CardToRead], begun_at: float,
        tell: Callable[[Said | Exception], None],
    ) -> None:  # fmt: skip
        self.threads, self.asked, self.begun_at, self.tell = threads, asked, begun_at, tell
        self.cards = [card for card in asked if card not in away]
        self.left = deque(self.cards)
        self.answers: dict[CardToRead, Said | Exception | None] = {}
        self.is_spread = False
        self.telling, self.place = threading.Lock(), threading.Lock()  # each is for the first who takes it

    def read_left(self) -> None:
        """Ask one after the other, until none is left."""
        left, answers, begun_at = self.left, self.answers, self.begun_at
        while left:
            try:
                card = left.popleft()
            except IndexError:  # somebody else has taken the last one
                return
            try:
                said: Said | Exception = card.read(begun_at)
            except Exception as error:  # noqa: BLE001  # the parent must hear of it, and the next tick may be better
                said = error
            answers[card] = said

    @property
    def is_complete(self) -> bool:
        return len(self.answers) == len(self.cards)

    def end(self) -> None:
        """Let nobody begin with another card."""
        while (card := self._taken()) is not None:
            self.answers[card] = None

    def away(self) -> set[CardToRead]:
        """Of a round that has ended, the cards that are still being read."""
        return {card for card in self.cards if card not in self.answers}

    def wake(self) -> None:
        """It has lasted too long: for one thread, or for our patience."""
        self.threads.look_after(self)

    def _taken(self) -> CardToRead | None:
        try:
            return self.left.popleft()
        except IndexError:
            return None


class CardThreads:
    """Asks a reader's cards, each so that nobody has to wait for it."""

    def __init__(
        self, reader: Reader, times: Times, *, replace: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """``replace``: begins a thread in the place of one that a card keeps. Raises RuntimeError where none can be."""
        self._reader, self._times, self._replace, self._monotonic = reader, times, replace, monotonic
        self._patience_seconds = 0.0
        self._unfinished: list[_Round] = []  # those that cards are away from

    def ask(self, patience_seconds: float, tell: Callable[[Said | Exception], None]) -> bool:
        """Read the cards for one tick, and tell its raw answer, or the mistake that was made. Used by one at a time.

        The answer may be told by another thread, before this one comes back. Then that may ask the next time.

        Returns:
            whether this thread still has its place. Where not, another one has taken it.
        """
        now = self._monotonic()
        away: set[CardToRead] = set()
        if self._unfinished:
            self._unfinished = [one for one in self._unfinished if one.away()]
            away.update(*(one.away() for one in self._unfinished))
        this = _Round(self, self._reader.begin(now, away), away, now, tell)
        self._patience_seconds = patience_seconds
        self._times.set(this, self._moment_seconds)
        self._read(this)
        return this.place.acquire(blocking=False)

    @property
    def _moment_seconds(self) -> float:
        return min(MOMENT_SECONDS, self._patience_seconds / 2)

    def look_after(self, this: _Round) -> None:
        """Of a round that lasts: help it after a moment, end it after that. Used by one thread."""
        if this.is_spread:
            this.end()
            self._close(this)
            if this.place.acquire(blocking=False):
                try:
                    self._replace()
                except RuntimeError:  # no more threads may be started: it has its place when it comes back
                    this.place.release()
            return
        this.is_spread = True
        self._times.set(this, self._patience_seconds - self._moment_seconds)
        with contextlib.suppress(RuntimeError):  # some cards wait for the next tick
            for _ in range(len(this.left)):
                threading.Thread(target=self._read, args=(this,), name="cards", daemon=True).start()

    def _read(self, this: _Round) -> None:
        this.read_left()
        if this.is_complete:
            self._close(this)

    def _close(self, this: _Round) -> None:
        """Tell the answer, once."""
        if not this.telling.acquire(blocking=False):
            return
        self._times.clear(this)
        if not this.is_complete:
            self._unfinished.append(this)
        try:
            said: Said | Exception = self._answer(this)
        except Exception as error:  # noqa: BLE001  # the parent must hear of it, and the next tick may be better
            said = error
        this.tell(said)

    def _answer(self, this: _Round) -> Said:
        said: list[Said | None] = []
        for answer in map(this.answers.get, this.asked):
            if isinstance(answer, Exception):
                raise answer
            said.append(answer)
        return self._reader.end(this.begun_at, self._with_waits(this, said))

    def _with_waits(self, this: _Round, said: Sequence[Said | None]) -> Sequence[Said | Waiting]:
        told = [answer for answer in said if answer is not None]
        if len(told) == len(said):
            return told
        # a card that no thread was found for is none of the unfinished
        begun = {card: one.begun_at for one in self._unfinished for card in one.away()}
        ended = self._monotonic()
        waits = [(since, ended - since) for since in (begun.get(card, this.begun_at) for card in this.asked)]
        return [waiting if answer is None else answer for answer, waiting in zip(said, waits, strict=True)]
