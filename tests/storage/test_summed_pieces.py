"""What devices and workloads add up to: with how few statements, and the same from any of its parts."""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.pieces import kept_levels, last_tick_ms, miners_a_row, segments
from miner_agent.storage.telemetry.questions import By, _prepare, calendar_periods
from miner_agent.storage.telemetry.rows import milliseconds
from miner_agent.storage.telemetry.schema import HOUR
from tests import databases
from tests.for_each import for_each
from tests.log_ticks import START, miner_work, tick
from tests.storage.kept_log import card

DAY = timedelta(days=1)
TICK_SECONDS = 3600
DAYS = 70


@pytest.fixture(scope="module")
def seventy_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tick an hour of a card and a miner."""
    path = databases.empty_log(tmp_path_factory.mktemp("log"))
    log = TelemetryLog.open(path, now=START)
    for number in range(DAYS * 24):
        work = miner_work("m", "kawpow", hashes_per_second=1e6 / (number + 1), accepted_shares_total=number)
        energy = {"GPU-a": 1000.0 + number}
        taken = tick(TICK_SECONDS * number, [card(100.0 + number)], [work], energy_joules=energy, interval_seconds=3600)
        log.append(taken)
    log.close()
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that SQLite runs for a connection that is made from now on."""
    statements: list[str] = []
    connect = sqlite3.connect

    def traced(*given: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **named)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    return statements


@pytest.fixture
def log(seventy_days: Path, asked: list[str]) -> Iterator[TelemetryLog]:
    log = TelemetryLog.open_read_only(seventy_days)
    yield log
    log.close()


@for_each("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_a_day_is_asked_for_once_wherever_its_rig_stands(log: TelemetryLog, asked: list[str], zone: str) -> None:
    place = ZoneInfo(zone)
    midnight = START.replace(tzinfo=place) + 2 * DAY
    asked.clear()
    days = log.stats(midnight, midnight + 10 * DAY, "day", zone=place)

    assert len(days) == 10
    added_up = [one for one in asked if "GROUP BY" in one]
    assert sum("FROM device_23h" in one for one in added_up) == 10
    assert [sum(f"{table}_" in one for one in added_up) for table in ("device", "work")] == [10, 10]


def test_a_long_time_is_asked_for_once_and_comes_to_what_its_days_come_to(log: TelemetryLog, asked: list[str]) -> None:
    days = log.stats(START, START + DAYS * DAY, "day")
    asked.clear()
    (whole,) = log.stats(START, START + DAYS * DAY)

    assert [sum(f"FROM {table}_8d" in one for one in asked) for table in ("device", "ticks")] == [1, 1]
    assert sum("FROM device_" in one for one in asked) == 1
    of_days = [day.devices[0] for day in days]
    device = whole.devices[0]
    assert device.energy_joules == sum(1000 + number for number in range(DAYS * 24))
    assert device.energy_joules == sum(day.energy_joules or 0 for day in of_days)
    assert device.power_watts_min == min(day.power_watts_min or 0 for day in of_days) == 100
    assert device.power_watts_max == max(day.power_watts_max or 0 for day in of_days) == 99 + DAYS * 24
    assert device.seen_ratio == 1.0
    assert whole.works[0].accepted_shares == sum(day.works[0].accepted_shares or 0 for day in days) == DAYS * 24 - 1


@for_each("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_miners_come_to_the_same_to_the_last_digit_looked_up_or_not(seventy_days: Path, zone: str) -> None:
    prepared = _prepare()
    place = ZoneInfo(zone)
    with closing(sqlite3.connect(seventy_days)) as connection:
        horizon_ms = last_tick_ms(connection, milliseconds(START + DAYS * DAY))
        levels = kept_levels(connection)
        for by in get_args(By):
            for start, end in calendar_periods(START + DAY / 7, START + 40 * DAY, by, place):
                pieces = segments(milliseconds(start), milliseconds(end), levels, horizon_ms)
                looked_up = prepared.few_miners.ask(connection, pieces)
                assert looked_up == prepared.miners.ask(connection, pieces)
                assert looked_up == prepared.miners_of_rig.ask(connection, pieces, rig="left")


def test_nothing_is_sorted_of_what_is_looked_up(seventy_days: Path) -> None:
    hours = [(HOUR, milliseconds(START), milliseconds(START + DAY))]
    with closing(sqlite3.connect(seventy_days)) as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        assert _prepare().few_miners.ask(connection, hours)
        (asked,) = statements
        plan = " ".join(step for _, _, _, step in connection.execute(f"EXPLAIN QUERY PLAN {asked}"))

    assert "work_1h USING PRIMARY KEY (taken_at=? AND workload=?)" in plan
    assert "TEMP B-TREE" not in plan


@for_each("days", [2, 3])
def test_a_page_is_read_once_for_all_subjects(seventy_days: Path, days: int) -> None:
    """One after the other they would be read again for each, where the pages of a long time are not all kept."""
    pieces = [(HOUR, milliseconds(START), milliseconds(START + days * DAY))]
    prepared = _prepare()
    with closing(sqlite3.connect(seventy_days)) as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        prepared.few_miners.ask(connection, pieces)
        prepared.devices_of_rig.ask(connection, pieces, rig="left")

    assert [" AS named CROSS JOIN ticks_1h" in one for one in statements] == [days == 2] * 2


def test_a_miner_that_had_more_algorithms_than_a_tick_has_rows_is_not_looked_up(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    with closing(TelemetryLog.open(path, now=START)) as log:
        for number, algorithms in enumerate((("kawpow",), ("ethash",), ("kawpow", "ethash"), ())):
            work = [miner_work("m", name, hashes_per_second=1e6) for name in algorithms]
            log.append(tick(TICK_SECONDS * number, [card(100.0)], work))
        log.append(tick(TICK_SECONDS * 4, [card(100.0)]))
    with closing(sqlite3.connect(path)) as connection:
        known = [miners_a_row(connection, milliseconds(START + hours * DAY / 24)) for hours in range(5)]

    # no hour yet; one row of two algorithms, twice; both; and none at all
    assert known == [math.inf, 2, 2, 1, math.inf]


def test_of_many_miners_a_long_time_alone_is_looked_up(seventy_days: Path, asked: list[str], tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(seventy_days.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        names = [("left", "m", f"algorithm{number}") for number in range(2)]
        connection.executemany("INSERT INTO workloads (rig, miner, algorithm) VALUES (?, ?, ?)", names)
    found: list[tuple[bool, bool]] = []
    with closing(TelemetryLog.open_read_only(seventy_days)) as few, closing(TelemetryLog.open_read_only(path)) as many:
        for days in (1, 20, 40, 60, DAYS):
            period = START, START + days * DAY
            asked.clear()
            same = many.stats(*period) == few.stats(*period)
            found.append((same, sum("rates_8d" in one for one in asked) == 2))

    assert found == [(True, False), (True, False), (True, False), (True, True), (True, True)]


def test_steps_are_added_up_in_portions_and_each_is_told_once(log: TelemetryLog, asked: list[str]) -> None:
    asked.clear()
    points = log.show(START, START + DAYS * DAY, "GPU-a", 5 * DAY, rig="left")
    assert sum("JOIN device_" in one for one in asked) == 3  # of 32 days at most
    days = log.show(START, START + DAYS * DAY, "GPU-a", DAY, rig="left")

    assert len(days) == DAYS
    assert len({point.start for point in points}) == len(points)
    assert sum(point.energy_joules or 0 for point in points) == sum(day.energy_joules or 0 for day in days)
