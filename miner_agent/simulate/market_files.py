"""The files of the simulated market and tariff: what coins are worth, and what a kilowatt-hour costs by the hour.

All of it is invented, and such that a healthy rig earns about twice what its energy costs.
"""

import functools
import json
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from calculators.money import Money
from calculators.units import HOURS_PER_DAY, SECONDS_PER_DAY
from miner_agent.model.finances import MarketNote
from miner_agent.simulate.chance import Chance
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import Profile
from miner_agent.simulate.simulated_rig import SimulatedRig

CURRENCY, SOURCE = "EUR", "invented"
MARKET_FILE, TARIFF_FILE = "market.json", "tariff.csv"
CRASHED_RATIO = 0.05
PRICE_DEVIATION = 0.02  # from a day to the next
DAYS_AHEAD = 2
MEAN_PRICE, SWING = 0.19, 0.05  # of a kilowatt-hour
WRITTEN_EVERY_SECONDS = 60.0
QUOTE_AGE = timedelta(seconds=5)  # when a file is written; one as old as its quotes would not date them


@dataclass(frozen=True, slots=True, kw_only=True)
class MinedCoin:
    """One coin of the simulated market."""

    ticker: str
    price: float
    network_hashes_per_second: float
    block_seconds: float
    reward_coins: float
    hashes_per_difficulty: float

    @property
    def difficulty(self) -> float:
        return self.network_hashes_per_second * self.block_seconds / self.hashes_per_difficulty

    @property
    def coins_per_hash_per_second_per_day(self) -> float:
        return SECONDS_PER_DAY / self.block_seconds * self.reward_coins / self.network_hashes_per_second

    @functools.lru_cache(maxsize=512)  # noqa: B019 - there are four of them
    def price_on(self, day: date, today: date) -> float:
        """What it was worth: its price of today, and each day before that a little off."""
        days = range(day.toordinal(), today.toordinal())
        return self.price * math.exp(sum(Chance(ordinal).noise(PRICE_DEVIATION) for ordinal in days))


_COINS = {
    "kawpow": MinedCoin(
        ticker="RVN",
        price=0.01,
        network_hashes_per_second=400e9,
        block_seconds=60,
        reward_coins=1250,
        hashes_per_difficulty=2.0**32,
    ),
    "Etchash": MinedCoin(
        ticker="ETC",
        price=17.5,
        network_hashes_per_second=1e13,
        block_seconds=13,
        reward_coins=1.9,
        hashes_per_difficulty=1.0,
    ),
    "rx/0": MinedCoin(
        ticker="XMR",
        price=150.0,
        network_hashes_per_second=5e8,
        block_seconds=120,
        reward_coins=0.6,
        hashes_per_difficulty=1.0,
    ),
    "sha256": MinedCoin(
        ticker="BTC",
        price=90_000.0,
        network_hashes_per_second=1.5e20,
        block_seconds=600,
        reward_coins=3.125,
        hashes_per_difficulty=2.0**32,
    ),
}
"""By the algorithm that mines it, as the programs here call it."""


def coins(profile: Profile) -> tuple[str, ...]:
    """The tickers of what is mined there."""
    return tuple(coin.ticker for coin in mined_coins(profile))


def mined_coins(profile: Profile) -> Iterable[MinedCoin]:
    """What is mined there."""
    mined = dict.fromkeys(program.algorithm for program in profile.programs)
    if profile.machines:
        mined["sha256"] = None
    return [_COINS[algorithm] for algorithm in mined]


def mined_hashes_per_second(profile: Profile) -> Mapping[str, float]:
    """By ticker, what is mined of it there."""
    found: defaultdict[str, float] = defaultdict(float)
    for program in profile.programs:
        found[_COINS[program.algorithm].ticker] += program.hashes_per_second * len(program.cards)
    for machine in profile.machines:
        found[_COINS["sha256"].ticker] += machine.hashes_per_second if machine.boards else 0.0
    return found


def energy_price(hour: datetime) -> Decimal:
    """Of a kilowatt-hour, cheap at night and dear in the evening."""
    return Decimal(f"{MEAN_PRICE - SWING * math.cos(2 * math.pi * (hour.hour - 6) / HOURS_PER_DAY):.4f}")


def market_notes(profile: Profile, at: datetime, now: datetime) -> Iterator[MarketNote]:
    """What the agent would have noted of the market at that hour before now."""
    for coin in mined_coins(profile):
        price = coin.price_on(at.date(), now.date())
        yield MarketNote(
            coin=coin.ticker,
            source=SOURCE,
            price=Money(Decimal(f"{price:.8f}"), CURRENCY),
            difficulty=coin.difficulty,
            coins_per_hash_per_second_per_day=coin.coins_per_hash_per_second_per_day,
            block_reward_coins=coin.reward_coins,
            price_per_kilowatt_hour=Money(energy_price(at), CURRENCY),
        )


class MarketFiles:
    """Keeps both files as of now."""

    def __init__(self, folder: Path, *, every_seconds: float = WRITTEN_EVERY_SECONDS) -> None:
        self.folder, self._every_seconds = folder, every_seconds
        self.market, self.tariff = folder / MARKET_FILE, folder / TARIFF_FILE
        self._written: tuple[float, bool, bool] | None = None

    def keep(self, rig: SimulatedRig, now: datetime) -> None:
        """Write them where they are old, or where something happens to them."""
        is_down = rig.is_on(Fault.FEED_DOWN) or rig.is_on(Fault.LINE_DROP)
        has_crashed = rig.is_on(Fault.PRICE_CRASH)
        at_seconds, *before = self._written or (0.0, None, None)
        if before == [is_down, has_crashed] and (is_down or rig.seconds - at_seconds < self._every_seconds):
            return
        self._written = rig.seconds, is_down, has_crashed
        if is_down:
            self.market.unlink(missing_ok=True)
            return
        self._write(self.market, _market(rig.profile, now, CRASHED_RATIO if has_crashed else 1.0), now)
        self._write(self.tariff, _tariff(now), now)

    def _write(self, file: Path, text: str, now: datetime) -> None:
        """Whole or not at all, and as of ``now``, which may be the rig's own time."""
        beside = file.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        os.utime(beside, (now.timestamp(), now.timestamp()))
        beside.replace(file)


def _market(profile: Profile, now: datetime, worth: float) -> str:
    told = (now - QUOTE_AGE).isoformat()
    quotes = [
        {
            "coin": coin.ticker,
            "source": SOURCE,
            "taken_at": told,
            "price_taken_at": told,
            "price": f"{coin.price * worth:.8f}",
            "currency": CURRENCY,
            "network_hashes_per_second": coin.network_hashes_per_second,
            "difficulty": coin.difficulty,
            "hashes_per_difficulty": coin.hashes_per_difficulty,
            "block_time_seconds": coin.block_seconds,
            "block_reward_coins": coin.reward_coins,
        }
        for coin in mined_coins(profile)
    ]
    return json.dumps({"note": "invented", "quotes": quotes})


def _tariff(now: datetime) -> str:
    """Slots of an hour from yesterday to the day after tomorrow."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    lines = ["start,end,price,currency"]
    for hour in range(HOURS_PER_DAY * (DAYS_AHEAD + 2)):
        start = first + timedelta(hours=hour)
        end = start + timedelta(hours=1)
        lines.append(f"{start.isoformat()},{end.isoformat()},{energy_price(start)},{CURRENCY}")
    return "\n".join((*lines, ""))
