"""The sums of the telemetry log: exact at every level, whatever the clock does and whatever was pruned."""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miner_agent.model.devices import DeviceState
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.sqlite.migrate import upgrade
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.rows import milliseconds
from miner_agent.storage.telemetry.schema import HOUR_MS
from tests import databases, examples
from tests.log_ticks import RIG, START, ask, ask_one, device, full_tick, miner_work, tick
from tests.storage.kept_log import card, exactly, filled, reopened, sums

START_MS = milliseconds(START)
ROLLED = ("1m", "15m", "1h", "6h", "8d")

# Rollups


@dataclass
class Expected:
    """Sums that a test keeps by hand."""

    power: list[float] = field(default_factory=list)
    energy: list[float] = field(default_factory=list)
    temperature: list[float] = field(default_factory=list)
    rates: dict[str, list[float]] = field(default_factory=dict)
    shares: dict[str, int | None] = field(default_factory=dict)
    up_seconds: float = 0.0


some_watts = st.none() | st.floats(0, 2000)
some_rate = st.none() | st.floats(0, 1e18)
some_tick = st.fixed_dictionaries(
    {
        "gap": st.sampled_from((0, 3, 10, 10, 10, 10, 10, 10, 61, 700, 1300)),
        "state": st.sampled_from((DeviceState.OK, DeviceState.OK, DeviceState.LOST, None)),
        "power": some_watts,
        "energy": some_watts,
        "temperature": st.none() | st.floats(-20, 110),
        "rates": st.dictionaries(st.sampled_from(("kawpow", "ethash", "randomx")), some_rate, max_size=3),
        "accepted": st.none() | st.integers(0, 60),
        "restart": st.sampled_from((False,) * 9 + (True,)),
    }
)


@pytest.mark.thorough
@settings(max_examples=examples.times(0.2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ticks=st.lists(some_tick, min_size=1, max_size=50))
def test_stats_equal_the_raw_ticks_whatever_came(
    ticks: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = databases.empty_log(tmp_path_factory.mktemp("log"))
    log = TelemetryLog.open(path, now=START)
    expected, seconds = Expected(), 5.0
    before: dict[str, int] = {}
    for number, one in enumerate(ticks):
        seconds += one["gap"]
        repeated = number > 0 and one["gap"] == 0
        if one["restart"]:
            log = reopened(log, path)
        works = [
            miner_work("m", name, hashes_per_second=rate, accepted_shares_total=one["accepted"])
            for name, rate in one["rates"].items()
        ]
        card = device(
            "GPU-a",
            kind_of_state=one["state"],
            power_watts=one["power"],
            core_temperature_celsius=one["temperature"],
        )
        taken = tick(seconds, [card], works, energy_joules={"GPU-a": one["energy"]})
        log.append(
            replace(taken, miners_started_at={"m": taken.taken_at})
        )  # whenever a counter falls, it was a restart
        if not repeated:
            _expect(expected, one, before)
        elif works:
            _expect_work_not_there_yet(expected, one, before, log, ticks[:number])
    _compare(log, expected, START + timedelta(seconds=seconds + 1))
    log.close()


def _expect(expected: Expected, one: dict[str, Any], before: dict[str, int]) -> None:
    tells_nothing = one["state"] is None and one["power"] is None and one["temperature"] is None
    expected.up_seconds += 10 * (one["state"] is not DeviceState.LOST and not tells_nothing)
    for into, value, digits in (
        (expected.power, one["power"], 3),
        (expected.energy, one["energy"], 3),
        (expected.temperature, one["temperature"], 1),
    ):
        if value is not None:
            into.append(round(value * 10**digits) / 10**digits)
    for name, rate in one["rates"].items():
        _expect_work(expected, name, rate, one["accepted"], before)


def _expect_work(
    expected: Expected, name: str, rate: float | None, accepted: int | None, before: dict[str, int]
) -> None:
    expected.shares.setdefault(name, None)
    expected.rates.setdefault(name, [])
    if rate is not None:
        expected.rates[name].append(rate)
    if accepted is None:
        return
    if name in before:
        more = accepted - before[name] if accepted >= before[name] else accepted
        expected.shares[name] = (expected.shares[name] or 0) + more
    before[name] = accepted


def _expect_work_not_there_yet(
    expected: Expected, one: dict[str, Any], before: dict[str, int], log: TelemetryLog, earlier: list[dict[str, Any]]
) -> None:
    """Of a repeated moment, only the algorithms that were not told the first time are new."""
    told: set[str] = set()
    for past in reversed(earlier):
        told |= set(past["rates"])
        if past["gap"] != 0:
            break
    for name in set(one["rates"]) - told:
        _expect_work(expected, name, one["rates"][name], one["accepted"], before)


def _compare(log: TelemetryLog, expected: Expected, end: datetime) -> None:
    (period,) = log.stats(START, end)
    (card,) = period.devices
    length = (end - START).total_seconds()
    assert card.uptime_ratio == exactly(min(expected.up_seconds / length, 1.0))
    assert card.energy_joules == (exactly(math.fsum(expected.energy)) if expected.energy else None)
    for got, values in (
        (card.power_watts_mean, expected.power),
        (card.core_temperature_celsius_mean, expected.temperature),
    ):
        assert got == (exactly(math.fsum(values) / len(values)) if values else None)
    assert card.power_watts_min == (pytest.approx(min(expected.power)) if expected.power else None)
    assert card.core_temperature_celsius_max == (
        pytest.approx(max(expected.temperature)) if expected.temperature else None
    )
    assert {work.algorithm for work in period.works} == set(expected.rates)
    for work in period.works:
        rates = expected.rates[work.algorithm]
        assert work.hashes_per_second_mean == (exactly(math.fsum(rates) / len(rates)) if rates else None)
        assert work.accepted_shares == expected.shares[work.algorithm]


@pytest.mark.thorough
def test_every_level_sums_up_to_the_same(log: TelemetryLog, path: Path) -> None:
    filled(log)
    whole_hours_ms = ask_one(path, f"SELECT max(taken_at) / {HOUR_MS} * {HOUR_MS} FROM ticks_raw")
    raw = ask(
        path,
        "SELECT device, count(*), sum(interval_ms), count(power_milliwatts), sum(power_milliwatts), "
        "min(power_milliwatts), max(power_milliwatts), sum(energy_millijoules), sum(interval_ms) "
        f"FROM device_raw JOIN ticks_raw USING (taken_at) WHERE taken_at < {whole_hours_ms} GROUP BY device",
    )

    assert raw[0][1] == 4 * 360
    assert [sums(path, resolution, whole_hours_ms) for resolution in ("1m", "15m", "1h")] == [raw] * 3


def test_six_hours_add_up_to_what_their_hours_say_whatever_order_they_came_in(log: TelemetryLog, path: Path) -> None:
    hours = (0, 1, 4, 7, 8, 12, 5, 9, 13, 2, 20)  # some late
    for number, hour in enumerate(hours):
        log.append(tick(3600 * hour + number, [card(100.0 + number)], energy_joules={"GPU-a": 1000.0 * number}))
    of_hours, closed_ms = "SELECT taken_at / 21600000 * 21600000 AS six_hours", START_MS + 18 * HOUR_MS
    summed = "sum(ticks), sum(up_ms), sum(power_milliwatts_sum), min(power_milliwatts_min), sum(energy_millijoules_sum)"
    expected = ask(path, f"{of_hours}, device, {summed} FROM device_1h WHERE taken_at < {closed_ms} GROUP BY 1, 2")

    assert len(expected) == 3
    assert ask(path, f"SELECT taken_at, device, {summed} FROM device_6h GROUP BY 1, 2") == expected
    assert ask(path, "SELECT ticks FROM ticks_6h") == [(5,), (3,), (2,)]


def test_an_open_bucket_is_not_written_and_yet_answered(log: TelemetryLog, path: Path) -> None:
    for number in range(5):
        log.append(full_tick(number))

    assert ask(path, "SELECT * FROM device_1m") == []
    (period,) = log.stats(START, START + timedelta(seconds=50))
    assert len(period.devices) == 12


def test_hours_that_were_logged_before_there_were_six_hours_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "telemetry.db"
    with closing(TelemetryLog.open(databases.empty_log(tmp_path), now=START)) as log:
        for number in range(50):
            log.append(full_tick(360 * number, cards=2))
    tables = ("ticks_6h", "device_6h")
    known = [ask(path, f"SELECT * FROM {table}") for table in tables]
    with closing(sqlite3.connect(path)) as connection, connection:
        later = ("ticks_23h", "device_23h", "ticks_8d", "device_8d", "miners_8d", "rates_8d")
        for step in (*(f"DROP TABLE {table}" for table in (*tables, *later)), "PRAGMA user_version = 5"):
            connection.execute(step)
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    upgrade(TELEMETRY, path, now=START)
    found = [ask(path, f"SELECT * FROM {table}") for table in tables]

    assert [len(rows) for rows in known] == [8, 16]
    assert [rows[: len(before)] for rows, before in zip(found, known, strict=True)] == known
    assert [len(rows) for rows in found] == [9, 18]  # the hours of a bucket that is open yet


@pytest.mark.thorough
def test_buckets_left_open_by_a_sudden_end_are_mended_at_start(log: TelemetryLog, path: Path) -> None:
    filled(log, 800)
    log = reopened(log, path)
    right = {resolution: sums(path, resolution, 2**62) for resolution in ROLLED}
    ask(path, "DELETE FROM ticks_1m WHERE taken_at % 7 = 0")
    ask(path, "UPDATE ticks_1h SET ticks = 1")
    for resolution in ROLLED:
        ask(path, f"DELETE FROM device_{resolution} WHERE taken_at NOT IN (SELECT taken_at FROM ticks_{resolution})")
    ask(path, "DELETE FROM ticks_15m")
    log = reopened(log, path)
    log.close()

    assert {resolution: sums(path, resolution, 2**62) for resolution in ROLLED} == right


def test_ticks_that_come_late_are_in_their_rollups(log: TelemetryLog, path: Path) -> None:
    for seconds in (0, 20, 70, 3700, 10, 30, 3710, 7300):
        log.append(tick(seconds, [card()]))

    assert ask(path, "SELECT taken_at % 86400000 / 60000, ticks FROM device_1m") == [(0, 4), (1, 1), (61, 2)]
    assert ask(path, "SELECT ticks FROM device_1h ORDER BY taken_at") == [(5,), (2,)]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_that_was_set_back_leaves_no_more_than_a_minute_out(tmp_path: Path, restarted: bool) -> None:
    path = databases.empty_log(tmp_path)
    log = TelemetryLog.open(path, now=START)
    forward, again = range(0, 20 * 60, 30), range(6 * 60, 14 * 60, 30)  # [min]
    moments = [*(60 * minute for minute in forward), *(60 * minute + 5 for minute in again)]
    for number, seconds in enumerate(moments):
        if restarted and number == len(forward):
            log = reopened(log, path)
        log.append(tick(seconds, [card(100.0)], energy_joules={"GPU-a": 1000.0}, interval_seconds=1800))
        (day,) = log.stats(START, START + timedelta(days=1))
        missing_joules = 1000.0 * (number + 1) - (day.devices[0].energy_joules or 0.0)
        assert missing_joules in {0.0, 1000.0}, f"at {seconds} s"
    log.close()


# Pruning


TICKS = 20 * 144
"""Twenty days of one tick every ten minutes."""


def append(log: TelemetryLog, numbers: range) -> None:
    for number in numbers:
        log.append(tick(600 * number, [card(100.0)], interval_seconds=600))


@pytest.fixture(scope="module")
def nearly_all(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a log in which nothing but the last hour is missing."""
    path = databases.empty_log(tmp_path_factory.mktemp("old"))
    log = TelemetryLog.open(path, now=START)
    append(log, range(TICKS - 6))
    log.close()
    return path.read_bytes()


@pytest.fixture
def old_log(nearly_all: bytes, path: Path) -> Iterator[TelemetryLog]:
    """Its last hour is open."""
    path.write_bytes(nearly_all)
    log = TelemetryLog.open(path, now=START)
    append(log, range(TICKS - 6, TICKS))
    yield log
    log.close()


@pytest.mark.thorough
def test_old_rows_go_and_their_rollups_answer(old_log: TelemetryLog, path: Path) -> None:
    log, now = old_log, START + timedelta(days=20)
    before = log.stats(START, now)
    deleted = log.prune(now, plausible_since=now - timedelta(days=2))

    assert deleted == 2 * 6 * 144  # ticks and device rows of six days
    assert log.oldest_at == START + timedelta(days=6)
    assert log.stats(START, now) == before
    assert log.prune(now, plausible_since=now - timedelta(days=2)) == 0
    assert ask_one(path, "PRAGMA freelist_count") == 0
    assert len(log.show(START, START + timedelta(days=1), "GPU-a", timedelta(seconds=10), rig=RIG)) == 144


@pytest.mark.thorough
def test_what_was_pruned_is_not_summed_up_again_from_what_is_left(old_log: TelemetryLog, path: Path) -> None:
    log, now = old_log, START + timedelta(days=20)
    log.prune(now, plausible_since=START)
    before = sums(path, "1h", 2**62)
    log.append(tick(5, [card()]))  # the clock fell back by twenty days
    log.append(tick(20 * 86_400, [card()]))
    log = reopened(log, path)
    log.close()

    assert sums(path, "1h", 2**62)[0][1] == before[0][1] + 6 + 1  # the hours that were open, and nothing else


def test_a_tick_of_a_clock_that_fell_back_behind_what_is_deleted_hides_nothing(log: TelemetryLog) -> None:
    day, hours_on = timedelta(days=1), (*range(4 * 24), *range(30 * 24, 31 * 24))
    for hour in hours_on:
        work = miner_work("m", "kawpow", hashes_per_second=1e6, accepted_shares_total=hour)
        log.append(tick(3600 * hour, [card(100.0)], [work], interval_seconds=3600))
    log.prune(START + 31 * day, plausible_since=START)
    asked = START + day, START + 10 * day  # it ends where the rig was off

    def answers() -> list[object]:
        shown = log.show(*asked, "GPU-a", timedelta(hours=1), rig=RIG)
        return [log.stats(*asked), log.held(*asked), shown, log.chart(*asked, "power_watts", rig=RIG)]

    before = answers()
    for seconds in (-86_400 * 365, 2 * 86_400 + 5):
        log.append(tick(seconds, [card()]))
        assert answers() == before, f"at {seconds} s"
    assert log.held(*asked).hours_held == 3 * 24


@pytest.mark.parametrize("plausible_for", [None, timedelta(), timedelta(hours=23)])
@pytest.mark.parametrize("jump", [timedelta(days=365 * 20), timedelta(days=-365)])
def test_a_clock_that_jumps_deletes_nothing(
    log: TelemetryLog, path: Path, jump: timedelta, plausible_for: timedelta | None
) -> None:
    for seconds in (0, 10, jump.total_seconds(), jump.total_seconds() + 10, 20, 30):
        log.append(tick(seconds, [card()]))
    now = START + jump
    plausible_since = None if plausible_for is None else now - plausible_for

    assert log.prune(now, plausible_since=plausible_since) == 0
    assert ask_one(path, "SELECT count(*) FROM device_raw") == 6


def test_pruning_can_be_done_bit_by_bit(old_log: TelemetryLog) -> None:
    now, rounds = START + timedelta(days=20), 0
    while old_log.prune(now, plausible_since=START, batches=1):
        rounds += 1

    assert rounds == 6 * 24
