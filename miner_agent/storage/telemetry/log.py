"""The telemetry log: every tick as it was, rolled up as time passes, and thinned out as it grows old.

It may be lost: what must survive stands in ``state``.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

from calculators.money import Money
from miner_agent.errors import StorageError
from miner_agent.model.algorithms import Algorithms
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS, transaction
from miner_agent.storage.sqlite.database import Database, open_database, open_read_only
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.sqlite.migrate import migrate
from miner_agent.storage.sqlite.sqlite_file import Identity, storage_errors
from miner_agent.storage.telemetry import charts, market_rows, renaming
from miner_agent.storage.telemetry.counters_shown import forget_oldest, note_shown
from miner_agent.storage.telemetry.log_answers import Chart, HeldTime, PeriodStats, Point, UnplacedEnergy
from miner_agent.storage.telemetry.logged_changes import LoggedChange, changes
from miner_agent.storage.telemetry.market_rows import LoggedDecision, LoggedMarket, add_economy
from miner_agent.storage.telemetry.name_numbers import MAX_NAMES, NameNumbers
from miner_agent.storage.telemetry.questions import By, Questions, calendar_periods
from miner_agent.storage.telemetry.rollups import Rollups, pruned_before
from miner_agent.storage.telemetry.rows import Row, Rows, Totals, milliseconds, moment, rows_of
from miner_agent.storage.telemetry.schema import (
    DAY_MS,
    HOUR_MS,
    LEVELS,
    MOST_OF_A_DAY,
    RAW,
    UNPLACED,
    Level,
    LogTable,
)
from miner_agent.storage.telemetry.unplaced import unplaced_energy

PLAUSIBLE_FOR = timedelta(hours=24)
TOTALS_LOOKED_BACK_MS = DAY_MS
_VACUUM_PAGES = 2000
_INTO_TICKS, _INTO_DEVICES = RAW.ticks.insert_or_skip, RAW.device.insert_or_skip
_INTO_WORKS, _INTO_UNPLACED = RAW.table(of_work=True).insert_or_skip, UNPLACED.insert_or_skip
_LAST_COUNTERS = """
    SELECT workload, taken_at, accepted_shares_total, rejected_shares_total, stale_shares_total, invalid_shares_total
    FROM work_raw WHERE taken_at > (SELECT max(taken_at) FROM ticks_raw) - ? ORDER BY taken_at
"""
_MARK_PRUNED = (
    "INSERT INTO pruned (resolution, before) VALUES (?, ?) "
    "ON CONFLICT (resolution) DO UPDATE SET before = max(pruned.before, excluded.before)"
)


class TelemetryLog:
    """The open log. One thread appends; questions may come from another one at the same time."""

    def __init__(self, database: Database, writer: sqlite3.Connection | None) -> None:
        """Use ``open`` or ``open_read_only``."""
        self._database, self._writer = database, writer
        self._questions: Questions | None = None
        self._names = NameNumbers()
        self._rollups = Rollups({})
        self._totals: dict[int, Totals] = {}
        self._last_ms: int | None = None
        self.skipped_rows_total = 0  # a row with their key was there already
        self.dropped_values_total = 0  # not finite, or too large

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        now: datetime,
        quick_check: bool = True,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        algorithms: Algorithms | None = None,
    ) -> "TelemetryLog":
        """Open for appending: make, mend, bring up or begin anew as the file needs it.

        Args:
            now: what a damaged file is named after when it is set aside, and a copy of one that is changed.
            algorithms: what is logged under another of their words is renamed; before that the log is copied.

        Raises:
            ConfigError: a newer agent wrote it.
            StorageError: it is not ours, or disk or lock do not allow it.
        """
        database = open_database(
            path,
            TELEMETRY,
            migrate=migrate,
            synchronous="NORMAL",
            now=now,
            quick_check=quick_check,
            busy_timeout_ms=busy_timeout_ms,
        )
        try:
            with storage_errors(path):
                log = cls(database, database.connect())
                if algorithms is not None:
                    log._rename_algorithms(algorithms, now)
                log._resume()
        except BaseException:
            database.close()
            raise
        return log

    @classmethod
    def open_read_only(cls, path: Path, *, is_over: Callable[[], bool] | None = None) -> "TelemetryLog":
        """Open for questions only, as ``database.open_read_only`` does."""
        return cls(open_read_only(path, TELEMETRY, is_over=is_over), None)

    @property
    def set_aside(self) -> Path | None:
        """Where the damaged log went that lay at this path before."""
        return self._database.set_aside

    @property
    def identity(self) -> Identity | None:
        """Which file it was when it was opened."""
        return self._database.identity

    @property
    def immutable(self) -> bool:
        """Whether the last ticks may be missing: on a read-only file system the write-ahead log is not read."""
        return self._database.immutable

    def append(self, snapshot: RigSnapshot) -> None:
        """Write one tick of this machine, and the rollups whose buckets it leaves, in one transaction.

        Raises:
            StorageError: nothing of it was written.
        """
        self._append((snapshot,), milliseconds(snapshot.taken_at) & ~1, of_others=False)

    def append_rigs(self, snapshots: Sequence[RigSnapshot]) -> None:
        """The same for other machines that were asked at one moment.

        Every tick is a row of its own, under its moment. Those of others stand at odd milliseconds and this machine's
        at even ones: they never meet.

        Raises:
            StorageError: nothing of it was written.
        """
        self._append(snapshots, milliseconds(snapshots[0].taken_at) | 1, of_others=True)

    def append_past(
        self, ticks: Iterable[tuple[RigSnapshot, Sequence[RigSnapshot]]], *, kept_from: Mapping[str, datetime]
    ) -> None:
        """Write many ticks that are over, and their rollups, in one transaction, as if they had grown old since.

        Args:
            ticks: in the order of time: of this machine, and of others that were asked at that moment.
            kept_from: by resolution, the full hour before which its rows are deleted.

        Raises:
            StorageError: nothing of it was written.
        """
        writer, totals = self._writing_connection(), dict(self._totals)
        aged = [(one, milliseconds(kept_from[one.resolution])) for one in LEVELS if one.resolution in kept_from]
        skipped = dropped_values = 0
        try:
            with storage_errors(self._database.path), transaction(writer):
                self._names.connection = writer
                for own, others in ticks:
                    taken_at_ms = milliseconds(own.taken_at) & ~1
                    for snapshots in ((own,), others) if others else ((own,),):
                        rows = rows_of(snapshots, self._names, totals, taken_at_ms=taken_at_ms)
                        skipped_here, told = self._write(writer, rows)
                        totals.update(told)
                        skipped, dropped_values = skipped + skipped_here, dropped_values + rows.dropped_values
                        _add_economies(writer, snapshots)
                        taken_at_ms |= 1
                self._rollups.mend(writer)
                for level, before_ms in aged:
                    _forget_before(writer, level, before_ms)
        except BaseException:
            self._names.forget()
            raise
        for level, before_ms in aged:
            self._note_pruned(level, before_ms)
        self._totals = totals
        self.skipped_rows_total += skipped
        self.dropped_values_total += dropped_values

    def _append(self, snapshots: Sequence[RigSnapshot], taken_at_ms: int, *, of_others: bool) -> None:
        writer = self._writing_connection()
        try:
            with storage_errors(self._database.path), transaction(writer):
                self._names.connection = writer
                rows = rows_of(snapshots, self._names, self._totals, taken_at_ms=taken_at_ms)
                if self._last_ms is not None:
                    self._rollups.leave(writer, self._last_ms, taken_at_ms)
                skipped, totals = self._write(writer, rows)
                note_shown(writer, snapshots, of_others=of_others, taken_at_ms=taken_at_ms)
                _add_economies(writer, snapshots)
        except BaseException:
            self._names.forget()  # numbers given out in a transaction that was not kept
            raise
        self._last_ms = taken_at_ms
        self._totals.update(totals)
        if len(self._totals) > MAX_NAMES:
            self._totals = dict(rows.totals)
        self.skipped_rows_total += skipped
        self.dropped_values_total += rows.dropped_values

    def prune(self, now: datetime, *, plausible_since: datetime | None, batches: int | None = None) -> int:
        """Delete what is older than its level keeps; the number of rows. Zero: nothing is left to do.

        Nothing is deleted unless the wall clock has been plausible for a day: one that jumps must cost no data.
        ``batches`` bounds how much is done at once; each is a transaction of its own.
        """
        if plausible_since is None or now - plausible_since < PLAUSIBLE_FOR:
            return 0
        deleted = 0
        writer = self._writing_connection()
        with storage_errors(self._database.path):
            for level in (*LEVELS, MOST_OF_A_DAY):
                while batches is None or batches > 0:
                    rows = self._prune_batch(writer, level, milliseconds(now))
                    if rows is None:
                        break
                    deleted += rows
                    batches = batches - 1 if batches is not None else None
            while batches is None or batches > 0:
                with transaction(writer):
                    rows = market_rows.prune(writer, milliseconds(now), (*market_rows.TABLES, UNPLACED.name))
                if not rows:
                    break
                deleted += rows
                batches = batches - 1 if batches is not None else None
        return deleted

    def optimize(self) -> None:
        """Let the database refresh what its query planner knows."""
        with storage_errors(self._database.path):
            self._writing_connection().execute("PRAGMA optimize").fetchall()

    def stats(
        self, start: datetime, end: datetime, by: By = "total", *, zone: tzinfo = UTC, rig: str | None = None
    ) -> tuple[PeriodStats, ...]:
        """What each period of ``start <= t < end`` looked like, on every rig or on one.

        See ``calendar_periods`` for where periods begin.
        """
        periods = tuple(calendar_periods(start, end, by, zone))
        with self._database.reading() as connection:
            return self._prepared_questions().stats(connection, periods, rig=rig)

    def held(self, start: datetime, end: datetime, *, rig: str | None = None) -> HeldTime:
        """Which hours of ``start <= t < end`` the log holds anything of, of every rig or of one."""
        with self._database.reading() as connection:
            return self._prepared_questions().held(connection, start, end, rig=rig)

    def unplaced(self, start: datetime, end: datetime, *, rig: str | None = None) -> list[UnplacedEnergy]:
        """What counters told in ``start <= t < end`` of gaps before: it is in no sum of ticks."""
        with self._database.reading() as connection:
            return unplaced_energy(connection, milliseconds(start), milliseconds(end), rig=rig)

    def rigs(self) -> tuple[str, ...]:
        """Every rig that the log knows by name."""
        with self._database.reading() as connection:
            return self._prepared_questions().rigs(connection)

    def labels(self) -> tuple[tuple[str, str], ...]:
        """Every device and every meter that the log knows: its rig, and its name as ``show`` takes it."""
        with self._database.reading() as connection:
            return self._prepared_questions().labels(connection)

    def show(self, start: datetime, end: datetime, device: str, step: timedelta, *, rig: str) -> tuple[Point, ...]:
        """How one device's values went, a point a step. Steps are aligned to UTC; those without data are left out.

        Where rows as fine as ``step`` are deleted already, the steps are as long as those that are kept.
        """
        with self._database.reading() as connection:
            return self._prepared_questions().show(connection, start, end, rig=rig, device=device, step=step)

    def chart(
        self,
        start: datetime,
        end: datetime,
        quantity: str,
        *,
        rig: str,
        devices: Sequence[str] | None = None,
        points: int = charts.MOST_POINTS,
    ) -> Chart:
        """How one of ``charts.QUANTITIES`` went, of every device of a rig or of those, in at most so many points."""
        with self._database.reading() as connection:
            return charts.chart(connection, start, end, quantity, rig=rig, devices=devices, points=points)

    def changes(self, start: datetime, end: datetime, *, rig: str, of_this_machine: bool) -> tuple[LoggedChange, ...]:
        """What changed in ``start <= t < end``: pauses, boots, algorithms, prices of energy."""
        with self._database.reading() as connection:
            return changes(connection, start, end, rig=rig, of_this_machine=of_this_machine)

    def market(self, start: datetime, end: datetime) -> LoggedMarket:
        """What coins were worth on each day of ``start <= t < end``, as ``calculators.horizon.history`` takes it."""
        with self._database.reading() as connection:
            return market_rows.logged_market(connection, start, end)

    def energy_prices(self, start: datetime, end: datetime) -> Mapping[date, Money]:
        """What a kilowatt-hour cost on each day of ``start <= t < end`` that tells it."""
        with self._database.reading() as connection:
            return market_rows.energy_prices(connection, start, end)

    def decisions(self, start: datetime, end: datetime) -> tuple[LoggedDecision, ...]:
        """What was advised in ``start <= t < end``."""
        with self._database.reading() as connection:
            return market_rows.decisions(connection, start, end)

    @property
    def size_bytes(self) -> int:
        """What it takes on disk."""
        return sqlite_file.size_bytes(self._database.path)

    @property
    def oldest_at(self) -> datetime | None:
        """The first tick that is kept as it was."""
        with self._database.reading() as connection:
            oldest = _oldest(connection, RAW.ticks)
        return None if oldest is None else moment(oldest)

    def close(self) -> None:
        """Let go of the file. Never raises: a file on a dead disk is let go of as well."""
        with suppress(StorageError), storage_errors(self._database.path):
            if self._writer is not None:
                self._writer.close()
        self._database.close()

    def _writing_connection(self) -> sqlite3.Connection:
        if self._writer is None:
            raise StorageError(f"{self._database.path}: it was opened for reading only")
        return self._writer

    def _prepared_questions(self) -> Questions:
        if self._questions is None:
            self._questions = Questions()
        return self._questions

    def _rename_algorithms(self, algorithms: Algorithms, now: datetime) -> None:
        with self._database.reading() as connection:
            if not renaming.is_needed(connection, algorithms):
                return
        sqlite_file.back_up(self._database.path, TELEMETRY.schema_version, now)
        writer = self._writing_connection()
        with transaction(writer):
            renaming.rename_algorithms(writer, algorithms)

    def _resume(self) -> None:
        """Mend rollups that a sudden end left open, and learn where the share counters stood."""
        writer = self._writing_connection()
        with transaction(writer):
            self._rollups.pruned_before_ms.update(pruned_before(writer))
            self._rollups.mend(writer)
            self._totals = _last_totals(writer)
            forget_oldest(writer)

    def _write(self, writer: sqlite3.Connection, rows: Rows) -> tuple[int, dict[int, Totals]]:
        """Insert the rows; how many were there already, and the share counters of those that were not."""
        if rows.unplaced:
            _insert_all(writer, _INTO_UNPLACED, rows.unplaced)
        if _insert_all(writer, _INTO_TICKS, [rows.tick]) == 0:
            skipped = _insert_all(writer, _INTO_DEVICES, rows.devices) + _insert_all(writer, _INTO_WORKS, rows.works)
            return skipped, rows.totals
        skipped = 1 + sum(_insert_all(writer, _INTO_DEVICES, [row]) for row in rows.devices)
        totals = dict(rows.totals)
        for row in rows.works:
            if _insert_all(writer, _INTO_WORKS, [row]):
                skipped += 1
                totals.pop(row[1], None)
        return skipped, totals

    def _prune_batch(self, writer: sqlite3.Connection, level: Level, now_ms: int) -> int | None:
        """Delete one batch of a level; ``None`` where it holds nothing that is too old."""
        if level.kept_ms is None:
            return None
        cutoff_ms = (now_ms - level.kept_ms) // HOUR_MS * HOUR_MS  # never half a bucket of a coarser level
        with transaction(writer):
            oldest_ms = min(
                (found for table in level.tables if (found := _oldest(writer, table)) is not None), default=cutoff_ms
            )
            if oldest_ms >= cutoff_ms:
                return None
            before_ms = min(oldest_ms // HOUR_MS * HOUR_MS + level.prune_ms, cutoff_ms)
            rows = _forget_before(writer, level, before_ms)
        self._note_pruned(level, before_ms)
        writer.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})").fetchall()  # a page a row
        return rows

    def _note_pruned(self, level: Level, before_ms: int) -> None:
        pruned_before_ms = self._rollups.pruned_before_ms
        pruned_before_ms[level.resolution] = max(before_ms, pruned_before_ms.get(level.resolution, before_ms))


def _add_economies(writer: sqlite3.Connection, snapshots: Iterable[RigSnapshot]) -> None:
    for snapshot in snapshots:
        if snapshot.economy is not None:
            add_economy(writer, snapshot.economy, rig=snapshot.rig, taken_at=snapshot.taken_at)


def _insert_all(writer: sqlite3.Connection, statement: str, rows: Sequence[Row]) -> int:
    """Insert rows by the statement of their table; how many of them were there already."""
    if not rows:
        return 0
    return len(rows) - writer.executemany(statement, rows).rowcount


def _last_totals(connection: sqlite3.Connection) -> dict[int, Totals]:
    """Where the share counters stood when the log ended."""
    totals: dict[int, Totals] = {}
    for workload, taken_at_ms, *counters in connection.execute(_LAST_COUNTERS, (TOTALS_LOOKED_BACK_MS,)):
        known = totals.get(workload, Totals())
        if any(counter is not None for counter in counters):
            shares = [old if new is None else new for new, old in zip(counters, known.shares, strict=True)]
            totals[workload] = Totals((shares[0], shares[1], shares[2], shares[3]), taken_at_ms)
    return totals


def _oldest(connection: sqlite3.Connection, table: LogTable) -> int | None:
    asked = f"SELECT min(taken_at) FROM {table.name}"  # noqa: S608 - our name
    (oldest,) = connection.execute(asked).fetchone()
    return None if oldest is None else int(oldest)


def _forget_before(writer: sqlite3.Connection, level: Level, before_ms: int) -> int:
    """Delete the rows of a level; coarser ones are final up to there. How many they were."""
    rows = sum(_delete_before(writer, table, before_ms) for table in level.tables)
    writer.execute(_MARK_PRUNED, (level.resolution, before_ms))
    return rows


def _delete_before(connection: sqlite3.Connection, table: LogTable, before_ms: int) -> int:
    gone = f"DELETE FROM {table.name} WHERE taken_at < ?"  # noqa: S608 - our name
    return connection.execute(gone, (before_ms,)).rowcount
