"""Electricity, expenses and hardware of a year as entries of a journal."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from calculators.books.exact import EXACT, exact_product, plain
from calculators.books.hardware_assets import AssetYear, HardwareAsset
from calculators.books.tax_year import BookYear, day_of, tax_years
from calculators.books.year_totals import year_totals
from exporters.tax.exported_book import ExportedBook, as_decimal
from exporters.tax.journal import (
    CASH,
    DEPRECIATION,
    ELECTRICITY,
    HARDWARE,
    HARDWARE_GAIN,
    OPENING,
    PRIVATE,
    JournalEntry,
    expense_account,
)
from miner_agent.model.book.events import EnergyDay, Expense, Invoice


def cost_journal(told: ExportedBook) -> list[JournalEntry]:
    """All of them, by day."""
    return sorted([*_spent(told), *_hardware(told)], key=lambda entry: entry.day)


def _spent(told: ExportedBook) -> Iterator[JournalEntry]:
    for event in told.book.events:
        day = day_of(event.time, told.book.terms.zone)
        match event:
            case Expense() if day in told.year:
                yield _paid(
                    day, event.id, expense_account(event.category), event.value, word="expense", note=event.note
                )
            case EnergyDay(value=Decimal() as value) if day in told.year:
                note = f"{event.device}, {plain(event.kwh)} kWh"
                yield _paid(day, event.id, ELECTRICITY, value, word="energy", note=note)
            case Invoice():
                yield from _invoice(told, event)
            case _:
                pass


def _invoice(told: ExportedBook, bill: Invoice) -> Iterator[JournalEntry]:
    """In each tax year with its part of the days; the parts together are the bill."""
    days, left = (bill.last_day - bill.first_day).days + 1, bill.value
    for year in tax_years(bill.first_day, bill.last_day, country=told.book.terms.country):
        first, last = max(bill.first_day, year.first), min(bill.last_day, year.last)
        share = Fraction((last - first).days + 1, days)
        part = left if last == bill.last_day else as_decimal(Fraction(bill.value) * share)
        left = EXACT.subtract(left, part)
        if last in told.year:
            note = f"{first.isoformat()} to {last.isoformat()}, {plain(as_decimal(Fraction(bill.kwh) * share))} kWh"
            yield _paid(last, bill.id, ELECTRICITY, part, word="invoice", note=note)


def _paid(
    day: date, told_id: str, account: tuple[str, ...], value: Decimal, *, word: str, note: str | None
) -> JournalEntry:
    entry = JournalEntry(day=day, word=word, id=told_id, note=note)
    entry.money(account, value)
    entry.rest(CASH)
    return entry


def _hardware(told: ExportedBook) -> Iterator[JournalEntry]:
    """Bought, written off at the end of each tax year or when it is sold, and sold."""
    assets = {asset.id: asset for asset in told.figures.assets}
    for asset in assets.values():
        if asset.placed in told.year:
            yield _bought(asset)
    first = True
    for one in year_totals(told.figures, told.year).hardware:
        for of_year in one.assets:
            asset = assets[of_year.asset_id]
            if first and not told.year.whole and asset.placed < one.year.first and asset.rule != "de_minimis":
                yield _opening(asset, of_year, one.year)
            yield from _one_year(asset, of_year, one.year)
        first = False


def _bought(asset: HardwareAsset) -> JournalEntry:
    entry = JournalEntry(day=asset.placed, word="hardware", id=asset.id)
    ours = exact_product(asset.cost, asset.business_share)
    entry.money(expense_account("hardware") if asset.rule == "de_minimis" else HARDWARE, ours)
    entry.money(PRIVATE, EXACT.subtract(asset.cost, ours))
    entry.rest(CASH)
    return entry


def _opening(asset: HardwareAsset, of_year: AssetYear, year: BookYear) -> JournalEntry:
    """What earlier years left to be written off."""
    entry = JournalEntry(day=year.first, word="opening", id=asset.id)
    entry.money(HARDWARE, as_decimal(of_year.depreciation + _left(asset, of_year)))
    entry.rest(OPENING)
    return entry


def _left(asset: HardwareAsset, of_year: AssetYear) -> Fraction:
    """What is not written off at the end of the year, or when it is sold."""
    if of_year.gain is None:
        return of_year.left
    return Fraction(asset.sale_value) * Fraction(asset.business_share) - of_year.gain


def _one_year(asset: HardwareAsset, of_year: AssetYear, year: BookYear) -> Iterator[JournalEntry]:
    sold = asset.sold if of_year.gain is not None else None
    if of_year.depreciation:
        entry = JournalEntry(day=sold or year.last, word="depreciation", id=asset.id)
        entry.money(DEPRECIATION, as_decimal(of_year.depreciation))
        entry.rest(HARDWARE)
        yield entry
    if sold is not None and of_year.gain is not None:
        entry = JournalEntry(day=sold, word="hardware_sale", id=asset.id)
        entry.money(CASH, asset.sale_value)
        entry.money(PRIVATE, EXACT.subtract(exact_product(asset.sale_value, asset.business_share), asset.sale_value))
        entry.money(HARDWARE, EXACT.minus(as_decimal(_left(asset, of_year))))
        entry.rest(HARDWARE_GAIN)
        yield entry
