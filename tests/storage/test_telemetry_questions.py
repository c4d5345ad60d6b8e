"""Questions to the telemetry log: periods, courses, and a meter beside the devices."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.snapshot import Device, DeviceContribution, DeviceEnergy
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.pieces import segments
from miner_agent.storage.telemetry.questions import calendar_periods
from miner_agent.storage.telemetry.schema import DAY_MS, HOUR_MS, LEVELS, RAW
from tests import databases
from tests.for_each import for_each
from tests.log_ticks import RIG, START, device, miner_work, tick
from tests.storage.kept_log import HOUR, card

# Questions


def test_a_day_has_the_length_that_it_has_where_the_rig_stands() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, tzinfo=berlin)
    lengths = [
        (after - before) / HOUR
        for before, after in calendar_periods(
            start.astimezone(UTC), datetime(2026, 3, 31, tzinfo=berlin).astimezone(UTC), "day", berlin
        )
    ]

    assert lengths == [24, 23, 24]


@for_each("by", ["quarter_hour", "hour", "day", "month", "year", "total"])
@for_each("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_periods_cover_the_time_once(by: Any, zone: str) -> None:
    start, end = datetime(2025, 12, 30, 5, 7, tzinfo=UTC), datetime(2026, 2, 2, 1, 1, tzinfo=UTC)
    periods = list(calendar_periods(start, end, by, ZoneInfo(zone)))

    assert (periods[0][0], periods[-1][1]) == (start, end)
    assert all(one[1] == two[0] and one[0] < one[1] for one, two in pairwise(periods))


def test_a_day_that_a_zone_left_out_is_no_period() -> None:
    apia = ZoneInfo("Pacific/Apia")  # went from the 29th to the 31st of December
    start, end = datetime(2011, 12, 29, tzinfo=apia), datetime(2012, 1, 1, tzinfo=apia)
    days = list(calendar_periods(start.astimezone(UTC), end.astimezone(UTC), "day", apia))

    assert [(one.astimezone(apia).day, (two - one) / HOUR) for one, two in days] == [(29, 24), (31, 24)]


def test_an_unknown_period_is_refused() -> None:
    with pytest.raises(ValueError, match="by is 'week'"):
        list(calendar_periods(START, START + HOUR, "week"))  # type: ignore[arg-type]


@given(
    start=st.integers(0, 30 * DAY_MS),
    length=st.integers(0, 3 * DAY_MS),
    horizon=st.integers(0, 40 * DAY_MS),
)
def test_pieces_of_a_period_cover_it_once(start: int, length: int, horizon: int) -> None:
    levels = [(level, -1) for level in reversed(LEVELS)]
    pieces = list(segments(start, start + length, levels, horizon))
    edges = [(low, high) for _, low, high in pieces]

    assert sum(high - low for low, high in edges) == length
    assert all(one[1] == two[0] for one, two in pairwise(edges))
    assert all(low % level.bucket_ms == high % level.bucket_ms == 0 for level, low, high in pieces)
    assert all(high <= horizon for level, _, high in pieces if level is not RAW)


def test_where_finer_rows_are_deleted_a_bucket_belongs_to_the_period_in_which_it_begins() -> None:
    levels = [(level, -1 if level.kept_ms is None else 100 * DAY_MS) for level in reversed(LEVELS)]
    halves = [(HOUR_MS // 2, 5 * HOUR_MS // 2), (5 * HOUR_MS // 2, 9 * HOUR_MS // 2)]
    hours = [
        (low, high)
        for start, end in halves
        for level, low, high in segments(start, end, levels, 200 * DAY_MS)
        if level.bucket_ms == HOUR_MS
    ]

    assert hours == [(HOUR_MS, 3 * HOUR_MS), (3 * HOUR_MS, 5 * HOUR_MS)]


def test_a_year_is_answered_by_day_in_local_time(log: TelemetryLog) -> None:
    for number in range(0, 3 * 360 * 24, 30):
        log.append(tick(10 * number, [card(float(number // 8640))], interval_seconds=300))
    days = log.stats(START - HOUR, START + 71 * HOUR, "day", zone=ZoneInfo("Europe/Berlin"))

    assert [day.start.hour for day in days] == [23, 23, 23]
    assert [day.devices[0].power_watts_max for day in days] == [0.0, 1.0, 2.0]


def test_a_period_without_ticks_is_there_and_empty(log: TelemetryLog) -> None:
    log.append(tick(0, [card()]))
    hours = log.stats(START, START + 2 * HOUR, "hour")

    assert [len(hour.devices) for hour in hours] == [1, 0]


def test_a_question_about_no_time_has_no_answer(log: TelemetryLog) -> None:
    assert log.stats(START, START, "day") == ()


def test_the_course_of_one_device_comes_step_by_step(log: TelemetryLog) -> None:
    contribution = DeviceContribution(
        device="GPU-a", miner="m", algorithm="kawpow", work=DeviceWork(device_index=0, hashes_per_second=5.0)
    )
    for number in range(30):
        log.append(tick(10 * number, [card(float(number)), device("GPU-b")], contributions=[contribution]))
    points = log.show(START, START + timedelta(minutes=5), "GPU-a", timedelta(minutes=1), rig=RIG)

    assert [point.power_watts_mean for point in points] == [2.5, 8.5, 14.5, 20.5, 26.5]
    assert points[0].works[0].hashes_per_second_mean == 5.0
    assert points[0].uptime_ratio == 1.0
    assert log.show(START, START + HOUR, "GPU-z", timedelta(minutes=1), rig=RIG) == ()


def test_a_course_finer_than_a_minute_reads_the_ticks(log: TelemetryLog) -> None:
    for number in range(12):
        log.append(tick(10 * number, [card(float(number))]))
    points = log.show(START, START + HOUR, "GPU-a", timedelta(seconds=10), rig=RIG)

    assert [point.power_watts_mean for point in points] == [float(number) for number in range(12)]


STEP_SECONDS = 3600.0


def month(folder: Path, *, with_meter: bool) -> TelemetryLog:
    """June of a rig of two cards, a tick an hour; the meter is down on the 10th and feeds in at noon."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    log = TelemetryLog.open(databases.empty_log(folder), now=start)
    for number in range(30 * 24):
        at = start + timedelta(seconds=STEP_SECONDS * number)
        cards = [device(f"GPU-{card}", power_watts=200.0 + card) for card in range(2)]
        drawn = {f"GPU-{card}": (200.0 + card) * STEP_SECONDS for card in range(2)}
        found = tick(STEP_SECONDS * number, cards, energy_joules=drawn, interval_seconds=STEP_SECONDS, start=start)
        if with_meter and at.day != 10:
            watts = -50.0 if at.hour == 12 else 520.0
            found = replace(
                found,
                meters=(wall(watts),),
                meter_energy=(
                    DeviceEnergy(
                        device="meter/wall",
                        source="hardware",
                        joules_total=0.0,
                        joules_since_last_tick=max(watts, 0.0) * STEP_SECONDS,
                    ),
                ),
            )
        log.append(found)
    return log


def wall(watts: float) -> Device:
    reading = DeviceReading(index=0, kind=DeviceKind.METER, name="Shelly", power_watts=watts)
    return Device(label="meter/wall", source="wall", read_at=START, answered=True, reading=reading)


@pytest.fixture(scope="module")
def metered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TelemetryLog]:
    log = month(tmp_path_factory.mktemp("metered"), with_meter=True)
    yield log
    log.close()


@pytest.fixture(scope="module")
def unmetered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TelemetryLog]:
    log = month(tmp_path_factory.mktemp("unmetered"), with_meter=False)
    yield log
    log.close()


JUNE = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


@pytest.mark.thorough
@pytest.mark.parametrize("by", ["quarter_hour", "hour", "day", "month", "total"])
def test_a_meter_changes_nothing_of_what_the_devices_drew(
    metered: TelemetryLog, unmetered: TelemetryLog, by: Any
) -> None:
    with_meter, without = metered.stats(*JUNE, by), unmetered.stats(*JUNE, by)

    assert [period.devices for period in with_meter] == [period.devices for period in without]
    assert not any(period.meters for period in without)
    assert {device.device for period in with_meter for device in period.devices} == {"GPU-0", "GPU-1"}


@pytest.mark.thorough
def test_a_month_at_the_wall_adds_up_from_any_of_its_parts(metered: TelemetryLog) -> None:
    (whole,) = metered.stats(*JUNE, "month")
    (meter,) = whole.meters
    hours = {by: metered.stats(*JUNE, by) for by in ("quarter_hour", "day")}

    expected_joules = 29 * 23 * 3600 * 520.0
    assert (meter.rig, meter.meter) == (RIG, "wall")
    assert meter.wall_energy_joules == expected_joules
    assert meter.wall_power_watts_mean == pytest.approx((23 * 520.0 - 50.0) / 24)
    assert (meter.wall_power_watts_min, meter.wall_power_watts_max) == (-50.0, 520.0)
    assert meter.uptime_ratio == pytest.approx(29 / 30)
    for periods in hours.values():
        parts = [one.wall_energy_joules for period in periods for one in period.meters]
        assert sum(part for part in parts if part is not None) == expected_joules
    of_the_tenth = [period for period in hours["day"] if period.start.day == 10]
    assert [period.meters for period in of_the_tenth] == [()]


def test_the_course_of_a_meter_is_shown_under_its_label(metered: TelemetryLog) -> None:
    start = datetime(2026, 6, 2, 11, tzinfo=UTC)
    points = metered.show(start, start + timedelta(hours=2), "meter/wall", timedelta(hours=1), rig=RIG)

    assert [(point.power_watts_mean, point.energy_joules) for point in points] == [(520.0, 1_872_000.0), (-50.0, 0.0)]


def test_hours_that_are_held_are_told_as_spans_of_every_rig_or_of_one(tmp_path: Path) -> None:
    log = TelemetryLog.open(databases.empty_log(tmp_path), now=START)
    log.append(tick(0, [card()]))
    log.append(tick(3600, [card()]))
    log.append_rigs([replace(tick(2 * 3600, [card()]), rig="other")])
    log.append(tick(5 * 3600, [card()]))

    every, one = (log.held(START, START + 24 * HOUR, rig=rig) for rig in (None, RIG))

    assert (every.hours_held, every.hours_asked, every.whole) == (4, 24, False)
    assert every.spans == ((START, START + 3 * HOUR), (START + 5 * HOUR, START + 6 * HOUR))
    assert one.spans == ((START, START + 2 * HOUR), (START + 5 * HOUR, START + 6 * HOUR))
    assert log.held(START + 30 * HOUR, START + 31 * HOUR).spans == ()
    until_now = log.held(START, START + 5.5 * HOUR)  # an hour that has begun is not held to its end
    assert until_now.spans == ((START, START + 3 * HOUR), (START + 5 * HOUR, START + 5.5 * HOUR))
    log.close()


def test_which_hours_are_held_is_found_without_reading_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(log: TelemetryLog) -> bool:
        return log.held(START, START + 48 * HOUR, rig=RIG).hours_held == 48

    steps = []
    for cards in (1, 30):
        path = databases.empty_log(tmp_path / str(cards))
        with closing(TelemetryLog.open(path, now=START)) as log:
            for number in range(48):
                log.append(tick(3600 * number, [device(f"GPU-{card}") for card in range(cards)]))
        steps.append(steps_of(held, path, monkeypatch))

    assert 0 < steps[1] < 1.5 * steps[0]


@for_each(
    "ask",
    [
        lambda log: log.stats(START, START + 48 * HOUR, "day", rig="rig1")[1].devices,
        lambda log: log.show(START, START + 48 * HOUR, "board", HOUR, rig="rig1"),
        lambda log: log.chart(START, START + 48 * HOUR, "power_watts", rig="rig1").lines,
        lambda log: log.chart(START, START + 48 * HOUR, "uptime_ratio", rig="rig1").lines,
        lambda log: log.chart(START, START + 48 * HOUR, "hashes_per_second", rig="rig1").lines,
    ],
)
def test_what_is_asked_of_one_rig_reads_no_rows_of_others(
    of_rigs: Mapping[int, Path], ask: Callable[[TelemetryLog], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (steps_of(ask, path, monkeypatch) for path in of_rigs.values())

    assert 0 < many < 1.5 * few


@pytest.fixture(scope="module")
def of_rigs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Path]:
    """Two days of a few rigs behind a gateway, and of many."""
    paths = {rigs: databases.empty_log(tmp_path_factory.mktemp("rigs")) for rigs in (2, 40)}
    for rigs, path in paths.items():
        with closing(TelemetryLog.open(path, now=START)) as log:
            for number in range(48):
                work = miner_work("m", "sha256", hashes_per_second=1e12)
                taken = tick(3600 * number, [device("board", power_watts=1000.0)], [work])
                log.append_rigs([replace(taken, rig=f"rig{rig}") for rig in range(rigs)])
    return paths


def steps_of(ask: Callable[[TelemetryLog], object], path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many steps SQLite's machine takes to answer; there has to be an answer."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def counted(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = sqlite3.Connection(*given, **named)
        connection.set_progress_handler(step, 1)
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", counted)
        with closing(TelemetryLog.open_read_only(path)) as log:
            steps = 0
            assert ask(log)
    return steps
