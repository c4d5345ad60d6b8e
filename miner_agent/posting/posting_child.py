"""The process that posts days and looks at the books: an errand on stdin, how the books stand on stdout.

``python -m miner_agent.posting.posting_child``. Books of many years are in nobody's memory afterwards. It ends with
whoever started it; what it has entered by then is whole, since a month is entered at once or not at all.
"""

import sys
from pathlib import Path

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.config import loading
from miner_agent.errors import AgentError
from miner_agent.interpreter import end_with_parent
from miner_agent.model.book.whole_book import FIRST_BOOK
from miner_agent.posting.book_prices import prices_of_book
from miner_agent.posting.daily_posting import Posting, post_days
from miner_agent.posting.ledger_look import books_now
from miner_agent.posting.posting_errand import PostingErrand, PostingReturn, errand_in, return_text
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog


def do(errand: PostingErrand) -> PostingReturn:
    """Post where that is asked for, then look."""
    folder = BooksFolder(Path(errand.state_directory))
    added, error = 0, None
    if errand.post_at is not None:
        try:
            added = _post(folder, errand)
        except AgentError as failed:
            error = str(failed)
    try:
        books = books_now(folder)
    except AgentError as failed:
        return PostingReturn(added=added, notes=tuple(folder.notes), error=error or str(failed))
    return PostingReturn(books=tuple(books), added=added, notes=tuple(folder.notes), error=error)


def _post(folder: BooksFolder, errand: PostingErrand) -> int:
    now = errand.post_at
    if now is None or folder.is_empty():
        return 0
    credentials = None if errand.credentials is None else Path(errand.credentials)
    loaded = loading.reread(errand.configuration, credentials=credentials)
    with folder.reading() as ledger:
        books = ledger.books()
    book = loaded.books.book or (books[0] if len(books) == 1 else FIRST_BOOK)
    log = TelemetryLog.open_read_only(folder.directory / TELEMETRY_FILE)
    try:
        posting = Posting(
            folder=folder,
            book=book,
            log=log,
            prices_in=lambda currency: prices_of_book(loaded, currency, state_directory=folder.directory, now=now),
        )
        return sum(len(booked.added) for booked in post_days(posting, now=now))
    finally:
        log.close()


if __name__ == "__main__":
    end_with_parent()
    sys.stdout.buffer.write(return_text(do(errand_in(sys.stdin.buffer.read()))))
