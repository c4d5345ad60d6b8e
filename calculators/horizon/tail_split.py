"""How to split a machine's work over coins so that its worst days are least bad and it still brings enough.

The conditional value at risk of a split is the least mean over any twentieth of the paths (Rockafellar and Uryasev,
2000). Each split that is tried adds its own worst twentieth to a linear program, until the program promises no more
than the split holds: so it is found to the last digit, on the paths that are given. Without numpy.
"""

from collections.abc import Sequence
from statistics import fmean

from calculators.horizon.split import CLOSE, Split, checked_paths, split_of
from calculators.horizon.tail import TAIL_PERCENT

MOST_CUTS = 1_000
Rows = list[list[float]]


def best_tail(profits: Sequence[Sequence[float]], *, floor: float) -> Split | None:
    """The split whose worst twentieth of the paths brings most, among those that are expected to bring the floor.

    Args:
        profits: of each coin, if all work is for it, on each of the same paths. [currency]
        floor: least expected profit. [currency]

    Returns:
        ``None``: no coin is expected to bring so much.

    Raises:
        ValueError: there are no coins or too many, fewer than two paths, or not the same ones.

    Of two coins that are never bad together a half each has no bad path, though each alone has one:

    >>> found = best_tail([[-1.0, 3.0, 1.0, 1.0], [3.0, -1.0, 1.0, 1.0]], floor=0.5)
    >>> found.shares, min(found.profits)
    ((0.5, 0.5), 1.0)
    """
    means = checked_paths(profits)
    first = max(range(len(profits)), key=means.__getitem__)
    if means[first] < floor:
        return None
    scale = max(1e-300, *(abs(value) for each in profits for value in each))
    scaled = [[value / scale for value in each] for each in profits]
    others = [place for place in range(len(profits)) if place != first]
    spare = (means[first] - floor) / scale
    lacks = [(means[first] - means[place]) / scale for place in others]
    lowest = min(value for each in scaled for value in each)
    shares = [float(place == first) for place in range(len(profits))]
    best, most, cuts = shares, float("-inf"), Rows()
    for _ in range(MOST_CUTS):
        worst = _worst(scaled, shares)
        held = sum(share * mean for share, mean in zip(shares, worst, strict=True))
        if held > most:
            best, most = shares, held
        cuts.append(worst)
        # What is not the first coin's, then the promise above the lowest profit there is: all of it is 0 or more.
        table = [[*(worst[first] - worst[place] for place in others), 1.0, worst[first] - lowest] for worst in cuts]
        table += [[*lacks, 0.0, spare], [*(1.0 for _ in others), 0.0, 1.0]]
        *found, promised = _maximised(table)
        if promised + lowest <= most + CLOSE:
            break
        shares = [0.0] * len(profits)
        for place, share in zip(others, found, strict=True):
            shares[place] = share
        shares[first] = max(0.0, 1 - sum(found))
    return split_of(profits, best)


def _worst(profits: Sequence[Sequence[float]], shares: Sequence[float]) -> list[float]:
    """The mean of each coin over the twentieth of the paths on which the split brings least."""
    mixed = split_of(profits, shares).profits
    count = -(-len(mixed) * TAIL_PERCENT // 100)
    paths = sorted(range(len(mixed)), key=mixed.__getitem__)[:count]
    return [fmean(each[path] for path in paths) for each in profits]


def _maximised(rows: Rows) -> list[float]:
    """The numbers of 0 or more whose last is largest, where each row's products add up to its last number at most.

    The simplex method. Every row's last number is 0 or more, so that all numbers 0 are a beginning.
    """
    width, height = len(rows[0]) - 1, len(rows)
    table = [[*row[:-1], *(float(n == number) for n in range(height)), row[-1]] for number, row in enumerate(rows)]
    goal = [0.0] * (width - 1) + [-1.0] + [0.0] * (height + 1)
    basis = list(range(width, width + height))
    while (column := next((n for n, value in enumerate(goal[:-1]) if value < -CLOSE), None)) is not None:
        able = [(row[-1] / row[column], basis[n], n) for n, row in enumerate(table) if row[column] > CLOSE]
        _, _, pivot = min(able)  # of the lowest number among equals, so that it does not go round (Bland, 1977)
        table[pivot] = [value / table[pivot][column] for value in table[pivot]]
        for n, row in enumerate(table):
            if n != pivot and row[column]:
                table[n] = [a - row[column] * b for a, b in zip(row, table[pivot], strict=True)]
        goal = [a - goal[column] * b for a, b in zip(goal, table[pivot], strict=True)]
        basis[pivot] = column
    found = [0.0] * width
    for place, row in zip(basis, table, strict=True):
        if place < width:
            found[place] = max(0.0, row[-1])
    return found
