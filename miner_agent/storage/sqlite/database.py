"""Opens a database the one way that keeps its promises: whole transactions, private files, nobody else's data."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from miner_agent.errors import StorageError
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS, Synchronous, connect, transaction
from miner_agent.storage.sqlite.kinds import Kind
from miner_agent.storage.sqlite.readying import Migrator, make_ready
from miner_agent.storage.sqlite.sqlite_file import FileState, Identity, storage_errors

_LOOKED_AFTER_STEPS = 20_000  # of SQLite's machine, a fraction of a millisecond


@dataclass(slots=True)
class _Line:
    """A connection, and whether what it commits waits for the disk: to ask SQLite for the other costs a statement."""

    connection: sqlite3.Connection
    is_synced: bool = True


class Database:
    """An open database, and what was out of the ordinary about opening it.

    Whoever uses it has a connection to itself for that time. One that was given back is used again.
    """

    def __init__(
        self,
        path: Path,
        *,
        connect: Callable[[], sqlite3.Connection],
        synchronous: Synchronous = "FULL",
        set_aside: Path | None = None,
        identity: Identity | None = None,
        immutable: bool = False,
    ) -> None:
        """Use ``open_database`` or ``open_read_only``.

        Args:
            connect: makes a connection; whoever keeps one to itself closes it.
            set_aside: where the damaged file went that lay here before.
            identity: of the file, before the first connection to it.
            immutable: on a read-only file system: what is in the write-ahead log only is not seen.
        """
        self.path, self.set_aside, self.identity, self.immutable = path, set_aside, identity, immutable
        self.connect, self._synchronous = connect, synchronous
        self._idle: list[_Line] = []  # threads take and give back what is last, which is one step

    def close(self) -> None:
        """Close what nobody uses. Never raises: a file on a dead disk is let go of as well."""
        while self._idle:
            _closed(self._idle.pop().connection)

    @contextmanager
    def lent(self, *, synced: bool | None = None) -> Iterator[sqlite3.Connection]:
        """A connection for a while, outside any transaction.

        Args:
            synced: whether what it commits waits for the disk; ``None``: it commits nothing.
        """
        with storage_errors(self.path):
            line = self._taken()
            connection = line.connection
            try:
                if synced is not None and synced is not line.is_synced:
                    level = self._synchronous if synced else "NORMAL"
                    connection.execute(f"PRAGMA synchronous = {level}")
                    line.is_synced = synced
                yield connection
            finally:
                if connection.in_transaction:  # what it was to do failed, and so did taking it back
                    _closed(connection)
                else:
                    self._idle.append(line)

    @contextmanager
    def writing(self, *, synced: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction that may write; all of it or nothing is kept.

        Args:
            synced: wait for the disk. Else the process may die right after it, and a power cut takes it back.
        """
        with self.lent(synced=synced) as connection, transaction(connection):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One moment of the database, however many questions are asked."""
        with self.lent() as connection, transaction(connection, writes=False):
            yield connection

    def _taken(self) -> _Line:
        try:
            return self._idle.pop()
        except IndexError:
            return _Line(self.connect())


def open_database(
    path: Path,
    kind: Kind,
    *,
    migrate: Migrator,
    synchronous: Synchronous,
    now: datetime,
    quick_check: bool = False,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
) -> Database:
    """Open for reading and writing: a missing file is made, a damaged one set aside, an older schema brought up.

    Raises:
        ConfigError: a newer agent wrote it.
        StorageError: it is not ours, or disk or lock do not allow it.
    """
    away = make_ready(path, kind, migrate=migrate, now=now, quick_check=quick_check)
    return Database(
        path,
        connect=lambda: connect(path, synchronous=synchronous, busy_timeout_ms=busy_timeout_ms),
        synchronous=synchronous,
        set_aside=away,
        identity=sqlite_file.identity(path),
    )


def open_read_only(
    path: Path, kind: Kind, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, is_over: Callable[[], bool] | None = None
) -> Database:
    """Open for questions only, while an agent may be writing. Nothing is made, mended or brought up.

    On a read-only file system the file is taken as it stands, without its log: ``immutable`` says so. A question ends
    with a ``StorageError`` once ``is_over`` says that nobody waits for its answer any more.

    Raises:
        ConfigError: a newer agent wrote it.
        StorageError: it is missing, damaged, older or not ours, or this user may not read it.
    """
    sqlite_file.require_files(path)
    immutable = sqlite_file.on_read_only_file_system(path)

    def connected() -> sqlite3.Connection:
        connection = connect(path, busy_timeout_ms=busy_timeout_ms, read_only=True, immutable=immutable)
        if is_over is not None:
            connection.set_progress_handler(is_over, _LOOKED_AFTER_STEPS)
        return connection

    database = Database(path, connect=connected, immutable=immutable)
    try:
        _require_current(database, kind)
    except BaseException:
        database.close()
        raise
    return database


def _require_current(database: Database, kind: Kind) -> None:
    path = database.path
    with database.reading() as connection:
        (marked,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if marked != kind.application_id:
        sqlite_file.refuse(path, kind, FileState.FOREIGN)
    if version > kind.schema_version:
        sqlite_file.refuse(path, kind, FileState.NEWER)
    if version < kind.schema_version:
        raise StorageError(f"{path}: an older miner-agent wrote it; start the agent once, which brings it up")


def _closed(connection: sqlite3.Connection) -> None:
    try:
        connection.close()
    except sqlite3.Error:
        return
