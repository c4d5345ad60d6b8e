"""Quotes as a source would give them, for the tests of the calculators."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from calculators.chain.quote import Quote
from calculators.money import Money

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def usd(amount: float | str | Decimal) -> Money:
    return Money(Decimal(str(amount)), "USD")


PLAIN = Quote(
    coin="ETC",
    algorithm="etchash",
    source="whattomine",
    taken_at=NOON,
    difficulty=1.94e15,
    hashes_per_difficulty=1,
    network_hashes_per_second=1.3e14,
    block_time_seconds=14.5,
    block_reward_coins=1.6384,
    price=usd("8.84"),
    volume_per_day=usd(60_000_000),
)


def quote(**differences: Any) -> Quote:
    """A plain quote of ETC, 3 % between its two estimates, but for what a test wants otherwise."""
    return replace(PLAIN, **differences)
