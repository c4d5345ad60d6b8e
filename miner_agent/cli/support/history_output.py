"""A history as CSV, in the form that ``calculators.horizon.history`` reads."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from calculators.horizon.history import MarketDay

if TYPE_CHECKING:
    from exporters.csv import Cell

HISTORY_COLUMNS = (
    "date",
    "coin",
    "price",
    "difficulty",
    "coins_per_hash_per_second_per_day",
    "reward",
    "tariff",
    "currency",
)


def history_rows(days: Iterable[MarketDay]) -> "Iterator[tuple[Cell, ...]]":
    """A row for each day of a coin, in their order."""
    for row in days:
        yield (
            row.day.isoformat(),
            row.coin,
            row.price.amount,
            row.difficulty,
            row.coins_per_hash_per_second_per_day,
            row.block_reward_coins,
            None if row.price_per_kilowatt_hour is None else row.price_per_kilowatt_hour.amount,
            row.price.currency,
        )
