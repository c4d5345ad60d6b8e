"""How often each line of the agent runs while something is done, and which lines run more often than its size asks for."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[1]
COUNTED = tuple(f"{ROOT / package}/" for package in ("miner_agent", "calculators", "exporters", "tests/whole"))
FACTOR = 2.2
"""What is linear in a size grows twice as much from twice the size to four times as it did up to twice. The tenth above
that is for what happens at one size and at another one does not; what is quadratic grows four times as much."""

Lines: TypeAlias = Counter[tuple[CodeType, int]]


def lines_run(work: Callable[[], object]) -> Lines:
    """How often each line runs, in this thread and in those that it starts. A comprehension counts each turn."""
    counts: Lines = Counter()

    def line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            counts[frame.f_code, frame.f_lineno] += 1
        return line

    def call(frame: FrameType, _: str, __: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(COUNTED) else None

    before = sys.gettrace()
    threading.settrace(call)
    sys.settrace(call)
    try:
        work()
    finally:
        sys.settrace(before)
        threading.settrace(before)
    return counts


def faster_than_linear(counts: Mapping[int, Lines]) -> list[str]:
    """The lines that run more often than in proportion, from counts at a size, at twice that and at four times.

    What runs from some larger size on is a bound, such as that of how deep an answer may be before it is looked at.
    """
    size, twice, fourfold = sorted(counts)
    assert (twice, fourfold) == (2 * size, 4 * size)
    found = []
    for key in counts[fourfold]:
        at = [counts[each][key] for each in (size, twice, fourfold)]
        if at[0] and at[2] - at[1] > FACTOR * max(0, at[1] - at[0]) + size:
            code, number = key
            file = Path(code.co_filename).relative_to(ROOT)
            found.append(f"{file}:{number}: {', '.join(map(str, at))} times at {size}, {twice}, {fourfold}")
    return found
