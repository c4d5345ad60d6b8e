"""A market of one day, for when no feed is configured."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.config.key_types import Table
from miner_agent.tables.coin_table import hashes_per_difficulty, load_coins
from miner_agent.tables.users_file import Line, Positive, built_in

BUILT_IN = "built-in"
"""How the source of every quote begins."""
_USD = "USD"


class QuoteTable(Table, frozen=True):
    """``[[quotes]]``"""

    coin: Line
    difficulty: Positive
    network_hashes_per_second: Positive
    block_time_seconds: Positive
    block_reward_coins: Positive
    price_usd: Decimal
    volume_usd_per_day: Decimal


class SnapshotTable(Table, frozen=True):
    """``[snapshot]``: what holds for all of its quotes."""

    source: Line
    units: Line  # whose unit of difficulty it is
    dated: date


class MarketFile(Table, frozen=True):
    """``market.toml``"""

    snapshot: SnapshotTable
    quotes: tuple[QuoteTable, ...]


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
            volume_per_day=Money(row.volume_usd_per_day, _USD),
        )
        for row in file.quotes
    )
