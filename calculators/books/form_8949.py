"""The list of disposals that Form 8949 of the United States wants, and how it compares with a broker's Form 1099-DA."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

from calculators.books.exact import EXACT, fraction_sum, whole_cents
from calculators.books.holding import Term
from calculators.books.movements import Piece
from calculators.books.tax_year import day_of
from calculators.books.year_totals import term_of

Box = Literal["G", "H", "I", "J", "K", "L"]
Reported = Literal["with basis", "without basis", "not"]

_BOXES: dict[tuple[Term, Reported], Box] = {
    ("short", "with basis"): "G",
    ("short", "without basis"): "H",
    ("short", "not"): "I",
    ("long", "with basis"): "J",
    ("long", "without basis"): "K",
    ("long", "not"): "L",
}
"""Digital assets, by what the broker's form told."""

_FINE = 10**40
"""Parts of a unit of currency in which a running sum is kept: thousands of fractions are slow to add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form8949Row:
    """One line: a part of a disposal that came from one lot."""

    box: Box
    description: str  # column a: amount and coin
    acquired: date | None  # column b; None: various
    sold: date  # column c
    proceeds: Decimal  # column d, in cents
    cost: Decimal  # column e, in cents
    disposal_id: str

    @property
    def gain(self) -> Decimal:
        """Column h."""
        return EXACT.subtract(self.proceeds, self.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRow:
    """One sale as a broker told it."""

    asset: str
    amount: Decimal
    sold: date
    proceeds: Decimal  # gross, less what the broker charged
    basis: Decimal | None = None  # None: the broker told none


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSale:
    """One disposal as the books have it, to be looked for at a broker."""

    disposal_id: str
    asset: str
    amount: Decimal
    sold: date
    proceeds: Decimal | None
    basis: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerComparison:
    """What of one broker's row and one own sale is the same. One of them is ``None`` where the other stands alone."""

    broker: BrokerRow | None
    own: OwnSale | None

    @property
    def told(self) -> BrokerRow | OwnSale:
        """Either of them: coin, amount and day are the same."""
        told = self.broker or self.own
        if told is None:
            raise ValueError("a comparison of nothing")
        return told

    @property
    def difference(self) -> Decimal | None:
        """How much more the broker told than the books have; ``None``: there is nothing to compare. [currency]"""
        if self.broker is None or self.own is None or self.own.proceeds is None:
            return None
        return EXACT.subtract(self.broker.proceeds, self.own.proceeds)


def form_8949_rows(
    pieces: Iterable[Piece], *, zone: ZoneInfo, reported: dict[str, Reported] | None = None
) -> list[Form8949Row]:
    """The rows of some disposals, by box and day, each in cents so that the rows of a box add up to its exact sum.

    Gifts and losses have no row; what has no proceeds yet has none either.

    Args:
        pieces: of one tax year, only of disposals that belong on the form.
        zone: whose days count.
        reported: what brokers told of disposals, by their id; nothing of all others.
    """
    by_box: dict[Box, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.proceeds is not None:
            told = (reported or {}).get(piece.disposal_id, "not")
            by_box[_BOXES[term_of(piece, country="US", zone=zone), told]].append(piece)
    rows = []
    for box, of_box in sorted(by_box.items()):
        of_box.sort(key=lambda piece: piece.disposed_at)
        proceeds = in_cents([piece.proceeds or Fraction(0) for piece in of_box])
        costs = in_cents([piece.basis or Fraction(0) for piece in of_box])
        rows += [
            Form8949Row(
                box=box,
                description=f"{piece.amount.normalize(EXACT):f} {piece.asset}",
                acquired=None if piece.acquired_at is None else day_of(piece.acquired_at, zone),
                sold=day_of(piece.disposed_at, zone),
                proceeds=one,
                cost=cost,
                disposal_id=piece.disposal_id,
            )
            for piece, one, cost in zip(of_box, proceeds, costs, strict=True)
        ]
    return rows


def in_cents(amounts: Sequence[Fraction]) -> list[Decimal]:
    """Amounts in cents that add up to the cents of their sum: what one row loses by rounding the next one gets.

    >>> [str(one) for one in in_cents([Fraction("0.004")] * 5)]
    ['0.00', '0.01', '0.00', '0.01', '0.00']
    """
    told, fine, shown = [], 0, Decimal(0)
    for number, amount in enumerate(amounts, 1):
        fine += round(amount * _FINE)
        last = number == len(amounts)
        rounded = whole_cents(fraction_sum(amounts) if last else Fraction(fine, _FINE))
        told.append(EXACT.subtract(rounded, shown))
        shown = rounded
    return told


def compare_with_broker(broker: Iterable[BrokerRow], own: Iterable[OwnSale]) -> list[BrokerComparison]:
    """Finds each of a broker's rows among the own sales: the same coin, amount and day; of several the nearest.

    Args:
        broker: as its form tells.
        own: the disposals of the same year.
    """
    waiting: dict[tuple[str, Decimal, date], list[OwnSale]] = defaultdict(list)
    for sale in own:
        waiting[sale.asset, sale.amount, sale.sold].append(sale)
    told = []
    for row in broker:
        candidates = waiting[row.asset, row.amount, row.sold]
        best = min(candidates, key=lambda sale: abs(row.proceeds - (sale.proceeds or 0)), default=None)
        if best is not None:
            candidates.remove(best)
        told.append(BrokerComparison(broker=row, own=best))
    told += [BrokerComparison(broker=None, own=sale) for sales in waiting.values() for sale in sales]
    return sorted(told, key=lambda one: one.told.sold)
