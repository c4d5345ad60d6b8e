"""What devices and workloads add up to: with how few statements, and the same from any of its parts."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from miner_agent.storage.telemetry.log import TelemetryLog
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
    assert sum("FROM device_1h" in one for one in asked) == (1 if zone == "UTC" else 10)  # the last is open there
    assert [sum(f"FROM {table}_" in one for one in asked) for table in ("device", "work")] == [10, 10]


def test_a_long_time_is_added_up_in_portions_and_comes_to_what_its_days_come_to(
    log: TelemetryLog, asked: list[str]
) -> None:
    days = log.stats(START, START + DAYS * DAY, "day")
    asked.clear()
    (whole,) = log.stats(START, START + DAYS * DAY)

    assert sum("FROM device_" in one for one in asked) == 3  # of 32 days at most
    of_days = [day.devices[0] for day in days]
    device = whole.devices[0]
    assert device.energy_joules == sum(1000 + number for number in range(DAYS * 24))
    assert device.energy_joules == sum(day.energy_joules or 0 for day in of_days)
    assert device.power_watts_min == min(day.power_watts_min or 0 for day in of_days) == 100
    assert device.power_watts_max == max(day.power_watts_max or 0 for day in of_days) == 99 + DAYS * 24
    assert device.seen_ratio == 1.0
    assert whole.works[0].accepted_shares == sum(day.works[0].accepted_shares or 0 for day in days) == DAYS * 24 - 1


def test_steps_over_a_portion_are_told_once(log: TelemetryLog) -> None:
    points = log.show(START, START + DAYS * DAY, "GPU-a", 5 * DAY, rig="left")
    days = log.show(START, START + DAYS * DAY, "GPU-a", DAY, rig="left")

    assert len(days) == DAYS
    assert len({point.start for point in points}) == len(points)
    assert sum(point.energy_joules or 0 for point in points) == sum(day.energy_joules or 0 for day in days)
