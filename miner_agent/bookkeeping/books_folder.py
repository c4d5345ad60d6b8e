"""Where the books lie: opens them, and keeps in ``state.db`` how far each chain goes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from miner_agent.errors import AgentError, StorageError
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger.ledger_file import Appending, LedgerFile
from miner_agent.storage.sqlite.directory import make_private
from miner_agent.storage.sqlite.file_names import LEDGER_FILE, STATE_FILE
from miner_agent.storage.state.ledger_heads import keep_head, known_heads

RESTORE = "restore a backup of it: miner-agent ledger restore FILE --replace"


@dataclass(frozen=True, slots=True)
class OpenBook:
    """One book while it is written into: nobody else writes meanwhile."""

    name: str
    ledger: LedgerFile
    end: Appending


class BooksFolder:
    """The books of one state directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ledger, self.state = directory / LEDGER_FILE, directory / STATE_FILE
        self.notes: list[str] = []
        """What went wrong beside the books themselves."""

    def known(self) -> Mapping[str, ChainHead] | None:
        """Where each chain ended when it was last written to; ``None``: nobody knows."""
        return known_heads(self.state)

    def reading(self) -> LedgerFile:
        """The books, for questions.

        Raises:
            AgentError: there are none, or they cannot be read.
        """
        if self.is_empty():
            self._refuse_lost(self.known())
            raise StorageError(f"{self.ledger}: there are no books yet; begin them: miner-agent ledger import FILE")
        return LedgerFile.open_read_only(self.ledger)

    def is_empty(self) -> bool:
        """Whether no books were begun here."""
        try:
            return self.ledger.stat().st_size == 0
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False  # whoever opens it says why it cannot be read

    @contextmanager
    def appending(self, book: str, *, now: datetime) -> Iterator[OpenBook]:
        """Begin the books where there are none, and hold one of them: all that is entered is kept, or nothing.

        Raises:
            AgentError: the books are damaged or cut short, or disk or lock do not allow it.
        """
        make_private(self.directory)
        known = self.known()
        if self.is_empty():
            self._refuse_lost(known)
        with LedgerFile.open(self.ledger, now=now) as ledger:
            with ledger.appending(book) as end:
                self._refuse_cut(ledger, book, (known or {}).get(book))
                before = end.head
                yield OpenBook(book, ledger, end)
            if end.head != before:
                self.keep_head(book, end.head, now=now)

    def keep_head(self, book: str, head: ChainHead, *, now: datetime, anew: bool = False) -> None:
        """Keep where a chain ends, which is on disk. Where that fails it is noted: the books themselves are well."""
        try:
            keep_head(self.state, book, head, now=now, anew=anew)
        except AgentError as error:
            self.notes.append(f"booked, but where the chain ends could not be kept in {self.state.name}: {error}")

    def _refuse_lost(self, known: Mapping[str, ChainHead] | None) -> None:
        lost = [f"{head.seq} of {name}" for name, head in sorted((known or {}).items()) if head.seq]
        if lost:
            raise StorageError(
                f"{self.ledger}: it is gone, but {self.state.name} knows entries in it ({', '.join(lost)}); {RESTORE}"
            )

    def _refuse_cut(self, ledger: LedgerFile, book: str, known: ChainHead | None) -> None:
        """On a chain that was cut or exchanged nothing is built."""
        if known is None or known.seq == 0:
            return
        found = ledger.entry(book, known.seq)
        if found is None or found.hash != known.hash:
            raise StorageError(
                f"{self.ledger}: book {book} is not the one that {self.state.name} knows, with {known.seq} entries; "
                f"look at it: miner-agent ledger verify, or {RESTORE}"
            )
