"""Starts the program in a process of its own that has its libraries already: loading them is most of what a start takes.

Such a process cannot be told what Python and the C library read as they begin; who wants that is given none.
"""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
LOADED_BY_EACH = "miner_agent.service.daemon"
LOADED = {
    "run": "miner_agent.cli.commands.run_command",
    "replay": "miner_agent.cli.commands.replay_command",
    "demo": "miner_agent.cli.commands.demo_command, miner_agent.simulate.started_demo",
}
"""What a command loads before its first tick, and no more: tests look at what is loaded."""
READ_AT_THE_BEGINNING = re.compile(r"PYTHON\w*|LC_\w+|LANG\w*|TZ|LD_PRELOAD|MALLOC_\w+|GLIBC_TUNABLES|OPENSSL_\w+")
SERVE = """
import json, os, random, runpy, signal, socket, sys
commands = socket.socket(fileno=int(sys.argv[1]))
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    named, handed, _, _ = socket.recv_fds(commands, 1 << 20, 1)
    if not named:
        while True:
            try:
                os.wait()
            except ChildProcessError:
                os._exit(0)
    if os.fork() == 0:
        commands.close()
        control = socket.socket(fileno=handed[0])
        exec(named)
        break
    os.close(handed[0])
while True:
    asked, handed, _, _ = socket.recv_fds(control, 1 << 20, 3)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    if not asked:
        os._exit(0)
    out, err, told = handed
    keeper = os.fork()
    if keeper == 0:
        control.close()
        process = os.fork()
        if process == 0:
            break
        os.close(out)
        os.close(err)
        os.write(told, b"%d\\n" % process)
        os.write(told, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
        os._exit(0)
    for descriptor in handed:
        os.close(descriptor)
given = json.loads(asked)
os.dup2(out, 1)
os.dup2(err, 2)
for descriptor in handed:
    os.close(descriptor)
sys.stdout = open(1, "w", errors=sys.stdout.errors, closefd=False)
sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)
os.environ.clear()
os.environ.update(given["environment"])
os.chdir(given["directory"])
sys.argv = ["miner_agent", *given["arguments"]]
signal.signal(signal.SIGINT, signal.default_int_handler)
random.seed()
runpy.run_module("miner_agent", run_name="__main__", alter_sys=True)
"""
"""A process for each command, which forks one for each that is asked for, and one that waits for its end; what it ends
with is told by the latter."""


class ForkedProgram:
    """The program as a process that has begun: what tests ask of a ``Popen``, by the same names."""

    def __init__(self, out: int, err: int, told: int) -> None:
        self.stdout: IO[str] = os.fdopen(out, errors="replace")
        self.stderr: IO[str] = os.fdopen(err, errors="replace")
        self._told = os.fdopen(told, "rb", buffering=0)
        self.returncode: int | None = None
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        """Its exit code, where it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal, once it has ended."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("miner_agent", timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass(frozen=True)
class _Base:
    process: "subprocess.Popen[bytes]"
    commands: socket.socket
    beginning: Mapping[str, str]


_BASES: list[_Base] = []  # one at most
_SERVERS: dict[str, socket.socket] = {}


def begun(arguments: Sequence[str], environment: Mapping[str, str], directory: Path | None) -> ForkedProgram | None:
    """A process of it with these arguments; ``None`` where only one that is started anew can be as it is wanted."""
    if arguments[0] not in LOADED:
        return None
    if not _BASES:
        _BASES.append(_started())
    if _beginning(environment) != _BASES[0].beginning:
        return None
    if arguments[0] not in _SERVERS:
        _SERVERS[arguments[0]] = _serving(LOADED[arguments[0]], _BASES[0])
    asked = {"arguments": arguments, "environment": dict(environment), "directory": str(directory or Path.cwd())}
    (out, out_end), (err, err_end), (told, told_end) = os.pipe(), os.pipe(), os.pipe()
    socket.send_fds(_SERVERS[arguments[0]], [json.dumps(asked).encode()], [out_end, err_end, told_end])
    for descriptor in (out_end, err_end, told_end):
        os.close(descriptor)
    return ForkedProgram(out, err, told)


def _started() -> _Base:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", f"import {LOADED_BY_EACH}\n{SERVE}", str(theirs.fileno())],
            cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
        )  # fmt: skip
    return _Base(process, ours, _beginning(os.environ))


def _serving(loaded: str, base: _Base) -> socket.socket:
    """Where programs of a command are asked for."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(base.commands, [f"import {loaded}".encode()], [theirs.fileno()])
    return ours


def _beginning(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if READ_AT_THE_BEGINNING.fullmatch(name)}


def end() -> None:
    """No more of them are begun in this run."""
    for server in _SERVERS.values():
        server.close()
    _SERVERS.clear()
    while _BASES:
        base = _BASES.pop()
        base.commands.close()
        base.process.wait()
