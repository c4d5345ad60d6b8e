"""How a command reads alerts.db, and writes into it, while an agent has it open. It makes none and mends none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from miner_agent.errors import StorageError
from miner_agent.storage.kept_alerts.alerts_file import Transaction
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.kinds import ALERTS
from miner_agent.storage.sqlite.sqlite_file import FileState


@contextmanager
def alerts_beside(path: Path, *, writes: bool) -> Iterator[Transaction]:
    """One transaction on the file of an agent.

    Raises:
        ConfigError: a newer agent wrote it.
        StorageError: it is missing, damaged, older or not ours, or disk or lock do not allow it.
    """
    immutable = sqlite_file.on_read_only_file_system(path)
    found = sqlite_file.find_open(path, ALERTS, immutable=immutable)
    sqlite_file.refuse(path, ALERTS, found)
    if found is FileState.DAMAGED:
        raise StorageError(f"{path}: it is damaged; start the agent, which sets it aside and begins a new one")
    if found is not FileState.CURRENT:
        raise StorageError(f"{path}: nothing is in it yet; start the agent, which brings it up")
    with (
        sqlite_file.storage_errors(path),
        closing(
            connecting.connect(path, synchronous="FULL", read_only=not writes, immutable=immutable and not writes)
        ) as connection,
    ):
        try:
            connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            yield connection
            connection.execute("COMMIT")
        except (sqlite3.Error, StorageError):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
