"""Everything of a year in our own words: every entry, every part of a disposal with its lot, every lot that is left."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calculators.books.exact import plain
from calculators.books.holding import KNOWS_TERMS
from calculators.books.movements import HeldLot, Piece
from calculators.books.year_totals import term_of
from exporters.tax.csv_table import TableCell, csv_table
from exporters.tax.exported_book import ExportedBook, ExportFile, as_decimal

ENTRY_COLUMNS = (
    "kind",
    "id",
    "time",
    "wallet",
    "asset",
    "amount",
    "price",
    "value",
    "fee_fiat",
    "to_wallet",
    "to_asset",
    "to_amount",
    "txid",
    "output",
    "pool",
    "fee_amount",
    "category",
    "device",
    "kwh",
    "from",
    "to",
    "name",
    "acquired",
    "business_share",
    "write_off",
    "target",
    "note",
)
"""Keys as files of events have them; what else an entry has stands behind them as JSON."""
_NUMBERS = frozenset(
    {"amount", "price", "value", "fee_fiat", "to_amount", "output", "fee_amount", "kwh", "business_share"}
)
LONGEST = 4_000
"""Characters of a cell: a note has no more than half of them."""
DISPOSAL_COLUMNS = (
    "disposal",
    "kind",
    "asset",
    "wallet",
    "amount",
    "acquired",
    "disposed",
    "basis",
    "proceeds",
    "gain",
    "term",
    "rule",
    "receipt",
    "counts",
)
LOT_COLUMNS = ("asset", "wallet", "amount", "acquired", "basis", "receipt")


def export_csv(told: ExportedBook) -> Iterator[ExportFile]:
    """A table of the entries, one of the disposals and one of the lots at the end."""
    rows = [_entry(told.document(event)) for event in told.events]
    content = csv_table((*ENTRY_COLUMNS, "more"), rows, longest=LONGEST)
    yield ExportFile(name=f"{told.book_stem}-entries.csv", content=content)
    taxed = told.taxed
    disposals = [[*_piece(told, piece, taxed).values()] for piece in told.pieces]
    yield ExportFile(name=f"{told.book_stem}-disposals.csv", content=csv_table(DISPOSAL_COLUMNS, disposals))
    lots = [[*_lot(lot).values()] for lot in told.matching.held]
    yield ExportFile(name=f"{told.book_stem}-lots.csv", content=csv_table(LOT_COLUMNS, lots))


def export_json(told: ExportedBook) -> Iterator[ExportFile]:
    """One document: the sums of the year as `tax summary` tells them, and all that they are made of."""
    taxed = told.taxed
    document = {
        "version": 1,
        "summary": told.summary(),
        "events": [told.document(event) for event in told.events],
        "disposals": [_plain(_piece(told, piece, taxed)) for piece in told.pieces],
        "lots": [_plain(_lot(lot)) for lot in told.matching.held],
        "shortages": [
            {"disposal": one.disposal_id, "asset": one.asset, "wallet": one.wallet, "amount": plain(one.amount)}
            for one in told.matching.shortages
        ],
    }
    text = json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False)
    yield ExportFile(name=f"{told.book_stem}.json", content=f"{text}\n".encode())


def _piece(told: ExportedBook, piece: Piece, taxed: frozenset[str]) -> dict[str, TableCell]:
    country, zone = told.book.terms.country, told.book.terms.zone
    return {
        "disposal": piece.disposal_id,
        "kind": piece.disposal.kind,
        "asset": piece.asset,
        "wallet": piece.wallet,
        "amount": piece.amount,
        "acquired": _moment(piece.acquired_at),
        "disposed": piece.disposed_at.isoformat(),
        "basis": _money(piece.basis),
        "proceeds": _money(piece.proceeds),
        "gain": _money(piece.gain),
        "term": term_of(piece, country=country, zone=zone) if country in KNOWS_TERMS else None,
        "rule": piece.rule,
        "receipt": piece.receipt_id,
        "counts": "yes" if piece.disposal_id in taxed else "no",
    }


def _lot(lot: HeldLot) -> dict[str, TableCell]:
    return {
        "asset": lot.asset,
        "wallet": lot.wallet,
        "amount": lot.amount,
        "acquired": _moment(lot.acquired_at),
        "basis": _money(lot.basis),
        "receipt": lot.receipt_id,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _money(amount: Fraction | None) -> Decimal | None:
    return None if amount is None else as_decimal(amount)


def _plain(row: Mapping[str, TableCell]) -> dict[str, str | None]:
    return {name: plain(cell) if isinstance(cell, Decimal) else cell for name, cell in row.items()}


def _entry(document: Mapping[str, Any]) -> list[TableCell]:
    cells = [_cell(key, document.get(key)) for key in ENTRY_COLUMNS]
    more = {key: value for key, value in document.items() if key not in ENTRY_COLUMNS}
    return [*cells, _cell("more", more or None)]


def _cell(key: str, value: Any) -> TableCell:
    if key in _NUMBERS and value is not None:
        return Decimal(value)
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
