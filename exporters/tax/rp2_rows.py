"""The rows that RP2, and DaLI before it, take: what came in and what went out, coin by coin.

RP2 1.7.2 reads amounts as floats with eleven digits behind the point and refuses a value of zero. Sums of ins and outs
are therefore rounded, not rows, so that what is sold out is sold out; and what cost nothing costs a billionth.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from calculators.books.exact import EXACT, NOTHING
from calculators.books.matching_rules import POOLS
from calculators.books.movements import Disposal, Receipt
from calculators.books.tax_year import day_of
from exporters.tax.exported_book import ExportedBook
from exporters.tax.left_out import NO_VALUE, Remark, costs_of_mining
from exporters.tax.lot_sheets import LotSheet, SheetedLots
from exporters.tax.running_sums import running
from miner_agent.model.book.events import Event, OtherIncome
from miner_agent.text import clean_text

LEAST = Fraction(1, 10**9)
"""What stands for a value of nothing. [currency]"""
GATHERED = "what it is worth is added to a row of its year and kind, where there is one"
_FINE = Decimal(1).scaleb(-11)
_COARSE = Decimal(2) ** -11
"""Steps of amounts: eleven digits, and where a float does not hold these, what it holds exactly."""
_MOST_FINE = Decimal(10_000)
_EARNED = {
    "airdrop": "AIRDROP",
    "fork": "HARDFORK",
    "hardfork": "HARDFORK",
    "staking": "STAKING",
    "interest": "INTEREST",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rp2In:
    """Coins that came in."""

    at: datetime  # in the user's zone: its day says which year it is
    wallet: str
    word: str
    amount: Decimal
    value: Fraction  # not zero
    id: str

    @property
    def spot_price(self) -> Fraction:
        return max(LEAST, self.value / Fraction(self.amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rp2Out:
    """Coins that went out: for a fee, or for what they brought after the fees of trading."""

    at: datetime
    wallet: str
    word: str
    amount: Decimal
    value: Fraction
    id: str

    @property
    def spot_price(self) -> Fraction:
        return max(LEAST, self.value / Fraction(self.amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rp2Sheet:
    """One coin, or a part of it that is matched on its own."""

    asset: str
    number: int  # which sheet of the coin, from 1
    ins: tuple[Rp2In, ...]
    outs: tuple[Rp2Out, ...]


_Row = TypeVar("_Row", Rp2In, Rp2Out)


class Rp2Rows:
    """Makes the sheets, and remembers what has to be said of them."""

    def __init__(self, told: ExportedBook, lots: SheetedLots) -> None:
        self.told, self.lots = told, lots
        self.zone = told.book.terms.zone
        self.events: Mapping[str, Event] = {event.id: event for event in told.book.events}
        self.taxed = told.taxed
        self.costs = _costs_of_untaxed(lots, self.taxed)
        self.remarks: list[Remark] = []

    def sheets(self, of_coin: Iterable[LotSheet]) -> Iterator[Rp2Sheet]:
        """Those of one coin that have something in them."""
        number = 0
        for sheet in of_coin:
            ins, outs = tuple(_gathered(self._ins(sheet))), tuple(_gathered(self._outs(sheet)))
            if ins:
                number += 1
                yield Rp2Sheet(asset=sheet.asset, number=number, ins=ins, outs=outs)

    def _ins(self, sheet: LotSheet) -> Iterator[Rp2In]:
        """Those that are rounded to no amount too."""
        parts = sorted(sheet.lots.items(), key=lambda part: (self.lots.ages[part[0][1]], part[0][0]))
        parts = [part for part in parts if self._can_stand(sheet, part[0][1], part[1])]
        step = _step(sheet)
        for ((wallet, told_id), amount), rounded in zip(parts, running((one for _, one in parts), step), strict=True):
            receipt = self.lots.receipts[told_id]
            if not rounded:
                self._say(receipt, amount, f"it is too small an amount; {GATHERED}")
            yield Rp2In(
                at=receipt.at.astimezone(self.zone),
                wallet=wallet,
                word=self._word(receipt),
                amount=rounded,
                value=receipt.basis_of(amount) or LEAST,
                id=told_id,
            )

    def _can_stand(self, sheet: LotSheet, told_id: str, amount: Decimal) -> bool:
        """Nothing of no value stands in a sheet, but where coins were sold that somebody would miss."""
        receipt = self.lots.receipts[told_id]
        if receipt.basis:
            return True
        why = NO_VALUE if receipt.basis is None else "a value of nothing is refused"
        if told_id in sheet.sold:
            self._say(receipt, amount, f"{why}; since it was disposed of it stands there with a billionth")
            return True
        self._say(receipt, amount, why)
        return False

    def _outs(self, sheet: LotSheet) -> Iterator[Rp2Out]:
        """Those that are rounded to no amount too."""
        parts = list(sheet.out.items())
        for ((wallet, told_id), amount), rounded in zip(
            parts, running((one for _, one in parts), _step(sheet)), strict=True
        ):
            disposal = self.lots.disposals[told_id]
            if not rounded:
                sentence = f"{amount:f} {clean_text(disposal.asset)} left: too small an amount; {GATHERED}"
                self.remarks.append(Remark(id=told_id, sentence=sentence))
            word, value = self._brought(disposal, amount)
            yield Rp2Out(
                at=disposal.at.astimezone(self.zone), wallet=wallet, word=word, amount=rounded, value=value, id=told_id
            )

    def _brought(self, disposal: Disposal, amount: Decimal) -> tuple[str, Fraction]:
        """What it is called, and what it brought: what is not taxed brought what it cost."""
        word = {"fee": "FEE", "gift": "GIFT", "loss": "LOST"}.get(disposal.kind, "SELL")
        value = disposal.proceeds_of(amount)
        if value is None or disposal.id not in self.taxed:
            if value is None:
                what = f"{disposal.kind} of {disposal.amount:f} {disposal.asset}"
                sentence = f"{what}: {NO_VALUE}; it stands there without a gain"
                self.remarks.append(Remark(id=disposal.id, sentence=sentence))
            value = self.costs.get(disposal.id, Fraction(0)) * Fraction(amount) / Fraction(disposal.amount)
        if value < 0:
            self.remarks.append(
                Remark(id=disposal.id, sentence="it cost more in fees than it brought: it stands there with nothing")
            )
        return word, max(value, Fraction(0) if word == "FEE" else LEAST)

    def _word(self, receipt: Receipt) -> str:
        start, _ = self.told.span
        if receipt.at < start or not receipt.basis:
            return "BUY"
        event = self.events.get(receipt.id)
        if isinstance(event, OtherIncome):
            return _EARNED.get(event.category.strip().casefold(), "INCOME")
        return "MINING" if receipt.kind == "mining" else "BUY"

    def _say(self, receipt: Receipt, amount: Decimal, why: str) -> None:
        day = day_of(receipt.at, self.zone).isoformat()
        event = self.events.get(receipt.id)
        what = f"{event.kind if event else receipt.kind} of {day}, {amount:f} {clean_text(receipt.asset)}"
        sentence = f"{what} in {clean_text(receipt.wallet)}: {why}"
        self.remarks.append(Remark(id=receipt.id.removeprefix("?"), sentence=sentence))


def _gathered(rows: Iterable[_Row]) -> list[_Row]:
    """Rows with an amount. What others are worth goes to the next of their year and kind, else to the last of these."""
    told: list[_Row] = []
    last: dict[tuple[int, str], int] = {}
    waiting: dict[tuple[int, str], Fraction] = {}
    for row in rows:
        kind = row.at.year, row.word
        value = waiting.pop(kind, Fraction(0)) + row.value
        if row.amount:
            last[kind] = len(told)
            told.append(replace(row, value=value))
        else:
            waiting[kind] = value
    for kind, value in waiting.items():
        if kind in last:
            told[last[kind]] = replace(told[last[kind]], value=told[last[kind]].value + value)
    return told


def remarks_of_book(told: ExportedBook) -> list[Remark]:
    """What is said of every file for RP2."""
    said = []
    if told.book.terms.method in POOLS:
        kept_by = f"the book is kept by {told.book.terms.method}, which this format does not know"
        sentence = f"{kept_by}: the gains are those of first in, first out"
        said.append(Remark(id="method", sentence=sentence))
    return [*said, *costs_of_mining(told)]


def _costs_of_untaxed(lots: SheetedLots, taxed: frozenset[str]) -> dict[str, Fraction]:
    costs: dict[str, Fraction] = {}
    for piece in lots.matching.pieces:
        if piece.disposal_id not in taxed or piece.disposal.proceeds is None:
            costs[piece.disposal_id] = costs.get(piece.disposal_id, Fraction(0)) + (piece.basis or Fraction(0))
    return costs


def _step(sheet: LotSheet) -> Decimal:
    """How fine amounts can be, so that a float and eleven digits lose nothing of them."""
    largest = max([*sheet.lots.values(), *sheet.out.values()], default=NOTHING)
    return _FINE if largest < _MOST_FINE else _COARSE


def price_text(price: Fraction) -> str:
    """A price or a value for a text: eleven digits behind the point, no more of them zeros than in cents.

    >>> price_text(Fraction(1, 3)), price_text(Fraction(42))
    ('0.33333333333', '42.00')
    """
    whole, _, places = f"{EXACT.multiply(Decimal(round(price * 10**11)), _FINE):f}".partition(".")
    return f"{whole}.{places.rstrip('0'):<02}"
