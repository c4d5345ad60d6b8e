"""Questions to the log (B8): the last 24 hours, a year by day, and five years, of 12 cards and 2 miners.

A year is made up straight in the tables: raw rows of 14 days, minutes of 60, quarters of an hour and hours of all.
It ends in the middle of an hour, as years do, so that an answer needs every level of detail. The peer asks the raw
rows the same in plain SQL, of which there are 14 days.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.figure import Figure
from bench.turns import in_turn
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.rollups import Rollups, pruned_before
from miner_agent.storage.telemetry.rows import milliseconds
from miner_agent.storage.telemetry.schema import (
    DAY_MS,
    HOUR,
    HOUR_MS,
    MINUTE,
    MOST_OF_A_DAY,
    QUARTER,
    RAW,
    SIX_HOURS,
    Level,
)
from tests import log_ticks

INTERVAL_MS = 10_000
YEAR_MS = 365 * DAY_MS
START_MS = milliseconds(log_ticks.START)
END = log_ticks.START + timedelta(days=365, hours=13, minutes=37, seconds=20)
END_MS = milliseconds(END)
RAW_DAYS = 14
TURNS = 9  # the first of them warms the caches
TYPICAL = {
    "core_temperature_decicelsius": 600, "memory_temperature_decicelsius": 800, "hotspot_temperature_decicelsius": 720,
    "fan_permille": 600, "fan_rpm": 2000, "power_milliwatts": 120_000, "power_limit_milliwatts": 130_000,
    "energy_millijoules": 1_200_000, "utilization_permille": 990, "memory_utilization_permille": 900,
    "core_clock_megahertz": 1110, "memory_clock_megahertz": 9501, "memory_used_mebibytes": 5120,
    "hashes_per_second": 5e7, "accepted_shares": 3, "rejected_shares": 1, "stale_shares": 1, "invalid_shares": 1,
}  # fmt: skip
FIXED = {
    "up": "1",
    "state": "0",
    "throttle_mask": "1",
    "boot_id": "'3f0c1b6e-7d5e-4a6f-9c60-2f9f2f3a1b11'",
    "clock_ok": "1",
}
_OF_DEVICES = (
    "SELECT {day} AS day, device, avg(up), avg(power_milliwatts), min(power_milliwatts), max(power_milliwatts),"
    " sum(energy_millijoules), avg(core_temperature_decicelsius), max(core_temperature_decicelsius)"
    " FROM device_raw WHERE taken_at >= ? AND taken_at < ? GROUP BY day, device"
)
_OF_WORKS = (
    "SELECT {day} AS day, workload, avg(hashes_per_second), sum(accepted_shares_gained), sum(rejected_shares_gained),"
    " sum(stale_shares_gained), sum(invalid_shares_gained) FROM work_raw WHERE taken_at >= ? AND taken_at < ?"
    " AND workload IN (SELECT id FROM workloads WHERE device IS NULL) GROUP BY day, workload"
)


def measure() -> list[Figure]:
    day, year, days_of_raw = timedelta(days=1), timedelta(days=365), timedelta(days=RAW_DAYS)
    with (
        a_years_log() as path,
        closing(TelemetryLog.open_read_only(path)) as log,
        closing(sqlite3.connect(path)) as raw,
    ):
        day_ms, peers_day_ms = in_turn(
            partial(spent_milliseconds, lambda: log.stats(END - day, END)), partial(_raw_milliseconds, raw, day), TURNS
        )
        year_ms, peers_year_ms = in_turn(
            partial(spent_milliseconds, lambda: log.stats(END - year, END, "day")),
            partial(_raw_milliseconds, raw, days_of_raw),
            TURNS,
        )
        elsewhere_ms, in_utc_ms = in_turn(
            partial(spent_milliseconds, lambda: log.stats(END - year, END, "day", zone=ZoneInfo("Asia/Kathmandu"))),
            partial(spent_milliseconds, lambda: log.stats(END - year, END, "day")),
            TURNS,
        )
    with a_years_log(years=5) as path, closing(TelemetryLog.open_read_only(path)) as log:
        five_ms, one_ms = in_turn(
            partial(spent_milliseconds, lambda: _all_of(log, 5 * year)),
            partial(spent_milliseconds, lambda: _all_of(log, year)),
            TURNS,
        )
    return [
        Figure(
            name="log, last 24 h by device, CPU", unit="ms", ours=day_ms, ratio_limit=0.1,
            peer="raw rows, plain SQL", peers=peers_day_ms,
        ),
        Figure(
            name="log, a year by day, CPU", unit="ms", ours=year_ms, limit=60, ratio_limit=0.15,
            peer=f"raw rows, plain SQL, {RAW_DAYS} days only", peers=peers_year_ms,
        ),
        Figure(
            name="log, a year by day in Kathmandu, CPU", unit="ms", ours=elsewhere_ms, limit=60,
            peer="the same in UTC", peers=in_utc_ms,
        ),
        Figure(
            name="log, five years and which hours are held, CPU", unit="ms", ours=five_ms, ratio_limit=5,
            peer="one year", peers=one_ms,
        ),
    ]  # fmt: skip


def _all_of(log: TelemetryLog, span: timedelta) -> None:
    """What `log stats` asks."""
    log.stats(END - span, END)
    log.held(END - span, END)


def spent_milliseconds(ask: Callable[[], object]) -> float:
    """CPU of an answer in this thread. [ms]"""
    begun = time.thread_time()
    ask()
    return 1000 * (time.thread_time() - begun)


def _raw_milliseconds(connection: sqlite3.Connection, span: timedelta) -> float:
    day = f"taken_at / {DAY_MS}" if span > timedelta(days=1) else "0"
    moments = (END_MS - span // timedelta(milliseconds=1), END_MS)
    questions = [question.format(day=day) for question in (_OF_DEVICES, _OF_WORKS)]
    return spent_milliseconds(lambda: [connection.execute(question, moments).fetchall() for question in questions])


@contextmanager
def a_years_log(years: int = 1) -> Iterator[Path]:
    """A year of 12 cards and 2 miners, or several, as it stands on disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.db")
        with closing(TelemetryLog.open(path, now=END)) as log:
            log.append(log_ticks.full_tick(0, start=END))  # gives all names their numbers
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            for level in (RAW, MINUTE, QUARTER, HOUR, SIX_HOURS, MOST_OF_A_DAY):
                _fill(connection, level, START_MS - (years - 1) * YEAR_MS)
            Rollups(pruned_before(connection)).mend(connection)  # which writes the eight days
            connection.commit()
        yield path


def _fill(connection: sqlite3.Connection, level: Level, first_ms: int) -> None:
    """Every bucket of a level that is still kept and already over."""
    step_ms = {RAW: INTERVAL_MS, MOST_OF_A_DAY: HOUR_MS}.get(level, level.bucket_ms)
    kept_ms = min(level.kept_ms or END_MS - first_ms, END_MS - first_ms)
    start_ms = (END_MS - kept_ms) // HOUR_MS * HOUR_MS if kept_ms < END_MS - first_ms else first_ms
    for table in level.tables:
        subjects = {level.device: "devices", level.work: "workloads"}.get(table)
        ticks = 1 if level is RAW else level.bucket_ms // INTERVAL_MS
        values = [_value(column, ticks) for column in table.measured]
        keys = "ms, id" if subjects else "ms"
        connection.execute(
            "WITH RECURSIVE bucket(ms) AS"
            " (SELECT :start UNION ALL SELECT ms + :step FROM bucket WHERE ms + :step + :length <= :end)"
            f" INSERT INTO {table.name} SELECT {keys}, {', '.join(values)} FROM bucket"
            + (f" CROSS JOIN {subjects}" if subjects else ""),
            {"start": start_ms, "step": step_ms, "length": max(step_ms, level.bucket_ms), "end": END_MS},
        )
    if start_ms > first_ms:
        connection.execute("INSERT INTO pruned VALUES (?, ?)", (level.resolution, start_ms))
    connection.commit()


def _value(column: str, ticks: int) -> str:
    """An SQL expression for one value: a measured one wavers by 3 %, a sum is of so many ticks."""
    if column in FIXED:
        return FIXED[column]
    if column in {"ticks", "up_ticks"} or column.endswith("_n"):
        return str(ticks)
    if column == "monotonic_ms":
        return "ms - :start"
    if column.endswith("_ms"):
        return str(ticks * INTERVAL_MS)
    quantity = max((name for name in TYPICAL if column.startswith(name)), key=len)
    many = ticks if column.endswith(("_sum", "_gained")) else 1
    typical = TYPICAL[quantity] * many
    return f"{typical} + abs(random()) % {max(int(typical * 0.03), 2)}"
