"""Reads a process from outside: memory, CPU time, children. Linux."""

import compileall
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEBIBYTE = 2**20
_CPU_OF_PROCESS = 2
"""CPUCLOCK_SCHED of Linux: the processor time of a process, to the nanosecond."""


def rss_mebibytes(pid: int) -> float:
    """Resident memory. [MiB]"""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def pss_mebibytes(pid: int) -> float:
    """Resident memory, of what several processes share its part. [MiB]"""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def cpu_seconds(pid: int) -> float:
    """User and system time so far by the scheduler's own account, ended threads too. Children are not in it. [s]

    The clock's number is made of the process's, as clock_getcpuclockid(3) does. ``/proc/PID/stat`` has steps of 10 ms.
    """
    return time.clock_gettime(~pid << 3 | _CPU_OF_PROCESS)


def children(pid: int) -> list[int]:
    """The direct children."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def compile_all() -> None:
    """Leave our modules compiled, as they lie there once they are installed.

    To compile takes longer than to start, and leaves memory behind that is never used again.
    """
    for package in ("miner_agent", "calculators", "exporters"):
        compileall.compile_dir(Path(__file__).parents[1] / package, quiet=1)


@contextmanager
def running(arguments: list[str], environment: dict[str, str] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that is ended with the block."""
    process = subprocess.Popen(
        arguments, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
