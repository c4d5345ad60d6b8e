"""The four periods of the estimated tax of the United States, and what of each to put aside.

The periods are those of the annualized income instalment method (IRS Form 1040-ES and Publication 505, chapter 2). What
is put aside goes by a rate that the user gives: it is no tax, and self-employment tax is not computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from calculators.books.tax_year import BookYear

_LAST_MONTHS = (3, 5, 8, 12)
_DUE = ((0, 4), (0, 6), (0, 9), (1, 1))  # years after, month; on the 15th


@dataclass(frozen=True, slots=True)
class EstimatedPeriod:
    """Some months of a year, and the day by which their part is to be paid."""

    first: date
    last: date
    due: date

    @property
    def months(self) -> BookYear:
        """The same days, to be summed as a year is."""
        return BookYear(self.first, self.last, f"{self.first:%Y-%m} to {self.last:%Y-%m}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """What a period brought, and what of it to put aside. [currency]"""

    period: EstimatedPeriod
    net: Fraction  # of the period; negative: a loss
    amount: Fraction  # zero or more; with those of earlier periods the rate of what the year brought so far


def estimated_periods(year: int) -> tuple[EstimatedPeriod, ...]:
    """January to March, April and May, June to August, September to December.

    A due day that is a Saturday, a Sunday or a holiday of the District of Columbia moves to the next one that is none.

    >>> [str(period.due) for period in estimated_periods(2025)]
    ['2025-04-15', '2025-06-16', '2025-09-15', '2026-01-15']
    """
    periods, first = [], date(year, 1, 1)
    for month, (later, due_month) in zip(_LAST_MONTHS, _DUE, strict=True):
        following = date(year + month // 12, month % 12 + 1, 1)
        due = date(year + later, due_month, 15)
        while due.weekday() >= 5 or due in _holidays(due.year):
            due += timedelta(days=1)
        periods.append(EstimatedPeriod(first, following - timedelta(days=1), due))
        first = following
    return tuple(periods)


def set_aside(periods: Sequence[EstimatedPeriod], nets: Sequence[Fraction], *, rate: Decimal) -> list[SetAside]:
    """What to put aside of each period, so that together it is the rate of what the year has brought so far.

    A loss of one period lowers the next ones; nothing that was put aside comes back.

    Args:
        periods: of one year, in order.
        nets: what each brought. [currency]
        rate: the user's, on the last unit of income. 0 to 1

    Raises:
        ValueError: the rate is no ratio.

    >>> nets = [Fraction(100), Fraction(-50), Fraction(100), Fraction(0)]
    >>> [int(one.amount) for one in set_aside(estimated_periods(2025), nets, rate=Decimal("0.3"))]
    [30, 0, 15, 0]
    """
    if not (rate.is_finite() and 0 <= rate <= 1):
        raise ValueError(f"a rate of {rate} is no ratio from 0 to 1: 0.25 is 25 %")
    told, so_far, kept = [], Fraction(0), Fraction(0)
    for period, net in zip(periods, nets, strict=True):
        so_far += net
        amount = max(Fraction(0), so_far * Fraction(rate) - kept)
        kept += amount
        told.append(SetAside(period=period, net=net, amount=amount))
    return told


def _holidays(year: int) -> Iterator[date]:
    """Those that can lie near a due day: Martin Luther King's, and Emancipation Day of the District of Columbia."""
    first = date(year, 1, 1)
    yield first + timedelta(days=(7 - first.weekday()) % 7 + 14)
    emancipation = date(year, 4, 16)
    yield emancipation + timedelta(days={5: -1, 6: 1}.get(emancipation.weekday(), 0))
