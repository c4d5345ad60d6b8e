"""The process that posts days, asks pools and looks at the books: an errand on stdin, how they stand on stdout.

``python -m miner_agent.posting.posting_child``. Books of many years are in nobody's memory afterwards. It ends with
whoever started it; what it has entered by then is whole, since a month is entered at once or not at all.
"""

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.economy.terms import Terms
from miner_agent.errors import AgentError
from miner_agent.interpreter import end_with_parent
from miner_agent.model.book.whole_book import FIRST_BOOK
from miner_agent.payouts.asking import AskedPool
from miner_agent.payouts.syncing import Syncing
from miner_agent.posting.book_prices import prices_of_book
from miner_agent.posting.daily_posting import Posting, post_days
from miner_agent.posting.ledger_look import books_now
from miner_agent.posting.posting_errand import PoolReturn, PostingErrand, PostingReturn, errand_in, return_text
from miner_agent.posting.rig_records import RigRecords
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.transport import feed_requests


def do(errand: PostingErrand) -> PostingReturn:
    """Post where that is asked for, then look."""
    folder = BooksFolder(Path(errand.state_directory))
    added, error = 0, None
    problems: list[str] = []
    if errand.post_at is not None:
        try:
            added = _post(folder, errand, problems)
        except AgentError as failed:
            error = str(failed)
    pools = () if errand.ask_pools_at is None else tuple(_asked(folder, errand, errand.ask_pools_at))
    try:
        books = books_now(folder, started_at=errand.started_at)
    except AgentError as failed:
        books, error = [], error or str(failed)
    return PostingReturn(
        books=tuple(books),
        looked=True,
        added=added,
        notes=tuple(folder.notes),
        error=error,
        pools=pools,
        rigs=tuple(problems),
    )


def _post(folder: BooksFolder, errand: PostingErrand, problems: list[str]) -> int:
    """How many entries that made. What is wrong with other rigs comes into ``problems``."""
    now = errand.post_at
    if now is None or folder.is_unbegun():
        return 0
    loaded = _configuration(errand)
    book, others = _book(folder, loaded), RigRecords(loaded.books.rigs, now)
    log = TelemetryLog.open_read_only(folder.directory / TELEMETRY_FILE)
    try:
        posting = Posting(
            folder=folder,
            book=book,
            log=log,
            prices_in=lambda currency: prices_of_book(loaded, currency, state_directory=folder.directory, now=now),
            others=others,
        )
        return sum(len(booked.added) for booked in post_days(posting, now=now))
    finally:
        problems.extend(others.problems.values())
        log.close()


def _asked(folder: BooksFolder, errand: PostingErrand, now: datetime) -> Iterator[PoolReturn]:
    """Every pool that is configured; one that cannot be asked costs itself alone."""
    loaded = _configuration(errand)
    asked = []
    for entry in loaded.payouts:
        try:
            asked.append(AskedPool.of(entry))
        except AgentError as failed:
            yield PoolReturn(name=entry.name, error=str(failed))
    try:
        book, currency = _book(folder, loaded), Terms.of(loaded).currency
    except AgentError as failed:
        yield from (PoolReturn(name=one.entry.name, error=str(failed)) for one in asked)
        return
    syncing = Syncing(
        folder=folder,
        book=book,
        currency=currency,
        fetch=feed_requests.fetch,
        monotonic=time.monotonic,
    )
    for one in syncing.all_of(asked, clock=lambda: now):
        added = 0 if one.booked is None else len(one.booked.added)
        error = None if one.error is None else str(one.error)
        yield PoolReturn(name=one.name, added=added, error=error, notes=one.notes)


def _configuration(errand: PostingErrand) -> Config:
    credentials = None if errand.credentials is None else Path(errand.credentials)
    return loading.reread(errand.configuration, credentials=credentials)


def _book(folder: BooksFolder, loaded: Config) -> str:
    """The one that is configured, else the only one."""
    if loaded.books.book is not None or folder.is_empty():
        return loaded.books.book or FIRST_BOOK
    with folder.reading() as ledger:
        books = ledger.books()
    return books[0] if len(books) == 1 else FIRST_BOOK


if __name__ == "__main__":
    end_with_parent()
    sys.stdout.buffer.write(return_text(do(errand_in(sys.stdin.buffer.read()))))
