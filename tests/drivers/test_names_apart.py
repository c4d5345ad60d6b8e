"""Miners that mine through a proxy or a pool of one's own choose their names: none of them can hide another one."""

import json
from typing import Any

import pytest

from miner_agent.drivers import load
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads
from tests.captured import OWN
from tests.hostile_names import NAMES

ALIKE = ["rig", "rig\u200b", "rig\ufe0f"]
ACCOUNT = "4" + 94 * "A"


def of_proxy(*names: str) -> MinerSnapshot:
    rows = [[name, "10.0.0.1", 1, 5, 0, 0, 0, 0, 1.5] for name in names]
    return read("xmrig_proxy", "6.21__proxy__workers", "workers", rows)


def of_pool(*names: str) -> MinerSnapshot:
    rows = [f"10.0.0.1:1,60,1000,1500,{name}" for name in names]
    return read("p2pool", "4.2__main__two-miners", "stratum", rows)


def read(driver: str, capture: str, asked: str, rows: list[Any]) -> MinerSnapshot:
    """A capture with these in the place of its workers."""
    answers = {file.stem: file.read_bytes() for file in (OWN / driver / capture).glob("*.raw")}
    answers[asked] = json.dumps(json.loads(answers[asked]) | {"workers": rows}).encode()
    reading = load(driver).read(Payloads(answers))
    assert isinstance(reading, MinerSnapshot)
    return reading


@pytest.mark.parametrize("told", [of_proxy, of_pool])
def test_names_that_only_look_alike_are_several_workers_in_whatever_order(told: object) -> None:
    assert callable(told)
    forward, back = told(*ALIKE), told(*reversed(ALIKE))

    assert len({worker.name for worker in forward.workers}) == len(ALIKE)
    assert "rig" in {worker.name for worker in forward.workers}
    assert {worker.name for worker in forward.workers} == {worker.name for worker in back.workers}


@pytest.mark.parametrize("told", [of_proxy, of_pool])
def test_every_hostile_name_beside_a_good_one_leaves_that_as_it_is(told: object) -> None:
    assert callable(told)
    sent = [name for name in NAMES.values() if len(name) < 1_000 and name.encode("utf-8", "ignore").decode() == name]

    names = [worker.name for worker in told("left rack", *sent).workers]

    assert names.count("left rack") == 1
    assert all(names)
    assert all(name.isprintable() and len(name) <= 64 for name in names)


def test_a_mark_tells_nothing_of_an_account() -> None:
    names = {worker.name for worker in of_proxy(f"{ACCOUNT}.rig", f"{ACCOUNT}.rig\u200b").workers}

    assert names <= {"rig"}
