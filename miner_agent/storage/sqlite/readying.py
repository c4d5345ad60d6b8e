"""Makes the file at a path one that can be opened: there, of the newest schema, and ours alone."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.kinds import Kind
from miner_agent.storage.sqlite.sqlite_file import FileState


class Migrator(Protocol):
    """What brings a file to the newest schema of its kind."""

    def __call__(self, kind: Kind, path: Path, *, now: datetime) -> None: ...


def make_ready(path: Path, kind: Kind, *, migrate: Migrator, now: datetime, quick_check: bool) -> Path | None:
    """A missing file is made, a damaged one set aside, an older schema brought up. Where the damaged one went.

    Raises:
        ConfigError: a newer agent wrote it.
        StorageError: it is not ours, or disk or lock do not allow it.
    """
    found = sqlite_file.find(path, kind, quick_check=quick_check)
    away = sqlite_file.set_aside(path, now) if found is FileState.DAMAGED else None
    sqlite_file.refuse(path, kind, found)
    if found is FileState.CURRENT:
        sqlite_file.create(path)  # that is: make it private
    else:
        migrate(kind, path, now=now)
    return away
