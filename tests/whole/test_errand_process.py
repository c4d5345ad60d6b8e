"""What becomes of an errand that ends with the agent."""

import subprocess
from typing import Any

import pytest

from miner_agent import errand_process
from miner_agent.errand_process import ENDS, ErrandProcess
from miner_agent.errors import AgentError

LONG_SECONDS = 30.0


def test_what_was_done_before_the_agent_ended_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    process = ErrandProcess("echo", that="repeats")
    communicate = subprocess.Popen.communicate

    def closed_meanwhile(child: Any, *given: Any, **named: Any) -> Any:
        said = communicate(child, *given, **named)
        process.close()
        return said

    monkeypatch.setattr(errand_process, "child_command", lambda _module: ("cat",))
    monkeypatch.setattr(subprocess.Popen, "communicate", closed_meanwhile)

    assert process.answer(b"sent", deadline_seconds=LONG_SECONDS) == b"sent"
    with pytest.raises(AgentError, match=ENDS):
        process.answer(b"again", deadline_seconds=LONG_SECONDS)
