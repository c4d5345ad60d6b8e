"""Paths that are drawn from an invented history, and what coins bring on them."""

import math
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.operation import Operation
from calculators.horizon.history import History, MarketDay
from calculators.horizon.outlook import Outlook
from calculators.horizon.paths import BootstrapPaths, ParametricPaths, Paths
from calculators.horizon.scenario import Machine, outlooks
from calculators.money import Money
from tests.quotes import NOON, usd

START = date(2025, 1, 1)
COUNT = 400


def earn(coin: str = "ETC", revenue: float = 10, power_watts: float = 1000, energy: str = "4.8") -> Estimate:
    """A coin that brings ``revenue`` a day."""
    quote = Quote(
        coin=coin,
        algorithm="any",
        source="file",
        taken_at=NOON,
        difficulty=86_400,
        hashes_per_difficulty=1,
        block_reward_coins=1,
        price=usd(Decimal(revenue)),
    )
    return estimate(
        quotes=[quote],
        operation=Operation(hashes_per_second=1, power_watts=power_watts),
        energy_cost_per_day=usd(energy),
        now=NOON,
    )


def a_history(
    coins: dict[str, tuple[list[float], list[float]]], tariffs: list[float] | None = None, skipped: tuple[int, ...] = ()
) -> History:
    """Of prices and difficulties by coin."""
    rows = [
        MarketDay(
            day=START + timedelta(days=number),
            coin=coin,
            price=Money(Decimal(price), "USD"),
            difficulty=work,
            price_per_kilowatt_hour=None if tariffs is None else Money(Decimal(tariffs[number]), "USD"),
        )
        for coin, (prices, works) in coins.items()
        for number, (price, work) in enumerate(zip(prices, works, strict=True))
        if number not in skipped
    ]
    return History(rows, currency="USD")


def walk(seed: int, days: int, volatility: float = 0.05, drift: float = 0.0) -> list[float]:
    chance = random.Random(seed)
    values = [100.0]
    for _ in range(days - 1):
        values.append(values[-1] * math.exp(chance.gauss(drift, volatility)))
    return values


HISTORY = a_history(
    {"ETC": (walk(1, 200), walk(2, 200, 0.02)), "RVN": (walk(3, 200), walk(4, 200, 0.02))},
    tariffs=[0.2 + 0.1 * math.sin(number) for number in range(200)],
)


def drawn(days: int = 10, count: int = COUNT, seed: int = 1, **more: Any) -> BootstrapPaths:
    return BootstrapPaths(history=HISTORY, coins=["ETC", "RVN"], days=days, count=count, seed=seed, **more)


def one(paths: Paths, *estimates: Estimate, **more: Any) -> dict[str, Outlook]:
    machine = Machine(name="rig", estimates=estimates or (earn(),), **more)
    return {found.coin: found for found in outlooks(machines=[machine], paths=paths)}


def models(days: int = 10, count: int = COUNT) -> list[Paths]:
    return [drawn(days, count), ParametricPaths(days=days, count=count)]
