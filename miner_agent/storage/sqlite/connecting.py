"""A connection as every database of ours is opened, by SQLAlchemy or without it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from miner_agent.storage.sqlite import sqlite_file

Synchronous = Literal["NORMAL", "FULL"]
BUSY_TIMEOUT_MS = 5_000
_WAL_LIMIT_BYTES = 64 << 20
_WRITERS_CACHE_KIB = 512  # whoever writes touches the ends of tables; more of them would only stay in memory for ever


def connect(
    path: Path,
    *,
    synchronous: Synchronous = "NORMAL",
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    read_only: bool = False,
    immutable: bool = False,
    own_thread: bool = False,
) -> sqlite3.Connection:
    """A connection whose transactions are SQLite's own: whoever uses it begins and ends them.

    Args:
        immutable: on a read-only file system; what is in the write-ahead log only is not seen.
        own_thread: it is used by the thread that made it alone.
    """
    mode = ("mode=ro", *(("immutable=1",) if immutable else ())) if read_only else ("mode=rw",)
    address = sqlite_file.uri(path, *mode)
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=own_thread)
    try:
        for setting in _pragmas(synchronous=synchronous, busy_timeout_ms=busy_timeout_ms, read_only=read_only):
            connection.execute(f"PRAGMA {setting}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, *, writes: bool = True) -> Iterator[None]:
    """All of what is done inside, or nothing of it.

    Args:
        writes: it takes the write lock at once. One that reads first and writes later fails without waiting when
            somebody wrote in between.
    """
    connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with suppress(sqlite3.Error):  # what went wrong first is what is told
                connection.execute("ROLLBACK")
        raise


def _pragmas(*, synchronous: Synchronous, busy_timeout_ms: int, read_only: bool) -> tuple[str, ...]:
    common = (
        f"busy_timeout = {busy_timeout_ms:d}",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
    )
    if read_only:
        return (*common, "query_only = ON")
    return (
        *common,
        "auto_vacuum = INCREMENTAL",  # takes effect before the first table only, and before the log is switched on
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        f"journal_size_limit = {_WAL_LIMIT_BYTES}",
        f"cache_size = -{_WRITERS_CACHE_KIB}",
    )
