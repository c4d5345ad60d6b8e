"""The telemetry log: what goes in comes out, summed exactly, in little room, whatever the clock does."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miner_agent.errors import StorageError
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState, DeviceWork
from miner_agent.model.snapshot import Device, DeviceContribution, DeviceEnergy, RigSnapshot
from miner_agent.storage.telemetry import schema
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.questions import calendar_periods, segments
from miner_agent.storage.telemetry.schema import DAY_MS, HOUR_MS, LEVELS, RAW
from tests import databases
from tests.log_ticks import RIG, START, ask, ask_one, device, full_tick, integrity, miner_work, tick

HOUR = timedelta(hours=1)


def exactly(value: float) -> Any:
    """Equal but for the order in which floats were added."""
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_log(tmp_path)


@pytest.fixture
def log(path: Path) -> Iterator[TelemetryLog]:
    log = TelemetryLog.open(path, now=START)
    yield log
    log.close()


def reopened(log: TelemetryLog, path: Path) -> TelemetryLog:
    log.close()
    return TelemetryLog.open(path, now=START)


def card(power_watts: float | None = 100.0, **values: Any) -> Any:
    return device("GPU-a", power_watts=power_watts, **values)


def total_shares(log: TelemetryLog, *, hours: int = 24) -> int | None:
    (period,) = log.stats(START, START + hours * HOUR)
    return period.works[0].accepted_shares


# What goes in


def test_a_tick_is_stored_in_fixed_point_integers(log: TelemetryLog, path: Path) -> None:
    hot = card(123.456, core_temperature_celsius=61.5, fan_ratio=0.42, core_clock_hertz=1.905e9)
    log.append(tick(0, [hot], energy_joules={"GPU-a": 1234.5}))

    assert ask(
        path,
        "SELECT taken_at, up, core_temperature_decicelsius, fan_permille, power_milliwatts, core_clock_megahertz, "
        "energy_millijoules, memory_temperature_decicelsius FROM device_raw",
    ) == [(1_767_225_600_000, 1, 615, 420, 123_456, 1905, 1_234_500, None)]


def test_a_raw_row_of_sixteen_quantities_takes_at_most_ninety_bytes(log: TelemetryLog, path: Path) -> None:
    for number in range(400):
        log.append(full_tick(number))
    pages = ask_one(path, "SELECT sum(pgsize) FROM dbstat WHERE name = 'device_raw'")

    assert pages / (400 * 12) <= 90


def test_a_lost_card_is_down_and_tells_nothing(log: TelemetryLog) -> None:
    log.append(tick(0, [card()]))
    log.append(tick(10, [device("GPU-a", kind_of_state=DeviceState.LOST)]))
    (period,) = log.stats(START, START + timedelta(seconds=20))

    assert period.devices[0].uptime_ratio == 0.5
    assert period.devices[0].power_watts_mean == 100.0


@pytest.mark.parametrize(
    ("state", "values", "up"),
    [
        (None, {}, 0),
        (None, {"vendor": "a vendor", "xid_errors": ()}, 0),
        (None, {"power_watts": 0.0}, 1),
        (DeviceState.OK, {}, 1),
        (DeviceState.ASLEEP, {}, 1),
        (DeviceState.THROTTLED, {}, 1),
        (DeviceState.HUNG, {"power_watts": 1.0}, 0),
        (DeviceState.LOST, {}, 0),
        (DeviceState.DISABLED, {}, 0),
    ],
)
def test_a_device_is_up_where_it_tells_something(
    log: TelemetryLog, path: Path, state: DeviceState | None, values: dict[str, Any], up: int
) -> None:
    log.append(tick(0, [device("GPU-a", kind_of_state=state, **values)]))

    assert ask_one(path, "SELECT up FROM device_raw") == up


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300, 2.0**63])
def test_a_value_that_no_database_can_hold_costs_itself_only(log: TelemetryLog, path: Path, bad: float) -> None:
    works = [miner_work("m", "kawpow", hashes_per_second=math.nan)]
    log.append(tick(0, [card(bad, core_temperature_celsius=60.0)], works, energy_joules={"GPU-a": bad}))

    assert ask(path, "SELECT power_milliwatts, core_temperature_decicelsius FROM device_raw") == [(None, 600)]
    assert ask(path, "SELECT hashes_per_second FROM work_raw") == [(None,)]
    assert log.dropped_values_total == 3


def test_counters_too_large_for_a_database_cost_themselves_only(log: TelemetryLog, path: Path) -> None:
    work = miner_work("m", "kawpow", accepted_shares_total=2**70, rejected_shares_total=1)
    log.append(tick(0, works=[work]))

    assert ask(path, "SELECT accepted_shares_total, rejected_shares_total FROM work_raw") == [(None, 1)]


def test_hostile_names_are_text_and_nothing_else(log: TelemetryLog, path: Path) -> None:
    names = ["'; DROP TABLE devices; --", "\ud800", "a\x00b", "x" * 100_000, "\x1b[31m", "%s ? :name"]
    log.append(tick(0, [device(name) for name in names], [miner_work(name, name) for name in names]))

    assert ask_one(path, "SELECT count(*) FROM device_raw") == len(names)
    assert ask_one(path, "SELECT max(length(device)) FROM devices") <= 128
    assert integrity(path) == "ok"


def test_two_samples_on_one_key_are_a_counted_skip_and_the_first_one_stays(log: TelemetryLog, path: Path) -> None:
    work = miner_work("m", "kawpow", hashes_per_second=1.0)
    log.append(tick(0, [card(100.0)], [work]))
    log.append(tick(0, [card(200.0), device("GPU-b")], [work]))

    assert log.skipped_rows_total == 3  # the tick, the card and the work; the other card is new
    assert ask(path, "SELECT power_milliwatts FROM device_raw ORDER BY device") == [(100_000,), (None,)]


def test_a_skipped_tick_loses_no_shares(log: TelemetryLog) -> None:
    for seconds, accepted in ((0, 10), (10, 12), (10, 15), (20, 19)):
        log.append(tick(seconds, works=[miner_work("m", "kawpow", accepted_shares_total=accepted)]))

    assert total_shares(log) == 9


def test_rigs_behind_the_gateway_are_one_tick_of_their_own_beside_this_machines(log: TelemetryLog, path: Path) -> None:
    log.append(tick(0, [device("GPU-a")]))
    rigs = [
        replace(
            tick(0, [device("same/0", power_watts=watts)], [miner_work("m", "sha256")], interval_seconds=30), rig=name
        )
        for name, watts in (("asic-1", 1.0), ("asic-2", 2.0))
    ]
    log.append_rigs(rigs)

    assert log.skipped_rows_total == 0
    found = ask(path, "SELECT interval_ms FROM ticks_raw ORDER BY taken_at")
    assert found == [(10_000,), (30_000,)]
    rows = ask(
        path,
        "SELECT d.rig, d.device, power_milliwatts FROM device_raw r JOIN devices d ON d.id = r.device ORDER BY 1",
    )
    assert rows == [("asic-1", "same/0", 1000), ("asic-2", "same/0", 2000), (RIG, "GPU-a", None)]
    assert ask(path, "SELECT rig, miner FROM workloads ORDER BY 1") == [("asic-1", "m"), ("asic-2", "m")]


def test_a_rig_is_up_for_its_own_interval_whatever_this_machines_is(log: TelemetryLog) -> None:
    for seconds in range(0, 60, 10):
        log.append(tick(seconds, [device("GPU-a")]))
    for seconds in (0, 30):
        log.append_rigs([replace(tick(seconds, [device("x/0")], interval_seconds=30), rig="asic-1")])
    (period,) = log.stats(START, START + timedelta(minutes=1))

    assert {(one.rig, one.uptime_ratio) for one in period.devices} == {(RIG, 1.0), ("asic-1", 1.0)}


def test_four_thousand_workloads_keep_their_numbers_in_memory(log: TelemetryLog) -> None:
    rigs = [replace(tick(0, works=[miner_work("m", "a"), miner_work("m", "b")]), rig=f"asic-{n}") for n in range(2500)]
    log.append_rigs(rigs)

    assert len(log._names._workloads) == 5000


def test_a_naive_time_is_a_bug_that_shows_itself(log: TelemetryLog) -> None:
    with pytest.raises(TypeError):
        log.append(tick(0, start=datetime(2026, 1, 1)))  # noqa: DTZ001
    log.append(tick(0))


def test_a_device_keeps_its_number_over_a_restart_and_learns_its_name(log: TelemetryLog, path: Path) -> None:
    log.append(tick(0, [device("GPU-a")]))
    log = reopened(log, path)
    log.append(tick(10, [device("GPU-a")]))
    log.close()

    assert ask(path, "SELECT id, rig, device, kind, name FROM devices") == [(1, RIG, "GPU-a", "gpu", "A card")]


def test_a_tick_that_could_not_be_written_leaves_nothing_and_the_next_one_is_written(
    log: TelemetryLog, path: Path
) -> None:
    ask(path, "CREATE TRIGGER full BEFORE INSERT ON work_raw BEGIN SELECT raise(ABORT, 'no'); END")
    with pytest.raises(StorageError, match=r"telemetry\.db"):
        log.append(tick(0, [card()], [miner_work("m", "kawpow")]))
    ask(path, "DROP TRIGGER full")
    assert ask_one(path, "SELECT count(*) FROM device_raw") + ask_one(path, "SELECT count(*) FROM devices") == 0
    log.append(tick(10, [card()], [miner_work("m", "kawpow")]))

    assert ask_one(path, "SELECT count(*) FROM work_raw") == 1


# Shares


def mined(seconds: float, accepted: int | None, *, started_seconds: float | None = -1e6) -> RigSnapshot:
    found = tick(seconds, works=[miner_work("m", "kawpow", accepted_shares_total=accepted)])
    started = {} if started_seconds is None else {"m": START + timedelta(seconds=started_seconds)}
    return replace(found, miners_started_at=started)


def test_shares_are_what_the_counters_went_up_by_over_restarts_of_the_miner(log: TelemetryLog) -> None:
    for number, accepted in enumerate((100, 105, None, 109, 2, 4)):
        log.append(mined(10 * number, accepted, started_seconds=31 if number > 3 else -500))

    assert total_shares(log) == 5 + 4 + 2 + 2


@pytest.mark.parametrize("started_seconds", [None, -500.0])
def test_a_counter_that_falls_without_a_restart_makes_no_shares(
    log: TelemetryLog, started_seconds: float | None
) -> None:
    for number, accepted in enumerate((10_000, 58, 60, 10_118)):
        log.append(mined(10 * number, accepted, started_seconds=started_seconds))

    assert total_shares(log) == 118 + 2


def test_a_miner_that_restarted_while_the_agent_was_down_brings_what_it_has_found_since(
    log: TelemetryLog, path: Path
) -> None:
    log.append(mined(0, 10_000))
    log = reopened(log, path)
    log.append(mined(7200, 50, started_seconds=3600))

    assert total_shares(log) == 50
    log.close()


def test_shares_found_while_the_agent_was_down_are_counted(log: TelemetryLog, path: Path) -> None:
    log.append(tick(0, works=[miner_work("m", "kawpow", accepted_shares_total=100)]))
    log = reopened(log, path)
    log.append(tick(7200, works=[miner_work("m", "kawpow", accepted_shares_total=150)]))

    assert total_shares(log) == 50
    log.close()


def test_what_a_counter_stood_at_when_first_seen_is_not_counted(log: TelemetryLog) -> None:
    log.append(tick(0, works=[miner_work("m", "kawpow", accepted_shares_total=1_000_000)]))

    assert total_shares(log) is None


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


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def filled(log: TelemetryLog, ticks: int = 1500) -> None:
    for number in range(ticks):
        log.append(full_tick(number, cards=2))


def sums(path: Path, resolution: str, before_ms: int) -> list[tuple[Any, ...]]:
    return ask(
        path,
        "SELECT device, sum(ticks), sum(up_ms), sum(power_milliwatts_n), sum(power_milliwatts_sum), "
        "min(power_milliwatts_min), max(power_milliwatts_max), sum(energy_millijoules_sum), sum(throttled_ms) "
        f"FROM device_{resolution} WHERE taken_at < {before_ms} GROUP BY device",
    )


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


def test_an_open_bucket_is_not_written_and_yet_answered(log: TelemetryLog, path: Path) -> None:
    for number in range(5):
        log.append(full_tick(number))

    assert ask(path, "SELECT * FROM device_1m") == []
    (period,) = log.stats(START, START + timedelta(seconds=50))
    assert len(period.devices) == 12


def test_buckets_left_open_by_a_sudden_end_are_mended_at_start(log: TelemetryLog, path: Path) -> None:
    filled(log, 800)
    log = reopened(log, path)
    right = {resolution: sums(path, resolution, 2**62) for resolution in ("1m", "15m", "1h")}
    ask(path, "DELETE FROM ticks_1m WHERE taken_at % 7 = 0")
    ask(path, "UPDATE ticks_1h SET ticks = 1")
    for resolution in ("1m", "15m", "1h"):
        ask(path, f"DELETE FROM device_{resolution} WHERE taken_at NOT IN (SELECT taken_at FROM ticks_{resolution})")
    ask(path, "DELETE FROM ticks_15m")
    log = reopened(log, path)
    log.close()

    assert {resolution: sums(path, resolution, 2**62) for resolution in ("1m", "15m", "1h")} == right


def test_ticks_that_come_late_are_in_their_rollups(log: TelemetryLog, path: Path) -> None:
    for seconds in (0, 20, 70, 3700, 10, 30, 3710, 7300):
        log.append(tick(seconds, [card()]))

    assert ask(path, "SELECT taken_at % 86400000 / 60000, ticks FROM device_1m") == [(0, 4), (1, 1), (61, 2)]
    assert ask(path, "SELECT ticks FROM device_1h ORDER BY taken_at") == [(5,), (2,)]


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


@pytest.mark.parametrize("by", ["quarter_hour", "hour", "day", "month", "year", "total"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_periods_cover_the_time_once(by: Any, zone: str) -> None:
    start, end = datetime(2025, 12, 30, 5, 7, tzinfo=UTC), datetime(2026, 2, 2, 1, 1, tzinfo=UTC)
    periods = list(calendar_periods(start, end, by, ZoneInfo(zone)))

    assert (periods[0][0], periods[-1][1]) == (start, end)
    assert all(one[1] == two[0] and one[0] < one[1] for one, two in pairwise(periods))


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
    levels = [(level, 100 * DAY_MS if level is not LEVELS[-1] else -1) for level in reversed(LEVELS)]
    halves = [(HOUR_MS // 2, 5 * HOUR_MS // 2), (5 * HOUR_MS // 2, 9 * HOUR_MS // 2)]
    hours = [
        (low, high)
        for start, end in halves
        for level, low, high in segments(start, end, levels, 200 * DAY_MS)
        if level is LEVELS[-1]
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


# Pruning


def old_log(log: TelemetryLog) -> None:
    """Twenty days of one tick every ten minutes."""
    for number in range(20 * 144):
        log.append(tick(600 * number, [card(100.0)], interval_seconds=600))


def test_old_rows_go_and_their_rollups_answer(log: TelemetryLog, path: Path) -> None:
    old_log(log)
    now = START + timedelta(days=20)
    before = log.stats(START, now)
    deleted = log.prune(now, plausible_since=now - timedelta(days=2))

    assert deleted == 2 * 6 * 144  # ticks and device rows of six days
    assert log.oldest_at == START + timedelta(days=6)
    assert log.stats(START, now) == before
    assert log.prune(now, plausible_since=now - timedelta(days=2)) == 0
    assert ask_one(path, "PRAGMA freelist_count") == 0
    assert len(log.show(START, START + timedelta(days=1), "GPU-a", timedelta(seconds=10), rig=RIG)) == 144


def test_what_was_pruned_is_not_summed_up_again_from_what_is_left(log: TelemetryLog, path: Path) -> None:
    old_log(log)
    now = START + timedelta(days=20)
    log.prune(now, plausible_since=START)
    before = sums(path, "1h", 2**62)
    log.append(tick(5, [card()]))  # the clock fell back by twenty days
    log.append(tick(20 * 86_400, [card()]))
    log = reopened(log, path)
    log.close()

    assert sums(path, "1h", 2**62)[0][1] == before[0][1] + 6 + 1  # the hours that were open, and nothing else


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


def test_pruning_can_be_done_bit_by_bit(log: TelemetryLog) -> None:
    old_log(log)
    now, rounds = START + timedelta(days=20), 0
    while log.prune(now, plausible_since=START, batches=1):
        rounds += 1

    assert rounds == 6 * 24


# The file


def test_the_schema_is_what_the_code_thinks_it_is(path: Path) -> None:
    for table in schema.METADATA.sorted_tables:
        columns = [name for _, name, *_ in ask(path, f"PRAGMA table_info({table.name})")]
        assert columns == [column.name for column in table.columns], table.name
    wide = ask(path, "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%' AND sql LIKE '%STRICT%'")
    assert len(wide) == 9


def test_a_reader_in_another_place_asks_while_the_log_is_written(log: TelemetryLog, path: Path) -> None:
    log.append(full_tick(0))
    reader = TelemetryLog.open_read_only(path)
    log.append(full_tick(1))
    (period,) = reader.stats(START, START + HOUR)
    with pytest.raises(StorageError, match="for reading only"):
        reader.append(full_tick(2))
    reader.close()

    assert len(period.devices) == 12
    assert log.size_bytes > 4096


STEP_SECONDS = 600.0


def month(path: Path, *, with_meter: bool) -> TelemetryLog:
    """June of a rig of two cards, a tick every ten minutes; the meter is down on the 10th and feeds in at noon."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    log = TelemetryLog.open(path, now=start)
    for number in range(30 * 144):
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
    log = month(tmp_path_factory.mktemp("metered") / "telemetry.db", with_meter=True)
    yield log
    log.close()


@pytest.fixture(scope="module")
def unmetered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TelemetryLog]:
    log = month(tmp_path_factory.mktemp("unmetered") / "telemetry.db", with_meter=False)
    yield log
    log.close()


JUNE = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


@pytest.mark.parametrize("by", ["quarter_hour", "hour", "day", "month", "total"])
def test_a_meter_changes_nothing_of_what_the_devices_drew(
    metered: TelemetryLog, unmetered: TelemetryLog, by: Any
) -> None:
    with_meter, without = metered.stats(*JUNE, by), unmetered.stats(*JUNE, by)

    assert [period.devices for period in with_meter] == [period.devices for period in without]
    assert not any(period.meters for period in without)
    assert {device.device for period in with_meter for device in period.devices} == {"GPU-0", "GPU-1"}


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


def test_an_empty_log_has_no_oldest_tick(log: TelemetryLog) -> None:
    assert log.oldest_at is None
    log.append(tick(7))
    assert log.oldest_at == START + timedelta(seconds=7)


def test_a_damaged_log_is_set_aside_and_said_so(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])
    log = TelemetryLog.open(path, now=START)
    log.append(full_tick(0))
    log.close()

    assert log.set_aside is not None
    assert log.set_aside.exists()
