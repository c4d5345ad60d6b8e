"""What one source says of one coin at one moment: the input of every profit calculation."""

import math
from dataclasses import dataclass
from datetime import datetime

from calculators.money import Money

LARGEST = 1e60
"""No figure of a chain comes near it or its inverse, and products of four such still fit a float."""

HIGHEST = 10**12
"""Blocks. Ten a second make it in three thousand years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One source's word about mining one coin. ``None``: it did not say.

    ``hashes_per_difficulty`` belongs to this source and coin: one unit of ``difficulty`` as this source writes it takes
    that many hashes on average. ``None`` where nobody has confirmed it: then the network's hashrate is used.
    """

    coin: str  # ticker in capitals, as the table of coins spells it
    algorithm: str
    source: str  # whattomine, hashrate_no, minerstat, node, file, builtin ...
    taken_at: datetime  # when the source measured it, aware
    difficulty: float | None = None
    hashes_per_difficulty: float | None = None
    network_hashes_per_second: float | None = None
    block_time_seconds: float | None = None
    block_reward_coins: float | None = None  # the miner's part, with the fees that the source counts in
    coins_per_hash_per_second_per_day: float | None = None  # where the source publishes the yield itself
    price: Money | None = None  # of one coin
    price_taken_at: datetime | None = None
    volume_per_day: Money | None = None  # traded, where told: a thin market moves under a small sale
    height: int | None = None  # of the chain's last block, where told: most rules of rewards go by it
    markets: int | None = None  # how many markets the price was taken from, where told
    lagging: bool = False  # the source itself says that its numbers are behind
    undated: bool = False  # nobody says of when it is: taken_at is only when it was saved

    def __post_init__(self) -> None:
        if self.taken_at.tzinfo is None or (self.price_taken_at is not None and self.price_taken_at.tzinfo is None):
            raise ValueError(f"{self.coin}: a quote's time needs its zone")
        if self.height is not None and not 0 <= self.height <= HIGHEST:
            raise ValueError(f"{self.coin}: a height of {self.height:.6g} blocks, which no chain has")
        for name in _POSITIVE:
            value = getattr(self, name)
            if value is None:
                continue
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{self.coin}: {name} is {value}; expected a finite number above zero, or nothing")
            if not 1 / LARGEST <= value <= LARGEST:
                raise ValueError(f"{self.coin}: {name} is {value:g}, which no chain has")

    @property
    def told_at(self) -> datetime | None:
        """When the source measured it; ``None`` where nobody says."""
        return None if self.undated else self.taken_at

    @property
    def price_told_at(self) -> datetime | None:
        """When the price was taken; ``None`` where nobody says."""
        return self.price_taken_at or self.told_at


_POSITIVE = (
    "difficulty",
    "hashes_per_difficulty",
    "network_hashes_per_second",
    "block_time_seconds",
    "block_reward_coins",
    "coins_per_hash_per_second_per_day",
)
