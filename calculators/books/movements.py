"""What goes into a matching of lots, and what comes out of it.

Everything that is given is exact: amounts are decimals, shares of a basis are fractions (a third of a lot is exact).
The order of a list of movements is that of the chain: it decides between movements of one moment.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from calculators.books.exact import share_of

ReceiptKind = Literal["mining", "purchase", "opening", "swap_in", "other_income"]
DisposalKind = Literal["sale", "fee", "spend", "swap_out", "gift", "loss"]
Rule = Literal["lot", "same day", "30 days", "section 104", "average"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Coins that came into the books."""

    id: str
    at: datetime  # when they were acquired, aware, UTC
    wallet: str
    asset: str
    amount: Decimal
    basis: Decimal | None  # what they cost, or were worth as income; None: nobody knows yet
    kind: ReceiptKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal:
    """Coins that left the books."""

    id: str
    at: datetime
    wallet: str
    asset: str
    amount: Decimal
    proceeds: Decimal | None  # net of the trading fee; None: nobody knows yet
    kind: DisposalKind

    def proceeds_of(self, amount: Decimal) -> Fraction | None:
        """What a part of it brought. [currency]"""
        return None if self.proceeds is None else share_of(self.proceeds, part=amount, whole=self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Coins that went from one own wallet to another: with lots by wallet they take date and basis along."""

    id: str
    at: datetime
    wallet: str
    to_wallet: str
    asset: str
    amount: Decimal


Movement: TypeAlias = Receipt | Disposal | Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The part of one disposal that came from one receipt, or from a pool."""

    disposal_id: str
    receipt_id: str | None  # None: a pool, which has no receipts any more
    asset: str
    wallet: str  # that disposes of it
    amount: Decimal
    acquired_at: datetime | None  # None: a pool has no date
    disposed_at: datetime
    basis: Fraction | None  # None: of a receipt without a price
    proceeds: Fraction | None  # its share of the disposal's
    rule: Rule = "lot"

    @property
    def gain(self) -> Fraction | None:
        """Proceeds less basis; ``None`` where one of them is not known."""
        return None if self.basis is None or self.proceeds is None else self.proceeds - self.basis


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLot:
    """What is left of a receipt, or of a pool."""

    receipt_id: str | None
    asset: str
    wallet: str  # where it lies now
    amount: Decimal
    acquired_at: datetime | None
    basis: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """More left the books than was in them. No basis is invented for it: it is told, and its piece has none."""

    disposal_id: str
    asset: str
    wallet: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which coins were disposed of, and which are left."""

    pieces: tuple[Piece, ...] = ()
    held: tuple[HeldLot, ...] = ()
    shortages: tuple[Shortage, ...] = ()
