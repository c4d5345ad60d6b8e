"""Charts of the telemetry log: one question for all devices, and the values that `log show` has."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.snapshot import Device, DeviceContribution, RigSnapshot
from miner_agent.storage.telemetry.charts import MOST_POINTS, QUANTITIES
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.log_answers import Chart, ChartLine
from tests import databases
from tests.for_each import for_each
from tests.log_ticks import RIG, START, ask, device, full_tick, miner_work, tick
from tests.storage.kept_log import HOUR, card

MINUTE = timedelta(minutes=1)
END = START + timedelta(hours=3, minutes=7)
OF_A_STEP = {
    "uptime_ratio": "uptime_ratio",
    "throttled_ratio": "throttled_ratio",
    "energy_joules": "energy_joules",
    "fan_ratio": "fan_ratio_mean",
    "utilization_ratio": "utilization_ratio_mean",
}
OF_A_WORK = {
    "hashes_per_second": "hashes_per_second_mean",
    "accepted_shares": "accepted_shares",
    "rejected_shares": "rejected_shares",
}


@pytest.fixture(scope="module")
def three_hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TelemetryLog]:
    """Two cards and two miners, a tick every ten seconds but for a pause of 20 minutes, as an agent that restarted."""
    path = databases.empty_log(tmp_path_factory.mktemp("charts"))
    log = TelemetryLog.open(path, now=START)
    for number in range(6 * 187):
        if not 420 <= number < 540:
            log.append(full_tick(number, cards=2))
        if number == 540:
            log.close()
            log = TelemetryLog.open(path, now=START)
    yield log
    log.close()


def line(chart: Chart, device: str | None, miner: str | None = None) -> ChartLine:
    (found,) = (one for one in chart.lines if one.device == device and (miner is None or one.miner == miner))
    return found


def told(chart: Chart, one: ChartLine) -> dict[datetime, float]:
    return {chart.start + number * chart.step: value for number, value in enumerate(one.values) if value is not None}


@pytest.mark.parametrize(
    "points", [1, 90, *(pytest.param(more, marks=pytest.mark.thorough) for more in (7, 24, 360, 1000))]
)
@for_each("quantity", QUANTITIES)
def test_a_chart_says_what_the_log_says_of_the_same_steps(
    three_hours: TelemetryLog, quantity: str, points: int
) -> None:
    chart = three_hours.chart(START + timedelta(seconds=77), END, quantity, rig=RIG, points=points)
    labels = {one.device for one in chart.lines if one.device is not None}

    assert chart.points <= points
    assert len(labels) == (0 if quantity == "rejected_shares" else 2)  # which only whole miners tell
    for label in labels:
        shown = three_hours.show(START + timedelta(seconds=77), END, label, chart.step, rig=RIG)
        if quantity in OF_A_WORK:
            expected = {point.start: getattr(point.works[0], OF_A_WORK[quantity]) for point in shown if point.works}
        else:
            name = OF_A_STEP.get(quantity, f"{quantity}_mean")
            expected = {point.start: getattr(point, name) for point in shown}

        assert told(chart, line(chart, label)) == {at: one for at, one in expected.items() if one is not None}


def test_what_the_miners_say_as_a_whole_adds_up_to_what_their_periods_say(three_hours: TelemetryLog) -> None:
    chart = three_hours.chart(START, END, "accepted_shares", rig=RIG, points=100)
    (period,) = three_hours.stats(START, END)

    for work in period.works:
        assert sum(told(chart, line(chart, None, work.miner)).values()) == work.accepted_shares


def test_nothing_is_told_of_a_pause(three_hours: TelemetryLog) -> None:
    chart = three_hours.chart(START, END, "power_watts", rig=RIG, points=MOST_POINTS)
    missing = {number for one in chart.lines for number, value in enumerate(one.values) if value is None}

    assert chart.step == timedelta(seconds=20)
    assert missing == set(range(420 // 2, 540 // 2))
    assert [value for value in chart.lines[0].values if value == 0] == []


def test_a_device_is_in_a_chart_from_when_it_came_until_it_went(log: TelemetryLog) -> None:
    for number in range(18):
        late = [device("GPU-late", power_watts=50.0)] if 6 <= number < 12 else []
        log.append(tick(10 * number, [card(100.0), *late]))
    chart = log.chart(START, START + 3 * MINUTE, "power_watts", rig=RIG, points=3)

    assert line(chart, "GPU-a").values == (100.0, 100.0, 100.0)
    assert line(chart, "GPU-late").values == (None, 50.0, None)


def test_a_device_without_the_quantity_has_no_line(log: TelemetryLog) -> None:
    log.append(tick(0, [card(100.0), device("GPU-mute", core_temperature_celsius=50.0)]))
    chart = log.chart(START, START + MINUTE, "power_watts", rig=RIG, points=1)

    assert [one.device for one in chart.lines] == ["GPU-a"]


def test_only_the_devices_that_are_asked_for_are_told(three_hours: TelemetryLog) -> None:
    every = three_hours.chart(START, END, "hashes_per_second", rig=RIG, points=50)
    label = next(one.device for one in every.lines if one.device is not None)
    chart = three_hours.chart(START, END, "hashes_per_second", rig=RIG, devices=[label], points=50)

    assert {one.device for one in every.lines} > {None, label}
    assert chart.lines == (line(every, label),)
    assert three_hours.chart(START, END, "power_watts", rig=RIG, devices=[], points=50).lines == ()


def test_another_rig_has_a_chart_of_its_own(three_hours: TelemetryLog) -> None:
    assert three_hours.chart(START, END, "power_watts", rig="right", points=50).lines == ()


def test_a_change_of_the_algorithm_begins_another_line(log: TelemetryLog) -> None:
    for number in range(12):
        word = "kawpow" if number < 6 else "ethash"
        log.append(tick(10 * number, [card()], [miner_work("m", word, hashes_per_second=5.0)]))
    chart = log.chart(START, START + 2 * MINUTE, "hashes_per_second", rig=RIG, points=2)

    assert [(one.algorithm, one.values) for one in chart.lines] == [("ethash", (None, 5.0)), ("kawpow", (5.0, None))]


def test_a_meter_is_a_line_under_its_label(log: TelemetryLog) -> None:
    reading = DeviceReading(index=0, kind=DeviceKind.METER, power_watts=300.0)
    meter = Device(label="meter/wall", source="wall", read_at=START, answered=True, reading=reading)
    told_by_both = tick(0, [card(100.0)])
    log.append(RigSnapshot(**{**{f: getattr(told_by_both, f) for f in told_by_both.__slots__}, "meters": (meter,)}))
    chart = log.chart(START, START + MINUTE, "power_watts", rig=RIG, points=1)

    assert {one.device: one.values for one in chart.lines} == {"GPU-a": (100.0,), "meter/wall": (300.0,)}


@for_each("interval_seconds", [10, 60, 300, 3600])
def test_a_step_is_never_so_short_that_ticks_look_like_gaps(tmp_path: Path, interval_seconds: int) -> None:
    log = TelemetryLog.open(databases.empty_log(tmp_path / str(interval_seconds)), now=START)
    for number in range(24):
        late = 0.9 * (number % 2)  # a tick comes a moment late
        log.append(tick(interval_seconds * number + late, [card()], interval_seconds=interval_seconds))
    span = 24 * timedelta(seconds=interval_seconds)
    chart = log.chart(START, START + span, "power_watts", rig=RIG, points=MOST_POINTS)
    log.close()

    assert chart.lines[0].values == (100.0,) * chart.points
    assert chart.step >= timedelta(seconds=2 * interval_seconds)


def test_where_ticks_are_deleted_the_steps_are_as_long_as_what_is_kept(log: TelemetryLog, path: Path) -> None:
    contribution = DeviceContribution(
        device="GPU-a", miner="m", algorithm="kawpow", work=DeviceWork(device_index=0, hashes_per_second=5.0)
    )
    for number in range(18):
        log.append(tick(10 * number, [card(float(number))], contributions=[contribution]))
    before = log.chart(START, START + 2 * MINUTE, "power_watts", rig=RIG, points=MOST_POINTS)
    now = START + timedelta(days=20)
    log.append(tick(20 * 86400, [card()]))
    while log.prune(now, plausible_since=START):
        pass
    after = log.chart(START, START + 2 * MINUTE, "power_watts", rig=RIG, points=MOST_POINTS)

    assert ask(path, "SELECT count(*) FROM ticks_raw") == [(1,)]
    assert (before.step, after.step) == (timedelta(seconds=20), MINUTE)
    assert after.lines[0].values == (2.5, 8.5)
    assert log.chart(START, START + 2 * MINUTE, "hashes_per_second", rig=RIG).lines[0].values == (5.0, 5.0)


@for_each("days", [1, 7, 30, 365, 3650])
@for_each("points", [1, 2, 100, 720, 1000])
def test_no_chart_has_more_points_than_were_asked_for(log: TelemetryLog, days: int, points: int) -> None:
    end = datetime(2026, 11, 29, 13, 37, 11, tzinfo=UTC)
    chart = log.chart(end - timedelta(days=days), end, "power_watts", rig=RIG, points=points)

    assert chart.points <= points
    assert chart.start <= end - timedelta(days=days)
    assert chart.start + chart.points * chart.step >= end
    assert chart.start + (chart.points - 1) * chart.step < end


def test_one_point_is_enough_for_a_time_that_begins_before_1970(log: TelemetryLog) -> None:
    log.append(tick(0, [card(100.0)]))
    chart = log.chart(datetime(1969, 12, 31, 10, tzinfo=UTC), END, "power_watts", rig=RIG, points=1)

    assert [line.values for line in chart.lines] == [(100.0,)]
    assert chart.start == datetime(1970, 1, 1, tzinfo=UTC)


@for_each(
    ["quantity", "points", "hours", "said"],
    [
        ("watts", 10, 1, "the quantity is 'watts'; expected one of hashes_per_second, power_watts"),
        ("power_watts", 0, 1, "points is 0; expected 1 to 1000"),
        ("power_watts", 1001, 1, "points is 1001; expected 1 to 1000"),
        ("power_watts", 10, 0, "expected an end after the beginning"),
    ],
)
def test_a_chart_that_cannot_be_is_refused(
    log: TelemetryLog, quantity: str, points: int, hours: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        log.chart(START, START + hours * HOUR, quantity, rig=RIG, points=points)
