"""The process that adds up a tax year for whoever looks: an errand on stdin, sums on stdout.

``python -m miner_agent.bookkeeping.year_child``. Books of many years are in nobody's memory afterwards.
"""

import sys
from pathlib import Path

import msgspec

from calculators.books.tax_year import tax_year_named
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.filed_summary import with_filed
from miner_agent.bookkeeping.reading_books import book_of, only_book
from miner_agent.bookkeeping.year_errand import YearErrand, YearReturn
from miner_agent.bookkeeping.year_summary import summary_json, summary_of
from miner_agent.errors import AgentError
from miner_agent.interpreter import end_with_parent


def do(errand: YearErrand) -> YearReturn:
    """Read the book, and add the year up."""
    folder = BooksFolder(Path(errand.state_directory))
    try:
        if folder.is_unbegun():
            return YearReturn(nothing_there="There are no books yet.")
        name = errand.book or only_book(folder)
        with folder.reading() as ledger:
            if name not in ledger.books():
                return YearReturn(nothing_there=f"There is no book {name!a:.64}.")
        book = book_of(folder, name)
        year = tax_year_named(errand.year, country=book.terms.country)
        return YearReturn(summary=with_filed(summary_json(summary_of(book, year)), folder))
    except ValueError as error:
        return YearReturn(nothing_there=str(error))
    except AgentError as error:
        return YearReturn(failed=str(error))


if __name__ == "__main__":
    end_with_parent()
    said = do(msgspec.json.decode(sys.stdin.buffer.read(), type=YearErrand))
    sys.stdout.buffer.write(msgspec.json.encode(said))
