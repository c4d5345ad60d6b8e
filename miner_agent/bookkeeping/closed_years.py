"""Tax years that were handed in: their files as they were then, kept as evidence beside the chain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from miner_agent.bookkeeping.booking import Booked, Request, book_into
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.event_body import events_of
from miner_agent.errors import StorageError
from miner_agent.model.book.events import YearClosed, YearReopened
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.ledger.side_tables import evidence, keep_evidence

SUMMARY = "summary.json"
"""The name under which the sums of the year are kept."""


@dataclass(slots=True)
class YearStanding:
    """How often a year was closed and opened again, and what it was last closed with."""

    closed: YearClosed | None = None  # None: it is open
    closings: int = 0
    reopenings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFiles:
    """What a year is closed with."""

    year: str
    through: ChainHead  # what the files were made from
    files: Mapping[str, bytes] = field(repr=False)  # by name, such as beancount/main-2025.beancount


def years_of(ledger: LedgerFile, book: str) -> dict[str, YearStanding]:
    """Every year that was ever closed, by its name."""
    return _standings(body for _, _, body in ledger.bodies_of(book, "year_closed", "year_reopened"))


def _standings(bodies: Iterable[str]) -> dict[str, YearStanding]:
    found: dict[str, YearStanding] = {}
    for event in events_of(bodies):
        if isinstance(event, YearClosed):
            standing = found.setdefault(event.year, YearStanding())
            standing.closed, standing.closings = event, standing.closings + 1
        elif isinstance(event, YearReopened):
            standing = found.setdefault(event.year, YearStanding())
            standing.closed, standing.reopenings = None, standing.reopenings + 1
    return found


def close_year(folder: BooksFolder, book: str, told: YearFiles, *, by_whom: str, now: datetime) -> Booked:
    """Keep the files of a year, and enter that it was closed with them. Where it is closed already nothing is entered.

    Raises:
        StorageError: somebody has written into the book since the files were made.
        AgentError: the books cannot be written.
    """
    with folder.appending(book, now=now) as open_book:
        standing = years_of(open_book.ledger, book).get(told.year, YearStanding())
        if standing.closed is not None:
            return Booked(head=open_book.end.head, known=1)
        if open_book.end.head != told.through:
            raise StorageError(f"book {book}: somebody has written into it meanwhile; close {told.year} again")
        kept = {
            name: keep_evidence(open_book.ledger, raw, source=f"close-year {told.year}: {name}", taken_at=now)
            for name, raw in sorted(told.files.items())
        }
        own = f"year_closed/{told.year}/{standing.closings + 1}"
        event = YearClosed(id=own, time=now, year=told.year, files=kept)
        return book_into(open_book, Request(events=[event], by_whom=by_whom, currency=None, name=by_whom), now=now)


def reopen_year(folder: BooksFolder, book: str, year: str, *, why: str, by_whom: str, now: datetime) -> Booked:
    """Enter that a year is worked on again. What it was closed with is kept. Where it is open nothing is entered.

    Raises:
        AgentError: the books cannot be written.
    """
    with folder.appending(book, now=now) as open_book:
        standing = years_of(open_book.ledger, book).get(year, YearStanding())
        if standing.closed is None:
            return Booked(head=open_book.end.head, known=1)
        own = f"year_reopened/{year}/{standing.reopenings + 1}"
        event = YearReopened(id=own, time=now, year=year, why=why)
        return book_into(open_book, Request(events=[event], by_whom=by_whom, currency=None, name=by_whom), now=now)


def filed(folder: BooksFolder, book: str, year: str) -> tuple[YearClosed, Mapping[str, bytes]] | None:
    """When a year was closed, and its files as they were then; ``None``: it is open.

    Raises:
        StorageError: a file that was kept is gone.
        AgentError: the books cannot be read.
    """
    with folder.reading() as ledger:
        standing = years_of(ledger, book).get(year, YearStanding())
        if standing.closed is None:
            return None
        files = {}
        for name, digest in standing.closed.files.items():
            raw = evidence(ledger, digest)
            if raw is None:
                raise StorageError(f"{folder.ledger}: {name} of {year} is gone; look: miner-agent ledger verify")
            files[name] = raw
        return standing.closed, files
