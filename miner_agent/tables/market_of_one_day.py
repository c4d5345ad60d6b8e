"""A market of one day, for when no feed is configured."""

import functools
from datetime import UTC, date, datetime, time
from decimal import Decimal

from calculators.chain.quote import Quote
from calculators.exchange import Rate
from calculators.money import Money
from miner_agent.config.key_types import Currency, Table
from miner_agent.tables.coin_table import hashes_per_difficulty, load_coins
from miner_agent.tables.users_file import Line, Positive, built_in

BUILT_IN = "built-in"
"""How the source of every quote begins."""
_USD, _EUR = "USD", "EUR"


class QuoteTable(Table, frozen=True):
    """``[[quotes]]``"""

    coin: Line
    difficulty: Positive
    network_hashes_per_second: Positive
    block_time_seconds: Positive
    block_reward_coins: Positive
    price_usd: Decimal
    volume_usd_per_day: Decimal | None = None  # None: not told


class SnapshotTable(Table, frozen=True):
    """``[snapshot]``: what holds for all of its quotes."""

    source: Line
    units: Line  # whose unit of difficulty it is
    dated: date


class ExchangeTable(Table, frozen=True):
    """``[exchange]``: rates of one day, for when no feed tells any."""

    source: Line
    dated: date
    for_one_euro: dict[Currency, Decimal]


class MarketFile(Table, frozen=True):
    """``market.toml``"""

    snapshot: SnapshotTable
    exchange: ExchangeTable
    quotes: tuple[QuoteTable, ...]


@functools.cache
def builtin_market() -> tuple[Quote, ...]:
    """Its quotes; each is as old as the start of its day at least."""
    file = built_in("market.toml", MarketFile)
    coins = load_coins()
    snapshot = file.snapshot
    return tuple(
        Quote(
            coin=row.coin,
            algorithm=coins[row.coin].algorithm,
            source=f"{BUILT_IN}, {snapshot.source}",
            taken_at=datetime.combine(snapshot.dated, time(), UTC),
            difficulty=row.difficulty,
            hashes_per_difficulty=hashes_per_difficulty(coins[row.coin], snapshot.units),
            network_hashes_per_second=row.network_hashes_per_second,
            block_time_seconds=row.block_time_seconds,
            block_reward_coins=row.block_reward_coins,
            price=Money(row.price_usd, _USD),
            volume_per_day=None if row.volume_usd_per_day is None else Money(row.volume_usd_per_day, _USD),
        )
        for row in file.quotes
    )


@functools.cache
def builtin_rates() -> tuple[Rate, ...]:
    """Rates of exchange of the last day before the market's on which any were set."""
    told = built_in("market.toml", MarketFile).exchange
    taken_at = datetime.combine(told.dated, time(), UTC)
    return tuple(
        Rate(currency=_EUR, worth=Money(amount, currency), taken_at=taken_at, source=f"{BUILT_IN}, {told.source}")
        for currency, amount in told.for_one_euro.items()
    )
