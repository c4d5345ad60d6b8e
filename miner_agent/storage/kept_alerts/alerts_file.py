"""The open alerts.db, shared by the threads that write it: opened when needed, and anew where it was taken away."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from miner_agent.errors import AgentError
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS
from miner_agent.storage.sqlite.file_guard import FileGuard
from miner_agent.storage.sqlite.kinds import ALERTS
from miner_agent.storage.sqlite.migrate import migrate
from miner_agent.storage.sqlite.readying import Migrator, make_ready

Transaction: TypeAlias = sqlite3.Connection
"""What a use of the file gives: the other modules of this folder read and write with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsFileStatus:
    """How writing it goes. Totals count since the agent started."""

    size_bytes: int | None = None
    write_failures_total: int = 0
    files_lost_total: int = 0  # it was removed, replaced, written over, or found damaged
    last_error: str | None = None  # None: the last attempt was good


class AlertsFile:
    """One connection for all threads of the agent, each of which has it for one transaction at a time."""

    def __init__(
        self,
        path: Path,
        *,
        say: Callable[[str], None],
        make_folder: Callable[[], None] = lambda: None,
        migrator: Migrator = migrate,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    ) -> None:
        """Nothing is opened before it is used.

        Args:
            say: called with a sentence whenever something changes, once a change.
            make_folder: makes the folder again where somebody has removed it.
            migrator: brings it to the newest schema.
        """
        self.path, self._say, self._make_folder, self._migrate = path, say, make_folder, migrator
        self._busy_timeout_ms = busy_timeout_ms
        self._guard = FileGuard(path)
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._versions: tuple[int, int] | None = None  # of the data and of the tables, as SQLite counts them
        self._status = AlertsFileStatus()
        self._at_opening: list[Callable[[sqlite3.Connection, datetime], None]] = []

    @property
    def status(self) -> AlertsFileStatus:
        """How writing goes, as of now."""
        return self._status

    def at_opening(self, bring_up: Callable[[sqlite3.Connection, datetime], None]) -> None:
        """Call that in a transaction of its own whenever the file is opened, before anybody else uses it.

        It takes what the file holds, which may be new, or an old copy, and writes what that lacks. Where it fails the
        file counts as not opened, and it is called again.
        """
        self._at_opening.append(bring_up)

    @contextmanager
    def writing(self, now: datetime, *, synced: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction, all of which is kept, or nothing.

        Args:
            now: what a damaged file is named after.
            synced: wait for the disk. Else the process may die right after it, and a power cut takes it back.

        Raises:
            ConfigError: a newer agent wrote the file.
            StorageError: it is not ours, or disk or lock do not allow it.
        """
        with self._held(now) as connection:
            connection.execute("PRAGMA synchronous = FULL" if synced else "PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def reading(self, now: datetime) -> Iterator[sqlite3.Connection]:
        """One moment of it. Raises as ``writing``."""
        with self._held(now) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    def has_another_written(self) -> bool:
        """Whether another connection, which is a command's, has committed since this was asked last."""
        connection = self._connection
        if connection is None:
            return False
        (commits,) = connection.execute("PRAGMA data_version").fetchone()
        (tables,) = connection.execute("PRAGMA schema_version").fetchone()
        known, self._versions = self._versions, (commits, tables)
        return known is not None and commits != known[0] and tables == known[1]

    def close(self) -> None:
        """Close it; the next use opens it again."""
        with self._lock:
            self._close()

    @contextmanager
    def _held(self, now: datetime) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with sqlite_file.storage_errors(self.path):
                    yield self._opened(now)
                    self._note()
            except AgentError as error:
                self._fail(error)
                raise
            finally:
                self._roll_back()

    def _opened(self, now: datetime) -> sqlite3.Connection:
        if self._connection is not None:
            tampering = self._guard.tampering_of_others(self.has_another_written)
            if tampering is not None:
                self._count_lost()
                done = self._guard.let_go(tampering, self._close, kind=ALERTS, now=now)
                self._say(f"{self.path} {tampering} while the agent ran; {done}, and gets what is known of alerts")
        if self._connection is None:
            self._open(now)
        return self._connection  # type: ignore[return-value]  # mypy does not see that it was opened

    def _open(self, now: datetime) -> None:
        self._make_folder()
        away = make_ready(self.path, ALERTS, migrate=self._migrate, now=now, quick_check=True)
        if away is not None:
            self._count_lost()
            self._say(f"{self.path}: was damaged, lies now at {away}; what is known of alerts is written anew")
        connection = connecting.connect(self.path, synchronous="FULL", busy_timeout_ms=self._busy_timeout_ms)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for bring_up in self._at_opening:
                bring_up(connection, now)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        self._connection, self._versions = connection, None
        self.has_another_written()
        self._guard.note_opened(sqlite_file.identity(self.path))

    def _note(self) -> None:
        self.has_another_written()
        self._guard.note()
        recovered = self._status.last_error is not None
        self._status = replace(self._status, last_error=None, size_bytes=self._guard.size_bytes)
        if recovered:
            self._say(f"{self.path}: written again")

    def _fail(self, error: AgentError) -> None:
        first = self._status.last_error is None
        failures = self._status.write_failures_total + 1
        self._status = replace(self._status, write_failures_total=failures, last_error=str(error))
        self._roll_back()
        if error.__cause__ is None or sqlite_file.tells_of_damage(error.__cause__):
            self._close()  # to be looked at before it is used again
        if first:
            self._say(f"{error}; alerts are sent all the same, and marked as not recorded")

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _count_lost(self) -> None:
        self._status = replace(self._status, files_lost_total=self._status.files_lost_total + 1)
