"""Cards and boards are remembered over a restart of the agent, and their loss in between is told."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest

from miner_agent.errors import TimedOut
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, SensorReading
from miner_agent.model.remembered_devices import KEPT_A_SOURCE
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.known_devices import LASTING_TICKS, REMEMBERED_SECONDS, KnownDevices
from tests.for_each import for_each

START = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Agent:
    """One run of the agent, a tick every ten seconds, on one disk."""

    def __init__(self, disk: dict[str, str], now: datetime = START) -> None:
        self.disk, self.now, self.seconds, self.devices = disk, now, 1000.0, KnownDevices()
        self.devices.see(dict(disk))

    def tick(self, reading: Reading | None, *, source: str = "nvml", ticks: int = 1) -> list[str]:
        missing: dict[str, str] = {}
        for _ in range(ticks):
            outcome: Outcome[Reading] = Outcome(
                source=source,
                kind="collector" if source == "nvml" else "miner",
                asked_at=self.now,
                duration_seconds=0,
                reading=reading,
                error=None if reading is not None else TimedOut("late"),
            )
            inventory = take_inventory([outcome])
            missing = self.devices.follow({source: outcome}, inventory, at_seconds=self.seconds, now=self.now)
            self.disk |= self.devices.unsaved_facts()
            self.pass_(10)
        return sorted(missing)

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)


def cards(*numbers: int) -> SensorReading:
    return SensorReading(devices=tuple(DeviceReading(index=number, uuid=f"GPU-{number}") for number in numbers))


def test_a_card_that_was_lost_while_the_agent_was_down_is_missing() -> None:
    disk: dict[str, str] = {}
    Agent(disk).tick(cards(0, 1, 2), ticks=LASTING_TICKS)

    later = Agent(disk, START + timedelta(hours=8))

    assert later.tick(cards(0, 2)) == ["GPU-1"]
    assert later.devices.missing_since == {"GPU-1": START + timedelta(hours=8)}
    assert later.devices.expected == {DeviceKind.GPU: 3}
    assert later.tick(cards(0, 1, 2)) == []
    assert later.devices.missing_since == {}


def test_since_when_it_is_missing_outlives_restarts() -> None:
    disk: dict[str, str] = {}
    first = Agent(disk)
    first.tick(cards(0, 1), ticks=LASTING_TICKS)
    first.pass_(60)
    gone_at = first.now
    first.tick(cards(0))

    second = Agent(disk, START + timedelta(days=2))
    second.tick(cards(0))

    assert second.devices.missing_since == {"GPU-1": gone_at}


def test_one_that_goes_after_weeks_in_which_nothing_changed_is_missed_from_then_on() -> None:
    agent = Agent({})
    agent.tick(cards(0, 1), ticks=LASTING_TICKS)
    for _ in range(3):
        agent.pass_(REMEMBERED_SECONDS)
        assert agent.tick(cards(0, 1)) == []

    assert agent.tick(cards(0)) == ["GPU-1"]
    agent.pass_(REMEMBERED_SECONDS - 60)
    assert agent.tick(cards(0)) == ["GPU-1"]
    agent.pass_(60)
    assert agent.tick(cards(0)) == []
    assert agent.devices.expected == {DeviceKind.GPU: 1}


@for_each(
    ("changed", "missing", "expected"),
    [
        (cards(0, 1, 2), [], 3),
        (cards(1, 0), [], 2),
        (cards(0, 2), ["GPU-1"], 3),
        (SensorReading(), ["GPU-0", "GPU-1"], 2),
        (SensorReading(devices=(replace(cards(0).devices[0], uuid="GPU-3"),)), ["GPU-0", "GPU-1"], 3),
        (None, [], 2),
    ],
)
def test_a_change_of_what_is_told_is_seen_in_the_same_tick(
    changed: SensorReading | None, missing: list[str], expected: int
) -> None:
    agent = Agent({})
    agent.tick(cards(0, 1), ticks=2 * LASTING_TICKS)

    assert agent.tick(changed) == missing
    assert agent.devices.expected == {DeviceKind.GPU: expected}
    assert agent.tick(cards(0, 1, 2, 3)) == []


def test_it_is_forgotten_after_a_week_however_often_the_agent_starts() -> None:
    disk: dict[str, str] = {}
    Agent(disk).tick(cards(0, 1), ticks=LASTING_TICKS)
    assert Agent(disk, START + timedelta(days=1)).tick(cards(0)) == ["GPU-1"]
    assert Agent(disk, START + timedelta(days=7)).tick(cards(0)) == ["GPU-1"]

    last = Agent(disk, START + timedelta(days=7, hours=23))
    assert last.tick(cards(0)) == ["GPU-1"]
    last.pass_(2 * 3600)
    assert last.tick(cards(0)) == []
    assert Agent(disk, START + timedelta(days=9)).tick(cards(0)) == []


def test_nothing_is_missed_where_the_configuration_says_so() -> None:
    disk: dict[str, str] = {}
    Agent(disk).tick(cards(0, 1), ticks=LASTING_TICKS)
    later = Agent(disk)
    later.devices.remembered_seconds = 0.0
    later.pass_(10)

    later.tick(cards(0))
    later.pass_(60)
    assert later.tick(cards(0)) == []
    assert json.loads(disk["nvml"]) == {"GPU-0": ["gpu", None, None]}


def test_what_was_seen_once_is_not_kept() -> None:
    disk: dict[str, str] = {}
    Agent(disk).tick(cards(0), ticks=LASTING_TICKS - 1)

    assert disk == {}


def test_a_source_that_gives_no_reading_misses_nothing() -> None:
    disk: dict[str, str] = {}
    Agent(disk).tick(cards(0), ticks=LASTING_TICKS)
    later = Agent(disk)

    assert later.tick(None) == []
    assert later.tick(cards()) == ["GPU-0"]


def test_boards_of_a_machine_that_starts_are_waited_for() -> None:
    def machine(uptime_seconds: float, *boards: int) -> MinerSnapshot:
        devices = tuple(DeviceReading(index=board, kind=DeviceKind.HASHBOARD) for board in boards)
        return MinerSnapshot(software="x", uptime_seconds=uptime_seconds, devices=devices)

    disk: dict[str, str] = {}
    Agent(disk).tick(machine(9000, 0, 1, 2), source="s19", ticks=LASTING_TICKS)
    later = Agent(disk)

    assert later.tick(machine(60), source="s19") == []
    assert later.tick(machine(180, 0, 2), source="s19") == ["s19/1"]


def test_a_miner_that_is_found_later_has_its_devices_then() -> None:
    disk: dict[str, str] = {}
    Agent(disk).tick(cards(0, 1), source="trex", ticks=LASTING_TICKS)
    later = Agent(disk)
    later.tick(cards(5))

    assert later.tick(cards(1), source="trex") == ["GPU-0"]


def test_nothing_is_saved_before_the_disk_is_read_and_what_it_holds_comes_then() -> None:
    agent = Agent({})
    agent.devices.see(None)
    agent.tick(cards(0), ticks=LASTING_TICKS + 1)
    assert agent.disk == {}

    old = Agent({})
    old.tick(cards(0, 1), ticks=LASTING_TICKS)
    late = KnownDevices()
    late.see(None)
    late.see(old.disk)
    agent.devices = late
    assert agent.tick(cards(0)) == ["GPU-1"]


def test_a_card_that_comes_and_goes_writes_once_a_minute() -> None:
    class Counting(dict[str, str]):
        writes = 0

        def __ior__(self, other: Mapping[str, str]) -> Self:  # type: ignore[override,misc]
            self.writes += len(other)
            self.update(other)
            return self

    disk = Counting()
    agent = Agent(disk)
    agent.tick(cards(0, 1), ticks=LASTING_TICKS)
    for _ in range(180):
        agent.tick(cards(0))
        agent.tick(cards(0, 1))

    assert 30 <= disk.writes <= 62  # in an hour


def test_a_source_that_makes_up_names_is_bounded() -> None:
    agent = Agent({})
    for number in range(20):
        agent.tick(cards(*range(60 * number, 60 * number + 60)), ticks=LASTING_TICKS)
        agent.pass_(60)
    agent.tick(cards(1))

    assert len(json.loads(agent.disk["nvml"])) <= KEPT_A_SOURCE


@for_each(
    "fact",
    [
        "",
        "null",
        "[]",
        "7",
        '{"GPU-0": 5}',
        '{"GPU-0": ["gpu"]}',
        '{"GPU-0": ["spoon", null]}',
        '{"GPU-0": ["gpu", "x"]}',
    ],
)
def test_a_fact_that_is_not_ours_tells_nothing(fact: str) -> None:
    assert Agent({"nvml": fact}).tick(cards(1)) == []


@pytest.mark.parametrize("year", [1970, 2090])
def test_a_clock_that_was_wrong_when_it_went_does_not_forget_it(year: int) -> None:
    since = datetime(year, 1, 1, tzinfo=UTC).isoformat()
    disk: dict[str, Any] = {"nvml": json.dumps({"GPU-0": ["gpu", since]})}
    agent = Agent(disk)

    assert agent.tick(cards(1)) == ["GPU-0"]
    agent.pass_(REMEMBERED_SECONDS + 20)
    assert agent.tick(cards(1)) == []


def test_a_card_that_was_taken_out_and_forgotten_is_missed_no_more_and_after_a_restart_neither() -> None:
    disk: dict[str, str] = {}
    agent = Agent(disk)
    agent.tick(cards(0, 1), ticks=LASTING_TICKS)
    agent.pass_(60)
    assert agent.tick(cards(0)) == ["GPU-1"]

    forgotten = {"GPU-1": agent.now.isoformat(), "GPU-0": agent.now.isoformat()}
    agent.devices.forget(forgotten)

    assert agent.tick(cards(0)) == []
    assert agent.devices.expected == {DeviceKind.GPU: 1}
    agent.pass_(60)
    agent.tick(cards(0))
    later = Agent(disk, agent.now)
    later.devices.forget(forgotten)
    assert later.tick(cards(0)) == []


def test_a_card_that_was_forgotten_before_the_agent_is_started_is_not_missed() -> None:
    disk: dict[str, str] = {}
    first = Agent(disk)
    first.tick(cards(0, 1), ticks=LASTING_TICKS)
    first.pass_(60)
    first.tick(cards(0))

    later = Agent(disk, first.now)
    later.devices.forget({"GPU-1": first.now.isoformat()})

    assert later.tick(cards(0)) == []


def test_a_card_that_came_back_after_it_was_forgotten_is_missed_again_when_it_goes() -> None:
    agent = Agent({})
    agent.tick(cards(0, 1), ticks=LASTING_TICKS)
    agent.tick(cards(0))
    agent.devices.forget({"GPU-1": agent.now.isoformat()})
    agent.tick(cards(0))

    agent.tick(cards(0, 1), ticks=LASTING_TICKS)

    assert agent.tick(cards(0)) == ["GPU-1"]


@pytest.mark.parametrize("moment", ["", "soon", "2099-01-01T00:00:00"])
def test_a_moment_that_is_none_forgets_nothing(moment: str) -> None:
    agent = Agent({})
    agent.tick(cards(0, 1), ticks=LASTING_TICKS)
    agent.devices.forget({"GPU-1": moment})

    assert agent.tick(cards(0)) == ["GPU-1"]


def of_driver(*numbers: int, shifted_by: int = 0) -> Outcome[Reading]:
    found = tuple(
        DeviceReading(index=number, uuid=f"GPU-{number}", pci_address=f"0000:0{number + 1 - shifted_by}:00.0")
        for number in numbers
    )
    return heard("nvml", SensorReading(devices=found))


def of_miner(*numbers: int) -> Outcome[Reading]:
    found = tuple(DeviceReading(index=number, pci_address=f"0000:0{number + 1}:00.0") for number in numbers)
    return heard("trex", MinerSnapshot(software="t-rex", uptime_seconds=5000, devices=found))


def heard(source: str, reading: Reading | None) -> Outcome[Reading]:
    return Outcome(
        source=source,
        kind="collector" if source == "nvml" else "miner",
        asked_at=START,
        duration_seconds=0,
        reading=reading,
        error=TimedOut("late") if reading is None else None,
    )


def ticked(agent: Agent, *outcomes: Outcome[Reading]) -> tuple[list[str], int]:
    """What is missing, and how many cards there should be."""
    asked = {outcome.source: outcome for outcome in outcomes}
    missing = agent.devices.follow(asked, take_inventory(outcomes), at_seconds=agent.seconds, now=agent.now)
    agent.disk |= agent.devices.unsaved_facts()
    agent.pass_(60)
    return sorted(missing), agent.devices.expected[DeviceKind.GPU]


def test_cards_that_a_miner_tells_of_before_their_driver_answers_are_the_same_cards() -> None:
    agent = Agent({})
    late = heard("nvml", None)
    for _ in range(LASTING_TICKS):
        assert ticked(agent, late, of_miner(0, 1)) == ([], 2)
    assert json.loads(agent.disk["trex"]).keys() == {"0000:01:00.0", "0000:02:00.0"}

    assert ticked(agent, of_driver(0, 1), of_miner(0, 1)) == ([], 2)
    assert ticked(agent, of_driver(0), of_miner(0)) == (["GPU-1"], 2)
    assert json.loads(agent.disk["trex"]) == {}


def test_after_a_restart_too_in_which_their_driver_does_not_answer() -> None:
    disk: dict[str, str] = {}
    first = Agent(disk)
    for _ in range(LASTING_TICKS + 1):
        ticked(first, of_driver(0, 1), of_miner(0, 1))

    later = Agent(disk, first.now)

    assert ticked(later, heard("nvml", None), of_miner(0, 1)) == ([], 2)
    assert ticked(later, of_driver(0, 1), of_miner(0, 1)) == ([], 2)


def test_a_lost_card_whose_address_another_one_got_is_missing() -> None:
    disk: dict[str, str] = {}
    first = Agent(disk)
    for _ in range(LASTING_TICKS + 1):
        ticked(first, of_driver(0, 1, 2))

    later = Agent(disk, first.now)

    assert ticked(later, of_driver(1, 2, shifted_by=1)) == (["GPU-0"], 3)
