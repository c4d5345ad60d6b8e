"""What a run of the tests must not leave behind: processes, listening sockets, temporary files."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

MARK = "MINER_AGENT_TESTS"
"""Carried by every process that a test starts, through all that it starts itself: an orphan keeps it."""

ENDING_SECONDS = 5.0


def mark_of(worker: Mapping[str, str] | None) -> str:
    """What the processes carry that a worker's tests start, or those of a run without workers."""
    return f"{worker['testrunuid']}-{worker['workerid']}" if worker else f"{os.getpid()}-{time.time_ns()}"


@contextmanager
def none_allowed(temporary: Path, *, mark: str) -> Iterator[None]:
    """Afterwards no process of this run is alive, no socket of it listens, and no temporary file of it is there."""
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


def end_marked(mark: str) -> None:
    """The same of a worker that died, and could not end them itself."""
    for process in _marked(mark):
        with suppress(psutil.NoSuchProcess):
            process.kill()


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
