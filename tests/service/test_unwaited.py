"""Whoever does not read what the agent prints holds up nothing: no tick, no page, no end."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.service.unwaited import UnwaitedStream
from tests.waiting import until

TICKS = re.compile(r"^rig_agent_last_tick_timestamp_seconds (\S+)$", re.MULTILINE)
DROPPED = re.compile(r"^rig_agent_log_lines_dropped_total (\S+)$", re.MULTILINE)


class Pipe:
    """A pipe that is full, until somebody empties it."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        self.filling = 0
        for size in (4096, 1):
            try:
                while True:
                    self.filling += os.write(self.writer, b"x" * size)
            except BlockingIOError:
                continue
        os.set_blocking(self.writer, True)

    def read(self, size: int) -> bytes:
        """So many bytes from behind the filling, once they are there."""
        got = b""
        while len(got) < self.filling + size:
            got += os.read(self.reader, 65536)
        return got[self.filling :]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.close(pipe.writer)
    os.close(pipe.reader)


def test_what_finds_no_room_is_counted_and_the_rest_arrives_in_order(pipe: Pipe) -> None:
    stream = UnwaitedStream(os.fdopen(os.dup(pipe.writer), "w", encoding="latin-1"), capacity=3, errors="replace")
    print("first", file=stream, end="")
    until(stream._waiting.empty)  # its thread holds it, and waits
    for number in range(5):
        assert stream.write(f" {number}") == 2

    assert stream.dropped_total == 2
    assert pipe.read(len("first 0 1 2")) == b"first 0 1 2"
    stream.drain(5)
    stream.write(" –")
    assert os.read(pipe.reader, 100) == b" ?"


def test_a_descriptor_that_others_have_made_non_blocking_is_waited_for_by_its_thread_alone(pipe: Pipe) -> None:
    os.set_blocking(pipe.writer, False)
    stream = UnwaitedStream(os.fdopen(os.dup(pipe.writer), "w"), capacity=3, errors="replace")
    stream.write("late")

    assert pipe.read(4) == b"late"
    assert stream.dropped_total == 0


def test_a_disk_that_is_full_costs_what_was_to_be_written() -> None:
    with Path("/dev/full").open("w") as full:
        stream = UnwaitedStream(full, capacity=3, errors="replace")
        stream.write("a line\n")
        stream.drain(5)

    assert stream.dropped_total == 1


def test_a_process_without_the_stream_prints_nothing() -> None:
    stream = UnwaitedStream(None, capacity=3, errors="replace")

    assert stream.write("a line\n") == 7
    with pytest.raises(AttributeError):  # by which others tell that it takes text
        stream.write(b"")  # type: ignore[arg-type]
    assert not stream.isatty()
    with pytest.raises(io.UnsupportedOperation):
        stream.fileno()


class Running:
    """``miner-agent run`` in a minimal environment, printing to where a test says."""

    def __init__(
        self, folder: Path, *arguments: str, stdout: int, stderr: int, code: str = "", named: str = "config.toml"
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/metrics"
        config = folder / "config.toml"
        config.write_text(
            f'[agent]\ninterval_seconds = 1\nstate_directory = "{folder}/state"\n[http]\nlisten = "127.0.0.1:{port}"\n'
        )
        program = ["-c", f"{code}\nfrom miner_agent.__main__ import main\nmain()"] if code else ["-m", "miner_agent"]
        self.process = subprocess.Popen(
            [sys.executable, *program, "run", "--config", str(folder / named), *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            stdout=stdout,
            stderr=stderr,
        )

    def page(self) -> str:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def tick(self) -> float:
        found = TICKS.search(self.page())
        return float(found[1]) if found else 0.0

    def ends(self, seconds: float = 5.0) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@pytest.mark.e2e
@pytest.mark.parametrize(("full_out", "full_err"), [(False, True), (True, False), (True, True)])
def test_full_pipes_hold_up_neither_ticks_nor_the_end(
    tmp_path: Path, pipe: Pipe, *, full_out: bool, full_err: bool
) -> None:
    running = Running(
        tmp_path,
        "--table",
        stdout=pipe.writer if full_out else subprocess.DEVNULL,
        stderr=pipe.writer if full_err else subprocess.DEVNULL,
    )
    try:
        until(running.tick)
        first = running.tick()
        until(lambda: running.tick() > first + 1)
        assert running.ends() == 0
    finally:
        running.process.kill()
        running.process.wait()


@pytest.mark.e2e
def test_what_a_dying_thread_prints_into_a_full_pipe_holds_up_nothing(tmp_path: Path, pipe: Pipe) -> None:
    code = (
        "import sys, threading, warnings\n"
        "def die():\n"
        "    for _ in range(3000):\n"
        "        print('line', file=sys.stderr)\n"
        "    warnings.warn('a warning')\n"
        "    raise RuntimeError('invented')\n"
        "from miner_agent.service import daemon\n"
        "run = daemon.run\n"
        "def with_a_dying_thread(*arguments, **named):\n"
        "    threading.Thread(target=die, daemon=True).start()\n"
        "    run(*arguments, **named)\n"
        "daemon.run = with_a_dying_thread\n"
    )
    running = Running(tmp_path, stdout=pipe.writer, stderr=pipe.writer, code=code)
    try:
        until(running.tick)
        dropped = DROPPED.search(running.page())
        assert dropped is not None
        assert float(dropped[1]) > 1500
        assert running.ends() == 0
    finally:
        running.process.kill()
        running.process.wait()


@pytest.mark.e2e
def test_why_it_does_not_start_is_still_told(tmp_path: Path) -> None:
    running = Running(tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, named="other.toml")
    _, said = running.process.communicate(timeout=30)

    assert running.process.returncode == 78
    assert b"other.toml" in said
