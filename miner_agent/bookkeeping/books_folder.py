"""Where the books lie: opens them, and keeps in ``state.db`` how far each chain goes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from calculators.told_figures import counted
from miner_agent.errors import AgentError, StorageError
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger.chain_check import BooksChecked, check_books
from miner_agent.storage.ledger.ledger_backup import back_up_books, restore_books
from miner_agent.storage.ledger.ledger_file import NOTHING_YET, Appending, LedgerFile
from miner_agent.storage.sqlite.directory import make_private
from miner_agent.storage.sqlite.file_names import LEDGER_FILE, STATE_FILE
from miner_agent.storage.sqlite.sqlite_file import free_name, stamp
from miner_agent.storage.state.ledger_heads import keep_head, known_heads

BACKUPS = "backup"
RESTORE = "restore a backup of it: miner-agent ledger restore FILE --replace"


@dataclass(frozen=True, slots=True)
class OpenBook:
    """One book while it is written into: nobody else writes meanwhile."""

    name: str
    ledger: LedgerFile
    end: Appending


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of using a copy."""

    checked: BooksChecked
    sentences: tuple[str, ...]


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
        if self.is_unbegun():
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

    def is_unbegun(self) -> bool:
        """Whether no books were ever begun here.

        Raises:
            AgentError: there were books, and they are gone.
        """
        if not self.is_empty():
            return False
        self._refuse_lost(self.known())
        return True

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

    def check(self, known: Mapping[str, ChainHead] | None) -> BooksChecked:
        """Go through every entry.

        Args:
            known: where each chain ended when it was last written to; ``None``: nobody knows.

        Raises:
            AgentError: there are no books, or they cannot be read.
        """
        if self.is_empty():
            self.reading()
        return check_books(self.ledger, known)

    def back_up(self, target: Path | None, *, now: datetime) -> tuple[Path, BooksChecked]:
        """Copy the books while others may write into them, and go through the copy: where it is, and what it holds.

        Args:
            target: a new file; ``None``: one in ``backup/`` beside the books.

        Raises:
            AgentError: there are no books, they are not as they were written, or the disk does not take it.
        """
        self.reading().close()
        if target is None:
            make_private(self.directory / BACKUPS)
            target = free_name(self.directory / BACKUPS, f"{self.ledger.stem}-{stamp(now)}", ".db")
        _refuse_nameless(target)
        checked = back_up_books(self.ledger, target)
        if checked.findings:
            raise StorageError(f"{self.ledger}: nothing was copied, since it is damaged: {checked.findings[0]}")
        return target, checked

    def restore(self, backup: Path, *, now: datetime, replace: bool, dry_run: bool = False) -> "Restored":
        """Let a copy be the books again.

        Args:
            replace: also where there are books, or more entries are known than the copy has.
            dry_run: say what would come of it, and leave everything as it is.

        Raises:
            AgentError: the copy is none or damaged, or something is in its way.
        """
        _refuse_nameless(backup)
        checked = check_books(backup, None)
        if checked.findings:
            raise StorageError(
                f"{backup}: it is not as it was written, and nothing was restored: {checked.findings[0]}"
            )
        known = self.known() or {}
        lost = [
            f"{head.seq - end} of book {name}"
            for name, head in sorted(known.items())
            if head.seq > (end := checked.heads[name].seq if name in checked.heads else 0)
        ]
        if not replace and not self.is_empty():
            raise StorageError(f"{self.ledger}: there are books; to move them away and use the copy, say --replace")
        if not replace and lost:
            raise StorageError(
                f"{backup}: it lacks entries that are known ({', '.join(lost)}); to use it, say --replace"
            )
        if dry_run:
            return Restored(
                checked=checked, sentences=(f"{self.ledger}: would be restored from {backup}", *_told_lost(lost))
            )
        make_private(self.directory)
        away = restore_books(backup, self.ledger, now=now)
        for name in {*known, *checked.heads}:
            self.keep_head(name, checked.heads.get(name, NOTHING_YET), now=now, anew=True)
        sentences = [f"{self.ledger}: restored from {backup}"]
        if away is not None:
            sentences.append(f"what lay there is now {away}")
        return Restored(checked=checked, sentences=(*sentences, *_told_lost(lost)))

    def give_up(self, *, now: datetime, dry_run: bool) -> list[str]:
        """Forget where the chains of books ended that are gone; what of each was known.

        Raises:
            StorageError: they are not gone.
        """
        if not self.is_empty():
            raise StorageError(f"{self.ledger}: there are books; nothing of them is given up")
        known = {name: head for name, head in sorted((self.known() or {}).items()) if head.seq}
        if not dry_run:
            for name in known:
                self.keep_head(name, NOTHING_YET, now=now, anew=True)
        return [f"{counted(head.seq, 'entry', 'entries')} of book {name}" for name, head in known.items()]

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
                f"{self.ledger}: it is gone, but {self.state.name} knows entries in it ({', '.join(lost)}); {RESTORE}; "
                f"where there is none: miner-agent ledger give-up --state-dir {self.directory}"
            )

    def _refuse_cut(self, ledger: LedgerFile, book: str, known: ChainHead | None) -> None:
        """On a chain that was cut or exchanged nothing is built."""
        if known is None or known.seq == 0:
            return
        found = ledger.entry(book, known.seq)
        if found is None or found.hash != known.hash:
            raise StorageError(
                f"{self.ledger}: book {book} is not the one that {self.state.name} knows, with "
                f"{counted(known.seq, 'entry', 'entries')}; "
                f"look at it: miner-agent ledger verify, or {RESTORE}"
            )


def _told_lost(lost: Sequence[str]) -> list[str]:
    return [f"entries that were known are not in the copy: {', '.join(lost)}"] if lost else []


def _refuse_nameless(path: Path) -> None:
    if path.name in {"", ".."}:
        raise StorageError(f"{path}: is a folder; name a file")
