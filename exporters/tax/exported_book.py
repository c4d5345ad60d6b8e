"""What a format gets of a book, and the files that it makes of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calculators.books.exact import whole_cents
from calculators.books.movements import HeldLot, Matching, Piece
from calculators.books.tax_year import BookYear, instants_of
from calculators.books.year_totals import KeptFigures
from exporters.tax.safe_names import file_word
from miner_agent.model.book.events import Event
from miner_agent.model.book.whole_book import Book

_LONGEST_EXACT = 10**24
COST_PLACES = 12
"""Digits behind the point of a part of a lot's cost that no decimal is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One file, by its name alone."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedBook:
    """A book and the tax year that is asked of it."""

    book: Book
    year: BookYear
    figures: KeptFigures
    matching: Matching  # until the end of the year
    opening: tuple[HeldLot, ...] = ()  # what was held when the year began
    document: Callable[[Event], Mapping[str, Any]]  # of an event, by the keys of a file
    summary: Callable[[], Mapping[str, Any]]  # of the year, as it is told to programs

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When the year begins, and when the next one does."""
        return instants_of(self.year, self.book.terms.zone)

    @property
    def events(self) -> Iterator[Event]:
        """Those of the year, in the order of the chain."""
        start, end = self.span
        return (event for event in self.book.events if start <= event.time < end)

    @property
    def events_until_its_end(self) -> Iterator[Event]:
        """Those of the year and of all years before it."""
        end = self.span[1]
        return (event for event in self.book.events if event.time < end)

    @property
    def pieces(self) -> Iterator[Piece]:
        """What was disposed of in the year, lot by lot."""
        start, _ = self.span
        return (piece for piece in self.matching.pieces if piece.disposed_at >= start)

    @property
    def taxed(self) -> frozenset[str]:
        """Ids of the disposals whose gains count."""
        return frozenset(piece.disposal_id for piece in self.figures.pieces)

    @property
    def stem(self) -> str:
        """Of the year: ``2025``, ``2025-26``, ``all``."""
        return self.year.name.replace("/", "-")

    @property
    def book_stem(self) -> str:
        """Of the names of its files: ``main-2025``."""
        return f"{file_word(self.book.name)}-{self.stem}"


def as_decimal(amount: Fraction) -> Decimal:
    """Every digit where a decimal has them all, else so many that no sum of them shows the difference.

    >>> as_decimal(Fraction(1, 8)), as_decimal(Fraction(-10, 3)), as_decimal(Fraction(42))
    (Decimal('0.125'), Decimal('-3.333333333333'), Decimal('42.00'))
    """
    is_exact = _LONGEST_EXACT % amount.denominator == 0
    rounded = whole_cents(amount, places=24 if is_exact else COST_PLACES)
    text = f"{rounded:f}".rstrip("0")
    whole, _, places = text.partition(".")
    return Decimal(f"{whole}.{places:<02}")
