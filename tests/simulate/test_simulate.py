"""The simulated rig: it moves as a rig does, and every fault of its script is seen by the real agent."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from miner_agent.model.devices import DeviceReading, DeviceState
from miner_agent.model.snapshot import PoolWatch, RigSnapshot
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import NVIDIA
from miner_agent.simulate.script import Scene
from miner_agent.simulate.scripts import ROUND_SECONDS, short
from miner_agent.simulate.simulated_course import SimulatedCourse, SimulatedMoment
from miner_agent.simulate.simulated_machine import INTERVAL_SECONDS
from miner_agent.simulate.simulated_rig import SimulatedRig
from miner_agent.tick.changes import Changes
from tests.agent import Agent, with_label

SCRIPT = short(NVIDIA)
PLAYED = [scene.fault for scene in SCRIPT.scenes]


@pytest.fixture(scope="module")
def course() -> list[SimulatedMoment]:
    """Every tick of a whole round, and of the beginning of the next one."""
    rig = SimulatedCourse(NVIDIA, script=SCRIPT, interval_seconds=INTERVAL_SECONDS)
    return list(rig.until(ROUND_SECONDS + 120))


def calm(course: list[SimulatedMoment]) -> list[RigSnapshot]:
    return [one.rig for one in course if not SCRIPT.playing(one.seconds) and not SCRIPT.playing(one.seconds - 60)]


def scene_of(fault: Fault) -> Scene:
    (scene,) = (scene for scene in SCRIPT.scenes if scene.fault is fault)
    return scene


def during(course: list[SimulatedMoment], fault: Fault) -> Iterator[RigSnapshot]:
    scene = scene_of(fault)
    shown = [one.rig for one in course if scene.begins_seconds + 1 < one.seconds < scene.ends_seconds]
    assert shown
    return iter(shown)


def card(snapshot: RigSnapshot, number: int | None) -> DeviceReading:
    assert number is not None
    return next(d.reading for d in snapshot.inventory.devices if d.reading.pci_address == f"0000:0{number + 1}:00.0")


def failed(snapshot: RigSnapshot) -> dict[str, str]:
    return {o.source: o.error.kind for o in snapshot.outcomes if o.error is not None}


def pool(snapshot: RigSnapshot, miner: str) -> PoolWatch:
    return next(pool for pool in snapshot.pools if pool.miner == miner)


@pytest.mark.thorough
def test_between_the_scenes_all_is_well(course: list[SimulatedMoment]) -> None:
    assert calm(course)
    for snapshot in calm(course):
        assert failed(snapshot) == {}
        assert {d.reading.state for d in snapshot.inventory.devices} == {DeviceState.OK}
        assert all(not pool.differs for pool in snapshot.pools)


@pytest.mark.thorough
def test_a_fan_that_is_dead_makes_its_card_hot_and_slow_though_its_driver_asks_for_all_of_it(
    course: list[SimulatedMoment],
) -> None:
    readings = [card(snapshot, scene_of(Fault.FAN_DEAD).card) for snapshot in during(course, Fault.FAN_DEAD)]

    assert readings[0].state is DeviceState.OK
    assert (readings[-1].state, readings[-1].fan_ratio) == (DeviceState.THROTTLED, 1.0)
    slowdown, shutdown = readings[-1].slowdown_temperature_celsius or 0, readings[-1].shutdown_temperature_celsius or 0
    assert slowdown - 4 < (readings[-1].core_temperature_celsius or 0) < shutdown


@pytest.mark.thorough
def test_a_card_that_falls_off_the_bus_is_lost(course: list[SimulatedMoment]) -> None:
    number = scene_of(Fault.CARD_LOST).card
    assert {card(snapshot, number).state for snapshot in during(course, Fault.CARD_LOST)} == {DeviceState.LOST}


def test_a_miner_that_hangs_gives_no_reading(course: list[SimulatedMoment]) -> None:
    for snapshot in during(course, Fault.MINER_HUNG):
        assert failed(snapshot) == {"trex": "timeout"}


def test_a_theft_is_seen(course: list[SimulatedMoment]) -> None:
    for snapshot in during(course, Fault.POOL_SWAPPED):
        assert pool(snapshot, "trex").differs
        assert not pool(snapshot, "lolminer").differs


def watts(snapshot: RigSnapshot) -> dict[str, float]:
    return {power.source: power.power_watts for power in snapshot.power}


def test_the_wall_gives_more_than_the_cards_take(course: list[SimulatedMoment]) -> None:
    for snapshot in calm(course):
        assert watts(snapshot)["meter"] == pytest.approx((watts(snapshot)["estimate"] + 65) / 0.92, abs=1)


def test_a_meter_that_is_silent_leaves_no_power_at_the_wall(course: list[SimulatedMoment]) -> None:
    for snapshot in during(course, Fault.METER_SILENT):
        assert failed(snapshot) == {"plug": "timeout"}
        assert watts(snapshot).keys() == {"estimate"}


def test_a_restart_begins_a_new_count(course: list[SimulatedMoment]) -> None:
    starts = {one.rig.miners_started_at["trex"] for one in course if "trex" in one.rig.miners_started_at}

    assert len(starts) == 2


def test_an_error_of_a_card_is_counted(course: list[SimulatedMoment]) -> None:
    last = course[-1].rig
    told = {d.reading.pci_address: d.reading.xid_errors for d in last.inventory.devices}

    assert [(x.xid, x.errors_total) for x in told["0000:01:00.0"] or ()] == [(119, 1)]
    assert told["0000:02:00.0"] == ()


def test_refused_shares_are_not_accepted_ones(course: list[SimulatedMoment]) -> None:
    shown = [
        w.workload.rejected_shares_total or 0
        for snapshot in during(course, Fault.POOL_REFUSES)
        for w in snapshot.inventory.workloads
        if w.miner == scene_of(Fault.POOL_REFUSES).miner
    ]

    assert shown[-1] - shown[0] >= 1


def said(course: list[SimulatedMoment], caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says meanwhile."""
    changes = Changes()
    with caplog.at_level(logging.INFO, "miner_agent.tick.told_lines"):
        for one in course:
            changes.say(one.rig)
    return [record.getMessage() for record in caplog.records if record.name == "miner_agent.tick.told_lines"]


CARDS = "GPU-de300000-0000-4000-8000-00000000000"
TOLD: dict[Fault, tuple[str, ...]] = {
    Fault.CARD_LOST: (f"{CARDS}0: does not answer any more", f"{CARDS}0: answers again"),
    Fault.MINER_HUNG: ("trex: http://127.0.0.1:1: no answer", "trex: gives readings again"),
    Fault.POOL_SWAPPED: ("trex (kawpow): mines to another pool", "trex (kawpow): mines to where it should again"),
    Fault.XID: (f"{CARDS}0 (xid 119): its driver told of error 119", f"{CARDS}0 (xid 119): its driver has told of no"),
    Fault.RESTART: ("trex: was started anew",),
    Fault.METER_SILENT: ("plug: http://127.0.0.1:1: no answer", "plug: gives readings again"),
    Fault.POOL_REFUSES: ("lolminer (etchash): its pool refuses", "lolminer (etchash): its pool accepts shares again"),
}
"""How the log tells of each fault: its beginning and, where it lasts, its end."""
HOT = f"{CARDS}7: runs"  # a dead fan: slower while it lasts, in the next round too


def test_every_fault_of_a_round_is_told_once_when_it_begins_and_once_when_it_ends(
    course: list[SimulatedMoment], caplog: pytest.LogCaptureFixture
) -> None:
    lines = said(course, caplog)

    assert {*TOLD, Fault.FAN_DEAD} == set(PLAYED)
    for beginnings in TOLD.values():
        for beginning in beginnings:
            assert sum(line.startswith(beginning) for line in lines) == 1, (beginning, lines)
    assert [line.startswith(f"{HOT} below its clocks") for line in lines if line.startswith(HOT)] == [True, False, True]
    known = (*(beginning for told in TOLD.values() for beginning in told), HOT)
    assert [line for line in lines if not line.startswith(known)] == []


def test_the_verdict_is_ill_while_something_is_wrong_and_well_between(course: list[SimulatedMoment]) -> None:
    for fault in set(PLAYED) - {Fault.RESTART, Fault.FAN_DEAD, Fault.XID, Fault.POOL_REFUSES}:
        assert {snapshot.verdict.word for snapshot in during(course, fault)} == {"ill"}
    ends = scene_of(Fault.MINER_HUNG).ends_seconds
    assert {one.rig.verdict.word for one in course if ends + 1 < one.seconds < ends + 19} == {"well"}


def test_its_miners_and_its_driver_speak_of_the_same_cards(course: list[SimulatedMoment]) -> None:
    for one in course:
        assert len(one.rig.inventory.devices) == 8


def test_the_same_seed_gives_the_same_course() -> None:
    def course(seed: int) -> list[tuple[float, int]]:
        rig = SimulatedRig(seed=seed)
        found = []
        for minute in range(10):
            rig.advance(60.0 * minute)
            found.append((rig.wall_watts, sum(card.accepted_shares for card in rig.cards)))
        return found

    assert course(1) == course(1) != course(2)


def test_shares_come_as_often_as_the_hashrate_lets_them() -> None:
    rig = SimulatedRig()
    rig.advance(10_000)
    for program in rig.programs:
        expected = 10_000 * sum(card.full_hashes_per_second for card in program.cards) / program.difficulty_hashes
        found = sum(card.accepted_shares + card.rejected_shares for card in program.cards)
        assert found == pytest.approx(expected, abs=5 * expected**0.5)


@pytest.mark.parametrize("change", [lambda rig: rig.advance(0), lambda rig: rig.advance(-5)])
def test_time_never_goes_back(change: Callable[[SimulatedRig], None]) -> None:
    rig = SimulatedRig()
    rig.advance(100)
    change(rig)

    assert rig.seconds == 100


def test_the_script_fits_its_round() -> None:
    for scene in SCRIPT.scenes:
        assert 0 <= scene.begins_seconds < scene.ends_seconds <= ROUND_SECONDS == SCRIPT.round_seconds


@pytest.mark.e2e
def test_the_demo_runs_as_the_whole_agent_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {
        "MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0",
        "MINER_AGENT__TARIFF__CURRENCY": "EUR",
        "MINER_AGENT__TARIFF__PRICE_PER_KILOWATT_HOUR": "0.3",
        "TMPDIR": str(tmp_path),
    }
    with Agent(tmp_path, environment=environment, command=("demo",), first_start=True) as agent:
        page = agent.wait_until(lambda page: len(with_label(page, "rig_device_power_watts")) == 8)
        assert set(with_label(page, "rig_miner_up").values()) == {1.0}
        assert page['rig_meter_up{meter="plug"}'] == 1.0
        assert page["rig_agent_clock_synchronized"] == 1.0  # of the simulated machine, whatever this one's is
        assert page['rig_host_power_watts{source="meter"}'] > page['rig_host_power_watts{source="estimate"}'] > 1000
        agent.wait_until(lambda page: 'rig_profit_energy_cost_per_day{currency="EUR"}' in page)  # it is nobody's
        assert agent.stop()[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
