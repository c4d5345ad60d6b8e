"""How to split a machine's work over coins so that it strays least and still brings enough (Markowitz, 1952).

Without numpy: for a few coins on a few hundred joint paths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, pstdev

MOST_COINS = 8
"""Every set of them is tried: 255."""
CLOSE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Parts of the work, and what all of it brings on each path."""

    shares: tuple[float, ...]  # of the work, in the order of the coins; they add up to one
    expected: float  # [currency]
    deviation: float  # standard deviation over the paths. [currency]
    profits: tuple[float, ...]  # on each path. [currency]


def least_variance(profits: Sequence[Sequence[float]], *, floor: float) -> Split | None:
    """The split whose profit strays least, among those that are expected to bring the floor.

    Args:
        profits: of each coin, if all work is for it, on each of the same paths. [currency]
        floor: least expected profit. [currency]

    Returns:
        ``None``: no coin is expected to bring so much.

    Raises:
        ValueError: there are no coins or too many, fewer than two paths, or not the same ones.

    Two coins that stray alike, and never together, are halved:

    >>> found = least_variance([[0.0, 2.0, 1.0, 1.0], [1.0, 1.0, 0.0, 2.0]], floor=0.5)
    >>> found.shares, found.expected
    ((0.5, 0.5), 1.0)
    """
    if max(checked_paths(profits)) < floor:
        return None
    scale = max(1e-300, *(abs(value) for each in profits for value in each))  # pivots are then of the size of one
    found = _best([[value / scale for value in each] for each in profits], floor / scale)
    if found is None:
        raise ValueError("no split is found")
    return split_of(profits, found)


def checked_paths(profits: Sequence[Sequence[float]]) -> list[float]:
    """What each coin is expected to bring. [currency]

    Args:
        profits: of each coin on each of the same paths. [currency]

    Raises:
        ValueError: there are no coins or too many, fewer than two paths, or not the same ones.

    >>> checked_paths([[0.0, 2.0], [1.0, 3.0]])
    [1.0, 2.0]
    """
    if not 1 <= len(profits) <= MOST_COINS:
        raise ValueError(f"a split of {len(profits)} coins; expected 1 to {MOST_COINS}")
    if len({len(each) for each in profits}) > 1 or len(profits[0]) < 2:
        raise ValueError("every coin needs a profit on each of the same paths, and at least two of them")
    return [fmean(each) for each in profits]


def split_of(profits: Sequence[Sequence[float]], shares: Sequence[float]) -> Split:
    """What a split brings.

    Args:
        profits: of each coin on each of the same paths. [currency]
        shares: of the work, in the order of the coins. [1]

    >>> split_of([[0.0, 2.0], [1.0, 3.0]], [0.5, 0.5]).profits
    (0.5, 2.5)
    """
    mixed = [
        sum(share * each[path] for share, each in zip(shares, profits, strict=True)) for path in range(len(profits[0]))
    ]
    return Split(shares=tuple(shares), expected=fmean(mixed), deviation=pstdev(mixed), profits=tuple(mixed))


def _best(profits: Sequence[Sequence[float]], floor: float) -> list[float] | None:
    """The shares of the split that strays least, among those of every set of coins."""
    means = [fmean(each) for each in profits]
    moves = [[value - mean for value in each] for each, mean in zip(profits, means, strict=True)]
    covariance = [[fmean(a * b for a, b in zip(one, other, strict=True)) for other in moves] for one in moves]
    best: tuple[float, list[float]] | None = None
    for size in range(1, len(profits) + 1):
        for held in combinations(range(len(profits)), size):
            for bound in (False, True):
                shares = _stationary(held, covariance, means, floor if bound else None)
                if shares is None or _expected(shares, means) < floor - CLOSE * max(1.0, abs(floor)):
                    continue
                variance = sum(shares[i] * shares[j] * covariance[i][j] for i in held for j in held)
                if best is None or variance < best[0] * (1 - CLOSE):
                    best = variance, shares
    return None if best is None else best[1]


def _expected(shares: Sequence[float], means: Sequence[float]) -> float:
    """What a split is expected to bring."""
    return sum(share * mean for share, mean in zip(shares, means, strict=True))


def _stationary(
    held: Sequence[int], covariance: Sequence[Sequence[float]], means: Sequence[float], floor: float | None
) -> list[float] | None:
    """Where the variance of just these coins is least, with the floor as an equation where one is given; ``None``: it
    has no such place, or a share would be below zero.
    """
    count, bounds = len(held), 1 if floor is None else 2
    if count < bounds:
        return None
    rows = []
    for i in held:
        edge = [-1.0] if floor is None else [-1.0, -means[i]]
        rows.append([*(covariance[i][j] for j in held), *edge, 0.0])
    rows.append([*([1.0] * count), *([0.0] * bounds), 1.0])
    if floor is not None:
        rows.append([*(means[j] for j in held), 0.0, 0.0, floor])
    solved = _solved(rows)
    if solved is None or any(share < -CLOSE for share in solved[:count]):
        return None
    shares = [0.0] * len(means)
    for i, share in zip(held, solved, strict=False):
        shares[i] = max(0.0, share)
    return shares


def _solved(rows: list[list[float]]) -> list[float] | None:
    """Gauss's elimination with the largest pivot; ``None``: the equations are not independent."""
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if abs(rows[pivot][column]) < 1e-12:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(size):
            if row != column and rows[row][column]:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [rows[row][size] / rows[row][row] for row in range(size)]
