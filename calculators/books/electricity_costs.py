"""What electricity cost in some days: as it was posted day by day, or as it was billed."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from calculators.books.exact import fraction_sum
from calculators.books.tax_year import BookYear


@dataclass(frozen=True, slots=True, kw_only=True)
class PoweredDay:
    """What one device drew on one day."""

    day: date
    kilowatt_hours: Decimal
    value: Decimal | None  # None: no price is known


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerBill:
    """What a bill, or a reading of a meter, says of some days: it stands in place of what was posted for them."""

    first: date
    last: date  # included
    kilowatt_hours: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricityCost:
    """What some days drew, and what it cost."""

    kilowatt_hours: Fraction
    value: Fraction  # [currency]
    unpriced_days: int  # posted without a value, and not billed


def electricity_cost(days: Iterable[PoweredDay], bills: Sequence[PowerBill], year: BookYear) -> ElectricityCost:
    """Sums the days of a year. A bill that reaches over its end counts with its part of the days, each for the same.

    Args:
        days: posted, of any year.
        bills: of any year. Two of the same days are two meters: both count.
        year: whose days are summed.

    >>> bill = PowerBill(first=date(2025, 12, 30), last=date(2026, 1, 1), kilowatt_hours=Decimal(9), value=Decimal(1))
    >>> year = BookYear(date(2025, 1, 1), date(2025, 12, 31), "2025")
    >>> told = electricity_cost([], [bill], year)
    >>> told.kilowatt_hours, told.value
    (Fraction(6, 1), Fraction(2, 3))
    """
    billed = _merged(bills)
    energy, value, unpriced = [], [], 0
    for posted in days:
        if posted.day not in year or _within(posted.day, billed):
            continue
        energy.append(Fraction(posted.kilowatt_hours))
        if posted.value is None:
            unpriced += 1
        else:
            value.append(Fraction(posted.value))
    for bill in bills:
        days_of_year = (min(bill.last, year.last) - max(bill.first, year.first)).days + 1
        if days_of_year > 0:
            share = Fraction(days_of_year, (bill.last - bill.first).days + 1)
            energy.append(Fraction(bill.kilowatt_hours) * share)
            value.append(Fraction(bill.value) * share)
    return ElectricityCost(kilowatt_hours=fraction_sum(energy), value=fraction_sum(value), unpriced_days=unpriced)


def _merged(bills: Iterable[PowerBill]) -> list[tuple[date, date]]:
    """The days that are billed, as spans that do not touch."""
    spans: list[tuple[date, date]] = []
    for bill in sorted(bills, key=lambda bill: bill.first):
        if bill.last < bill.first:
            raise ValueError(f"a bill from {bill.first} to {bill.last} ends before it begins")
        if spans and bill.first <= spans[-1][1] + timedelta(days=1):
            spans[-1] = spans[-1][0], max(spans[-1][1], bill.last)
        else:
            spans.append((bill.first, bill.last))
    return spans


def _within(day: date, spans: Sequence[tuple[date, date]]) -> bool:
    index = bisect_right(spans, day, key=lambda span: span[0]) - 1
    return index >= 0 and day <= spans[index][1]
