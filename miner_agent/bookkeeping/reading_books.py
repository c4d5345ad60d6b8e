"""Reads one book as it stands, by its name or because there is no other."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.named_parties import with_names
from miner_agent.bookkeeping.projection import project
from miner_agent.errors import StorageError
from miner_agent.model.book.whole_book import FIRST_BOOK, Book
from miner_agent.text import clean_text


class WhichBook(ValueError):
    """There are several, and none was named."""


def only_book(folder: BooksFolder) -> str:
    """The name of the book that is meant where none is named.

    Raises:
        AgentError: the books cannot be read.
        WhichBook: there are several.
    """
    if folder.is_empty():
        return FIRST_BOOK
    with folder.reading() as ledger:
        books = ledger.books()
    if len(books) > 1:
        raise WhichBook(f"name one of the books that there are: {', '.join(clean_text(one) for one in books)}")
    return books[0] if books else FIRST_BOOK


def book_of(folder: BooksFolder, book: str, *, with_lots: bool = True) -> Book:
    """The book as it stands.

    Raises:
        AgentError: there is none of that name, or it cannot be read.
    """
    with folder.reading() as ledger:
        rows = ledger.bodies(book)
        if not rows:
            raise StorageError(unknown_book(folder, book, ledger.books()))
        with _nothing_looked_through():
            found = project(book, rows, ledger.head(book), with_lots=with_lots)
            return replace(found, events=with_names(ledger, found.events))


def unknown_book(folder: BooksFolder, book: str, known: tuple[str, ...]) -> str:
    """That there is no book of that name."""
    there = f"there are: {', '.join(map(clean_text, known))}" if known else "no book was begun yet"
    return f"{folder.ledger}: there is no book {clean_text(book)}; {there}"


@contextmanager
def _nothing_looked_through() -> Iterator[None]:
    """Hundreds of thousands of small values are made here, and none of them is garbage: looking for it took a third."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()
