"""The options of commands on the books, and where those lie."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.options import FILE, Command, Name, config_option

if TYPE_CHECKING:
    from miner_agent.bookkeeping.books_folder import BooksFolder
    from miner_agent.model.book.whole_book import Book

state_option = click.option(
    "--state-dir", type=FILE, metavar="DIR", help="Where the books lie. Without it: the agent's state directory."
)
book_option = click.option(
    "--book",
    type=Name(),
    metavar="NAME",
    help="Which book; without it: the only one, and main where there is none yet.",
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be booked, and book nothing.")


def books_options(command: Command) -> Command:
    """``--config``, ``--state-dir`` and ``--book``."""
    for option in (book_option, state_option, config_option):
        command = option(command)
    return command


def books_folder(config_path: Path | None, state_dir: Path | None) -> "BooksFolder":
    """Where the books lie.

    Raises:
        AgentError: nobody can know, or they are another user's.
    """
    from miner_agent.bookkeeping.books_folder import BooksFolder
    from miner_agent.cli.support.state_place import refuse_anothers, state_place
    from miner_agent.storage.sqlite.file_names import LEDGER_FILE

    if state_dir is None or config_path is not None:
        from miner_agent.cli.support.needed_config import needed

        config = needed(config_path)  # one that is named is read, and said to be wrong where it is
    if state_dir is None:
        state_dir = state_place(config, LEDGER_FILE, "ledger").parent
    folder = BooksFolder(state_dir)
    refuse_anothers(folder.ledger, click.get_current_context().command_path.partition(" ")[2])
    return folder


def meant_book(folder: "BooksFolder", name: str | None) -> str:
    """The name of the book that is meant.

    Raises:
        AgentError: the books cannot be read.
        click.BadParameter: there are several, and none was named.
    """
    from miner_agent.model.book.whole_book import FIRST_BOOK

    if name is not None:
        return name
    if folder.is_empty():
        return FIRST_BOOK
    with folder.reading() as ledger:
        books = ledger.books()
    if len(books) > 1:
        from miner_agent.text import clean_text

        there = ", ".join(clean_text(one) for one in books)
        raise click.BadParameter(f"name one of the books that there are: {there}", param_hint="--book")
    return books[0] if books else FIRST_BOOK


def read_book(folder: "BooksFolder", name: str | None, *, with_lots: bool = True) -> "Book":
    """The book as it stands.

    Raises:
        AgentError: there is none of that name, or it cannot be read.
        click.BadParameter: there are several, and none was named.
    """
    from dataclasses import replace

    from miner_agent.bookkeeping.named_parties import with_names
    from miner_agent.bookkeeping.projection import project
    from miner_agent.errors import StorageError

    book = meant_book(folder, name)
    with folder.reading() as ledger:
        rows = ledger.bodies(book)
        if not rows:
            raise StorageError(unknown_book(folder, book, ledger.books()))
        with _nothing_looked_through():
            found = project(book, rows, ledger.head(book), with_lots=with_lots)
            return replace(found, events=with_names(ledger, found.events))


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


def unknown_book(folder: "BooksFolder", book: str, known: tuple[str, ...]) -> str:
    """That there is no book of that name."""
    from miner_agent.text import clean_text

    there = f"there are: {', '.join(map(clean_text, known))}" if known else "no book was begun yet"
    return f"{folder.ledger}: there is no book {clean_text(book)}; {there}"


def say_notes(folder: "BooksFolder") -> None:
    """What went wrong beside the books themselves."""
    for note in folder.notes:
        click.echo(f"note: {note}", err=True)


def the_present() -> datetime:
    """What is recorded as the moment of booking."""
    return datetime.now(UTC)
