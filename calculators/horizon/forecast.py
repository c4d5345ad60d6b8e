"""How far the mean of the days ahead strays from today, with a coverage that was earned in the past.

The interval is made of what happened: after each past day, the mean of the days that followed by the value of that day.
It needs no model, and keeps what a history has of jumps, spells and trends. How far out its ends are taken follows how
such intervals held until then: each that did not hold takes its end further out, each that did takes both further in
(Gibbs and Candes, "Adaptive conformal inference under distribution shift", 2021). ``coverage`` tells how they held.
"""

import math
from bisect import insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from calculators.given import above_zero

STEP = 0.3
"""How fast the ends follow, per horizon: an interval is known to have held only a horizon later. A tenth of it follows
too late for a coin whose spells last months, and ten times as much makes intervals jump."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where the mean of the next ``horizon_days`` should lie, by today's value: times a coin's revenue per day it is
    that revenue's interval.
    """

    horizon_days: int
    coverage: float  # stated: at least so many of such intervals should hold
    low_ratio: float
    median_ratio: float
    high_ratio: float
    windows: int  # past windows that it is made of; they overlap

    def holds(self, ratio: float) -> bool:
        """Whether what came lies in it.

        Args:
            ratio: what came, by the value of the interval's day. [1]
        """
        return self.low_ratio <= ratio <= self.high_ratio


def forecast(*, values: Sequence[float], horizon_days: int, coverage: float) -> Interval:
    """An interval for the mean of the days after the last value, by that value.

    Windows overlap, so a history of n days has only n / horizon that are independent. At first the quantiles are taken
    so far out that an interval from so few holds in ``coverage`` of all cases; then they follow how the intervals of
    the days before held. A future unlike any past is not in it.

    Args:
        values: one a day, the oldest first, such as coins for a hash, or what these are worth. [any] A missing day is
            skipped.
        horizon_days: days ahead. [d]
        coverage: how often such an interval should hold. [1] 0.8 for four of five.

    Raises:
        ValueError: the history is too short for this horizon and coverage, with what it would take; a value is not
            above zero.

    >>> level = forecast(values=[5.0] * 100, horizon_days=5, coverage=0.8)
    >>> level.low_ratio, level.high_ratio, level.windows
    (1.0, 1.0, 95)
    """
    ratios = windows(values=values, horizon_days=horizon_days)
    found = deque(_intervals(ratios, len(values), horizon_days, coverage), maxlen=1)[-1] if values else None
    if found is None:
        needed = days_needed(horizon_days=horizon_days, coverage=coverage)
        raise ValueError(
            f"{horizon_days} days ahead with a coverage of {coverage:g} take {needed} days of history, and there are "
            f"{len(values)}; ask for fewer days ahead, or for less coverage"
        )
    return found


def windows(*, values: Sequence[float], horizon_days: int) -> list[float]:
    """For each day with enough days after it: their mean by its value.

    Args:
        values: one a day, the oldest first. [any]
        horizon_days: days in a window. [d]

    Raises:
        ValueError: a value is not finite or not above zero, or the horizon is no day.

    >>> windows(values=[1.0, 2.0, 4.0], horizon_days=2)
    [3.0]
    """
    _check_horizon(horizon_days)
    for value in values:
        above_zero(value=value)
    return [
        math.fsum(values[day + 1 : day + 1 + horizon_days]) / horizon_days / values[day]
        for day in range(len(values) - horizon_days)
    ]


def _intervals(ratios: Sequence[float], days: int, horizon_days: int, stated: float) -> Iterator[Interval | None]:
    """For each day the interval that the windows which ended by then allow; ``None`` where they are too few."""
    tail = _tail(stated)
    below = above = tail  # of what comes, so much is to pass each end
    past: list[float] = []
    issued: list[Interval | None] = []
    for day in range(days):
        ended = day - horizon_days
        if ended >= 0:
            came = ratios[ended]
            insort(past, came)
            if (told := issued[ended]) is not None:
                below = _followed(below, tail, horizon_days, missed=came < told.low_ratio)
                above = _followed(above, tail, horizon_days, missed=came > told.high_ratio)
        found = interval(
            ordered_ratios=past, horizon_days=horizon_days, coverage=stated, below_ratio=below, above_ratio=above
        )
        issued.append(found)
        yield found


def _followed(share: float, tail: float, horizon_days: int, *, missed: bool) -> float:
    return share + STEP / horizon_days * (tail - missed)


def interval(
    *,
    ordered_ratios: Sequence[float],
    horizon_days: int,
    coverage: float,
    below_ratio: float | None = None,
    above_ratio: float | None = None,
) -> Interval | None:
    """The interval that past windows allow; ``None`` where they are too few.

    Args:
        ordered_ratios: as of ``windows``, in the order of their size. [1]
        horizon_days: days in a window. [d]
        coverage: how often the interval should hold. [1]
        below_ratio: share of what comes that is to lie below it. [1] ``None``: half of what the coverage leaves. Below
            0 it ends at the furthest window.
        above_ratio: the same above it. [1]

    Raises:
        ValueError: the coverage is not between 0 and 1, or the horizon is no day.

    >>> found = interval(ordered_ratios=[0.5, 0.8, 1.0, 1.25, 2.0], horizon_days=1, coverage=0.5)
    >>> found is not None and (found.low_ratio, found.median_ratio, found.high_ratio)
    (0.5, 1.0, 2.0)
    """
    _check_horizon(horizon_days)
    tail = _tail(coverage)
    independent = len(ordered_ratios) / horizon_days
    # Of n exchangeable windows the k-th largest is passed by the next one in k / (n + 1) of all cases.
    scarcity = (independent + 1) / independent if independent else math.inf
    if scarcity * (1 - tail) > 1 + 1e-9:  # one but for rounding is one
        return None
    last = len(ordered_ratios) - 1
    middle = last // 2

    def place(passed_ratio: float | None) -> int:
        """From one end: so many windows stay before it. Never short of the middle."""
        level = scarcity * (1 - (tail if passed_ratio is None else passed_ratio))
        whole = math.ceil(round(level * len(ordered_ratios), 6))  # a place that is whole but for rounding is
        return max(last - middle, min(last, whole - 1))

    return Interval(
        horizon_days=horizon_days,
        coverage=coverage,
        low_ratio=ordered_ratios[last - place(below_ratio)],
        median_ratio=ordered_ratios[middle],
        high_ratio=ordered_ratios[place(above_ratio)],
        windows=len(ordered_ratios),
    )


def days_needed(*, horizon_days: int, coverage: float) -> int:
    """Days of history that an interval takes.

    Args:
        horizon_days: days ahead. [d]
        coverage: how often the interval should hold. [1]

    Raises:
        ValueError: the coverage is not between 0 and 1.

    >>> days_needed(horizon_days=30, coverage=0.8)
    300
    """
    return math.ceil(round(horizon_days / _tail(coverage), 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An interval that was given on a day, and what came."""

    day: int  # its number in the values, from 0
    interval: Interval
    came_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How well intervals held over a history, and how far off "it stays as it is today" was."""

    horizon_days: int
    stated_coverage: float
    issued: tuple[Issued, ...]
    held_ratio: float  # of the intervals
    below_ratio: float  # what came was less than the interval
    above_ratio: float
    static_error_median: float  # of today's value for the mean that came, by that mean
    static_error_p95: float


def coverage(*, values: Sequence[float], horizon_days: int, stated_coverage: float) -> Coverage:
    """Forecasts on every day that the days before it allow, against what came.

    Neighbouring forecasts share most of their days: of 300 over 30 days only 10 are independent.

    Args:
        values: one a day, the oldest first, such as ``MarketDay.coins_per_work``. [any]
        horizon_days: days ahead. [d]
        stated_coverage: how often an interval should hold. [1]

    Raises:
        ValueError: the values are too few for one forecast and what came of it; one is not above zero.

    >>> told = coverage(values=[1.0, 2.0] * 100, horizon_days=2, stated_coverage=0.8)
    >>> told.held_ratio, len(told.issued), told.static_error_median
    (1.0, 179, 0.3333333333333333)
    """
    ratios = windows(values=values, horizon_days=horizon_days)
    issued = [
        Issued(day=day, interval=found, came_ratio=came)
        for day, (came, found) in enumerate(
            zip(ratios, _intervals(ratios, len(ratios), horizon_days, stated_coverage), strict=True)
        )
        if found is not None
    ]
    if not issued:
        needed = days_needed(horizon_days=horizon_days, coverage=stated_coverage) + horizon_days
        raise ValueError(f"{len(values)} days are too few: a forecast and what came of it take {needed}")
    errors = sorted(abs(1 / came - 1) for came in ratios)
    below = sum(each.came_ratio < each.interval.low_ratio for each in issued)
    above = sum(each.came_ratio > each.interval.high_ratio for each in issued)
    return Coverage(
        horizon_days=horizon_days,
        stated_coverage=stated_coverage,
        issued=tuple(issued),
        held_ratio=(len(issued) - below - above) / len(issued),
        below_ratio=below / len(issued),
        above_ratio=above / len(issued),
        static_error_median=median(errors),
        static_error_p95=errors[math.ceil(0.95 * len(errors)) - 1],
    )


def _check_horizon(horizon_days: int) -> None:
    if horizon_days < 1:
        raise ValueError(f"horizon_days is {horizon_days}; expected one or more")


def _tail(coverage: float) -> float:
    if not 0 < coverage < 1:
        raise ValueError(f"coverage is {coverage}; expected one between 0 and 1, such as 0.8 for four of five")
    return (1 - coverage) / 2
