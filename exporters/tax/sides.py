"""An event as most tables have it: what was sent, what was received, and the fee beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeAlias

from exporters.tax.csv_table import TableCell
from exporters.tax.event_rows import EventRow, RowWord

SideWord: TypeAlias = RowWord | Literal["deposit", "withdrawal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinSide:
    """An amount of a coin, or of a currency."""

    amount: Decimal
    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SidedRow:
    """One line. A transfer is two of them."""

    word: SideWord
    row: EventRow
    wallet: str
    sent: CoinSide | None = None
    received: CoinSide | None = None
    fee: CoinSide | None = None

    def category(self, words: Mapping[str, str], other: str) -> str:
        """What a format calls income that was not mined."""
        return words.get((self.row.category or "").strip().casefold(), other)


def sided(row: EventRow, currency: str) -> Iterator[SidedRow]:
    """The lines of an event.

    Args:
        row: the event.
        currency: of its value.
    """
    coins, money = CoinSide(amount=row.amount, asset=row.asset), CoinSide(amount=row.value, asset=currency)
    fee = CoinSide(amount=row.fee, asset=currency) if row.fee else None
    line = SidedRow(word=row.word, row=row, wallet=row.wallet)
    to_wallet = row.to_wallet or row.wallet
    match row.word:
        case "mining" | "income":
            yield replace(line, received=coins)
        case "buy":
            yield replace(line, sent=money, received=coins, fee=fee)
        case "sell":
            yield replace(line, sent=coins, received=money, fee=fee)
        case "swap" if to_wallet == row.wallet:
            yield replace(line, sent=coins, received=_arrived(row), fee=fee)
        case "swap":
            yield replace(line, word="sell", sent=coins, received=money, fee=fee)
            yield replace(line, word="buy", wallet=to_wallet, sent=money, received=_arrived(row))
        case "transfer":
            yield replace(line, word="withdrawal", sent=coins)
            yield replace(line, word="deposit", wallet=to_wallet, received=coins)
        case _:
            yield replace(line, sent=coins)


def amount_first(side: CoinSide | None) -> tuple[TableCell, TableCell]:
    """Two cells: how much, and of what."""
    return (None, None) if side is None else (side.amount, side.asset)


def asset_first(side: CoinSide | None) -> tuple[TableCell, TableCell]:
    """Two cells: of what, and how much."""
    return (None, None) if side is None else (side.asset, side.amount)


def _arrived(row: EventRow) -> CoinSide:
    return CoinSide(amount=row.to_amount or Decimal(0), asset=row.to_asset or row.asset)
