"""Devices that are remembered, and those that somebody has let go: a command writes, and the running agent reads.

Needs the standard library only, as ``ledger_heads`` does.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from miner_agent.errors import StorageError
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.kinds import STATE
from miner_agent.storage.sqlite.sqlite_file import FileState

DEVICES, FORGOTTEN = "devices", "forgotten"
"""Kinds of facts: by source what it has told of, and by device when it was let go."""
KEPT = 256  # of those that were let go, the last ones
_FACTS = "SELECT key, value FROM facts WHERE kind = ?"
_KEEP = (
    "INSERT INTO facts (kind, key, value) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"
)
_PRUNE = (
    "DELETE FROM facts WHERE kind = ?1 AND key NOT IN "
    "(SELECT key FROM facts WHERE kind = ?1 ORDER BY value DESC, key LIMIT ?2)"
)


def remembered(state: Path) -> Mapping[str, str]:
    """What is kept of the devices that there were, by source; nothing where no agent has run yet.

    Raises:
        StorageError: it cannot be read.
    """
    if sqlite_file.find_open(state, STATE) is not FileState.CURRENT:
        return {}
    with sqlite_file.storage_errors(state), closing(connecting.connect(state, read_only=True)) as connection:
        return dict(connection.execute(_FACTS, (DEVICES,)).fetchall())


def let_go(state: Path, device: str, *, now: datetime) -> None:
    """Keep that a device is no longer missed, as of now.

    Raises:
        StorageError: the disk does not take it, or no agent has run yet.
    """
    if sqlite_file.find_open(state, STATE) is not FileState.CURRENT:
        raise StorageError(f"{state}: no agent of this version has kept anything here; start it first")
    with (
        sqlite_file.storage_errors(state),
        closing(connecting.connect(state, synchronous="FULL")) as connection,
        connecting.transaction(connection),
    ):
        connection.execute(_KEEP, (FORGOTTEN, device, now.isoformat()))
        connection.execute(_PRUNE, (FORGOTTEN, KEPT))
