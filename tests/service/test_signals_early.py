"""Signals and files at moments that nobody chose: during the start, and while a file does not answer."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from miner_agent.config.named_files import read_text
from tests.agent import Agent
from tests.waiting import let_pass, until

STARTED = (
    "import sys, signal; sys.argv[1:] = [{command!r}]; import miner_agent.__main__; print(signal.getsignal(1).name)"
)


@pytest.mark.parametrize(("command", "meets"), [("run", "SIG_IGN"), ("once", "SIG_DFL")])
def test_a_reload_that_is_asked_for_before_anything_was_loaded_ends_no_service(command: str, meets: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTED.format(command=command)], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == meets


@pytest.mark.e2e
def test_a_file_that_never_answers_is_refused_at_a_reload_and_the_agent_still_ends(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("one\n")
    token.chmod(0o600)
    miner = f'[[miners]]\nname = "x"\ndriver = "trex"\naddress = "127.0.0.1:1"\ntoken_file = "{token}"\n'
    with Agent(tmp_path, miner) as agent:
        agent.wait_for_line(re.compile("serving"))
        token.unlink()
        os.mkfifo(token, 0o600)
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_for_line(re.compile("is no file but a pipe or the like"))
        code, _ = agent.stop()

    assert code == 0


def test_a_pipe_is_no_file_that_a_person_writes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match="is no file but a pipe"):
        read_text(tmp_path / "pipe")


def of_agent(folder: Path) -> list[str]:
    """The command lines of all processes that keep their state there."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"STATE_DIRECTORY={folder}".encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


@pytest.mark.e2e
@pytest.mark.parametrize(
    "milliseconds",
    [
        40,
        *(pytest.param(later, marks=pytest.mark.thorough) for later in (0, 20, 60, 80)),
        *(pytest.param(later, marks=pytest.mark.soak) for later in range(5, 101, 5) if later % 20),
    ],
)
def test_an_end_at_any_moment_of_the_first_start_leaves_no_child_behind(tmp_path: Path, milliseconds: int) -> None:
    state = tmp_path / "state"
    config = tmp_path / "config.toml"
    config.write_text('[http]\nlisten = "127.0.0.1:0"\n[discovery]\nenabled = false\n')
    command = [sys.executable, "-m", "miner_agent", "run", "--config", str(config)]
    environment = {**os.environ, "MINER_AGENT__AGENT__STATE_DIRECTORY": str(state)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as agent:
        until((state / "lock").exists, every_seconds=0.001)  # from here on it starts children
        let_pass(milliseconds / 1000)
        agent.terminate()
        code = agent.wait(20)
        left = of_agent(state)

    assert code == 0
    assert left == []
