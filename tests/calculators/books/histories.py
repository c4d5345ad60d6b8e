"""Movements for tests of matching, written short."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from calculators.books.movements import Disposal, DisposalKind, Move, Receipt

START = datetime(2025, 1, 1, 12, tzinfo=UTC)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def receipt(name: str, day: float, amount: str, basis: str | None, *, wallet: str = "w", asset: str = "XMR") -> Receipt:
    return Receipt(
        id=name,
        at=at(day),
        wallet=wallet,
        asset=asset,
        amount=Decimal(amount),
        basis=None if basis is None else Decimal(basis),
        kind="mining",
    )


def disposal(
    name: str,
    day: float,
    amount: str,
    proceeds: str | None,
    *,
    wallet: str = "w",
    asset: str = "XMR",
    kind: DisposalKind = "sale",
) -> Disposal:
    return Disposal(
        id=name,
        at=at(day),
        wallet=wallet,
        asset=asset,
        amount=Decimal(amount),
        proceeds=None if proceeds is None else Decimal(proceeds),
        kind=kind,
    )


def move(name: str, day: float, amount: str, wallet: str, to_wallet: str, *, asset: str = "XMR") -> Move:
    return Move(id=name, at=at(day), wallet=wallet, to_wallet=to_wallet, asset=asset, amount=Decimal(amount))
