"""Goes through the books and says what in them is not as it was written.

Texts are read as bytes: a broken one is found, and no reason to stop.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from calculators.told_figures import counted
from miner_agent.errors import StorageError
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger.chain_entry import BEGINNING, COLUMNS, row_hash
from miner_agent.storage.ledger.ledger_file import NOTHING_YET, ledger_errors
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.kinds import LEDGER
from miner_agent.storage.sqlite.sqlite_file import FileState

FINDINGS_TOLD = 20
_ROWS = f"SELECT {', '.join(COLUMNS)} FROM entries ORDER BY book, seq"  # noqa: S608 - our names
_GUARDS = {b"entries_keep_update", b"entries_keep_delete", b"entries_by_fact"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksChecked:
    """What was found. Without findings the books are as they were written."""

    heads: Mapping[str, ChainHead]
    findings: tuple[str, ...]
    heads_known: bool  # by somebody else than the chain itself


def check_books(path: Path, known: Mapping[str, ChainHead] | None) -> BooksChecked:
    """Go through every entry of every book, and all else in the file.

    Args:
        known: where each chain ended when it was last written to; ``None``: nobody knows.

    Raises:
        ConfigError: a newer agent wrote it.
        StorageError: it is missing, not ours, or this user may not read it.
    """
    findings: list[str] = []
    ends: dict[str, ChainHead] = {}
    immutable = sqlite_file.on_read_only_file_system(path)
    found = sqlite_file.find_open(path, LEDGER, immutable=immutable)
    if found is not FileState.DAMAGED:
        sqlite_file.refuse(path, LEDGER, found)
        if found is not FileState.CURRENT:
            raise StorageError(f"{path}: there are no books of this version in it")
    try:
        with (
            ledger_errors(path),
            closing(connecting.connect(path, read_only=True, immutable=immutable)) as connection,
        ):
            connection.text_factory = bytes
            for finding in _findings(connection, known or {}, ends):
                findings.append(finding)
                if len(findings) == FINDINGS_TOLD:
                    break
    except StorageError as error:
        if not findings:
            findings.append(str(error))
    return BooksChecked(heads=ends, findings=tuple(findings), heads_known=known is not None)


def _findings(
    connection: sqlite3.Connection, known: Mapping[str, ChainHead], ends: dict[str, ChainHead]
) -> Iterator[str]:
    for (said,) in connection.execute("PRAGMA integrity_check(5)"):
        if said != b"ok":
            yield f"the database does not agree with itself: {_legible(said)}"
    yield from _guards_missing(connection)
    passed: set[str] = set()
    for row in connection.execute(_ROWS):
        *told, digest = row
        if not (isinstance(row[1], int) and all(value is None or isinstance(value, (int, bytes)) for value in row)):
            yield f"an entry after {sum(end.seq for end in ends.values())} others has values of kinds that none has"
            continue
        book, seq = _legible(row[0]), row[1]
        last = ends.get(book, NOTHING_YET)
        if seq != last.seq + 1:
            yield f"book {book}: entry {last.seq + 1} is missing; entry {seq} follows on {last.seq}"
        if _legible(row[-2]) != last.hash:
            yield f"book {book}: entry {seq} does not follow on the one before it"
        if row_hash(told) != _legible(digest):
            yield f"book {book}: entry {seq} is not as it was written: its hash is another one"
        ends[book] = ChainHead(seq=seq, hash=_legible(digest))
        if book in known and known[book].seq == seq:
            passed.add(book)
            if known[book].hash != _legible(digest):
                yield f"book {book}: entry {seq} is another one than state.db knows"
    for book, head in known.items():
        if book not in passed and head.seq > 0:
            end = ends.get(book, ChainHead(seq=0, hash=BEGINNING)).seq
            yield f"book {book}: it ends at entry {end}, but state.db knows {counted(head.seq, 'entry', 'entries')}"
    yield from _broken_evidence(connection)


def _guards_missing(connection: sqlite3.Connection) -> Iterator[str]:
    """What keeps entries from being changed could itself have been taken away."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    for name in sorted(_GUARDS - there):
        yield f"{_legible(name)}, which guards the entries, was taken away"


def _broken_evidence(connection: sqlite3.Connection) -> Iterator[str]:
    for digest, packed in connection.execute("SELECT hash, packed FROM evidence"):
        try:
            raw = zlib.decompress(packed)
        except (zlib.error, TypeError):
            raw = None
        if raw is None or sha256(raw).hexdigest() != _legible(digest):
            yield f"the evidence {_legible(digest)} is not as it was kept"


def _legible(text: object) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
