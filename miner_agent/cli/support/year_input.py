"""Which tax year a question is about, and what is read for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from calculators.books.form_8949 import BrokerRow
    from calculators.books.tax_year import BookYear
    from miner_agent.model.book.whole_book import Book

MOST_BROKER_BYTES = 20_000_000
LONGEST_SENTENCE = 400

year_option = click.option(
    "--year",
    required=True,
    metavar="YEAR",
    help="Such as 2025, or 2025/26 where the tax year is not the calendar's; all.",
)


def tax_year(book: "Book", text: str) -> "BookYear":
    """A tax year of the book's country.

    Raises:
        click.BadParameter: it is none.
    """
    from calculators.books.tax_year import tax_year_named

    try:
        return tax_year_named(text, country=book.terms.country)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--year") from None


def not_begun(book: "Book", year: "BookYear") -> list[str]:
    """What is to be said of a year of which no day has come yet, where the book is kept."""
    if datetime.now(book.terms.zone).date() >= year.first:
        return []
    return [f"The year {year.name} has not begun: its first day is {year.first}."]


def broker_rows(path: Path | None) -> "list[BrokerRow]":
    """What Forms 1099-DA tell, as somebody wrote it down.

    Raises:
        click.BadParameter: it cannot be read, or is something else.
    """
    from miner_agent.bookkeeping.broker_file import UnfitBrokerFile, parse_broker_file

    if path is None:
        return []
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BROKER_BYTES)
        return parse_broker_file(raw.decode("utf-8-sig"))
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}", param_hint="--broker") from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path}: it is no text in UTF-8", param_hint="--broker") from None
    except UnfitBrokerFile as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--broker") from None


@contextmanager
def refusing(where: str) -> Iterator[None]:
    """What a sum finds impossible in a book is said as one sentence.

    Raises:
        click.ClickException: it did.
    """
    from miner_agent.text import clean_text

    try:
        yield
    except ValueError as error:
        raise click.ClickException(clean_text(f"{where}: {error}", length=LONGEST_SENTENCE)) from None
