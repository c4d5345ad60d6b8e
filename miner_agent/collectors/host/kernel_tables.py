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
_MEMORY = re.compile(rb"^(MemTotal|MemAvailable|SwapTotal|SwapFree): +([0-9]{1,15}) kB$", re.MULTILINE)
_BOOTED = re.compile(rb"^btime ([0-9]{1,15})$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """Memory of this machine."""

    size_bytes: int
    available_bytes: int
    swap_used_bytes: int


def read_memory(procfs: Path) -> HostMemory:
    """Memory, as ``meminfo`` tells it. Raises what psutil raises."""
    found = dict(_MEMORY.findall(read_table(procfs / "meminfo")))
    if len(found) == 4 and 0 < int(found[b"MemAvailable"]) <= int(found[b"MemTotal"]):
        return HostMemory(
            size_bytes=int(found[b"MemTotal"]) * BYTES_PER_KIBIBYTE,
            available_bytes=int(found[b"MemAvailable"]) * BYTES_PER_KIBIBYTE,
            swap_used_bytes=(int(found[b"SwapTotal"]) - int(found[b"SwapFree"])) * BYTES_PER_KIBIBYTE,
        )
    memory = psutil.virtual_memory()
    return HostMemory(
        size_bytes=memory.total, available_bytes=memory.available, swap_used_bytes=psutil.swap_memory().used
    )


def boot_timestamp(stat: bytes) -> float | None:
    """When the machine started, seconds since 1970; ``None`` where the table does not tell."""
    booted = _BOOTED.search(stat)
    return None if booted is None else float(booted[1])


def processor_seconds(stat: bytes) -> Mapping[str, float]:
    """What all processors together have spent on what since the machine started. Raises ValueError."""
    name, *ticks = stat.partition(b"\n")[0].split()
    if name != b"cpu":
        raise ValueError(stat[:40])
    return {state: int(spent) / _TICKS_PER_SECOND for state, spent in zip(_STATES, ticks, strict=False)}
