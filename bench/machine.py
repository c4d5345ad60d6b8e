"""The machine that measures, and how fast it is just now: a fixed piece of plain Python, beside the reference's time for it."""

import os
import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

REFERENCE_MILLISECONDS = 19.5
"""CPU time of the piece on the machine of docs/performance.md, by Debian's CPython 3.11.2, when it was quiet."""
PIECES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """``speed`` is 1 where it is that of the reference machine, 0.5 where it is half as fast. The interpreter counts too."""

    cpu: str
    cores: int
    python: str
    speed: float

    @property
    def name(self) -> str:
        return f"{self.cpu}, {self.cores} cores, {self.python}"


def this_machine() -> Machine:
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        speed=REFERENCE_MILLISECONDS / statistics.median(_piece_milliseconds() for _ in range(PIECES)),
    )


def load() -> float:
    """Processes that wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _piece_milliseconds() -> float:
    """Calls, dictionaries, text, floats and sorting, as an agent does them: CPU time of this thread."""
    begun = time.thread_time()
    found: dict[str, list[float]] = {}
    for number in range(100_000):
        found.setdefault(f"device{number % 97}", []).append(_mixed(number))
    lines = [f"{name} {sum(values)!r}" for name, values in found.items() if max(values) > 1]
    assert len("\n".join(sorted(lines)).split()) == 2 * 97
    return 1000 * (time.thread_time() - begun)


def _mixed(number: int) -> float:
    return (number * 7919 % 1000) / 7.0 + number % 3
