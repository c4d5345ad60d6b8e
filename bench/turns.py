"""What is measured several times: ours and the peer's in turn, and the turn in the middle."""

import statistics
from collections.abc import Callable, Sequence

from bench.figure import Figure


def middle_turn(turns: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Ours and the peer's of the turn whose ratio is in the middle: of one and the same moment of the machine."""
    ordered = sorted(turns, key=lambda turn: turn[0] / turn[1])
    return ordered[(len(ordered) - 1) // 2]


def in_turn(ours: Callable[[], float], peers: Callable[[], float], turns: int) -> tuple[float, float]:
    """Ours and the peer's of the turn in the middle. Who begins changes from turn to turn."""
    found = []
    for number in range(turns):
        if number % 2:
            theirs, own = peers(), ours()
        else:
            own, theirs = ours(), peers()
        found.append((own, theirs))
    return middle_turn(found)


def spread(values: Sequence[float]) -> float:
    """How far the values lie apart, as a part of the one in the middle."""
    apart, middle = max(values) - min(values), abs(statistics.median_low(values))
    return apart / middle if middle else float(apart > 0)


def middle_run(runs: Sequence[Figure]) -> Figure:
    """Of several runs the figure whose ratio, or else its value, is in the middle."""
    return sorted(runs, key=compared)[(len(runs) - 1) // 2]


def compared(figure: Figure) -> float:
    """By what the runs of one figure are compared: the ratio, where it has one."""
    return figure.ours if figure.ratio is None else figure.ratio
