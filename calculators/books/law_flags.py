"""What the law of a country knows of a year's figures: limits within which nothing is taxed, and how long counts.

Sentences for a record, and no computed tax. A limit is one person's, over all that is of its kind, which the books do
not know: so each sentence names the limit and what the books have of it.
"""

from collections.abc import Iterator
from fractions import Fraction

from calculators.books.exact import plain, whole_cents
from calculators.books.year_totals import YearTotals

_DE_PRIVATE_SALES = ((2024, 1000), (2009, 600))
"""From which year on: below which gain private sales are free [EUR] (section 23 of the Income Tax Act)."""
_DE_OTHER_INCOME = 256
"""Below which other income is free [EUR] (section 22 number 3)."""
_GB_EXEMPT = ((2024, 3000), (2023, 6000), (2020, 12300))
"""From which year on: the annual exempt amount [GBP]."""
_GB_ALLOWANCE = 1000
"""The trading and miscellaneous income allowance [GBP]."""


def flags_of(totals: YearTotals, *, country: str, activity: str) -> Iterator[str]:
    """What is to be known of a year where the book is kept.

    Args:
        totals: of one year.
        country: whose law.
        activity: ``business`` or ``hobby``.
    """
    if totals.year.whole:
        return
    year = totals.year.first.year
    match country:
        case "DE":
            yield from _germany(totals, year, activity)
        case "GB":
            if exempt := _since(_GB_EXEMPT, year):
                yield _within(f"the annual exempt amount of {exempt} GBP", totals.gain, exempt)
            if activity == "hobby":
                what = f"the allowance of {_GB_ALLOWANCE} GBP for trading and miscellaneous income"
                yield _within(what, totals.income, _GB_ALLOWANCE)
        case "AU" if totals.gain_long:
            yield (
                f"Gains of {_told(totals.gain_long)} are of coins held for at least 12 months: the discount "
                "may halve what is left of them after losses."
            )
        case "CA":
            yield f"Of a capital gain half is taxed; of {_told(totals.gain)} that is {_told(totals.gain / 2)}."
        case _:
            return


def _germany(totals: YearTotals, year: int, activity: str) -> Iterator[str]:
    if activity == "business":
        yield "In a business every gain is income; how long coins were held does not matter."
        return
    if totals.gain_long:
        yield f"Gains of {_told(totals.gain_long)} are of coins held for more than a year: they are not taxed."
    if totals.gain_short is not None and (free := _since(_DE_PRIVATE_SALES, year)):
        yield _below(f"{free} EUR of private sales (section 23)", totals.gain_short, free)
    expenses = sum(totals.expenses.values(), Fraction(0)) + totals.depreciation
    what = f"{_DE_OTHER_INCOME} EUR of other income (section 22 number 3)"
    yield _below(what, totals.income - expenses, _DE_OTHER_INCOME)


def _below(what: str, amount: Fraction, limit: int) -> str:
    """A limit from which on all of it is taxed."""
    where = "below" if amount < limit else "not below"
    return f"{_told(amount)} is {where} {what}, from which on all of it is taxed; all of a person's count together."


def _within(what: str, amount: Fraction, limit: int) -> str:
    """An amount that stays free whatever is above it."""
    where = "above" if amount > limit else "within"
    return f"{_told(amount)} is {where} {what}; all of a person's count together."


def _since(table: tuple[tuple[int, int], ...], year: int) -> int | None:
    return next((limit for first, limit in table if year >= first), None)


def _told(amount: Fraction) -> str:
    return plain(whole_cents(amount))
