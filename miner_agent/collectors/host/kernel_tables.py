"""``/proc/meminfo`` and ``/proc/stat``, each read once for all that is asked of it.

``psutil`` reads them anew for every question, and ``/proc/vmstat`` beside. For ``stat`` the kernel adds up all
interrupts of all processors each time. What an odd kernel or a container writes in ``meminfo`` is left to ``psutil``.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from miner_agent.collectors.host.kernel_files import read_table

BYTES_PER_KIBIBYTE = 1024
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_STATES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""In the kernel's order. Behind them stand the times of guests, which are counted as the user's already."""
_MEMORY = (b"\nMemTotal", b"\nMemAvailable", b"\nSwapTotal", b"\nSwapFree")
_KIBIBYTES = re.compile(rb": +([0-9]{1,15}) kB$", re.MULTILINE)
_SECONDS = re.compile(rb" ([0-9]{1,15})$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """Memory of this machine."""

    size_bytes: int
    available_bytes: int
    swap_used_bytes: int


def read_memory(meminfo: Path) -> HostMemory:
    """Memory, as ``meminfo`` tells it. Raises what psutil raises."""
    table = b"\n" + read_table(meminfo)
    told = [_number(table, name, _KIBIBYTES) for name in _MEMORY]
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
    booted = _number(stat, b"\nbtime", _SECONDS)
    return None if booted is None else float(booted)


def processor_seconds(stat: bytes) -> Mapping[str, float]:
    """What all processors together have spent on what since the machine started. Raises ValueError."""
    name, *ticks = stat.partition(b"\n")[0].split()
    if name != b"cpu":
        raise ValueError(stat[:40])
    return {state: int(spent) / _TICKS_PER_SECOND for state, spent in zip(_STATES, ticks, strict=False)}


def _number(table: bytes, name: bytes, behind: re.Pattern[bytes]) -> int | None:
    """The number behind that name. The name is found first: an expression would try each place of a long table."""
    at = table.find(name)
    found = None if at < 0 else behind.match(table, at + len(name))
    return None if found is None else int(found[1])
