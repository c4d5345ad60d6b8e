"""Fans that have turned are remembered over a restart of the agent, and missed until they are forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.model.readings import MinerSnapshot
from miner_agent.tick.known_devices import REMEMBERED_SECONDS
from miner_agent.tick.known_fans import FANS_A_MACHINE, KnownFans

START = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Agent:
    """One run of the agent with one machine, a tick a minute, on one disk."""

    def __init__(self, disk: dict[str, str], now: datetime = START) -> None:
        self.disk, self.now, self.seconds, self.fans = disk, now, 500.0, KnownFans()
        self.fans.see(dict(disk))

    def tick(self, *speeds: float | None) -> list[int]:
        self.fans.begin({"m": None}, at_seconds=self.seconds, now=self.now)
        stopped = self.fans.follow("m", MinerSnapshot(software="x", fan_speeds_rpm=speeds), now=self.now)
        for miner, fact in self.fans.unsaved_facts().items():
            if fact is None:
                self.disk.pop(miner, None)
            else:
                self.disk[miner] = fact
        self.pass_(60)
        return stopped

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)


def test_a_socket_without_a_fan_is_not_missed() -> None:
    agent = Agent({})

    assert agent.tick(6000, 0, 5900, None) == []
    assert agent.fans.expected("m") == 2


def test_a_fan_that_died_while_the_agent_was_down_has_stopped() -> None:
    disk: dict[str, str] = {}
    Agent(disk).tick(6000, 5900)

    later = Agent(disk, START + timedelta(hours=8))

    assert later.tick(6000, 0) == [1]
    assert later.fans.expected("m") == 2
    assert later.tick(6000, 5900) == []


def test_a_fan_that_was_taken_out_is_forgotten_after_a_week_however_often_the_agent_starts() -> None:
    disk: dict[str, str] = {}
    first = Agent(disk)
    first.tick(6000, 5900)
    first.tick(6000, 0)
    for day in range(1, 7):
        assert Agent(disk, START + timedelta(days=day)).tick(6000, 0) == [1], day

    last = Agent(disk, START + timedelta(seconds=REMEMBERED_SECONDS + 120))

    assert last.tick(6000, 0) == []
    assert last.fans.expected("m") == 1
    assert Agent(disk, last.now).tick(6000, 0) == []


def test_a_machine_that_is_not_read_any_more_is_forgotten_on_disk_too() -> None:
    disk: dict[str, str] = {}
    agent = Agent(disk)
    agent.tick(6000)
    agent.fans.begin({}, at_seconds=agent.seconds, now=agent.now)

    assert agent.fans.unsaved_facts() == {"m": None}
    assert agent.fans.expected("m") is None


def test_a_machine_that_makes_up_fans_fills_no_memory_and_no_disk() -> None:
    disk: dict[str, str] = {}
    agent = Agent(disk)
    agent.tick(*[1000.0] * 5000)

    assert agent.fans.expected("m") == FANS_A_MACHINE
    assert len(disk["m"]) < 2000


@pytest.mark.parametrize(
    "fact", ["", "[1]", '{"x": null}', '{"-1": null}', '{"1": "2026-05-04T12:00:00"}', "[" * 10_000]
)
def test_a_fact_that_is_none_of_ours_is_no_fan(fact: str) -> None:
    agent = Agent({"m": fact})

    assert agent.tick(0, 0) == []
    assert agent.fans.expected("m") is None


def test_until_the_disk_has_answered_nothing_is_saved() -> None:
    fans = KnownFans()
    fans.see(None)
    fans.begin({"m": None}, at_seconds=0, now=START)
    fans.follow("m", MinerSnapshot(software="x", fan_speeds_rpm=(6000,)), now=START)

    assert fans.unsaved_facts() == {}
    fans.see({})
    assert fans.unsaved_facts() == {"m": '{"0": null}'}
