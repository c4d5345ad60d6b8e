"""What is kept around the loop: maintenance makes nobody wait and no day is skipped, and the end has one deadline."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miner_agent.model.algorithms import Algorithms
from miner_agent.model.devices import DeviceReading, XidErrors
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, SensorReading
from miner_agent.model.snapshot import AwaitedShares, RigEnergy
from miner_agent.service.keeping import MAINTENANCE, Keeping
from miner_agent.storage.sqlite.file_names import STATE_FILE, TELEMETRY_FILE
from miner_agent.storage.state import state_store
from miner_agent.storage.state.forgotten_devices import let_go
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.writer import LogWriter
from miner_agent.tick.course import Course
from miner_agent.tick.energy_counters import EnergyMeter
from miner_agent.tick.expected_shares import ExpectedShares
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.known_devices import LASTING_TICKS
from miner_agent.tick.restarts import Restarts
from miner_agent.tick.usual_hashrates import UsualHashrates
from miner_agent.tick.watch import Watch
from tests import databases
from tests.log_ticks import START, ask, full_tick, miner_work, tick
from tests.waiting import until

DAY_SECONDS = 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return databases.begun(tmp_path / "state")


@pytest.fixture
def keeping(folder: Path) -> Iterator[Keeping]:
    keeping = Keeping(folder, boot_id="boot")
    keeping.start(START)
    until(lambda: keeping.counters_kept)
    yield keeping
    keeping.close(5)


def believe(keeping: Keeping) -> None:
    keeping.see_clock(START, 0.0)
    keeping.see_clock(START + timedelta(days=1), DAY_SECONDS)


def done(folder: Path) -> list[tuple[str, str]]:
    return ask(folder / STATE_FILE, "SELECT job, period FROM job_runs")


def test_maintenance_is_done_once_a_day_and_noted_when_it_is_done(keeping: Keeping, folder: Path) -> None:
    believe(keeping)
    until(lambda: done(folder) == [(MAINTENANCE, "2026-01-02")])

    keeping.see_clock(START + timedelta(days=2), 2 * DAY_SECONDS)
    keeping._ask_for_maintenance()
    until(lambda: len(done(folder)) == 2)


def test_a_clock_that_is_not_believed_maintains_nothing(keeping: Keeping, folder: Path) -> None:
    believe(keeping)  # from then on it is asked for
    until(lambda: done(folder) == [(MAINTENANCE, "2026-01-02")])
    keeping.see_clock(START + timedelta(days=9000), DAY_SECONDS + 10)
    keeping._ask_for_maintenance()

    assert keeping._state._asked == {}


def counted(meter: EnergyMeter, **joules: float) -> None:
    for device, amount in joules.items():
        meter.counters.count((device, "hardware"), 1000 * amount)


def test_counters_of_rigs_come_back_by_rig_and_are_not_this_machines(keeping: Keeping, folder: Path) -> None:
    meters = {"": EnergyMeter(), "asic-1": EnergyMeter(), "asic-2": EnergyMeter()}
    for rig, meter in meters.items():
        keeping.restore(meter, Watch(), rig=rig)
    counted(meters["asic-1"], card=1.5)
    counted(meters["asic-2"], card=2.5, fan=3.0)
    keeping.save({rig: meter for rig, meter in meters.items() if rig}, START)
    counted(meters[""], card=4.0)
    keeping.keep(full_tick(0), meters[""], Watch())
    keeping.close(5)
    again = Keeping(folder, boot_id="boot")
    again.start(START)
    until(lambda: again.counters_kept)
    restored = {rig: EnergyMeter() for rig in meters}
    for rig, meter in restored.items():
        again.restore(meter, Watch(), rig=rig)
    again.close(5)

    assert {rig: meter.counters.counted for rig, meter in restored.items()} == {
        rig: meter.counters.counted for rig, meter in meters.items()
    }
    assert restored["asic-2"].counters.counted == {("card", "hardware"): 2500, ("fan", "hardware"): 3000}


@pytest.mark.parametrize("state", ["an old copy", "none"])
def test_a_state_that_is_put_back_while_the_agent_is_stopped_lowers_no_counter(
    keeping: Keeping, folder: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_store, "migrate", databases.migrate)
    keeping.close(5)
    old = (folder / STATE_FILE).read_bytes()
    run = Keeping(folder, boot_id="boot")
    run.start(START)
    until(lambda: run.counters_kept)
    energy = RigEnergy(source="meter", joules_total=3600.0)
    awaited = AwaitedShares(
        miner="m",
        algorithm="x",
        expected_shares_total=1234.567,
        proven_shares_total=1200.0,
        expected_since_accepted=0.3,
        last_accepted_at=None,
        share_interval_expected_seconds=30.0,
    )
    tick = replace(full_tick(0, cards=2), rig_energy=(energy,), awaited=(awaited,), miner_restarts_total={"m": 3})
    run.keep(tick, EnergyMeter(), Watch())
    run.keep_rigs([replace(tick, rig="asic-1", rig_energy=(replace(energy, joules_total=7.0),))], Watch())
    run.close(5)
    (folder / STATE_FILE).write_bytes(old) if state == "an old copy" else (folder / STATE_FILE).unlink()
    again = Keeping(folder, boot_id="boot")
    again.start(START)
    until(lambda: again.counters_kept)
    restored = {rig: EnergyMeter() for rig in ("", "asic-1")}
    for rig, meter in restored.items():
        again.restore(meter, Watch(), rig=rig)
    again.close(5)

    keys = (("host", "meter"), ("m x", "expected_shares"), ("m x", "proven_shares"), ("m", "restarts"))
    shown = {rig: [meter.counters.shown(key) for key in keys] for rig, meter in restored.items()}
    assert shown == {"": [3_600_000, 1_234_567, 1_200_000, 3], "asic-1": [7000, 1_234_567, 1_200_000, 3]}


def test_what_was_not_restored_is_not_kept(keeping: Keeping, folder: Path) -> None:
    late = EnergyMeter()
    counted(late, card=1.0)
    keeping.save({"": late}, START)
    keeping.close(5)

    assert ask(folder / STATE_FILE, "SELECT * FROM counters") == []


def test_ticks_of_rigs_and_pools_that_were_first_seen_are_kept(keeping: Keeping, folder: Path) -> None:
    watch = Watch()
    keeping.restore_pools(watch)
    work = miner_work("m", "sha256", pool="stratum+tcp://pool.example:3333")
    for _ in range(3):
        watch.follow([work], {})
    keeping.keep_rigs([replace(tick(0, works=[work]), rig="asic-1")], watch)
    keeping.close(5)

    assert ask(folder / TELEMETRY_FILE, "SELECT rig, miner FROM workloads") == [("asic-1", "m")]
    assert [key for (key,) in ask(folder / STATE_FILE, "SELECT key FROM facts")] == ["m sha256"]


def look(restarts: Restarts, seconds: float) -> datetime | None:
    """One look at a miner that was started a minute before ``START``."""
    miner = MinerSnapshot(software="x", uptime_seconds=float(int(seconds) + 60))
    outcome: Outcome[Reading] = Outcome(
        source="m", kind="miner", asked_at=START + timedelta(seconds=seconds), duration_seconds=0.1, reading=miner
    )
    restarts.follow([outcome], (), at_seconds=seconds)
    return restarts.started_at.get("m")


def test_the_start_time_of_a_miner_is_the_same_to_the_next_run_of_the_agent(keeping: Keeping, folder: Path) -> None:
    first, second = Restarts(), Restarts()
    keeping.keep_starts(first)
    known = look(first, 0.75)
    keeping.keep_starts(first)
    keeping.close(5)
    again = Keeping(folder, boot_id="boot")
    again.keep_starts(second)
    assert look(second, 99.0) is None  # nobody knows yet what the last run knew
    again.start(START)
    until(lambda: again.counters_kept)
    again.keep_starts(second)
    found = look(second, 100.25)
    again.close(5)

    assert known == found == START + timedelta(seconds=-59.25)


def test_maintenance_that_fails_leaves_the_day_open(
    keeping: Keeping, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prune: Any = TelemetryLog.prune
    fails = True

    def failing(log: TelemetryLog, *arguments: Any, **options: Any) -> int:
        if fails:
            raise RuntimeError
        return int(prune(log, *arguments, **options))

    monkeypatch.setattr(TelemetryLog, "prune", failing)
    believe(keeping)
    keeping._ask_for_maintenance()
    until(lambda: keeping.databases[0].write_failures_total == 1)
    assert done(folder) == []

    fails = False
    keeping._ask_for_maintenance()
    until(lambda: len(done(folder)) == 1)


def test_asking_for_maintenance_waits_for_no_disk_and_leaves_no_thread_to_wait_for(
    keeping: Keeping, folder: Path
) -> None:
    believe(keeping)
    with closing(sqlite3.connect(folder / STATE_FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        before = time.monotonic()
        keeping._ask_for_maintenance()
        assert time.monotonic() - before < 0.1
        keeping.close(0.2)
        assert time.monotonic() - before < 1

    assert [thread for thread in threading.enumerate() if not thread.daemon] == [threading.main_thread()]


@pytest.mark.parametrize("locked", [(STATE_FILE, TELEMETRY_FILE), (STATE_FILE,), (TELEMETRY_FILE,)])
def test_the_end_takes_no_longer_than_allowed(keeping: Keeping, folder: Path, locked: tuple[str, ...]) -> None:
    energy = EnergyMeter()
    keeping.restore(energy, Watch())
    counted(energy, card=1.0)
    others = [sqlite3.connect(folder / name, isolation_level=None) for name in locked]
    for other in others:
        other.execute("BEGIN EXCLUSIVE")
    keeping.keep(full_tick(0), energy, Watch())
    before = time.monotonic()
    keeping.close(0.6)
    took_seconds = time.monotonic() - before
    for other in others:
        other.close()

    assert took_seconds < 0.8
    if STATE_FILE not in locked:
        assert ask(folder / STATE_FILE, "SELECT counted FROM counters") == [(1000,)]
    if TELEMETRY_FILE not in locked:
        assert len(ask(folder / TELEMETRY_FILE, "SELECT * FROM ticks_raw")) == 1


def test_what_the_state_leaves_of_its_time_goes_to_the_log(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def close(_writer: LogWriter, seconds: float) -> int:
        given.append(seconds)
        return 0

    with monkeypatch.context() as patched:
        patched.setattr(LogWriter, "close", close)
        keeping.close(4)

    assert 3 < given[0] <= 4


def test_devices_are_remembered_over_a_restart(folder: Path) -> None:
    card = DeviceReading(index=0, uuid="GPU-0", core_temperature_celsius=60.0)

    def run(*, there: bool) -> dict[str, str]:
        keeping, course = Keeping(folder, boot_id="boot"), Course()
        keeping.start(START)
        until(lambda: keeping.counters_kept)
        reading = SensorReading(devices=(card,) if there else ())
        outcome: Outcome[Reading] = Outcome(
            source="nvml", kind="collector", asked_at=START, duration_seconds=0, reading=reading
        )
        for second in range(LASTING_TICKS):
            keeping.keep_course(course)
            missing = course.devices.follow(
                {"nvml": outcome}, take_inventory([outcome]), at_seconds=60.0 * second, now=START
            )
        keeping.keep_course(course)
        keeping.close(5)
        return missing

    assert run(there=True) == {}
    assert run(there=False) == {"GPU-0": "nvml"}


def test_errors_of_a_driver_are_remembered_over_a_restart(folder: Path) -> None:
    def run(*errors: XidErrors) -> list[int]:
        keeping, course = Keeping(folder, boot_id="boot"), Course()
        keeping.start(START)
        until(lambda: keeping.counters_kept)
        card = DeviceReading(index=0, uuid="GPU-0", xid_errors=errors)
        outcome: Outcome[Reading] = Outcome(
            source="nvml", kind="collector", asked_at=START, duration_seconds=0, reading=SensorReading(devices=(card,))
        )
        keeping.keep_course(course)
        (device,) = course.xids.follow(take_inventory([outcome]), at_seconds=60.0, now=START).devices
        keeping.keep_course(course)
        keeping.close(5)
        return [one.xid for one in device.reading.xid_errors or ()]

    assert run(XidErrors(xid=79, errors_total=1, last_at=START)) == [79]
    assert run() == [79]


def test_a_card_that_a_command_lets_go_is_missed_no_more(folder: Path) -> None:
    keeping, course = Keeping(folder, boot_id="boot"), Course()
    keeping.start(START)
    until(lambda: keeping.counters_kept)

    def missing(*numbers: int, second: float) -> dict[str, str]:
        keeping.keep_course(course)
        found = tuple(DeviceReading(index=number, uuid=f"GPU-{number}") for number in numbers)
        outcome: Outcome[Reading] = Outcome(
            source="nvml", kind="collector", asked_at=START, duration_seconds=0, reading=SensorReading(devices=found)
        )
        return course.devices.follow({"nvml": outcome}, take_inventory([outcome]), at_seconds=second, now=START)

    missing(0, 1, second=0)
    assert missing(0, second=10) == {"GPU-1": "nvml"}
    let_go(folder / STATE_FILE, "GPU-1", now=START)

    def is_heard_of() -> bool:
        keeping.see_clock(START, 100.0)
        return not missing(0, second=70)

    until(is_heard_of)
    keeping.close(5)


def pinned_pools(folder: Path) -> dict[str, str]:
    return dict(ask(folder / STATE_FILE, "SELECT key, value FROM facts WHERE kind = 'pool'"))


def first_seen(keeping: Keeping, algorithm: str, *, pool: str) -> None:
    watch = Watch()
    keeping.restore_pools(watch)
    for _ in range(3):
        watch.follow([miner_work("m", algorithm, pool=pool)], {})
    keeping.keep(tick(0), EnergyMeter(), watch)


def seen_again(folder: Path, algorithm: str, *pools: str) -> list[tuple[str, ...] | None]:
    """What a run with our words finds to differ, for a miner that mines to each of these pools."""
    again = Keeping(folder, boot_id="boot", algorithms=Algorithms({"rx0": "randomx", "randomx": "randomx"}))
    again.start(START)
    until(lambda: again.counters_kept)
    watch = Watch()
    again.restore_pools(watch)
    found = []
    for pool in pools:
        watch.follow([miner_work("m", algorithm, pool=pool)], {})
        found.append(watch.watched[0].differs)
    again.close(5)
    return found


def test_what_was_usual_is_known_after_a_restart(keeping: Keeping, folder: Path) -> None:
    usual, again = UsualHashrates(), UsualHashrates()
    keeping.keep_usual(ExpectedShares(), usual)
    for minute in range(300):
        for miner, rate in (("left", 60e6), ("right", 30e6)):
            usual.learn(f"{miner} kawpow", rate, at_seconds=60.0 * minute, longest_seconds=150.0)
    keeping.keep_usual(ExpectedShares(), usual)
    keeping.close(5)
    second = Keeping(folder, boot_id="boot")
    second.start(START)
    until(lambda: second.counters_kept)
    second.keep_usual(ExpectedShares(), again)
    second.close(5)
    found = [again.learn(f"{miner} kawpow", None, at_seconds=0.0, longest_seconds=0.0) for miner in ("left", "right")]

    assert found == pytest.approx([60e6, 30e6], rel=0.006)


def test_a_pool_that_was_pinned_under_another_word_holds_under_ours(keeping: Keeping, folder: Path) -> None:
    first_seen(keeping, "rx/0", pool="pool.example:3333")
    keeping.close(5)
    before = pinned_pools(folder)

    assert seen_again(folder, "randomx", "pool.example:3333", "thief.example:3333") == [(), ("pool",)]
    assert before.keys() == {"m rx/0"}
    assert pinned_pools(folder) == {"m randomx": before["m rx/0"]}
    assert seen_again(folder, "randomx", "thief.example:3333") == [("pool",)]


def test_pools_that_were_pinned_under_both_words_both_hold(keeping: Keeping, folder: Path) -> None:
    first_seen(keeping, "rx/0", pool="one.example:3333")
    first_seen(keeping, "randomx", pool="two.example:3333")
    keeping.close(5)
    pools = ("one.example:3333", "two.example:3333", "thief.example:3333")

    assert seen_again(folder, "randomx", *pools) == [(), (), ("pool",)]
    assert pinned_pools(folder).keys() == {"m randomx"}
    assert seen_again(folder, "randomx", *pools) == [(), (), ("pool",)]
