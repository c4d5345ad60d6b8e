"""What this process costs, in Prometheus' own names: memory, processor time, descriptors, garbage collections.

``prometheus-client`` tells the same, and reads and builds five times as much for it at each page.
"""

import contextlib
import gc
import os
import resource
from collections.abc import Iterator

from exporters.metric_table import Family, Kind, Labels, MetricSpec

_SELF = "/proc/self"
_TICKS_PER_SECOND, _PAGE_BYTES = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
_USER, _SYSTEM, _START, _VIRTUAL, _RESIDENT = 11, 12, 19, 20, 21  # positions behind the name in /proc/self/stat
_STAT_BYTES_MAX = 4096


def _spec(name: str, kind: Kind, help_: str, labels: Labels = ()) -> MetricSpec[None]:
    return MetricSpec(name, kind, help_, labels, lambda _: [])


_VIRTUAL_MEMORY = _spec("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.")
_RESIDENT_MEMORY = _spec("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.")
_STARTED = _spec("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.")
_SPENT = _spec("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.")
_OPEN = _spec("process_open_fds", "gauge", "Number of open file descriptors.")
_OPEN_MAX = _spec("process_max_fds", "gauge", "Maximum number of open file descriptors.")
_COLLECTIONS = tuple(
    (_spec(f"python_gc_{name}_total", "counter", help_, ("generation",)), key)
    for name, key, help_ in (
        ("objects_collected", "collected", "Objects collected during gc"),
        ("objects_uncollectable", "uncollectable", "Uncollectable objects found during GC"),
        ("collections", "collections", "Number of times this generation was collected"),
    )
)


class OwnProcess:
    """This process, as long as it lives."""

    def __init__(self) -> None:
        self._booted_seconds = _boot_timestamp()

    def families(self) -> Iterator[Family]:
        """What it costs by now. What the kernel does not tell is absent."""
        with contextlib.suppress(OSError):
            yield from self._used()
        with contextlib.suppress(OSError):
            yield from _descriptors()
        generations = gc.get_stats()
        for spec, key in _COLLECTIONS:
            yield Family(spec, (), [((), (str(age),), told[key]) for age, told in enumerate(generations)])

    def _used(self) -> Iterator[Family]:
        if self._booted_seconds is None:
            return
        fields = _read(f"{_SELF}/stat", _STAT_BYTES_MAX).rpartition(b")")[2].split()
        spent_ticks = int(fields[_USER]), int(fields[_SYSTEM])
        yield _one(_VIRTUAL_MEMORY, float(fields[_VIRTUAL]))
        yield _one(_RESIDENT_MEMORY, float(fields[_RESIDENT]) * _PAGE_BYTES)
        yield _one(_STARTED, int(fields[_START]) / _TICKS_PER_SECOND + self._booted_seconds)
        yield _one(_SPENT, spent_ticks[0] / _TICKS_PER_SECOND + spent_ticks[1] / _TICKS_PER_SECOND)


def _descriptors() -> Iterator[Family]:
    yield _one(_OPEN, len(os.listdir(f"{_SELF}/fd")))  # noqa: PTH208 - a path for each would cost more than all the rest
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most != resource.RLIM_INFINITY:
        yield _one(_OPEN_MAX, most)


def _one(spec: MetricSpec[None], value: float) -> Family:
    return Family(spec, (), [((), (), value)])


def _read(path: str, size: int) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, size)
    finally:
        os.close(file)


def _boot_timestamp() -> float | None:
    with contextlib.suppress(OSError), open("/proc/stat", "rb") as stat:  # noqa: PTH123
        for line in stat:
            if line.startswith(b"btime "):
                return float(line.split()[1])
    return None
