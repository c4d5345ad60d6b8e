"""A fleet of machines on loopback, each under an address of its own, in one process of its own.

``python -m tests.fleet`` serves it; ``Fleet`` runs that and ends it with the block. Half of the machines are Bitaxes, half
are Antminers; all of them answer with the bytes of the project's own captures.
"""

import asyncio
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Self

CAPTURES = Path(__file__).parent / "captures"
BITAXE = CAPTURES / "bitaxe" / "2.9__gamma__mining"
ANTMINER = CAPTURES / "antminer" / "1.0__s19__mining"
SLOW_SECONDS = 1.0


def driver_of(number: int) -> str:
    return ("bitaxe", "antminer")[number % 2]


def host_of(number: int) -> str:
    """The address of one machine: all of 127.0.0.0/8 is this one."""
    return f"127.77.{number // 250}.{number % 250 + 1}"


class Fleet:
    """So many machines. The first ``slow`` of them answer late, the next ``dead`` take a connection and say nothing."""

    def __init__(self, machines: int, *, slow: int = 0, dead: int = 0) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._arguments = [str(number) for number in (self.port, machines, slow, dead)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fleet", *self._arguments],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            self.__exit__()
            raise AssertionError("the fleet did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def config_of(self, numbers: Sequence[int]) -> str:
        """The entries of a configuration that read these machines."""
        return "".join(
            f'[[miners]]\nname = "asic-{number}"\nrig = "rig-{number}"\ndriver = "{driver_of(number)}"\n'
            f'address = "{host_of(number)}:{self.port}"\n'
            for number in numbers
        )


class _Machine(asyncio.Protocol):
    """One connection to one machine."""

    def __init__(self, answers: dict[bytes, bytes], delay_seconds: float | None) -> None:
        self._answers, self._delay_seconds = answers, delay_seconds

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._delay_seconds is None:
            return
        request = data.split(b" ", 2)[1] if data.startswith(b"GET ") else data
        asyncio.get_running_loop().call_later(self._delay_seconds, self._answer, self._answers.get(request, b""))

    def _answer(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._transport.close()


def _answers(number: int) -> dict[bytes, bytes]:
    """What one machine says, by the command or path: the captured bytes, with decimals of its own."""
    if driver_of(number) == "antminer":
        commands = ("version", "stats", "summary", "pools")
        return {b'{"command":"%s"}' % name.encode(): _varied(ANTMINER / f"{name}.raw", number) for name in commands}
    pages = ("info", "asic")
    return {b"/api/system/" + name.encode(): _http(_varied(BITAXE / f"{name}.raw", number)) for name in pages}


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


def _varied(path: Path, number: int) -> bytes:
    return re.sub(rb"(?<=\d\.)\d+", b"%03d" % (number % 1000), _read(path))


def _http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)


async def _serve(port: int, machines: int, slow: int, dead: int) -> None:
    loop = asyncio.get_running_loop()
    for number in range(machines):
        answers = _answers(number)
        delay_seconds = SLOW_SECONDS if number < slow else None if number < slow + dead else 0.0

        machine = partial(_Machine, answers, delay_seconds)
        await loop.create_server(machine, host_of(number), port, backlog=16)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_serve(*(int(argument) for argument in sys.argv[1:])))
