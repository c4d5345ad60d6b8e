"""The options of commands on the books, and where those lie."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.fitted_lines import tell
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
    from miner_agent.bookkeeping.reading_books import WhichBook, only_book

    if name is not None:
        return name
    try:
        return only_book(folder)
    except WhichBook as error:
        raise click.BadParameter(str(error), param_hint="--book") from None


def read_book(folder: "BooksFolder", name: str | None, *, with_lots: bool = True) -> "Book":
    """The book as it stands.

    Raises:
        AgentError: there is none of that name, or it cannot be read.
        click.BadParameter: there are several, and none was named.
    """
    from miner_agent.bookkeeping.reading_books import book_of

    return book_of(folder, meant_book(folder, name), with_lots=with_lots)


def say_notes(folder: "BooksFolder") -> None:
    """What went wrong beside the books themselves."""
    for note in folder.notes:
        tell(f"note: {note}", err=True)


def the_present() -> datetime:
    """What is recorded as the moment of booking."""
    return datetime.now(UTC)
