"""Opens the books and appends to them. Nothing here changes an entry, and nothing takes a damaged file away."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from miner_agent.errors import StorageError
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger.chain_entry import BEGINNING, COLUMNS, ChainEntry, Unchained, chained
from miner_agent.storage.sqlite import connecting, sqlite_file
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS
from miner_agent.storage.sqlite.kinds import LEDGER
from miner_agent.storage.sqlite.sqlite_file import FileState

NOTHING_YET = ChainHead(seq=0, hash=BEGINNING)
WRITERS_TIMEOUT_MS = 60_000  # a file of 100,000 events takes seconds, and whoever comes meanwhile has to wait for it
_NO_TEXT = "Could not decode to UTF-8"  # as the driver says it, without a code
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_INSERT = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our names
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM entries WHERE book = ?"  # noqa: S608 - our names


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """What SQLite and the file system raise inside becomes a sentence that says what to do about books."""
    try:
        with sqlite_file.storage_errors(path):
            yield
    except StorageError as error:
        cause = error.__cause__
        no_text = isinstance(cause, UnicodeDecodeError) or _NO_TEXT in str(cause)
        if no_text or sqlite_file.primary_code(cause) in _DAMAGE:
            raise _damaged(path) from error
        raise


class LedgerFile:
    """The open books of one state directory. Each thread opens its own."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Use ``open`` or ``open_read_only``."""
        self.path, self._connection = path, connection

    @classmethod
    def open(cls, path: Path, *, now: datetime, busy_timeout_ms: int = WRITERS_TIMEOUT_MS) -> "LedgerFile":
        """Open for appending; a missing file is made, an older schema brought up.

        Raises:
            ConfigError: a newer agent wrote it.
            StorageError: it is damaged or not ours, or disk or lock do not allow it. It is left as it is.
        """
        with ledger_errors(path):
            found = sqlite_file.find_open(path, LEDGER)
            if found is FileState.DAMAGED:
                raise _damaged(path)
            sqlite_file.refuse(path, LEDGER, found)
            if found is not FileState.CURRENT:
                from miner_agent.storage.sqlite.migrate import migrate  # noqa: PLC0415 - heavy, and seldom needed

                migrate(LEDGER, path, now=now)
            connection = connecting.connect(path, synchronous="FULL", busy_timeout_ms=busy_timeout_ms)
            connection.execute("PRAGMA secure_delete = ON").fetchall()  # an erased name is to be gone
            return cls(path, connection)

    @classmethod
    def open_read_only(cls, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "LedgerFile":
        """Open for questions only. Nothing is made, mended or brought up.

        Raises:
            ConfigError: a newer agent wrote it.
            StorageError: it is missing, damaged, older or not ours, or this user may not read it.
        """
        with ledger_errors(path):
            immutable = sqlite_file.on_read_only_file_system(path)
            found = sqlite_file.find_open(path, LEDGER, immutable=immutable)
            if found is FileState.DAMAGED:
                raise _damaged(path)
            sqlite_file.refuse(path, LEDGER, found)
            if found is not FileState.CURRENT:
                raise StorageError(f"{path}: there are no books of this version in it; import something into it first")
            return cls(
                path, connecting.connect(path, busy_timeout_ms=busy_timeout_ms, read_only=True, immutable=immutable)
            )

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def books(self) -> tuple[str, ...]:
        """The names of all books that have an entry."""
        with ledger_errors(self.path):
            found = self._connection.execute("SELECT DISTINCT book FROM entries ORDER BY book")
            return tuple(name for (name,) in found)

    def head(self, book: str) -> ChainHead:
        """Where its chain ends."""
        with ledger_errors(self.path):
            asked = "SELECT seq, hash FROM entries WHERE book = ? ORDER BY seq DESC LIMIT 1"
            found = self._connection.execute(asked, (book,)).fetchone()
            return NOTHING_YET if found is None else ChainHead(seq=found[0], hash=found[1])

    def entry(self, book: str, seq: int) -> ChainEntry | None:
        """One of them."""
        with ledger_errors(self.path):
            found = self._connection.execute(f"{_SELECT} AND seq = ?", (book, seq)).fetchone()
            return None if found is None else ChainEntry(*found)

    def entries(self, book: str) -> list[ChainEntry]:
        """All of them, in the order of the chain."""
        with ledger_errors(self.path):
            return [ChainEntry(*row) for row in self._connection.execute(f"{_SELECT} ORDER BY seq", (book,))]

    def bodies(self, book: str) -> list[tuple[int, int | None, str]]:
        """Of each entry its seq, the seq of the one that it replaces, and its body."""
        with ledger_errors(self.path):
            asked = "SELECT seq, replaces, body FROM entries WHERE book = ? ORDER BY seq"
            return self._connection.execute(asked, (book,)).fetchall()

    def bodies_of(self, book: str, *kinds: str) -> list[tuple[int, int | None, str]]:
        """The same of some kinds only."""
        with ledger_errors(self.path):
            some = ", ".join("?" * len(kinds))
            asked = f"SELECT seq, replaces, body FROM entries WHERE book = ? AND kind IN ({some}) ORDER BY seq"  # noqa: S608
            return self._connection.execute(asked, (book, *kinds)).fetchall()

    def corrections_of(self, book: str, seq: int) -> list[tuple[int, int | None, str]]:
        """The same of those that correct one entry."""
        with ledger_errors(self.path):
            asked = "SELECT seq, replaces, body FROM entries WHERE book = ? AND replaces = ? ORDER BY seq"
            return self._connection.execute(asked, (book, seq)).fetchall()

    def facts(self, book: str) -> dict[str, int]:
        """Everything that the book has an entry for, with its seq."""
        with ledger_errors(self.path):
            return dict(self._connection.execute("SELECT fact, seq FROM entries WHERE book = ?", (book,)))

    def seq_of_fact(self, book: str, fact: str) -> int | None:
        """Which entry stands for it."""
        with ledger_errors(self.path):
            asked = "SELECT seq FROM entries WHERE book = ? AND fact = ?"
            found = self._connection.execute(asked, (book, fact)).fetchone()
            return None if found is None else int(found[0])

    @contextmanager
    def appending(self, book: str) -> Iterator["Appending"]:
        """One transaction that nobody else writes into: all that is appended is kept at its end, or nothing is."""
        with ledger_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Appending(self._connection, book, self.head(book))
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def connection_of_side_tables(self) -> sqlite3.Connection:
        """For what stands beside the chain, in this folder."""
        return self._connection


class Appending:
    """The end of one chain, held while it grows."""

    def __init__(self, connection: sqlite3.Connection, book: str, head: ChainHead) -> None:
        """Use ``LedgerFile.appending``."""
        self._connection, self._book, self.head = connection, book, head

    def append(self, news: Iterable[Unchained], *, recorded_at: datetime) -> None:
        """Enter them one after the other.

        Raises:
            ValueError: a time has no zone, or a fact is there already.
        """
        seq, previous = self.head.seq, self.head.hash

        def rows() -> Iterator[ChainEntry]:
            nonlocal seq, previous
            for new in news:
                seq += 1
                entry = chained(new, book=self._book, seq=seq, previous_hash=previous, recorded_at=recorded_at)
                previous = entry.hash
                yield entry

        with closing(self._connection.cursor()) as cursor:
            try:
                cursor.executemany(_INSERT, rows())
            except sqlite3.IntegrityError as error:
                raise ValueError(f"book {self._book}: entry {seq} stands for a fact that is booked already") from error
        self.head = ChainHead(seq=seq, hash=previous)


def _damaged(path: Path) -> StorageError:
    return StorageError(
        f"{path}: it is damaged, and left as it is; restore a backup of it: miner-agent ledger restore FILE --replace"
    )
