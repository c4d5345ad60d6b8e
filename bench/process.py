"""Reads a process from outside: memory, CPU time, children. Linux."""

import compileall
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
MEBIBYTE = 2**20


def rss_mebibytes(pid: int) -> float:
    """Resident memory. [MiB]"""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def cpu_seconds(pid: int) -> float:
    """User and system time so far, ended threads too, in steps of the scheduler's tick. [s]"""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


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
