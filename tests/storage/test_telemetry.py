"""The telemetry log: what goes in comes out, in little room, and a file that is damaged is set aside."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import StorageError
from miner_agent.model.devices import DeviceState, DeviceWork
from miner_agent.model.snapshot import DeviceContribution, RigSnapshot
from miner_agent.storage.telemetry import schema
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases
from tests.log_ticks import RIG, START, ask, ask_one, device, full_tick, integrity, miner_work, tick
from tests.storage.kept_log import HOUR, card, reopened, total_shares

# What goes in


def test_a_tick_is_stored_in_fixed_point_integers(log: TelemetryLog, path: Path) -> None:
    hot = card(123.456, core_temperature_celsius=61.5, fan_ratio=0.42, core_clock_hertz=1.905e9)
    log.append(tick(0, [hot], energy_joules={"GPU-a": 1234.5}))

    assert ask(
        path,
        "SELECT taken_at, up, core_temperature_decicelsius, fan_permille, power_milliwatts, core_clock_megahertz, "
        "energy_millijoules, memory_temperature_decicelsius FROM device_raw",
    ) == [(1_767_225_600_000, 1, 615, 420, 123_456, 1905, 1_234_500, None)]


def test_what_was_not_told_is_in_no_row_and_no_value_that_was_left_out(log: TelemetryLog, path: Path) -> None:
    quiet = device("GPU-a", kind_of_state=None)
    part = DeviceContribution(device="GPU-a", miner="m", algorithm="kawpow", work=DeviceWork(device_index=0))
    some = miner_work("n", "kawpow", accepted_shares_total=7, invalid_shares_total=0)
    log.append(tick(0, [quiet], [miner_work("m", "kawpow"), some], [part]))

    told_of_device = {"taken_at": 1_767_225_600_000, "device": 1, "up": 0}
    assert rows_without_nulls(path, schema.RAW.device) == [told_of_device]
    works = rows_without_nulls(path, schema.RAW.table(of_work=True))
    assert [{name: value for name, value in row.items() if name not in {"taken_at", "workload"}} for row in works] == [
        {},
        {"accepted_shares_total": 7, "invalid_shares_total": 0},
        {},
    ]
    assert log.dropped_values_total == 0


def rows_without_nulls(path: Path, table: schema.LogTable) -> list[dict[str, Any]]:
    rows = ask(path, f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {', '.join(table.key)}")
    return [{name: value for name, value in zip(table.columns, row, strict=True) if value is not None} for row in rows]


@pytest.mark.thorough
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


@pytest.mark.thorough
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


# The file


def test_the_schema_is_what_the_code_thinks_it_is(path: Path) -> None:
    for table in (
        *(table for level in (*schema.LEVELS, schema.MOST_OF_A_DAY) for table in level.tables),
        schema.UNPLACED,
    ):
        found = ask(path, f"PRAGMA table_info({table.name})")
        assert [name for _, name, *_ in found] == list(table.columns), table.name
        assert [name for _, name, _, _, _, place in found if place] == list(table.key), table.name
    wide = ask(path, "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%' AND sql LIKE '%STRICT%'")
    assert len(wide) == 16


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


def test_an_empty_log_has_no_oldest_tick(log: TelemetryLog) -> None:
    assert log.oldest_at is None
    log.append(tick(7))
    assert log.oldest_at == START + timedelta(seconds=7)


@pytest.mark.usefixtures("copied")
def test_a_damaged_log_is_set_aside_and_said_so(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])
    log = TelemetryLog.open(path, now=START)
    log.append(full_tick(0))
    log.close()

    assert log.set_aside is not None
    assert log.set_aside.exists()


# Ticks that are over


def test_a_past_is_written_as_if_it_had_been_appended_tick_by_tick(log: TelemetryLog, tmp_path: Path) -> None:
    own = [full_tick(number) for number in range(0, 4000, 30)]
    others = [[replace(one, rig="shed-1"), replace(one, rig="shed-2")] for one in own]
    for one, beside in zip(own, others, strict=True):
        log.append(one)
        log.append_rigs(beside)
    past = TelemetryLog.open(databases.empty_log(tmp_path / "past"), now=START)
    past.append_past(zip(own, others, strict=True), kept_from={})
    end = own[-1].taken_at

    for by in ("total", "hour", "quarter_hour"):
        assert past.stats(START, end, by) == log.stats(START, end, by)
    card, step = own[0].inventory.devices[0].label, timedelta(minutes=1)
    course = past.show(START, end, card, step, rig=RIG)
    assert course == log.show(START, end, card, step, rig=RIG)
    assert course
    past.close()


def test_of_a_past_finer_rows_are_kept_for_as_long_as_is_said(log: TelemetryLog) -> None:
    ticks = [full_tick(number) for number in range(0, 8000, 30)]
    (whole_from, middle, end) = START, START + 10 * HOUR, ticks[-1].taken_at
    log.append_past([(one, ()) for one in ticks], kept_from={"raw": middle, "1m": middle, "15m": middle})

    assert log.oldest_at == min(one.taken_at for one in ticks if one.taken_at >= middle)
    assert log.held(whole_from, end).whole
    (before,) = log.stats(whole_from, middle)
    assert before.devices[0].energy_joules is not None


def test_a_past_that_fails_half_way_leaves_nothing(log: TelemetryLog, path: Path) -> None:
    def ticks() -> Iterator[tuple[RigSnapshot, tuple[RigSnapshot, ...]]]:
        yield full_tick(0), ()
        raise KeyError

    with pytest.raises(KeyError):
        log.append_past(ticks(), kept_from={})
    log.append(full_tick(1))

    assert ask_one(path, "SELECT count(*) FROM ticks_raw") == 1
