"""A tax year of a book as it is told: sums rounded once, and what they leave out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from calculators.books.estimated_tax import SetAside
from calculators.books.exact import HALF_EVEN, plain, whole_cents
from calculators.books.law_flags import flags_of
from calculators.books.tax_year import BookYear
from calculators.books.year_totals import YearTotals, year_totals
from calculators.told_figures import counted
from miner_agent.bookkeeping.hardware_notes import hardware_notes
from miner_agent.bookkeeping.kept_figures import figures_of
from miner_agent.model.book.whole_book import Book

ENERGY_PLACES = 6
RECORD = "This is a record of what was booked, and no advice."
SELF_EMPLOYMENT = "Self-employment tax is not computed."
HOBBY = {
    "US": "As a hobby, mining is income on Schedule 1, and its expenses and depreciation cannot be deducted from it.",
    "GB": "As a hobby, mining is miscellaneous income; expenses count where they were for earning it.",
    "DE": "As a hobby, mining is other income (section 22 number 3); expenses count where they were for earning it.",
    "CA": "As a hobby, mining is no business; its expenses are not deducted from other income.",
    "AU": "As a hobby, mining is no business; its expenses are not deducted, and coins cost what was paid for them.",
}
"""What the activity means for the figures, which are the same for both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSummary:
    """What a year adds up to, and what has to be known of it."""

    book: Book
    totals: YearTotals


def summary_of(book: Book, year: BookYear) -> YearSummary:
    """Adds up one tax year, or all.

    Args:
        book: as it stands.
        year: of the book's country.

    Raises:
        ValueError: what is booked of hardware cannot be, such as a sale before it was in service.
    """
    return YearSummary(book=book, totals=year_totals(figures_of(book), year))


def summary_json(summary: YearSummary) -> dict[str, Any]:
    """The sums as text, in the book's currency, each rounded once."""
    totals, terms = summary.totals, summary.book.terms
    return {
        "year": totals.year.name,
        "currency": terms.currency,
        "payouts": totals.payouts,
        "income": in_cents_text(totals.income),
        "other_income": in_cents_text(totals.other_income),
        "gain": in_cents_text(totals.gain),
        "gain_short": None if totals.gain_short is None else in_cents_text(totals.gain_short),
        "gain_long": None if totals.gain_long is None else in_cents_text(totals.gain_long),
        "expenses": {category: in_cents_text(amount) for category, amount in totals.expenses.items()},
        "depreciation": in_cents_text(totals.depreciation),
        "hardware_gain": in_cents_text(totals.hardware_gain),
        "kwh": energy_text(totals.kilowatt_hours),
        "net_profit": in_cents_text(totals.net_profit),
        "unpriced": totals.unpriced,
        "without_basis": totals.without_basis,
        "country": terms.country,
        "time_zone": terms.time_zone,
        "method": terms.method,
        "scope": terms.scope,
        "activity": terms.activity,
        "rounding": HALF_EVEN,
        "book": summary.book.name,
        "entries_through": {
            "seq": summary.book.entries_through.seq,
            "hash": summary.book.entries_through.hash,
        },
        "open_items": [item.sentence for item in summary.book.open_items],
        "notes": list(notes_of(summary)),
    }


def estimates_json(estimates: Sequence[SetAside]) -> list[dict[str, str]]:
    """The periods of the estimated tax."""
    return [
        {
            "from": one.period.first.isoformat(),
            "to": one.period.last.isoformat(),
            "due": one.period.due.isoformat(),
            "net": in_cents_text(one.net),
            "set_aside": in_cents_text(one.amount),
        }
        for one in estimates
    ]


def in_cents_text(amount: Fraction) -> str:
    """A sum of money as it is shown: ``-3.04``."""
    return plain(whole_cents(amount))


def energy_text(kilowatt_hours: Fraction) -> str:
    """Energy with no more digits than it has, six behind the point at most."""
    text = plain(whole_cents(kilowatt_hours, places=ENERGY_PLACES))
    return text.rstrip("0").removesuffix(".")


def notes_of(summary: YearSummary) -> Iterator[str]:
    """What the figures are not, in whole sentences."""
    totals, terms = summary.totals, summary.book.terms
    yield RECORD
    if terms.activity == "hobby":
        yield f"{HOBBY[terms.country]} Net profit is shown as if it were one."
    elif terms.country == "US":
        yield SELF_EMPLOYMENT
    yield from flags_of(totals, country=terms.country, activity=terms.activity)
    yield from hardware_notes(summary.book, totals)
    if totals.unpriced:
        one = totals.unpriced == 1
        told = (
            "1 of the year has no value yet and counts"
            if one
            else f"{totals.unpriced} of the year have no value yet and count"
        )
        yield f"{told} for nothing: price {'it' if one else 'them'}."
    if totals.without_basis:
        parts = counted(totals.without_basis, "disposed part")
        yield f"The cost of {parts} is not known: all that was paid for it counts as gain."
