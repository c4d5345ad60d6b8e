"""Copies of the books: checked after they were written, and before they take the place of what is there."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from miner_agent.errors import StorageError, not_written
from miner_agent.storage.ledger.chain_check import BooksChecked, check_books
from miner_agent.storage.ledger.ledger_file import ledger_errors
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.sqlite_file import SIDE_FILES

_ADVICE = "name a file that this user may write"


def back_up_books(path: Path, target: Path) -> BooksChecked:
    """Copy the books while others may write into them; the copy is on disk, and was gone through, when this returns.

    Raises:
        StorageError: a file of that name is there, the disk does not take it, or the books are damaged.
        NotPermitted: this user may not write there.
    """
    if os.path.lexists(target):
        raise StorageError(f"{target}: is there already; name a new file")
    partial = target.with_name(f"{target.name}.part")
    try:
        _copy(path, partial)
        verdict = check_books(partial, None)
        if not verdict.findings:
            partial.rename(target)
            sqlite_file.sync_directory(target.parent)
    except OSError as error:
        raise not_written(str(target), error, _ADVICE) from None
    finally:
        _remove(partial)
    return verdict


def restore_books(backup: Path, path: Path, *, now: datetime) -> Path | None:
    """Let a copy take the place of the books. Where those that were there lie now; ``None``: there were none.

    Raises:
        StorageError: the disk does not take it; the books are as they were.
        NotPermitted: this user may not write there.
    """
    partial = path.with_name(f"{path.name}.part")
    try:
        _copy(backup, partial)
        away = _moved_away(path, now)
        partial.rename(path)
        sqlite_file.sync_directory(path.parent)
    except OSError as error:
        raise not_written(str(path), error, _ADVICE) from None
    finally:
        _remove(partial)
    return away


def _copy(path: Path, target: Path) -> None:
    """By the database's own call, so that it is one moment of them."""
    _remove(target)
    immutable = sqlite_file.on_read_only_file_system(path)
    with ledger_errors(path), closing(connecting.connect(path, read_only=True, immutable=immutable)) as source:
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with sqlite_file.storage_errors(target):  # from here on it is the copy that there may be no room for
            sqlite_file.create(target)
            with closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
    written = os.open(target, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(written)
    finally:
        os.close(written)


def _moved_away(path: Path, now: datetime) -> Path | None:
    if not os.path.lexists(path):
        return None
    away = sqlite_file.free_name(path.parent, f"{path.name}.replaced-{sqlite_file.stamp(now)}")
    for suffix in ("", *SIDE_FILES):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(away.with_name(away.name + suffix))
    return away


def _remove(partial: Path) -> None:
    for suffix in ("", *SIDE_FILES, "-journal"):
        with suppress(OSError):
            partial.with_name(partial.name + suffix).unlink()
