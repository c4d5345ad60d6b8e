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

    def basis_of(self, amount: Decimal) -> Fraction | None:
        """What a part of them cost. [currency]"""
        if self.basis is None or amount == self.amount:
            return None if self.basis is None else Fraction(self.basis)
        return share_of(self.basis, part=amount, whole=self.amount)


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
        if self.proceeds is None or amount == self.amount:
            return None if self.proceeds is None else Fraction(self.proceeds)
        return share_of(self.proceeds, part=amount, whole=self.amount)


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
    """The part of one disposal that came from one receipt, or from a pool. Its sums are made when asked for."""

    disposal: Disposal
    receipt: Receipt | None  # None: of a pool, which has no receipts any more, or of nothing that is known
    amount: Decimal
    pool_cost: Fraction | None = None  # what a pool says that it cost
    rule: Rule = "lot"

    @property
    def disposal_id(self) -> str:
        return self.disposal.id

    @property
    def receipt_id(self) -> str | None:
        return self.receipt.id if self.receipt else None

    @property
    def asset(self) -> str:
        return self.disposal.asset

    @property
    def wallet(self) -> str:
        """The one that disposes of it."""
        return self.disposal.wallet

    @property
    def acquired_at(self) -> datetime | None:
        """``None``: a pool has no date."""
        return self.receipt.at if self.receipt else None

    @property
    def disposed_at(self) -> datetime:
        return self.disposal.at

    @property
    def basis(self) -> Fraction | None:
        """What it cost; ``None``: of a receipt without a price, or of none that is known."""
        return _cost(self.pool_cost, self.receipt, self.amount)

    @property
    def proceeds(self) -> Fraction | None:
        """Its share of the disposal's."""
        return self.disposal.proceeds_of(self.amount)

    @property
    def gain(self) -> Fraction | None:
        """Proceeds less basis; ``None`` where one of them is not known."""
        basis, proceeds = self.basis, self.proceeds
        return None if basis is None or proceeds is None else proceeds - basis


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLot:
    """What is left of a receipt, or of a pool."""

    asset: str
    wallet: str  # where it lies now
    receipt: Receipt | None  # None: a pool
    amount: Decimal
    pool_cost: Fraction | None = None

    @property
    def receipt_id(self) -> str | None:
        return self.receipt.id if self.receipt else None

    @property
    def acquired_at(self) -> datetime | None:
        return self.receipt.at if self.receipt else None

    @property
    def basis(self) -> Fraction | None:
        """What it cost; ``None``: nobody knows yet."""
        return _cost(self.pool_cost, self.receipt, self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A part of a transfer between wallets with lots of their own: the lot, or the cost of a pool, that went along."""

    move: Move
    receipt: Receipt | None  # None: a pool
    amount: Decimal
    pool_cost: Fraction | None = None

    @property
    def basis(self) -> Fraction | None:
        """What it cost; ``None``: nobody knows yet."""
        return _cost(self.pool_cost, self.receipt, self.amount)


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
    carried: tuple[Carried, ...] = ()  # by transfers, where lots are kept by wallet


def _cost(of_pool: Fraction | None, receipt: Receipt | None, amount: Decimal) -> Fraction | None:
    return of_pool if of_pool is not None or receipt is None else receipt.basis_of(amount)
