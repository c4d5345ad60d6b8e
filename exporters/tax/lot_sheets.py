"""Lots and disposals for a program that matches them itself, set apart so that it can only find what the book says.

Such a program takes the oldest (or the newest) of the lots in a sheet that were acquired by then. A lot that came by a
transfer has the day on which it was acquired, which may lie before sales that did not take it. What would be matched
otherwise goes into another sheet of the same coin.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from calculators.books.exact import EXACT, NOTHING
from calculators.books.matching_rules import POOLS, match
from calculators.books.movements import Disposal, Matching, Receipt
from exporters.tax.exported_book import ExportedBook

LotAge: TypeAlias = tuple[datetime, int]
"""When a lot was acquired, and which of that moment it is."""


@dataclass(slots=True, kw_only=True)
class LotSheet:
    """Some lots of one coin, and what was disposed of them."""

    asset: str
    newest_first: bool
    lots: dict[tuple[str, str], Decimal] = field(default_factory=dict)  # by wallet and receipt
    out: dict[tuple[str, str], Decimal] = field(default_factory=dict)  # by wallet and disposal, as they happened
    sold: set[str] = field(default_factory=set)  # receipts of which something was disposed of
    _ages: list[tuple[datetime, LotAge]] = field(default_factory=list)  # of disposals; the ages rise with the times

    def fits(self, age: LotAge) -> bool:
        """Whether a lot can stand here and be taken next, or stay, and all others are taken as before."""
        if not self._ages:
            return True
        if not self.newest_first:
            return self._ages[-1][1] <= age
        later = bisect_left(self._ages, age[0], key=lambda taken: taken[0])
        return later == len(self._ages) or age <= self._ages[later][1]

    def take(self, receipt: Receipt, age: LotAge, disposal: Disposal, amount: Decimal) -> None:
        """A part of a lot that was disposed of."""
        self._put(self.lots, (disposal.wallet, receipt.id), amount)
        self._put(self.out, (disposal.wallet, disposal.id), amount)
        self.sold.add(receipt.id)
        while self.newest_first and self._ages and self._ages[-1][1] >= age:
            self._ages.pop()
        self._ages.append((disposal.at, age))

    def keep(self, receipt: Receipt, wallet: str, amount: Decimal) -> None:
        """A part of a lot that is still held."""
        self._put(self.lots, (wallet, receipt.id), amount)

    @staticmethod
    def _put(into: dict[tuple[str, str], Decimal], key: tuple[str, str], amount: Decimal) -> None:
        into[key] = EXACT.add(into.get(key, NOTHING), amount)


@dataclass(slots=True, kw_only=True)
class SheetedLots:
    """All of a year: sheets by file and coin."""

    sheets: Mapping[tuple[str, str], list[LotSheet]]  # by wallet ("" where lots have none) and coin
    receipts: Mapping[str, Receipt]
    ages: Mapping[str, LotAge]
    disposals: Mapping[str, Disposal]
    matching: Matching  # of the whole time until the end of the year


def sheeted(told: ExportedBook) -> SheetedLots:
    """Sets apart what a year disposes of and holds in the end. A pool is told as first in, first out."""
    start, end = told.span
    terms = told.book.terms
    by_wallet = terms.scope == "wallet"
    movements = [one for one in told.book.movements if one.at < end]
    matching = told.matching
    if terms.method in POOLS:
        matching = match(movements, method="fifo", scope=terms.scope, zone=terms.zone)
    receipts = {one.id: one for one in movements if isinstance(one, Receipt)}
    ages: dict[str, LotAge] = {one.id: (one.at, number) for number, one in enumerate(receipts.values())}
    sheets: defaultdict[tuple[str, str], list[LotSheet]] = defaultdict(list)
    for piece in sorted((one for one in matching.pieces if one.disposed_at >= start), key=lambda one: one.disposed_at):
        receipt = piece.receipt
        if receipt is None:  # of nothing that is known: it comes in at the moment at which it leaves
            receipt = Receipt(
                id=f"?{piece.disposal_id}",
                at=piece.disposed_at,
                wallet=piece.wallet,
                asset=piece.asset,
                amount=piece.amount,
                basis=None,
                kind="opening",
            )
            receipts[receipt.id] = receipt
            ages[receipt.id] = receipt.at, len(ages)
        key = (piece.wallet if by_wallet else "", piece.asset)
        sheet = _fitting(sheets[key], piece.asset, ages[receipt.id], newest_first=_newest(told))
        sheet.take(receipt, ages[receipt.id], piece.disposal, piece.amount)
    for lot in matching.held:
        if lot.receipt is not None:
            key = (lot.wallet if by_wallet else "", lot.asset)
            age = ages[lot.receipt.id]
            sheet = _fitting(sheets[key], lot.asset, age, newest_first=_newest(told))
            sheet.keep(lot.receipt, lot.wallet, lot.amount)
    return SheetedLots(
        sheets=dict(sorted(sheets.items())),
        receipts=receipts,
        ages=ages,
        disposals={one.id: one for one in movements if isinstance(one, Disposal)},
        matching=matching,
    )


def _newest(told: ExportedBook) -> bool:
    return told.book.terms.method == "lifo"


def _fitting(sheets: list[LotSheet], asset: str, age: LotAge, *, newest_first: bool) -> LotSheet:
    for sheet in sheets:
        if sheet.fits(age):
            return sheet
    sheets.append(LotSheet(asset=asset, newest_first=newest_first))
    return sheets[-1]
