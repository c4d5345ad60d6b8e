"""Mining programs that run on this machine, and the ports that listen on it.

Arguments can hold wallets and passwords: they are read of mining programs only, and go no further than discovery.
"""

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LONGEST_NAME = 15  # what the kernel keeps of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process."""

    pid: int
    name: str  # in lower case, as its file is called
    path: str | None = None  # where its file lies, where this user may know
    arguments: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One TCP port that takes connections. ``pid``: whose it is, where this user may know."""

    host: str
    port: int
    pid: int | None = None


def programs(names: Collection[str], *, procfs: Path) -> tuple[Program, ...]:
    """The processes of these names, by number. Those of others count too, where the kernel shows them."""
    psutil.PROCFS_PATH = str(procfs)
    known = frozenset(names)
    shown = frozenset(name[:LONGEST_NAME] for name in known)
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            name = process.name().lower()
            if name[:LONGEST_NAME] not in shown:
                continue
            arguments = process.cmdline()
            name = _whole_name(name, arguments, known)
            if name in known:
                found.append(
                    Program(pid=process.pid, name=name, path=_path(process, arguments), arguments=tuple(arguments))
                )
    return tuple(sorted(found, key=lambda program: program.pid))


def listeners(*, procfs: Path) -> tuple[Listener, ...]:
    """Every TCP port that listens, by number and address; none where the kernel does not tell."""
    psutil.PROCFS_PATH = str(procfs)
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return ()
    found = {
        Listener(host=connection.laddr.ip, port=connection.laddr.port, pid=connection.pid)
        for connection in connections
        if connection.status == psutil.CONN_LISTEN and connection.laddr
    }
    return tuple(sorted(found, key=lambda listener: (listener.port, listener.host, listener.pid or 0)))


def _path(process: psutil.Process, arguments: list[str]) -> str | None:
    """Of other users' processes the kernel tells what they were started as, and that may be a bare ``./miner``."""
    with contextlib.suppress(psutil.Error, OSError):
        if path := process.exe():
            return path
    return arguments[0] if arguments else None


def _whole_name(name: str, arguments: list[str], known: frozenset[str]) -> str:
    """A name that the kernel has cut, as the command line spells it."""
    if name in known or not arguments:
        return name
    return Path(arguments[0]).name.lower()
