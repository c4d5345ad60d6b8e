"""How fast a miner has found shares by itself: what to expect where nobody says how much work one is. Pure.

It is known once enough of them were found. While none comes it stays as it was.
"""

import json
import math
from typing import Self

HOURS = 24
SLICE_SECONDS = 3600.0  # an hour of mining
LEAST_SHARES = 30  # fewer say too little
LONGEST_INTERVALS = 20.0  # a longer wait was no chance, and says nothing of the pace


class OwnPace:
    """The last hours in which one workload mined, with the shares that were accepted in each."""

    __slots__ = ("_hours", "_waited_seconds")

    def __init__(self) -> None:
        self._hours: list[tuple[float, float]] = []  # shares and seconds, the newest last
        self._waited_seconds = 0.0  # since the last share

    def add(self, shares: float, seconds: float) -> bool:
        """Take in what came while it mined for so long; whether an hour has ended by that."""
        self._waited_seconds += seconds
        if shares <= 0:
            return False
        interval_seconds = self.interval_seconds
        longest_seconds = math.inf if interval_seconds is None else LONGEST_INTERVALS * interval_seconds
        waited_seconds, self._waited_seconds = min(self._waited_seconds, longest_seconds), 0.0
        is_new = not self._hours or self._hours[-1][1] >= SLICE_SECONDS
        known_shares, known_seconds = (0.0, 0.0) if is_new else self._hours.pop()
        self._hours = [*self._hours[1 - HOURS :], (known_shares + shares, known_seconds + waited_seconds)]
        return self._hours[-1][1] >= SLICE_SECONDS

    @property
    def interval_seconds(self) -> float | None:
        """How long a share takes: in the slowest hour that had enough of them, else over all hours."""
        told = [seconds / shares for shares, seconds in self._hours if shares >= LEAST_SHARES]
        if told:
            return max(told)
        shares = sum(found for found, _ in self._hours)
        return sum(seconds for _, seconds in self._hours) / shares if shares >= LEAST_SHARES else None

    def written(self) -> str:
        """As it is kept."""
        return json.dumps([[shares, round(seconds, 3)] for shares, seconds in self._hours])

    @classmethod
    def read(cls, fact: str) -> Self:
        """What an earlier run has kept; nothing where it is not one of ours."""
        pace = cls()
        try:
            hours = [(float(shares), float(seconds)) for shares, seconds in json.loads(fact)]
        except (ValueError, TypeError, OverflowError, RecursionError):
            return pace
        if all(0 < number < 1e12 for hour in hours for number in hour):
            pace._hours = hours[-HOURS:]
        return pace
