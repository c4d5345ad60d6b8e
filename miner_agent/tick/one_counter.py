"""One counter of a miner after something was not as it should be: what to show of it, and what has come to it.

What fell and what leapt are absent until they have said so several times; what came to them meanwhile is not sure, and
is left out.
"""

from typing import TypeAlias

from miner_agent.model.counting import gained
from miner_agent.tick.leaps import leaps
from miner_agent.tick.restarts import Continuity

SETTLED_LOOKS = 3  # a counter that fell, or leapt, counts on from there when it has stood there so often
STRANGE_LOOKS = 2  # a counter in which others may have counted counts on from there
LEVELS = 8  # that a counter has fallen from, or pools, that are remembered
Count: TypeAlias = float


class OneCounter:
    """What is shown of it, and what has come to it."""

    __slots__ = (
        "_leap_looks",
        "_leapt_to",
        "_levels",
        "_looks",
        "_low",
        "_shown",
        "_stands_high",
        "_strange_looks",
        "doubted",
        "goes_on",
        "has_leapt",
        "last",
        "run",
    )

    def __init__(self, last: Count | None) -> None:
        self.last = self._shown = last
        self.run = Continuity.GOES_ON  # what is known of its miner, until it is told again
        self.doubted: Count | None = None  # what it said when its miner was first seen to be a new program
        self.goes_on = False  # that was not lower than before
        self.has_leapt = False  # in the last look it said more than can have come to it
        self._levels: list[Count] = []  # that it fell from: it may come back to them
        self._low = last  # where it has stood since it fell
        self._looks = 0
        self._leapt_to: Count | None = None  # what it said when it had last gone up by more than can have come to it
        self._leap_looks = 0  # how often it has said so by now
        self._stands_high = False  # it was believed that, and has not fallen since
        self._strange_looks = 0  # others may have counted in it since it was last believed: how often to look first

    @property
    def is_plain(self) -> bool:
        unsure = self._looks or self._leap_looks or self._levels
        return not unsure and self._shown == self.last and self.run is Continuity.GOES_ON

    @property
    def stands_at(self) -> Count | None:
        """What was last said of it, where that is sure."""
        return None if self._looks or self._leap_looks or self._strange_looks else self.last

    def is_reached(self, count: Count | None) -> bool:
        """Whether that is not lower than it was."""
        return count is not None and self.last is not None and count >= self.last

    def take(
        self, now: Count | None, most: Count | None, *, moved: bool, strange: bool, stood: Count | None
    ) -> tuple[Count | None, Count | None]:
        """What to show, and what came to it.

        Args:
            now: what the miner says.
            most: what can have come to it since the last look; ``None`` where that is not known.
            moved: it works for another pool than before, or comes back from another algorithm.
            strange: others have counted meanwhile, nobody knows how much.
            stood: where it stood when it last counted for this pool.
        """
        self.has_leapt = False
        if now is None:
            return None, None
        if self.last is None or self._shown is None:
            self.last = self._shown = now
            self.run = Continuity.GOES_ON
            return now, None
        if self.run is not Continuity.GOES_ON and not (self.goes_on and now < self.last):
            return self._begun_anew(now, self.last, most)
        self.run = Continuity.GOES_ON
        if moved:
            self._looks, self._strange_looks = 0, STRANGE_LOOKS if strange else 0
            self._levels = [*self._levels[1 - LEVELS :], *(() if stood is None else (stood,))]
        if now < self.last:
            return self._fallen(now, self.last)
        self._looks = 0
        base = max(self.last, *(level for level in (*self._levels, 0) if level <= now))
        if not self._strange_looks and self._is_leap(base, now, most):
            return None, 0
        if self._strange_looks:
            self._strange_looks -= 1
            base = now
        self._levels = [level for level in self._levels if level > now]
        return self._gone_up(now, gained(base, now, restarted=False))

    def _begun_anew(self, now: Count, before: Count, most: Count | None) -> tuple[Count | None, Count]:
        """``before``: what it said last in the run before. What it has leapt to since the first answer is not sure."""
        self._levels, self._looks, self._leap_looks, self._strange_looks, self._stands_high = [], 0, 0, 0, False
        run, self.run = self.run, Continuity.GOES_ON
        if now < before:
            self._shown = 0
        if not leaps(self.doubted, now, most):
            return self._gone_up(now, gained(before, now, restarted=run is Continuity.ANEW))
        if now >= before:
            return self._gone_up(now, 0)
        self._gone_up(self.doubted or 0, 0)
        self._is_leap(self.last or 0, now, most)
        return None, 0

    def _is_leap(self, before: Count, now: Count, most: Count | None) -> bool:
        """Whether it is not to be believed yet. What it says several times it is, but nothing came to it by that."""
        if not leaps(before, now, most):
            self._leap_looks = 0
            return False
        if self._leapt_to is None or now < self._leapt_to or leaps(self._leapt_to, now, most):
            self._leap_looks = 0
        self._leapt_to = now
        self._leap_looks += 1
        self.has_leapt = self._leap_looks < SETTLED_LOOKS
        if self.has_leapt:
            return True
        self._leap_looks, self._strange_looks, self._stands_high = 0, max(1, self._strange_looks), True
        return False

    def _fallen(self, now: Count, before: Count) -> tuple[Count | None, Count]:
        """Nothing is shown until it has stood there for a while. Then it counts on from what it showed before."""
        if not self._looks or self._low is None or now < self._low:
            self._looks = 0
        self._low = now
        self._leap_looks = 0
        self._looks += 1
        if self._looks < SETTLED_LOOKS:
            return None, 0
        self._looks = self._strange_looks = 0
        if not self._stands_high:
            self._levels = [*self._levels[1 - LEVELS :], before]
        self._stands_high = False
        return self._gone_up(now, 0)

    def _gone_up(self, now: Count, gain: Count) -> tuple[Count, Count]:
        self.last = now
        self._shown = (self._shown or 0) + gain
        return self._shown, gain
