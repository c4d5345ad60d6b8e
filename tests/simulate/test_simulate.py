"""The simulated rig: it moves as a rig does, and every fault of its script is seen by the real agent."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.model.devices import DeviceState
from miner_agent.model.snapshot import PoolWatch, RigSnapshot
from miner_agent.simulate.script import ROUND_SECONDS, SCRIPT, Fault, Scene, playing
from miner_agent.simulate.simulated_machine import INTERVAL_SECONDS, DemoRig
from miner_agent.simulate.simulated_rig import SimulatedRig
from miner_agent.simulate.stand_ins import HEAD_START_SECONDS, SimulatedSources
from miner_agent.tick.changes import Changes
from miner_agent.tick.pipeline import Pipeline
from tests.agent import Agent, with_label

START = datetime(2026, 5, 4, tzinfo=UTC)


class Round:
    """The real pipeline on the simulated rig, in a time of its own."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        rig = DemoRig(folder, {}, SimulatedSources(lambda: self.seconds))
        self.pipeline: Pipeline = rig.build(rig.load()).pipeline
        self.pipeline.memory.watch.restore({})

    def tick(self) -> RigSnapshot:
        snapshot = self.pipeline.tick(START + timedelta(seconds=self.seconds))
        self.seconds += INTERVAL_SECONDS
        return snapshot

    def ticks_until(self, seconds: float) -> list[RigSnapshot]:
        """Ticks up to that second of the script."""
        found = []
        while self.seconds + HEAD_START_SECONDS < seconds:
            found.append(self.tick())
        return found


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[float, RigSnapshot]]:
    """Every tick of a whole round, with the second of the script that it shows."""
    round_ = Round(tmp_path_factory.mktemp("demo"))
    found = []
    while round_.seconds + HEAD_START_SECONDS < ROUND_SECONDS:
        found.append((round_.seconds + HEAD_START_SECONDS, round_.tick()))
    return found


def during(course: list[tuple[float, RigSnapshot]], fault: Fault, *, after: float = 0.0) -> Iterator[RigSnapshot]:
    (scene,) = (scene for scene in SCRIPT if scene.fault is fault)
    shown = [
        snapshot for seconds, snapshot in course if scene.begins_seconds + after + 1 < seconds < scene.ends_seconds
    ]
    assert shown or scene.ends_seconds - scene.begins_seconds <= INTERVAL_SECONDS
    return iter(shown)


def card(snapshot: RigSnapshot, number: int) -> DeviceState | None:
    return next(
        d.reading.state for d in snapshot.inventory.devices if d.reading.pci_address == f"0000:0{number + 1}:00.0"
    )


def failed(snapshot: RigSnapshot) -> dict[str, str]:
    return {o.source: o.error.kind for o in snapshot.outcomes if o.error is not None}


def pool(snapshot: RigSnapshot, miner: str) -> PoolWatch:
    return next(pool for pool in snapshot.pools if pool.miner == miner)


def test_between_the_scenes_all_is_well(course: list[tuple[float, RigSnapshot]]) -> None:
    calm = [snapshot for seconds, snapshot in course if not playing(seconds) and not playing(seconds - 60)]

    assert calm
    for snapshot in calm:
        assert failed(snapshot) == {}
        assert {d.reading.state for d in snapshot.inventory.devices} == {DeviceState.OK}
        assert all(not pool.differs for pool in snapshot.pools)


def test_a_fan_that_stands_makes_its_card_hot_and_slow(course: list[tuple[float, RigSnapshot]]) -> None:
    states = [card(snapshot, 5) for snapshot in during(course, Fault.FAN_STANDS)]

    assert states[0] is DeviceState.OK
    assert states[-1] is DeviceState.THROTTLED


def test_a_card_that_falls_off_the_bus_is_lost(course: list[tuple[float, RigSnapshot]]) -> None:
    assert {card(snapshot, 2) for snapshot in during(course, Fault.CARD_LOST)} == {DeviceState.LOST}


def test_a_miner_that_hangs_gives_no_reading(course: list[tuple[float, RigSnapshot]]) -> None:
    for snapshot in during(course, Fault.MINER_HANGS):
        assert failed(snapshot) == {"lolminer": "timeout"}


def test_a_theft_is_seen(course: list[tuple[float, RigSnapshot]]) -> None:
    for snapshot in during(course, Fault.THEFT):
        assert pool(snapshot, "trex").differs
        assert not pool(snapshot, "lolminer").differs


def watts(snapshot: RigSnapshot) -> dict[str, float]:
    return {power.source: power.power_watts for power in snapshot.power}


def test_the_wall_gives_more_than_the_cards_take(course: list[tuple[float, RigSnapshot]]) -> None:
    calm = [snapshot for seconds, snapshot in course if not playing(seconds) and not playing(seconds - 60)]
    for snapshot in calm:
        assert watts(snapshot)["meter"] == pytest.approx((watts(snapshot)["estimate"] + 65) / 0.92, abs=1)


def test_a_meter_that_is_silent_leaves_no_power_at_the_wall(course: list[tuple[float, RigSnapshot]]) -> None:
    for snapshot in during(course, Fault.METER_SILENT):
        assert failed(snapshot) == {"plug": "timeout"}
        assert watts(snapshot).keys() == {"estimate"}


def test_a_restart_begins_a_new_count(course: list[tuple[float, RigSnapshot]]) -> None:
    starts = {snapshot.miners_started_at["trex"] for _, snapshot in course if "trex" in snapshot.miners_started_at}

    assert len(starts) == 2


def test_an_error_of_a_card_is_counted(course: list[tuple[float, RigSnapshot]]) -> None:
    last = course[-1][1]
    told = {d.reading.pci_address: d.reading.xid_errors for d in last.inventory.devices}

    assert [(x.xid, x.errors_total) for x in told["0000:01:00.0"] or ()] == [(31, 1)]
    assert told["0000:02:00.0"] == ()


def test_refused_shares_are_not_accepted_ones(course: list[tuple[float, RigSnapshot]]) -> None:
    shown = [
        w.workload.rejected_shares_total or 0
        for snapshot in during(course, Fault.REJECTS)
        for w in snapshot.inventory.workloads
        if w.miner == "lolminer"
    ]

    assert shown[-1] - shown[0] >= 1


def said(seconds: float, caplog: pytest.LogCaptureFixture, folder: Path) -> list[str]:
    """What the log says in so many seconds of the script, in compressed time."""
    round_, changes = Round(folder), Changes()
    with caplog.at_level(logging.INFO, "miner_agent.tick.told_lines"):
        while round_.seconds + HEAD_START_SECONDS < seconds:
            changes.say(round_.tick())
    return [record.getMessage() for record in caplog.records if record.name == "miner_agent.tick.told_lines"]


CARDS = "GPU-de300000-0000-4000-8000-00000000000"
TOLD: dict[Fault, tuple[str, ...]] = {
    Fault.FAN_STANDS: (f"{CARDS}5: its fan stands still", f"{CARDS}5: its fan turns again"),
    Fault.CARD_LOST: (f"{CARDS}2: does not answer any more", f"{CARDS}2: answers again"),
    Fault.MINER_HANGS: ("lolminer: http://127.0.0.1:1: no answer", "lolminer: gives readings again"),
    Fault.THEFT: ("trex (kawpow): mines to another pool", "trex (kawpow): mines to where it should again"),
    Fault.XID: (f"{CARDS}0 (xid 31): its driver told of error 31", f"{CARDS}0 (xid 31): its driver has told of no"),
    Fault.MINER_RESTARTS: ("trex: was started anew",),
    Fault.METER_SILENT: ("plug: http://127.0.0.1:1: no answer", "plug: gives readings again"),
    Fault.REJECTS: ("lolminer (etchash): its pool refuses", "lolminer (etchash): its pool accepts shares again"),
}
"""How the log tells of each fault: its beginning and, where it lasts, its end."""


def test_every_fault_of_a_round_is_told_once_when_it_begins_and_once_when_it_ends(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    lines = said(ROUND_SECONDS + 120, caplog, tmp_path)

    for fault in Fault:
        if fault is Fault.FAN_STANDS:
            continue  # it stands in the next round too
        for beginning in TOLD[fault]:
            assert sum(line.startswith(beginning) for line in lines) == 1, (beginning, lines)
    fan = [line for line in lines if line.startswith(f"{CARDS}5: its fan")]
    assert [line.startswith(TOLD[Fault.FAN_STANDS][number % 2]) for number, line in enumerate(fan)] == [True] * 3
    known = (*(beginning for told in TOLD.values() for beginning in told), f"{CARDS}5: runs")  # it is hot
    assert [line for line in lines if not line.startswith(known)] == []


def test_the_verdict_is_ill_while_something_is_wrong_and_well_between(course: list[tuple[float, RigSnapshot]]) -> None:
    for fault in set(Fault) - {Fault.MINER_RESTARTS, Fault.FAN_STANDS, Fault.XID, Fault.REJECTS}:
        assert {snapshot.verdict.word for snapshot in during(course, fault)} == {"ill"}
    assert [snapshot.verdict.word for seconds, snapshot in course if 300 < seconds < 320] == ["well"] * 9


def test_its_miners_and_its_driver_speak_of_the_same_cards(course: list[tuple[float, RigSnapshot]]) -> None:
    for _, snapshot in course:
        assert len(snapshot.inventory.devices) == 8


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
    rig = SimulatedRig(script=())
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
    assert {scene.fault for scene in SCRIPT} == set(Fault)
    for scene in SCRIPT:
        assert isinstance(scene, Scene)
        assert 0 <= scene.begins_seconds < scene.ends_seconds <= ROUND_SECONDS


@pytest.mark.e2e
def test_the_demo_runs_as_the_whole_agent_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0", "TMPDIR": str(tmp_path)}
    with Agent(tmp_path, environment=environment, command=("demo",), first_start=True) as agent:
        page = agent.wait_until(lambda page: len(with_label(page, "rig_device_power_watts")) == 8)
        assert set(with_label(page, "rig_miner_up").values()) == {1.0}
        assert page['rig_meter_up{meter="plug"}'] == 1.0
        assert page['rig_host_power_watts{source="meter"}'] > page['rig_host_power_watts{source="estimate"}'] > 1000
        assert agent.stop()[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
