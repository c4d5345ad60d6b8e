"""Months of a rig that restarts every day, in compressed time: what is too old goes, and nothing goes by a wrong clock."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.service.keeping import MAINTENANCE, Keeping
from miner_agent.storage.sqlite.file_names import STATE_FILE, TELEMETRY_FILE
from miner_agent.tick.energy_counters import EnergyMeter
from miner_agent.tick.watch import Watch
from tests import databases
from tests.log_ticks import START, ask, ask_one, device, tick
from tests.waiting import until

DAY = timedelta(days=1)
OFF = timedelta(minutes=10)
RAW = timedelta(days=14)


class Rig:
    """A rig whose agent is started once a day and asks for maintenance once an hour."""

    def __init__(self, folder: Path, *, interval: timedelta = timedelta(hours=1)) -> None:
        databases.begun(folder)
        self.interval = interval
        self.folder, self.now, self.boot, self.steady_seconds = folder, START, 0, 0.0

    def run(self, hours: float, *, wrong_for: timedelta = timedelta(0), wrong_time: datetime = START) -> None:
        """One run of the agent. A clock that is wrong at first is set right then."""
        keeping, begun = Keeping(self.folder, boot_id=f"boot-{self.boot}"), self.now
        keeping.start(self.now)
        until(lambda: keeping.counters_kept)
        energy, watch = EnergyMeter(), Watch()
        asked = begun
        while self.now < begun + timedelta(hours=hours):
            ran = self.now - begun
            shown = self.now if ran >= wrong_for else wrong_time + ran
            keeping.see_clock(shown, self.steady_seconds)
            keeping.restore(energy, watch)
            keeping.keep(tick(0, [device("GPU-1", power_watts=120.0)], start=shown), energy, watch)
            until(lambda: (keeping.databases[0].queue_length or 0) < 100)
            if self.now - asked >= timedelta(hours=1):
                asked = self.now
                keeping._ask_for_maintenance()
                self.until_maintained(keeping)
            self.pass_time(self.interval)
        until(lambda: keeping.databases[0].queue_length == 0)
        self.until_maintained(keeping)
        keeping.close(20)

    def until_maintained(self, keeping: Keeping) -> None:
        if keeping._believed is not None:
            day = keeping._believed[0].date().isoformat()
            until(lambda: (MAINTENANCE, day) in ask(self.folder / STATE_FILE, "SELECT job, period FROM job_runs"))

    def pass_time(self, span: timedelta) -> None:
        self.now += span
        self.steady_seconds += span.total_seconds()

    def reboot(self, off: timedelta = OFF) -> None:
        self.now += off
        self.boot, self.steady_seconds = self.boot + 1, 20.0

    def bytes_a_row(self) -> float:
        """The log's size against all rows that it holds, raw and summed up."""
        log = self.folder / TELEMETRY_FILE
        tables = [f"{subject}_{level}" for subject in ("ticks", "device") for level in ("raw", "1m", "15m", "1h")]
        rows = sum(int(ask_one(log, f"SELECT count(*) FROM {table}")) for table in tables)
        return log.stat().st_size / rows

    def oldest(self) -> datetime:
        return datetime.fromtimestamp(
            ask_one(self.folder / TELEMETRY_FILE, "SELECT min(taken_at) FROM ticks_raw") / 1000, UTC
        )


KINDS = ("the agent", "the machine", "a machine whose clock has no battery")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (KINDS[0], 18),
        pytest.param(KINDS[1], 30, marks=pytest.mark.thorough),
        pytest.param(KINDS[2], 18, marks=pytest.mark.thorough),
        *(pytest.param(kind, 60, marks=pytest.mark.soak) for kind in KINDS),
    ],
)
def test_a_rig_that_restarts_every_day_keeps_raw_rows_for_two_weeks(tmp_path: Path, kind: str, days: int) -> None:
    rig, bytes_a_row = Rig(tmp_path / "state", interval=timedelta(hours=4 if days < 30 else 1)), []
    for day in range(days):
        wrong_for = rig.interval if kind.endswith("battery") and day else timedelta(0)
        rig.run(23.8, wrong_for=wrong_for, wrong_time=datetime(1970, 1, 1, tzinfo=UTC))
        age = rig.now - rig.oldest()
        if day > 15:
            assert RAW <= age <= RAW + DAY, f"day {day}: {age}"
        bytes_a_row.append(rig.bytes_a_row())
        if kind == "the agent":
            rig.pass_time(OFF)
        else:
            rig.reboot()

    with closing(sqlite3.connect(tmp_path / "state" / TELEMETRY_FILE)) as log:
        kept = log.execute("SELECT count(*) FROM ticks_raw").fetchone()[0]
        rolled = log.execute("SELECT count(*) FROM ticks_1m").fetchone()[0]
    looks = DAY / rig.interval
    assert 14 * (looks - 1) <= kept <= 15 * looks  # those at one moment of 1970 are one
    assert rolled >= days * (looks - 1)
    assert bytes_a_row[-1] <= bytes_a_row[16]  # minutes are kept for longer than that: the file grows as they do


@pytest.mark.thorough
def test_a_rig_that_runs_for_eight_hours_a_day_deletes_as_well(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "state")
    for _ in range(18):
        rig.run(8)
        rig.reboot(timedelta(hours=16))
    rig.run(1)

    assert RAW <= rig.now - rig.oldest() <= RAW + DAY


@pytest.mark.thorough
def test_a_rig_that_restarts_every_half_an_hour_deletes_as_well(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "state", interval=timedelta(minutes=20))
    for _ in range(16):
        rig.run(8)
        rig.pass_time(timedelta(hours=16))
    for _ in range(6):
        rig.run(0.5)
        assert RAW <= rig.now - rig.oldest() <= RAW + DAY
        rig.reboot(timedelta(hours=6))


@pytest.mark.thorough
@pytest.mark.parametrize("jump", [pytest.param(timedelta(days=13), marks=pytest.mark.thorough), timedelta(days=7300)])
@pytest.mark.parametrize("kind", ["while it runs", "between two runs", "over a reboot"])
def test_a_clock_that_jumps_deletes_nothing(tmp_path: Path, jump: timedelta, kind: str) -> None:
    rig = Rig(tmp_path / "state")
    for _ in range(3):
        rig.run(23.8)
        rig.pass_time(OFF)
    before = rig.oldest()
    truth = rig.now
    match kind:
        case "while it runs":
            rig.run(3, wrong_for=timedelta(hours=2), wrong_time=rig.now + jump)
        case "between two runs":
            rig.now += jump
            rig.run(20)
            rig.now -= jump
        case _:
            rig.now += jump
            rig.reboot()
            rig.run(20)
            rig.now -= jump
    rig.run(3)

    assert rig.oldest() == before
    assert rig.now > truth
