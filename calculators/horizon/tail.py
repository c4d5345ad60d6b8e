"""The figures of a spread that a choice is made by, from one profit a path. Without numpy: for a few hundred paths.

Sources: R. Rockafellar, S. Uryasev, "Optimization of conditional value-at-risk", 2000; of regret L. Savage, "The theory
of statistical decision", 1951.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from calculators.horizon.outlook import TAIL

TAIL_PERCENT = round(100 * TAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """A quantile is the smallest profit that so many of the paths stay at or below; nothing is interpolated."""

    expected: float
    p5: float
    p50: float
    p95: float
    cvar_5: float  # mean of the worst twentieth
    maximum_regret: float  # what the best of a path would have brought more on it, at most
    probability_of_loss: float
    probability_best: float


def tail_of(profits: Sequence[float], best: Sequence[float]) -> Tail:
    """The figures of one coin.

    Args:
        profits: on each path. [currency]
        best: what the best coin brings on each of the same paths. [currency]

    Raises:
        ValueError: there is no path, or they are not the same ones.

    >>> found = tail_of([1.0, -2.0, 4.0, 3.0], [1.0, 0.0, 5.0, 3.0])
    >>> found.expected, found.p5, found.p50, found.p95, found.maximum_regret, found.probability_best
    (1.5, -2.0, 1.0, 4.0, 2.0, 0.5)
    """
    count = len(profits)
    if not count or len(best) != count:
        raise ValueError(f"a spread of {count} paths beside the best of {len(best)}; expected as many, and one or more")
    ordered = sorted(profits)
    tail, middle, high = (-(-count * percent // 100) for percent in (TAIL_PERCENT, 50, 100 - TAIL_PERCENT))
    pairs = list(zip(best, profits, strict=True))
    return Tail(
        expected=fmean(profits),
        p5=ordered[tail - 1],
        p50=ordered[middle - 1],
        p95=ordered[high - 1],
        cvar_5=min(fmean(ordered[:tail]), ordered[tail - 1]),  # a mean of equals may come out a digit above
        maximum_regret=max(0.0, *(most - one for most, one in pairs)),
        probability_of_loss=sum(one < 0 for one in profits) / count,
        probability_best=sum(one >= most for most, one in pairs) / count,
    )
