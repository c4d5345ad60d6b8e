"""What a program that matches lots itself finds in our sheets is what the book says."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from calculators.books.exact import EXACT
from calculators.books.lot_pile import LotMethod
from calculators.books.lots import match_lots
from calculators.books.movements import Disposal, Movement, Receipt
from exporters.tax.exported_book import ExportedBook
from exporters.tax.lot_sheets import LotSheet, SheetedLots, sheeted
from miner_agent.cli.support.tax_export import told_of
from miner_agent.cli.support.year_input import tax_year
from miner_agent.model.book.whole_book import Book
from tests.bookkeeping import books
from tests.exporters.tax import invented


def told(book: Book, year: str = "all") -> ExportedBook:
    return told_of(book, tax_year(book, year))


def found_in(sheet: LotSheet, lots: SheetedLots, method: LotMethod) -> Counter[tuple[str, str | None]]:
    """What the program takes: by disposal and receipt."""
    movements: list[Movement] = []
    parts = sorted(sheet.lots.items(), key=lambda part: lots.ages[part[0][1]])
    for (wallet, receipt), amount in parts:
        movements.append(replace(lots.receipts[receipt], id=receipt, wallet=wallet, amount=amount))
    for (wallet, disposal), amount in sheet.out.items():
        movements.append(replace(lots.disposals[disposal], wallet=wallet, amount=amount))
    taken: Counter[tuple[str, str | None]] = Counter()
    for piece in match_lots(movements, method=method, by_wallet=False).pieces:
        key = piece.disposal_id, piece.receipt_id
        taken[key] = EXACT.add(Decimal(taken[key]), piece.amount)  # type: ignore[assignment]
    return taken


@pytest.mark.parametrize(
    ("method", "theirs", "scope"),
    [
        ("fifo", "fifo", "wallet"),
        ("lifo", "lifo", "wallet"),
        ("hifo", "fifo", "universal"),
        ("lifo", "lifo", "universal"),
    ],
)
def test_each_sheet_alone_is_matched_as_the_book_is(method: str, theirs: LotMethod, scope: str, tmp_path: Path) -> None:
    book = invented.book_of(tmp_path, *invented.wandering(5, days=250), method=method, scope=scope)
    lots = sheeted(told(book))
    ours: Counter[tuple[str, str | None]] = Counter()
    for piece in book.matching.pieces:
        key = piece.disposal_id, piece.receipt_id
        ours[key] = EXACT.add(Decimal(ours[key]), piece.amount)  # type: ignore[assignment]

    found: Counter[tuple[str, str | None]] = Counter()
    for sheets in lots.sheets.values():
        for sheet in sheets:
            for key, amount in found_in(sheet, lots, theirs).items():
                found[key] = EXACT.add(Decimal(found[key]), Decimal(amount))  # type: ignore[assignment]

    assert len(ours) > 20
    assert found == ours


def test_a_lot_that_came_too_late_for_a_sale_goes_into_a_second_sheet(tmp_path: Path) -> None:
    old = books.payout("old", amount="1", wallet="cold")
    own = books.payout("own", amount="2", time="2025-06-01T00:00:00Z")
    move = {"id": "m", "kind": "transfer", "time": "2025-08-01T00:00:00Z", "wallet": "cold", "to_wallet": "w"}
    events = [old, own, books.sale("before", amount="1", time="2025-07-01T00:00:00Z"), move]
    events[-1] = {**move, "asset": "XMR", "amount": "1"}
    book = invented.book_of(tmp_path, *events, books.sale("after", amount="1"))

    (sheets,) = sheeted(told(book)).sheets.values()

    assert [{receipt for _, receipt in sheet.lots} for sheet in sheets] == [{"own"}, {"old"}]
    assert [{disposal for _, disposal in sheet.out} for sheet in sheets] == [{"before"}, {"after"}]


def test_a_year_has_what_it_disposes_of_and_holds(tmp_path: Path) -> None:
    events = [
        books.payout("sold before", amount="1"),
        books.sale("before", amount="1", time="2025-07-01T00:00:00Z"),
        books.payout("kept", amount="2", time="2025-08-01T00:00:00Z"),
        books.sale("in it", amount="0.5", time="2026-02-01T00:00:00Z"),
        books.sale("later", amount="0.5", time="2027-02-01T00:00:00Z"),
    ]
    book = invented.book_of(tmp_path, *events)

    ((sheet,),) = sheeted(told(book, "2026")).sheets.values()

    assert sheet.lots == {("w", "kept"): Decimal(2)}
    assert sheet.out == {("w", "in it"): Decimal("0.5")}
    assert isinstance(sheeted(told(book)).disposals["later"], Disposal)
    assert isinstance(sheeted(told(book)).receipts["kept"], Receipt)
