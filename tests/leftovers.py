"""What a run of the tests must not leave behind: processes, listening sockets, temporary files."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

MARK = "MINER_AGENT_TESTS"
"""Carried by every process that a test starts, through all that it starts itself: an orphan keeps it."""

ENDING_SECONDS = 5.0


@contextmanager
def none_allowed(temporary: Path) -> Iterator[None]:
    """Afterwards no process of this run is alive, no socket of it listens, and no temporary file of it is there."""
    mark = f"{os.getpid()}-{time.time_ns()}"
    os.environ[MARK] = mark
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    yield
    left = [*_processes(mark), *_sockets(), *_files(temporary)]
    assert not left, "the tests left behind:\n" + "\n".join(left)


def _processes(mark: str) -> list[str]:
    """Those that do not end by themselves. They are ended now."""
    found = {*psutil.Process().children(recursive=True), *_marked(mark)}
    _, alive = psutil.wait_procs(list(found), timeout=ENDING_SECONDS)
    told = []
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            told.append(f"process {process.pid} ({process.status()}): {' '.join(process.cmdline()) or process.name()}")
            process.kill()
    return told


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                yield process


def _sockets() -> list[str]:
    """Those of this process that wait for somebody."""
    connections = psutil.Process().net_connections("inet")
    return [f"listening on {one.laddr}" for one in connections if one.status == psutil.CONN_LISTEN]


def _files(temporary: Path) -> list[str]:
    return [f"temporary file {path}" for path in temporary.iterdir()]
