"""The size of the log (B7): bytes a raw row, and what a rig of 12 cards and 2 miners comes to in a year.

A day is written through the agent's own log. What a table takes is what SQLite says of its pages, partly filled ones
included; the year is planned from that and the retention of each level.
"""

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figure import Figure
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.schema import DAY_MS, LEVELS, MOST_OF_A_DAY, RAW
from tests import log_ticks

CARDS = 12
DAY = log_ticks.START + timedelta(days=1)  # the last of eight, which are written with it
INTERVAL_MS = 10_000
TICKS = DAY_MS // INTERVAL_MS
YEAR_MS = 365 * DAY_MS
GIGABYTE = 1e9


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.db")
        _write_a_day(path)
        with closing(sqlite3.connect(path)) as connection:
            per_row = _bytes_per_row(connection)
            typical = _typical_bytes_per_row(connection, Path(folder, "typical.db"))
            year_bytes = sum(_rows_kept(connection, table) * size for table, size in per_row.items())
    return [
        Figure(
            name="log, a raw row of 16 quantities", unit="B", ours=per_row[RAW.device.name], limit=90,
            peer="ORM-typical: id, text time, text UUID, index", peers=typical,
        ),
        Figure(
            name="log, a rig's year, planned: measured bytes a row x rows kept", unit="GB",
            ours=year_bytes / GIGABYTE, limit=0.6,
            peer="ORM-typical, everything kept", peers=typical * CARDS * (YEAR_MS // INTERVAL_MS) / GIGABYTE,
        ),
    ]  # fmt: skip


def _write_a_day(path: Path) -> None:
    with closing(TelemetryLog.open(path, now=DAY)) as log:
        for number in range(TICKS + 1):  # the last one closes the buckets of the day
            log.append(log_ticks.full_tick(number, cards=CARDS, start=DAY))


def _bytes_per_row(connection: sqlite3.Connection) -> Mapping[str, float]:
    """By table of a level: the bytes of its pages, divided by its rows."""
    names = [table.name for level in (*LEVELS, MOST_OF_A_DAY) for table in level.tables]
    return {name: _bytes(connection, name) / _count(connection, name) for name in names}


def _bytes(connection: sqlite3.Connection, *names: str) -> int:
    """What tables and indexes take, by SQLite's own account of pages."""
    marks = ", ".join("?" * len(names))
    return int(connection.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({marks})", names).fetchone()[0])


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _rows_kept(connection: sqlite3.Connection, name: str) -> float:
    """How many rows of a table there are after a year of days like this one."""
    level = next(level for level in (*LEVELS, MOST_OF_A_DAY) if name in {table.name for table in level.tables})
    of_hours = level.rates is not None and name == level.rates.name
    written_ms = DAY_MS if of_hours else max(level.bucket_ms, DAY_MS)
    return _count(connection, name) * min(level.kept_ms or YEAR_MS, YEAR_MS) / written_ms


def _typical_bytes_per_row(connection: sqlite3.Connection, path: Path) -> float:
    """The same rows of cards, laid out as an ORM's examples do."""
    quantities = RAW.device.measured
    rows = connection.execute(
        f"SELECT taken_at, devices.device, {', '.join(quantities)} FROM device_raw JOIN devices ON id = device_raw.device"
    )
    with closing(sqlite3.connect(path)) as typical:
        columns = ", ".join(f"{name} INTEGER" for name in quantities)
        typical.execute(
            f"CREATE TABLE sample (id INTEGER PRIMARY KEY, taken_at DATETIME, device VARCHAR(36), {columns})"
        )
        typical.execute("CREATE INDEX sample_device_taken_at ON sample (device, taken_at)")
        marks = ", ".join("?" * (2 + len(quantities)))
        typical.executemany(
            f"INSERT INTO sample (taken_at, device, {', '.join(quantities)}) VALUES ({marks})",
            ((_text(taken_at_ms), device, *values) for taken_at_ms, device, *values in rows),
        )
        typical.commit()
        return _bytes(typical, "sample", "sample_device_taken_at") / _count(typical, "sample")


def _text(taken_at_ms: int) -> str:
    """A moment as SQLAlchemy's ``DateTime`` writes it."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=taken_at_ms)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
