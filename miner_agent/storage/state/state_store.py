"""What must survive a restart: counters, pinned facts, how well the clock ran, and which jobs have run."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from miner_agent.model.clock_mark import ClockMark
from miner_agent.model.kept_counter import KeptCounter
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS
from miner_agent.storage.sqlite.database import Database, open_database
from miner_agent.storage.sqlite.kinds import STATE
from miner_agent.storage.sqlite.migrate import migrate
from miner_agent.storage.sqlite.sqlite_file import Identity
from miner_agent.storage.state.counter_book import CounterPage, RigCounterKey

COUNTERS_A_SOURCE = 1024  # each of the 256 names that it may have in a run, counted in four ways
_LATEST_MS = 253_402_300_799_999  # in the year 9999

# Of a counter ``rig`` is empty for this machine, ``told_by`` a miner, a meter or a collector (NULL: an earlier version
# wrote it), ``run`` the one in which it was counted last. ``boot``, ``runs`` and ``clock`` have one row at most.
_BOOT_OF_LAST_RUN = "SELECT boot_id FROM boot"
_RAISE_FLOORS = "UPDATE counters SET floor = ceiling"
_COUNT_RUN = "UPDATE runs SET number = number + 1"
_COUNTERS = "SELECT rig, device, source, counted, floor, ceiling FROM counters"
_KEEP_COUNTER = """
    INSERT INTO counters (rig, device, source, counted, floor, ceiling, told_by, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (rig, device, source) DO UPDATE SET
        counted = excluded.counted, floor = excluded.floor, ceiling = excluded.ceiling,
        told_by = coalesce(excluded.told_by, told_by), run = coalesce(excluded.run, run)
"""
_FORGET_OLDEST = """
    DELETE FROM counters WHERE (rig, device, source) IN (
        SELECT rig, device, source FROM (
            SELECT rig, device, source, row_number() OVER (
                PARTITION BY rig, told_by ORDER BY run DESC NULLS LAST, counted DESC
            ) AS age FROM counters
        ) WHERE age > ?
    )
"""  # of each source the counters that were not counted for longest, then the least
_END_AT_WHAT_IS_SHOWN = "UPDATE counters SET ceiling = max(counted, floor)"
_CLOCK = "SELECT boot_id, taken_at, monotonic_ms, even_ms FROM clock"
_NOTE_CLOCK = "INSERT INTO clock (boot_id, taken_at, monotonic_ms, even_ms) VALUES (?, ?, ?, ?)"
_FACTS = "SELECT kind, key, value FROM facts"
_PIN = (
    "INSERT INTO facts (kind, key, value) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"
)
_NOTE_JOB = "INSERT INTO job_runs (job, period) VALUES (?, ?) ON CONFLICT DO NOTHING"


class StateStore:
    """The open store. Every method is one transaction, safely on disk when it returns but where it says otherwise."""

    def __init__(self, database: Database) -> None:
        """Use ``open``."""
        self._database, self._run = database, 0
        self._versions: tuple[int, int] | None = None  # of the data and of the tables, as SQLite counts them

    @classmethod
    def open(cls, path: Path, *, now: datetime, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "StateStore":
        """Open; make, bring up or begin anew as the file needs it.

        Args:
            now: what a damaged file is named after when it is set aside.

        Raises:
            ConfigError: a newer agent wrote it.
            StorageError: it is not ours, or disk or lock do not allow it.
        """
        return cls(
            open_database(
                path,
                STATE,
                migrate=migrate,
                synchronous="FULL",
                now=now,
                quick_check=True,
                busy_timeout_ms=busy_timeout_ms,
            )
        )

    @property
    def set_aside(self) -> Path | None:
        """Where the damaged store went that lay at this path before: what it knew is lost to the agent."""
        return self._database.set_aside

    @property
    def identity(self) -> Identity | None:
        """Which file it was when it was opened."""
        return self._database.identity

    def has_another_written(self) -> bool:
        """Whether another connection has committed since the last look, and left the tables as they are.

        A command does so that keeps where the books end. Whatever is kept in here has a look within its transaction.
        """
        with self._database.reading() as connection:
            return self._look_for_others(connection)

    @property
    def commits_of_others(self) -> int | None:
        """Another number where another connection has committed, as the last look told."""
        return None if self._versions is None else self._versions[0]

    def _look_for_others(self, connection: sqlite3.Connection) -> bool:
        known = self._versions
        (commits,) = connection.execute("PRAGMA data_version").fetchone()
        if known is not None and commits == known[0]:
            return False
        (tables,) = connection.execute("PRAGMA schema_version").fetchone()
        self._versions = commits, tables
        return known is not None and tables == known[1]

    def begin_run(self, boot_id: str | None) -> dict[RigCounterKey, KeptCounter]:
        """The counters of earlier runs. What the last one wrote last was lost where the machine went down meanwhile.

        A source that gives its devices other names at each start would fill the disk: of the counters that one source
        told of, those that were not counted for longest are forgotten. No other source's are.

        Args:
            boot_id: tells this boot of the machine from every other; ``None``: nothing does.
        """
        with self._database.writing() as connection:
            if boot_id is None or connection.execute(_BOOT_OF_LAST_RUN).fetchone() != (boot_id,):
                connection.execute(_RAISE_FLOORS)
                connection.execute("DELETE FROM boot")
                if boot_id is not None:
                    connection.execute("INSERT INTO boot (boot_id) VALUES (?)", (boot_id,))
            connection.execute(_COUNT_RUN)
            (self._run,) = connection.execute("SELECT number FROM runs").fetchone()
            connection.execute(_FORGET_OLDEST, (COUNTERS_A_SOURCE,))
            rows = connection.execute(_COUNTERS).fetchall()
        return {(rig, device, source): KeptCounter(*counts) for rig, device, source, *counts in rows}

    def save_counters(self, page: CounterPage) -> None:
        """Keep these counters; the others stay as they are. It waits for the disk only where the page asks for that."""
        rows = [
            (*key, row.counted, row.floor, row.ceiling, told_by, None if told_by is None else self._run)
            for key, row in page.rows.items()
            for told_by in (page.told_by.get(key),)
        ]
        if rows:
            with self._database.writing(synced=page.synced) as connection:
                connection.executemany(_KEEP_COUNTER, rows)
                self._look_for_others(connection)

    def end_run(self) -> None:
        """Nothing is shown any more: whoever comes next begins where the counters stand."""
        with self._database.writing() as connection:
            connection.execute(_END_AT_WHAT_IS_SHOWN)

    def clock_mark(self) -> ClockMark | None:
        """Where the last run left the wall clock."""
        with self._database.reading() as connection:
            row = connection.execute(_CLOCK).fetchone()
        if row is None:
            return None
        boot_id, taken_at_ms, monotonic_ms, even_ms = row
        if not 0 <= taken_at_ms <= _LATEST_MS:
            return None
        return ClockMark(
            boot_id=boot_id,
            at=datetime.fromtimestamp(taken_at_ms / 1000, UTC),
            steady_seconds=monotonic_ms / 1000,
            even_seconds=even_ms / 1000,
        )

    def note_clock(self, mark: ClockMark) -> None:
        """Keep where the wall clock is now, in place of what was known. Does not wait for the disk."""
        seconds = (mark.at.timestamp(), mark.steady_seconds, mark.even_seconds)
        with self._database.writing(synced=False) as connection:
            connection.execute("DELETE FROM clock")
            connection.execute(_NOTE_CLOCK, (mark.boot_id, *(round(1000 * each) for each in seconds)))
            self._look_for_others(connection)

    def pin(self, facts: Mapping[tuple[str, str], str | None]) -> None:
        """Keep these facts, by kind and key, each in place of what was known under its key; ``None``: nothing is."""
        kept = [(*pin, value) for pin, value in facts.items() if value is not None]
        forgotten = [pin for pin, value in facts.items() if value is None]
        with self._database.writing() as connection:
            connection.executemany(_PIN, kept)
            connection.executemany("DELETE FROM facts WHERE kind = ? AND key = ?", forgotten)
            self._look_for_others(connection)

    def pinned(self, kind: str) -> dict[str, str]:
        """The facts of one kind, by key, whoever wrote them."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT key, value FROM facts WHERE kind = ?", (kind,)).fetchall())

    def all_pinned(self) -> dict[str, dict[str, str]]:
        """Every fact, by kind and key."""
        facts: dict[str, dict[str, str]] = {}
        with self._database.reading() as connection:
            for kind, key, value in connection.execute(_FACTS):
                facts.setdefault(kind, {})[key] = value
        return facts

    def note_done(self, job: str, period: str) -> None:
        """Keep, over all restarts, that a job is done for a period."""
        with self._database.writing() as connection:
            connection.execute(_NOTE_JOB, (job, period))
            self._look_for_others(connection)

    def is_done(self, job: str, period: str) -> bool:
        """Whether a job is done for a period."""
        asked = "SELECT 1 FROM job_runs WHERE job = ? AND period = ?"
        with self._database.reading() as connection:
            return connection.execute(asked, (job, period)).fetchone() is not None

    def close(self) -> None:
        self._database.close()
