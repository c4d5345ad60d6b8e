"""Histories of prices and exchange rates, as tables of text: a moment, a coin or a currency, what one was worth."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from calculators.money import CURRENCY
from calculators.spreadsheet import TextRow
from miner_agent.bookkeeping.event_reader import EventRefused
from miner_agent.bookkeeping.events_file import UnfitFile
from miner_agent.payouts.payout_table import text_table
from miner_agent.payouts.table_cells import currency_of_column, read_cell, read_moment
from miner_agent.storage.ledger.side_tables import KeptQuote
from miner_agent.text import clean_text

USUAL: Mapping[str, re.Pattern[str]] = {
    "time": re.compile(r"time|date|timestamp|date time|datetime"),
    "asset": re.compile(r"coin|asset|symbol|ticker"),
    "price": re.compile(r"(?:reference)?(?:price|close|rate)\W*([a-z]{3})?\W*"),
    "currency": re.compile(r"currency"),
}
"""The names that these columns usually have, in small letters."""
_DAY_CHARACTERS = len("2025-05-05")
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """How a table is to be understood."""

    columns: Mapping[str, str]  # by the keys of ``USUAL``, where its own names are others
    asset: str | None  # of a table of one coin
    currency: str | None  # where the table does not say it
    zone: ZoneInfo | None  # of times that do not say their own
    source: str


def parse_price_table(raw: bytes, terms: PriceTerms, name: str) -> tuple[KeptQuote, ...]:
    """Every price in it; a row without one is left out.

    Args:
        raw: its bytes.
        terms: how it is to be understood.
        name: what it is called in a sentence about it.

    Raises:
        UnfitFile: something in it cannot be read.
    """
    names, rows = text_table(raw, name)
    places = _places(names, terms, name)
    column = names[places["price"]]
    in_column = currency_of_column(column) or _behind(column)
    found = []
    for row in rows:
        asset = _cell(row, places, "asset") or terms.asset
        currency = _cell(row, places, "currency") or in_column or terms.currency
        if _cell(row, places, "price"):
            found.append(_quote(row, places, asset, currency, terms, name))
    return tuple(found)


def _quote(
    row: TextRow, places: Mapping[str, int], asset: str | None, currency: str | None, terms: PriceTerms, name: str
) -> KeptQuote:
    if asset is None:
        raise UnfitFile(f"{name} line {row.line}: no column says of which coin; say it: --asset")
    if currency is None or not CURRENCY.fullmatch(currency.upper()):
        raise UnfitFile(f"{name} line {row.line}: no column says in which currency; say it: --currency")
    return KeptQuote(
        asset=asset,
        currency=currency.upper(),
        at=_moment(row, places, terms, name),
        price=_price(row, places, name),
        source=terms.source,
    )


def _places(names: tuple[str, ...], terms: PriceTerms, name: str) -> dict[str, int]:
    places = {}
    for key, usual in USUAL.items():
        column = terms.columns.get(key)
        if column is not None and column.lower() not in names:
            raise UnfitFile(f"{name}: there is no column {clean_text(column)!r} for {key}")
        found = [
            place
            for place, one in enumerate(names)
            if (usual.fullmatch(one) if column is None else one == column.lower())
        ]
        if found:
            places[key] = found[0]
        elif key in {"time", "price"}:
            there = ", ".join(clean_text(one) for one in names)
            raise UnfitFile(f"{name}: which column is the {key}? say --columns {key}=…; there are: {there}")
    return places


def _behind(column: str) -> str | None:
    named = USUAL["price"].fullmatch(column)
    return named[1].upper() if named is not None and named[1] is not None else None


def _cell(row: TextRow, places: Mapping[str, int], key: str) -> str | None:
    return row.cells[places[key]] or None if key in places else None


def _moment(row: TextRow, places: Mapping[str, int], terms: PriceTerms, name: str) -> datetime:
    cell = row.cells[places["time"]]
    try:
        return read_moment(cell, _UTC if terms.zone is None and len(cell) == _DAY_CHARACTERS else terms.zone)
    except EventRefused as refused:
        raise UnfitFile(f'{name} line {row.line}: "{clean_text(cell)}" {refused}') from None


def _price(row: TextRow, places: Mapping[str, int], name: str) -> Decimal:
    cell = row.cells[places["price"]]
    try:
        price = read_cell(cell)
    except EventRefused as refused:
        raise UnfitFile(f'{name} line {row.line}: "{clean_text(cell)}" {refused}') from None
    if price <= 0:
        raise UnfitFile(f'{name} line {row.line}: "{clean_text(cell)}" is not above zero; leave out what is not known')
    return price
