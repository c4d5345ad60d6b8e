"""A command that the system gives no more memory or threads says so and ends."""

import errno
import re
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from miner_agent import interpreter
from miner_agent.cli import _code_of
from miner_agent.cli.support.lost_threads import LostThreads
from miner_agent.interpreter import EXIT_NO_ROOM, lacks_room
from miner_agent.tick.mistakes import Mistakes
from tests.agent import Agent

MEBIBYTE = 1 << 20
NO_ROOM = [MemoryError(), RuntimeError("can't start new thread"), OSError(errno.ENOMEM, "Cannot allocate memory")]


@pytest.mark.parametrize("error", NO_ROOM, ids=repr)
def test_what_the_system_lacks_has_an_exit_code_of_its_own(error: Exception) -> None:
    def fail() -> int:
        raise error

    assert _code_of(fail) == EXIT_NO_ROOM


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("a bug"),
        OSError(errno.EINVAL, "Invalid argument"),
        ImportError("libssl.so.3: no such file"),
        SystemError("error return without exception set"),
    ],
    ids=repr,
)
def test_a_bug_shows_itself(error: Exception) -> None:
    def fail() -> int:
        raise error

    with pytest.raises(type(error)):
        _code_of(fail)


@pytest.mark.parametrize(
    "error",
    [ImportError("libssl.so.3: failed to map"), SystemError("no exception set"), SyntaxError("expected ':'")],
    ids=repr,
)
def test_a_library_that_fails_where_no_more_memory_is_to_be_had_lacks_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not lacks_room(error)
    monkeypatch.setattr(interpreter, "MORE_BYTES", 1 << 62)
    assert lacks_room(error)


LATE = """
import os, sys
from miner_agent.interpreter import EXIT_NO_ROOM
class Late:
    def __del__(self):
        os.write(2, b"MemoryError: \\n")
import miner_agent.cli as cli
cli._answered = lambda words: EXIT_NO_ROOM
late = Late()
cli.main()
"""


def test_nothing_is_said_behind_that_there_is_no_room() -> None:
    """Threads that end for want of memory complain while Python ends, and so it does itself."""
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (EXIT_NO_ROOM, interpreter.NO_ROOM)


def run_in_a_thread(error: Exception) -> None:
    def fail() -> None:
        raise error

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def test_a_thread_that_is_lost_for_want_of_memory_is_noted_and_ends_the_service(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    with LostThreads() as lost:
        run_in_a_thread(MemoryError())
        run_in_a_thread(MemoryError())

    signal.signal(signal.SIGTERM, before)
    assert lost.came
    assert ended == [signal.SIGTERM]
    assert capsys.readouterr().err == ""


def test_a_thread_that_ends_by_a_mistake_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    with LostThreads() as lost:
        run_in_a_thread(ValueError("a bug"))

    assert [one.exc_type for one in told] == [ValueError]
    assert not lost.came


@pytest.mark.parametrize("error", NO_ROOM, ids=repr)
def test_a_source_for_which_there_is_no_memory_is_told_without_a_trace(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    Mistakes().note("host", error)

    (record,) = caplog.records
    assert record.exc_info is None
    assert record.getMessage().startswith("host: no more memory or threads for it (")


@pytest.mark.e2e
@pytest.mark.parametrize(("command", "other_codes"), [("once", (3, 69)), ("log stats", (69, 74))])
def test_in_little_memory_a_command_does_what_it_should_or_says_so(
    command: str, other_codes: tuple[int, ...], tmp_path: Path
) -> None:
    """Python itself, and its libraries in C, need 18 MiB to fail as they should."""
    config = tmp_path / "config.toml"
    config.write_text(f'[agent]\nstate_directory = "{tmp_path}"\n[discovery]\nenabled = false\n')
    codes = set()
    for mebibytes in (20, 24, 30, 32, 36, 64):

        def limit(size: int = mebibytes * MEBIBYTE) -> None:
            resource.setrlimit(resource.RLIMIT_AS, (size, size))

        arguments = [*command.split(), "--config", str(config)]
        done = subprocess.run(
            [sys.executable, "-m", "miner_agent", *arguments],
            preexec_fn=limit,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,  # two seconds, where the machine has nothing else to do
        )
        assert "/miner_agent/" not in done.stderr, (mebibytes, done.stderr)  # some libraries show a trace, and go on
        assert done.returncode in {0, EXIT_NO_ROOM, *other_codes}, (mebibytes, done)
        assert done.returncode != EXIT_NO_ROOM or done.stderr.endswith(interpreter.NO_ROOM), (mebibytes, done)
        codes.add(done.returncode)

    assert EXIT_NO_ROOM in codes
    assert codes - {EXIT_NO_ROOM}


REFUSED = """
import threading, time
start = threading.Thread.start
def refused(thread):
    if thread.name == "sampling":
        raise RuntimeError("can't start new thread")
    start(thread)
threading.Thread.start = refused
from miner_agent.service.unwaited import UnwaitedStream
written = UnwaitedStream._written
UnwaitedStream._written = lambda stream, left: time.sleep(0.1) or written(stream, left)  # as a journal that is slow
from miner_agent.cli import main
main()
"""


@pytest.mark.e2e
def test_a_service_that_gets_no_thread_ends_all_that_it_has_begun(tmp_path: Path) -> None:
    with Agent(tmp_path, program=("-c", REFUSED)) as agent:
        agent.wait_for_line(re.compile("may have no more memory or threads"))
        code = agent.process.wait(20)

    assert code == EXIT_NO_ROOM
    assert not any("Traceback" in line for line in agent.lines)
