"""From a book to what counts in its years: income, disposals, expenses, electricity, hardware."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from calculators.books.electricity_costs import PowerBill, PoweredDay
from calculators.books.exact import exact_sum
from calculators.books.hardware_assets import HardwareAsset
from calculators.books.movements import Receipt
from calculators.books.tax_year import day_of
from calculators.books.year_totals import KeptFigures, MoneySpent
from calculators.local_time import instant
from miner_agent.model.book.events import (
    EnergyDay,
    Event,
    Expense,
    HardwareBought,
    HardwareSale,
    Invoice,
    Payout,
    Spend,
)
from miner_agent.model.book.whole_book import Book

GIFTS_ARE_SOLD = frozenset({"GB", "CA", "AU"})
"""Countries where a gift counts as a disposal at market value."""

INCOME = frozenset({"mining", "other_income"})
"""Receipts whose basis is what they were worth as income."""


def figures_of(book: Book) -> KeptFigures:
    """Everything of a book that is income, gain or expense in some year.

    Losses are no disposals that count, and gifts only where the law of the country says so.
    """
    untaxed = {"loss"} if book.terms.country in GIFTS_ARE_SOLD else {"loss", "gift"}
    zone = book.terms.zone
    others = [event for event in book.events if type(event) is not Payout]  # nearly all are, and movements say them
    return KeptFigures(
        country=book.terms.country,
        zone=zone,
        income=[one for one in book.movements if isinstance(one, Receipt) and one.kind in INCOME],
        pieces=[piece for piece in book.matching.pieces if piece.disposal.kind not in untaxed],
        spent=list(_spent(others)),
        powered=[
            PoweredDay(day=day_of(event.time, zone), kilowatt_hours=event.kwh, value=event.value)
            for event in others
            if isinstance(event, EnergyDay)
        ],
        bills=[
            PowerBill(first=event.first_day, last=event.last_day, kilowatt_hours=event.kwh, value=event.value)
            for event in others
            if isinstance(event, Invoice)
        ],
        assets=_assets(others, zone),
    )


def _spent(events: Iterable[Event]) -> Iterable[MoneySpent]:
    for event in events:
        match event:
            case Expense():
                yield MoneySpent(at=instant(event.time), category=event.category, value=event.value)
            case Spend(category=str(category), value=Decimal() as value):
                yield MoneySpent(at=instant(event.time), category=category, value=value)
            case _:
                pass


def _assets(events: Sequence[Event], zone: ZoneInfo) -> list[HardwareAsset]:
    sales: dict[str, list[HardwareSale]] = defaultdict(list)
    for event in events:
        if isinstance(event, HardwareSale):
            sales[event.target].append(event)
    return [
        HardwareAsset(
            id=event.id,
            acquired=event.acquired,
            placed=day_of(event.time, zone),
            cost=event.value,
            business_share=event.business_share,
            rule=event.write_off,
            sold=min((day_of(sale.time, zone) for sale in sales[event.id]), default=None),
            sale_value=exact_sum(sale.value for sale in sales[event.id]),
        )
        for event in events
        if isinstance(event, HardwareBought)
    ]
