"""A command that the system gives no more memory or threads says so and ends."""

import errno
import re
from pathlib import Path

import pytest

from miner_agent.cli import EXIT_NO_ROOM, _code_of
from tests.agent import Agent


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("can't start new thread"), OSError(errno.ENOMEM, "Cannot allocate memory")],
    ids=repr,
)
def test_what_the_system_lacks_is_a_sentence(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise error

    assert _code_of(fail) == EXIT_NO_ROOM
    assert capsys.readouterr().err.startswith("miner-agent: this process may have no more memory or threads; raise")


@pytest.mark.parametrize("error", [RuntimeError("a bug"), OSError(errno.EINVAL, "Invalid argument")], ids=repr)
def test_a_bug_shows_itself(error: Exception) -> None:
    def fail() -> int:
        raise error

    with pytest.raises(type(error)):
        _code_of(fail)


REFUSED = """
import threading
start = threading.Thread.start
def refused(thread):
    if thread.name == "sampling":
        raise RuntimeError("can't start new thread")
    start(thread)
threading.Thread.start = refused
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
