"""The 23 hours from each full hour: they answer for most of a day in any zone, and only where they are right."""

import random
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.log_answers import PeriodStats
from miner_agent.storage.telemetry.pieces import pieces_of_a_day
from miner_agent.storage.telemetry.rows import milliseconds
from miner_agent.storage.telemetry.schema import HOUR_MS, LEVELS, MOST_OF_A_DAY
from tests import databases
from tests.for_each import for_each
from tests.log_ticks import RIG, START, ask, ask_one, device, tick
from tests.storage.kept_log import HOUR, reopened

START_MS = milliseconds(START)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata")
GAPS_SECONDS = (1200,) * 90 + (1200, 7000, 40_000, 200_000, -500, -5000, -50_000, -120_000)


def days_by_zone(path: Path, start: datetime, end: datetime, rig: str | None) -> dict[str, tuple[PeriodStats, ...]]:
    with closing(TelemetryLog.open_read_only(path)) as log:
        return {zone: log.stats(start, end, "day", zone=ZoneInfo(zone), rig=rig) for zone in ZONES}


@for_each("seed", range(4))
def test_days_are_the_same_with_them_and_without(seed: int, tmp_path: Path) -> None:
    chance, path = random.Random(seed), databases.empty_log(tmp_path)
    log, seconds, latest = TelemetryLog.open(path, now=START), 0, 0
    for number in range(700):
        cards = [
            device(f"GPU-{card}", power_watts=chance.choice((None, 100.0 + number / 7, 90.0)))
            for card in range(3)
            if chance.random() < 0.9
        ]
        energy = {card.label: chance.choice((None, 12.3456 * number)) for card in cards}
        log.append(tick(seconds, cards, energy_joules=energy, interval_seconds=1200))
        latest = max(latest, seconds)
        seconds = max(seconds + chance.choice(GAPS_SECONDS), 0)
        if chance.random() < 0.02:
            log = reopened(log, path)
    log.close()
    start, end = START + timedelta(minutes=chance.randrange(2000)), START + timedelta(seconds=latest - 10_000)
    rig = chance.choice((None, RIG))
    found, written = days_by_zone(path, start, end, rig), ask_one(path, "SELECT count(*) FROM ticks_23h")
    ask(path, "DELETE FROM ticks_23h")

    assert written > 40
    assert found == days_by_zone(path, start, end, rig)


def test_an_hour_that_is_written_again_takes_those_away_that_hold_it(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    with closing(TelemetryLog.open(path, now=START)) as log:
        for hour in range(60):
            log.append(tick(3600 * hour, [device("GPU-a")]))
        before = {(ms - START_MS) // HOUR_MS for (ms,) in ask(path, "SELECT taken_at FROM ticks_23h")}
        for minute in (3, 5):  # the clock is set back
            log.append(tick(3600 * 30 + 60 * minute, [device("GPU-a")]))
    after = {(ms - START_MS) // HOUR_MS for (ms,) in ask(path, "SELECT taken_at FROM ticks_23h")}
    counted = ask_one(path, f"SELECT ticks FROM ticks_23h WHERE taken_at = {START_MS + 8 * HOUR_MS}")

    assert before == set(range(-22, 37))
    assert after == before - set(range(9, 31)) | {37}
    assert counted == 24


def test_of_a_day_its_last_minutes_are_not_answered_with_the_next_day(tmp_path: Path) -> None:
    path, start = databases.empty_log(tmp_path), START + timedelta(hours=23, minutes=20)
    with closing(TelemetryLog.open(path, now=START)) as log:
        for minute in range(0, 60 * 50, 10):
            log.append(tick(60 * minute, [device("GPU-a")], energy_joules={"GPU-a": 1.0}))
        days = log.stats(start, START + timedelta(hours=49), "day")

    assert [day.devices[0].energy_joules for day in days] == [4, 144, 6]


@given(
    start=st.integers(0, 100 * HOUR_MS),
    length=st.integers(0, 26 * HOUR_MS),
    horizon=st.integers(0, 130 * HOUR_MS),
)
def test_pieces_of_a_day_cover_it_once(start: int, length: int, horizon: int) -> None:
    levels = [(level, -1) for level in reversed(LEVELS)]
    first = -(-start // HOUR_MS) * HOUR_MS
    written = {first} if first + MOST_OF_A_DAY.bucket_ms <= horizon else set()
    fits = bool(written) and first + MOST_OF_A_DAY.bucket_ms <= start + length
    pieces = pieces_of_a_day(start, start + length, levels, horizon, written)
    at = start
    for level, low, high in pieces:
        assert low == at
        at = low + level.bucket_ms if level is MOST_OF_A_DAY else high

    assert at == start + length
    assert fits == any(level is MOST_OF_A_DAY for level, _, _ in pieces)


@pytest.mark.parametrize(("zone", "rows"), [("UTC", 2), ("Europe/Berlin", 2), ("Asia/Kathmandu", 5)])
def test_a_day_in_any_zone_reads_few_rows_of_a_device(zone: str, rows: int) -> None:
    start = datetime(2026, 1, 5, tzinfo=ZoneInfo(zone))
    start_ms, end_ms = milliseconds(start), milliseconds(start + 24 * HOUR)
    levels = [(level, -1) for level in reversed(LEVELS)]
    first = -(-start_ms // HOUR_MS) * HOUR_MS
    pieces = pieces_of_a_day(start_ms, end_ms, levels, end_ms + 6 * HOUR_MS, {first})

    assert sum(1 if level is MOST_OF_A_DAY else (high - low) // level.bucket_ms for level, low, high in pieces) == rows
