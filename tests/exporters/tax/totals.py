"""What a book adds up to, to compare what others say with."""

from dataclasses import dataclass
from fractions import Fraction

from calculators.books.tax_year import tax_year_named
from calculators.books.year_totals import YearTotals, year_totals
from miner_agent.bookkeeping.kept_figures import figures_of
from miner_agent.model.book.whole_book import Book

CENT = Fraction(1, 100)


@dataclass(frozen=True)
class InCents:
    """A sum of ours; equal to a figure of others that is no more than a cent away."""

    exact: Fraction

    def near(self, other: object, *, cents: int = 1) -> bool:
        return abs(self.exact - Fraction(str(other))) <= cents * CENT


def totals(book: Book, year: str = "all") -> YearTotals:
    return year_totals(figures_of(book), tax_year_named(year, country=book.terms.country))
