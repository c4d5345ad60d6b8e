"""An agent that a test has without its libraries being loaded again is the one that it would have had."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests import forked_programs
from tests.agent import Agent
from tests.forked_programs import ForkedProgram

SEED = {"PYTHONHASHSEED": "1"}  # read by Python as it begins
STATE = 'rig_agent_database_size_bytes{database="state"}'


def test_what_only_a_start_can_be_told_has_one() -> None:
    environment = dict(os.environ)

    assert forked_programs.begun(["run"], environment | SEED, None) is None
    assert forked_programs.begun(["coins"], environment, None) is None


@pytest.mark.e2e
def test_an_agent_that_was_forked_is_as_one_that_was_started(tmp_path: Path) -> None:
    shown, seen = set[str](), {}
    for kind, environment in ((subprocess.Popen, SEED), (ForkedProgram, {})):
        with Agent(tmp_path, environment=environment, directory=tmp_path) as agent:
            assert isinstance(agent.process, kind)
            shown = {*agent.wait_until({STATE, *shown}.issubset)}
            process = Path(f"/proc/{agent.process.pid}")
            opened = [str(each.readlink()) for each in (process / "fd").iterdir() if each.is_symlink()]
            seen[kind] = (process / "cwd").readlink(), sum(each.startswith("pipe:") for each in opened)
            assert agent.process.poll() is None
            assert agent.stop()[0] == 0

    assert seen[ForkedProgram] == seen[subprocess.Popen]


@pytest.mark.e2e
def test_what_a_forked_agent_ends_with_is_told(tmp_path: Path) -> None:
    with Agent(tmp_path) as agent:
        assert isinstance(agent.process, ForkedProgram)
        agent.process.send_signal(signal.SIGKILL)
        assert agent.process.wait(10) == agent.process.poll() == -signal.SIGKILL
        agent.process.terminate()  # of nobody
