"""The whole agent, started anew on a rig that has a card less: it is missed, until somebody lets it go."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent import Agent, with_label
from tests.nvml_stub import NvmlStub, uuid_of
from tests.service.daemon_asked import configured
from tests.waiting import until

pytestmark = pytest.mark.e2e
EXPECTED, DETECTED = 'rig_devices_expected{kind="gpu"}', 'rig_devices_detected{kind="gpu"}'


def commanded(agent: Agent, *words: str) -> str:
    """What ``miner-agent devices`` prints, asked as the agent's own user."""
    environment = {**os.environ, "MINER_AGENT__AGENT__STATE_DIRECTORY": str(agent.state)}
    done = subprocess.run(
        [sys.executable, "-m", "miner_agent", "devices", *words, "--config", str(agent.config)],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_reboot_with_a_card_less_is_told_until_it_is_forgotten(tmp_path: Path, library: Path) -> None:
    with NvmlStub(library, tmp_path / "control", cards=3) as stub:
        with Agent(tmp_path, configured(), environment=stub.environment()) as agent:
            agent.wait_until(lambda page: page.get(EXPECTED) == 3)
            until(lambda: commanded(agent, "list").count("GPU-") == 3)
        stub.cards = (0, 2)
        with Agent(tmp_path, configured(), environment=stub.environment()) as agent:
            page = agent.wait_until(lambda page: page.get(DETECTED) == 2)
            assert page[EXPECTED] == 3
            assert list(with_label(page, "rig_device_missing_since_timestamp_seconds", device=uuid_of(1)))

            until(lambda: "UTC" in commanded(agent, "list"))
            commanded(agent, "forget", uuid_of(1))

            page = agent.wait_until(lambda page: page.get(EXPECTED) == 2)
            assert not with_label(page, "rig_device_missing_since_timestamp_seconds")
