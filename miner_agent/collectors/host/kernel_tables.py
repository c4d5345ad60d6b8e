"""``/proc/meminfo`` and ``/proc/stat``, each read once for all that is asked of it.

``psutil`` reads them anew for every question, and ``/proc/vmstat`` beside. For ``stat`` the kernel adds up all
interrupts of all processors each time. What an odd kernel or a container writes in ``meminfo`` is left to ``psutil``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from miner_agent.collectors.host.kernel_files import KeptTable
from miner_agent.model.made_in_c import made_in_c

BYTES_PER_KIBIBYTE = 1024
STATES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""In the kernel's order. Behind them stand the times of guests, which are counted as the user's already."""
_MEMORY = (b"\nMemTotal: ", b"\nMemAvailable: ", b"\nSwapTotal: ", b"\nSwapFree: ")
_DIGITS_MAX = 15


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """Memory of this machine."""

    size_bytes: int
    available_bytes: int
    swap_used_bytes: int


def read_memory(meminfo: KeptTable) -> HostMemory:
    """Memory, as ``meminfo`` tells it. Raises what psutil raises."""
    table = b"\n" + meminfo.read()
    told = [_number(table, name, b" kB\n") for name in _MEMORY]
    known = [kibibytes for kibibytes in told if kibibytes is not None]
    if len(known) == len(_MEMORY) and 0 < known[1] <= known[0]:
        size, available, swap, swap_free = known
        return HostMemory(
            size_bytes=size * BYTES_PER_KIBIBYTE,
            available_bytes=available * BYTES_PER_KIBIBYTE,
            swap_used_bytes=(swap - swap_free) * BYTES_PER_KIBIBYTE,
        )
    memory = psutil.virtual_memory()
    return HostMemory(
        size_bytes=memory.total, available_bytes=memory.available, swap_used_bytes=psutil.swap_memory().used
    )


def boot_timestamp(stat: bytes) -> float | None:
    """When the machine started, seconds since 1970; ``None`` where the table does not tell."""
    booted = _number(stat, b"\nbtime ", b"\n")
    return None if booted is None else float(booted)


def processor_ticks(stat: bytes) -> Sequence[int]:
    """What all processors together have spent on each of ``STATES`` since the machine started. Raises ValueError."""
    name, *ticks = stat.partition(b"\n")[0].split()
    if name != b"cpu":
        raise ValueError(stat[:40])
    return [int(spent) for spent in ticks[: len(STATES)]]


def _number(table: bytes, name: bytes, behind: bytes) -> int | None:
    """The number between the two."""
    at = table.find(name)
    begin = at + len(name)
    end = table.find(behind, begin)
    if at < 0 or end < 0:
        return None
    digits = table[begin:end].lstrip(b" ")
    return int(digits) if digits.isdigit() and len(digits) <= _DIGITS_MAX else None
