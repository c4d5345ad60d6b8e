"""Opens a database the one way that keeps its promises: whole transactions, private files, nobody else's data."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import ClauseElement

from miner_agent.errors import StorageError
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS, Synchronous
from miner_agent.storage.sqlite.kinds import Kind
from miner_agent.storage.sqlite.readying import Migrator, make_ready
from miner_agent.storage.sqlite.sqlite_file import FileState, Identity

_POOL_SECONDS = 10
_CONNECTIONS = 3
_LOOKED_AFTER_STEPS = 20_000  # of SQLite's machine, a fraction of a millisecond
_DIALECT = SQLiteDialect_pysqlite(dbapi=sqlite3)  # that of every engine here


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database, and what was out of the ordinary about opening it."""

    path: Path
    engine: Engine
    synchronous: Synchronous = "FULL"
    set_aside: Path | None = None  # where the damaged file went that lay here before
    identity: Identity | None = None  # of the file, before the first connection to it
    immutable: bool = False  # on a read-only file system: what is in the write-ahead log only is not seen

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write; all of it or nothing is kept."""
        with storage_errors(self.path), self.engine.connect() as connection, write_option(connection).begin():
            yield connection

    @contextmanager
    def writing_unsynced(self) -> Iterator[Connection]:
        """The same without waiting for the disk: the process may die right after it, a power cut takes it back."""
        with storage_errors(self.path), self.engine.connect() as connection:
            run_pragma(connection, "synchronous = NORMAL")
            try:
                with write_option(connection).begin():
                    yield connection
            finally:
                run_pragma(connection, f"synchronous = {self.synchronous}")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the database, however many questions are asked."""
        with storage_errors(self.path), self.engine.connect() as connection, connection.begin():
            yield connection


class Prepared:
    """A statement that is compiled once, and then costs no more than its text."""

    __slots__ = ("_fixed", "_names", "sql")

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._names: list[str] | None = getattr(compiled, "positiontup", None)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, connection: Connection, **values: object) -> CursorResult[Any]:
        """Execute with values by the names of the statement's parameters."""
        return connection.exec_driver_sql(self.sql, self.given(values))

    def run_each(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Execute once for each of the rows; nothing where there is none."""
        if given := [self.given(row) for row in rows]:
            connection.exec_driver_sql(self.sql, given)

    def fetch(self, connection: Connection, **values: object) -> list[tuple[Any, ...]]:
        """The whole answer as the driver gives it: a year of days asks a thousand times, and rows in a frame cost."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql, self.given(values))
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def each(self, connection: Connection, **values: object) -> Iterator[tuple[Any, ...]]:
        """The same row by row, of answers that are looked at once: they are never all in memory."""
        cursor = connection.connection.cursor()
        try:
            yield from cursor.execute(self.sql, self.given(values))
        finally:
            cursor.close()

    def given(self, values: Mapping[str, object]) -> tuple[Any, ...] | dict[str, Any]:
        """What goes with ``sql``: values by the names of its parameters, in the order in which it has them."""
        named: dict[str, Any] = {**self._fixed, **values}
        return named if self._names is None else tuple(named[name] for name in self._names)


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
    engine = build_engine(path, synchronous=synchronous, busy_timeout_ms=busy_timeout_ms)
    identity = sqlite_file.identity(path)
    return Database(path=path, engine=engine, synchronous=synchronous, set_aside=away, identity=identity)


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
    engine = build_engine(path, busy_timeout_ms=busy_timeout_ms, read_only=True, immutable=immutable, is_over=is_over)
    database = Database(path=path, engine=engine, immutable=immutable)
    try:
        _require_current(database, kind)
    except BaseException:
        database.close()
        raise
    return database


def write_option(connection: Connection) -> Connection:
    """Transactions of this connection take the write lock at once.

    One that reads first and writes later fails without waiting when somebody wrote in between.
    """
    return connection.execution_options(write=True)


def storage_errors(path: Path) -> AbstractContextManager[None]:
    """What SQLAlchemy, SQLite and the file system raise inside becomes a ``StorageError``."""
    return sqlite_file.storage_errors(path, DBAPIError)


def build_engine(
    path: Path,
    *,
    synchronous: Synchronous = "NORMAL",
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    read_only: bool = False,
    immutable: bool = False,
    is_over: Callable[[], bool] | None = None,
) -> Engine:
    """An engine whose transactions are SQLite's own, schema changes included."""

    def connect() -> sqlite3.Connection:
        connection = connecting.connect(
            path, synchronous=synchronous, busy_timeout_ms=busy_timeout_ms, read_only=read_only, immutable=immutable
        )
        if is_over is not None:
            connection.set_progress_handler(is_over, _LOOKED_AFTER_STEPS)
        return connection

    engine = create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        skip_autocommit_rollback=False,
    )
    event.listen(engine, "begin", _begin)
    return engine


def run_pragma(connection: Connection, text: str) -> None:
    """Run a pragma outside any transaction, to its end: some do their work row by row and return no columns."""
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA {text}").fetchall()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _require_current(database: Database, kind: Kind) -> None:
    path = database.path
    with database.reading() as connection:
        marked = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if marked != kind.application_id:
        sqlite_file.refuse(path, kind, FileState.FOREIGN)
    if version > kind.schema_version:
        sqlite_file.refuse(path, kind, FileState.NEWER)
    if version < kind.schema_version:
        raise StorageError(f"{path}: an older miner-agent wrote it; start the agent once, which brings it up")
