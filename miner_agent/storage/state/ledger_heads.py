"""How far the chain of each book went when it was last written to, kept beside what else survives a restart.

Whoever cuts off the end of a chain leaves one that is whole in itself: only who knows where it ended can tell.
Needs the standard library only: it is read with every answer from the books.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from miner_agent.errors import AgentError
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.kinds import STATE
from miner_agent.storage.sqlite.sqlite_file import FileState

_KEEP = (
    "INSERT INTO ledger_heads (book, entries, hash) VALUES (?, ?, ?) "
    "ON CONFLICT (book) DO UPDATE SET entries = excluded.entries, hash = excluded.hash "
)
_UNLESS_AHEAD = "WHERE excluded.entries >= ledger_heads.entries"


def known_heads(state: Path) -> Mapping[str, ChainHead] | None:
    """By book; ``None`` where what knew them is lost, or cannot be read by this user."""
    try:
        if sqlite_file.find_open(state, STATE) is not FileState.CURRENT:
            return None
        with (
            sqlite_file.storage_errors(state),
            closing(connecting.connect(state, read_only=True)) as connection,
        ):
            rows = connection.execute("SELECT book, entries, hash FROM ledger_heads").fetchall()
    except AgentError:
        return None
    return {book: ChainHead(seq=entries, hash=digest) for book, entries, digest in rows}


def keep_head(state: Path, book: str, head: ChainHead, *, now: datetime, anew: bool = False) -> None:
    """Keep where a chain ends. The chain itself is on disk before.

    Args:
        now: what a damaged state is named after when it is set aside.
        anew: also where another end is known, further on: the chain was restored from a copy.

    Raises:
        AgentError: the disk does not take it.
    """
    if sqlite_file.find_open(state, STATE) is not FileState.CURRENT:
        from miner_agent.storage.state.state_store import StateStore  # noqa: PLC0415 - heavy, and seldom needed

        StateStore.open(state, now=now).close()
    with (
        sqlite_file.storage_errors(state),
        closing(connecting.connect(state, synchronous="FULL")) as connection,
        connecting.transaction(connection),
    ):
        connection.execute(_KEEP if anew else _KEEP + _UNLESS_AHEAD, (book, head.seq, head.hash))
