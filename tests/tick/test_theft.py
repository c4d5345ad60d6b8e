"""The whole agent beside a miner that begins to mine for somebody else."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import Agent, with_label
from tests.fake_http import FakeMiner

pytestmark = pytest.mark.e2e
TREX = Path(__file__).parents[1] / "captures" / "trex" / "0.26__2x-gpu__dual" / "summary.raw"
OWN, THIEF = b"etc.pool.example:4444", b"etc.thief.example:4444"
MATCH = "rig_pool_config_match"
WHATS = ("pool", "account", "worker")


@pytest.fixture
def trex() -> Iterator[FakeMiner]:
    with FakeMiner({"/summary": TREX.read_bytes()}) as miner:
        yield miner


def config(address: str, pool: str = "") -> str:
    return f'[agent]\ninterval_seconds = 1\n[[miners]]\nname = "cards"\ndriver = "trex"\naddress = "{address}"\n{pool}'


def matches(page: dict[str, float], algorithm: str = "etchash") -> list[float]:
    return list(with_label(page, MATCH, miner="cards", algorithm=algorithm).values())


def test_a_pool_that_changes_is_seen_and_a_restart_does_not_forget_it(tmp_path: Path, trex: FakeMiner) -> None:
    own = trex.pages["/summary"]
    with Agent(tmp_path, config(trex.address)) as agent:
        agent.wait_until(lambda page: matches(page) == [1] and matches(page, "blake3") == [1])
        trex.pages["/summary"] = own.replace(OWN, THIEF)
        page = agent.wait_until(lambda page: matches(page) == [0])
        assert matches(page, "blake3") == [1]
        differs = {what: with_label(page, "rig_pool_differs", algorithm="etchash", what=what) for what in WHATS}
        assert {what: list(told.values()) for what, told in differs.items()} == {
            "pool": [1],
            "account": [0],
            "worker": [0],
        }
        assert agent.stop()[0] == 0
    with Agent(tmp_path, config(trex.address)) as agent:
        agent.wait_until(lambda page: matches(page) == [0])
        trex.pages["/summary"] = own
        agent.wait_until(lambda page: matches(page) == [1])


def test_a_pool_that_the_configuration_does_not_name_is_seen_at_first_sight(tmp_path: Path, trex: FakeMiner) -> None:
    pools = 'pool = ["other.example:4444", "etc.pool.example:4444"]\n'
    with Agent(tmp_path, config(trex.address, pools)) as agent:
        page = agent.wait_until(matches)
        assert matches(page) == [1]
        assert matches(page, "blake3") == [0]
        agent.wait_for_line(re.compile("mines to another pool"))


def test_one_look_tells_it_too(tmp_path: Path, trex: FakeMiner) -> None:
    (tmp_path / "config.toml").write_text(config(trex.address, 'pool = "other.example:4444"\n'))
    done = subprocess.run(
        [sys.executable, "-m", "miner_agent", "once", "--config", str(tmp_path / "config.toml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert re.search(r"^cards \(\w+\): mines to another pool than it should", done.stdout, re.MULTILINE)
