"""What mining brought, as it was booked, by day or month and coin."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calculators.books.exact import exact_sum
from calculators.books.movements import Receipt
from calculators.books.tax_year import day_of
from miner_agent.bookkeeping.energy_report import By, period_of
from miner_agent.model.book.whole_book import Book
from miner_agent.text import natural_key


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeRow:
    """Mined coins of one kind. Money is in the book's currency."""

    period: str  # 2026-01-31 or 2026-01; "": all that was asked for
    asset: str
    payouts: int
    amount: Decimal
    value: Decimal | None  # when they came; None: of none of them is it known
    unpriced_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeReport:
    """Of a time, both ends included."""

    rows: tuple[IncomeRow, ...]  # by period and coin
    coins: tuple[IncomeRow, ...]  # each over all periods

    @property
    def value(self) -> Decimal | None:
        """Of all coins whose value is known; ``None`` where that is none."""
        return _known(row.value for row in self.coins)


def income_report(book: Book, days: tuple[date, date], *, by: By) -> IncomeReport:
    """What the book takes for mined: payouts, or what a pool credits where that is recognised.

    Args:
        book: as it stands.
        days: the first and the last, in the zone of the book.
        by: what a row is of.
    """
    zone, (first, last) = book.terms.zone, days
    mined = [
        (day, one)
        for one in book.movements
        if isinstance(one, Receipt) and one.kind == "mining" and first <= (day := day_of(one.at, zone)) <= last
    ]
    return IncomeReport(
        rows=_rows(mined, lambda day: period_of(day, by)),
        coins=_rows(mined, lambda _: ""),
    )


def _rows(mined: Sequence[tuple[date, Receipt]], period_of: Callable[[date], str]) -> tuple[IncomeRow, ...]:
    found: dict[tuple[str, str], list[Receipt]] = {}
    for day, one in mined:
        found.setdefault((period_of(day), one.asset), []).append(one)
    return tuple(
        IncomeRow(
            period=period,
            asset=asset,
            payouts=len(receipts),
            amount=exact_sum(one.amount for one in receipts),
            value=_known(one.basis for one in receipts),
            unpriced_amount=exact_sum(one.amount for one in receipts if one.basis is None),
        )
        for (period, asset), receipts in sorted(found.items(), key=lambda item: (item[0][0], natural_key(item[0][1])))
    )


def _known(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of those that are known; ``None`` where none is."""
    known = [value for value in values if value is not None]
    return exact_sum(known) if known else None
