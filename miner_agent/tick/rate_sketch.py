"""The median of a hashrate over the last seven days of mining, in little room: a few numbers a day. Pure.

The day that goes on is a histogram in steps of a percent; of a day that is over its median is left.
"""

import json
import math
from typing import Self

DAYS = 7
HISTOGRAM_SECONDS = 86_400.0  # a day of mining
LEAST_SECONDS = 10_800.0  # three hours: what was seen for less is not usual yet
STEP = math.log1p(0.01)
BINS = 32  # a rate that is steady fills a few
LOOKED_FOR_SECONDS = 600.0  # of mining, between two looks for the median
HIGHEST = 1e30  # [H/s]


class RateSketch:
    """What one workload, or one device's part of it, usually makes."""

    __slots__ = ("_bins", "_days", "_looked_at_seconds", "_seconds", "_usual")

    def __init__(self) -> None:
        self._days: list[tuple[float, float]] = []  # median and seconds, the newest last
        self._bins: dict[int, float] = {}  # seconds by step, of the day that goes on
        self._seconds = 0.0  # of that day
        self._usual: float | None = None
        self._looked_at_seconds = 0.0  # how far that day was when the median was last looked for

    def add(self, hashes_per_second: float, seconds: float) -> bool:
        """Take in what it made for so long; whether there is something new to keep: every few hours."""
        if not 0 < hashes_per_second < HIGHEST or not 0 < seconds <= HISTOGRAM_SECONDS:
            return False
        before = self.seconds
        step = round(math.log(hashes_per_second) / STEP)
        if step not in self._bins and len(self._bins) >= BINS:
            self._seconds -= self._bins.pop(min(self._bins, key=self._bins.__getitem__))
        self._bins[step] = self._bins.get(step, 0.0) + seconds
        self._seconds += seconds
        is_over = self._seconds >= HISTOGRAM_SECONDS
        if is_over:
            day = _median([(_rate(step), weight) for step, weight in self._bins.items()]), self._seconds
            self._days, self._bins, self._seconds = [*self._days[2 - DAYS :], day], {}, 0.0
        if is_over or self._usual is None or self._seconds - self._looked_at_seconds >= LOOKED_FOR_SECONDS:
            self._look()
        return is_over or before // LEAST_SECONDS != (before + seconds) // LEAST_SECONDS

    @property
    def seconds(self) -> float:
        """For how long it was seen, of what still counts."""
        return sum(seconds for _, seconds in self._days) + self._seconds

    @property
    def hashes_per_second(self) -> float | None:
        """The median, as of some minutes ago at most; ``None`` before it was seen for long enough."""
        return self._usual

    def _look(self) -> None:
        self._looked_at_seconds = self._seconds
        if self.seconds >= LEAST_SECONDS:
            self._usual = _median([*self._days, *((_rate(step), seconds) for step, seconds in self._bins.items())])

    def written(self) -> str:
        """As it is kept."""
        return json.dumps(
            {
                "days": [[rate, round(seconds, 1)] for rate, seconds in self._days],
                "today": {str(step): round(seconds, 1) for step, seconds in self._bins.items()},
            }
        )

    @classmethod
    def read(cls, fact: str) -> Self:
        """What an earlier run has kept; nothing where it is not one of ours."""
        sketch = cls()
        try:
            known = json.loads(fact)
            days = [(float(rate), float(seconds)) for rate, seconds in known["days"]]
            bins = {int(step): float(seconds) for step, seconds in known["today"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return sketch
        longest = math.log(HIGHEST) / STEP
        if all(0 < rate < HIGHEST and 0 < seconds <= 2 * HISTOGRAM_SECONDS for rate, seconds in days) and all(
            abs(step) <= longest and 0 < seconds <= HISTOGRAM_SECONDS for step, seconds in bins.items()
        ):
            sketch._days, sketch._bins = days[1 - DAYS :], dict(list(bins.items())[:BINS])
            sketch._seconds = sum(sketch._bins.values())
            sketch._look()
        return sketch


def _rate(step: int) -> float:
    return math.exp(step * STEP)


def _median(weighted: list[tuple[float, float]]) -> float:
    """Of values with their weights: below it lies half of the weight."""
    half, below = sum(weight for _, weight in weighted) / 2, 0.0
    for value, weight in sorted(weighted):
        below += weight
        if below > half:
            return value
    return 0.0
