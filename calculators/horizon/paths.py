"""Joint paths of price, difficulty and energy price: drawn anew from a history, or from a model where there is none.

A path is told as what a hash earns on each day of the horizon, by what it earns today. All coins of a path share its
days or its market, so that they can be compared on it. The same seed gives the same paths, whatever other coins are
asked for, and in whatever order.

Source of the blocks: D. Politis, J. Romano, "A circular block-resampling procedure for stationary data", 1992.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from calculators.given import not_negative
from calculators.horizon.history import History, MarketDay, consecutive
from calculators.horizon.volatility import MARKET_CORRELATION, Volatility, check_correlation

Numbers = npt.NDArray[np.float64]
Drift = Literal["none", "history"]

COUNT = 10_000
FEWEST_PATHS = 100
MOST_PATHS = 50_000
"""200 coins keep a number for each: 80 MB."""
MOST_DRAWS = 4_000_000
"""Paths times days. So many days that were drawn take 16 MB."""
FEWEST_MOVES = 60
BLOCK_DAYS = 14
"""Days that stay together: Bitcoin's difficulty holds for a fortnight."""
FARTHEST = 300.0
"""From today, in logarithms: what floats hold with room for products."""


class Paths(Protocol):
    """What scenarios ask of paths."""

    @property
    def days(self) -> int:
        """Horizon. [d]"""

    @property
    def count(self) -> int:
        """How many paths."""

    @property
    def currency(self) -> str | None:
        """What changes of the energy price are in; ``None`` where it does not change."""

    def revenue_ratios(self, coin: str) -> Iterator[Numbers]:
        """What a hash earns on each day by what it earns today, a number for each path. [1]

        Raises:
            ValueError: nothing is known of the coin.
        """

    def energy_price_changes(self) -> Iterator[Numbers]:
        """What energy costs on each day more than today, a number for each path. [currency/kWh]"""


class BootstrapPaths:
    """Days of a history, drawn anew in blocks: what happened on one day stays together.

    Price and difficulty move from day to day as they did on the drawn days, every coin on the same ones. The energy
    price does not walk: it is as far from today's as the drawn day's was from the history's mean, for power prices
    return. Blocks begin on any day, and run on from the last to the first. What happened over a gap is left out, and
    what the reward did: its steps are known beforehand.
    """

    def __init__(
        self,
        *,
        history: History,
        coins: Sequence[str],
        days: int,
        count: int = COUNT,
        seed: int = 1,
        block_days: int = BLOCK_DAYS,
        drift: Drift = "none",
    ) -> None:
        """Draws the days.

        Args:
            history: days of every coin.
            coins: tickers. Only days that all of them have are used, and that tell a tariff where any does.
            days: horizon. [d]
            count: paths.
            seed: of the generator.
            block_days: days that stay together. [d]
            drift: ``none``: the mean over the paths is today's on each day, and the history gives the spread alone.
                ``history``: its trend goes on.

        Raises:
            ValueError: a coin is not in the history; the days in common are fewer than 60 moves, or than the horizon; a
                move is 1000-fold; paths, days or the block are out of range.

        >>> from datetime import timedelta
        >>> from decimal import Decimal
        >>> from calculators.money import Money
        >>> days = [MarketDay(day=date(2026, 1, 1) + timedelta(days=day), coin="ETC", difficulty=2 ** (day % 2),
        ...                   price=Money(Decimal(8), "USD")) for day in range(100)]
        >>> paths = BootstrapPaths(history=History(days, currency="USD"), coins=["ETC"], days=1, drift="history")
        >>> sorted(set(next(paths.revenue_ratios("ETC")).tolist()))
        [0.5, 2.0]
        """
        _check(days=days, count=count)
        if block_days < 1:
            raise ValueError(f"block_days is {block_days}; expected one day or more")
        rows = history.common(coins)
        pairs = [
            (before, after)
            for before, after in pairwise(rows)
            if consecutive(before[0].day, after[0].day) and (not history.tariffs or after[0].day in history.tariffs)
        ]
        needed = max(FEWEST_MOVES, days)
        if len(pairs) < needed:
            scarce = min(coins, key=lambda coin: len(history.of(coin)))
            raise ValueError(
                f"the history has {len(pairs)} moves from a day to the next that all coins asked for have (of {scarce} "
                f"{len(history.of(scarce))} days); {days} days ahead need {needed}. Give a longer history, or fewer "
                "coins or days"
            )
        self.days, self.count, self._drift = days, count, drift
        self._moves = {
            coin: np.array([_move(before[column], after[column]) for before, after in pairs])
            for column, coin in enumerate(coins)
        }
        self._distances = _distances(history, [after[0].day for _, after in pairs])
        self.currency = history.currency if history.tariffs else None
        blocks = -(-days // block_days)
        begins = np.random.default_rng(seed).integers(len(pairs), size=(blocks, 1, count), dtype=np.int32)
        drawn = (begins + np.arange(block_days, dtype=np.int32)[:, np.newaxis]) % np.int32(len(pairs))
        self._drawn = drawn.reshape(-1, count)[:days]

    def revenue_ratios(self, coin: str) -> Iterator[Numbers]:
        """As of ``Paths``."""
        moves = self._moves.get(coin)
        if moves is None:
            raise ValueError(f"{coin}: the paths were drawn without it")
        return _ratios((moves[drawn] for drawn in self._drawn), self.count, self._drift)

    def energy_price_changes(self) -> Iterator[Numbers]:
        """As of ``Paths``. [currency/kWh]"""
        for drawn in self._drawn:
            changes = self._distances[drawn]
            yield changes - changes.mean()


class ParametricPaths:
    """A model where there is no history: price and difficulty walk by normal steps in logarithms, each correlated with
    the other, and the prices of all coins with the market. Without drift, and the energy price stays.

    Jumps, fat tails and volatility that comes in spells are not in it: a history has them, so prefer one.
    """

    currency = None

    def __init__(
        self,
        *,
        days: int,
        count: int = COUNT,
        seed: int = 1,
        volatility: Mapping[str, Volatility] | None = None,
        otherwise: Volatility | None = None,
        market_correlation: float = MARKET_CORRELATION,
    ) -> None:
        """Draws the market.

        Args:
            days: horizon. [d]
            count: paths.
            seed: of the generator.
            volatility: of single coins, by ticker.
            otherwise: of all other coins. ``None``: the default.
            market_correlation: of the prices of two coins. [1] From 0 to 1.

        Raises:
            ValueError: paths or days are out of range, or the correlation is.
        """
        _check(days=days, count=count)
        check_correlation(market_correlation=market_correlation)
        not_negative(market_correlation=market_correlation)
        self.days, self.count, self._seed = days, count, seed
        self._volatility, self._otherwise = dict(volatility or {}), otherwise or Volatility()
        self._own, self._shared = math.sqrt(1 - market_correlation), math.sqrt(market_correlation)
        self._market = np.random.default_rng(seed).standard_normal((days, count))

    def revenue_ratios(self, coin: str) -> Iterator[Numbers]:
        """As of ``Paths``; every coin is known."""
        return _ratios(self._steps(coin), self.count, "none")

    def energy_price_changes(self) -> Iterator[Numbers]:
        """As of ``Paths``: none. [currency/kWh]"""
        none = np.zeros(self.count)
        for _ in range(self.days):
            yield none

    def _steps(self, coin: str) -> Iterator[Numbers]:
        moves = self._volatility.get(coin, self._otherwise)
        generator = np.random.default_rng([self._seed, int.from_bytes(coin.encode())])
        difficulty_own = moves.difficulty_deviation_per_day * math.sqrt(1 - moves.correlation**2)
        for market in self._market:
            price = self._shared * market + self._own * generator.standard_normal(self.count)
            difficulty = generator.standard_normal(self.count)
            yield (
                moves.price_deviation_per_day - moves.difficulty_deviation_per_day * moves.correlation
            ) * price - difficulty_own * difficulty


def mean_revenue_ratios(paths: Paths, coins: Sequence[str], shares: Sequence[float]) -> list[float]:
    """What a hash earns in the mean of all days by what it earns today, one number a path. [1]

    Args:
        paths: of these coins.
        coins: chains that are mined together.
        shares: of today's revenue, in the same order. [1]

    Raises:
        ValueError: nothing is known of a coin, or a share is missing.

    >>> means = mean_revenue_ratios(ParametricPaths(days=30, count=1000), ["ETC"], [1.0])
    >>> len(means), round(sum(means) / len(means), 9)
    (1000, 1.0)
    """
    total = np.zeros(paths.count)
    for coin, share in zip(coins, shares, strict=True):
        for ratios in paths.revenue_ratios(coin):
            total += share * ratios
    means: list[float] = (total / paths.days).tolist()
    return means


def _ratios(steps: Iterator[Numbers], count: int, drift: Drift) -> Iterator[Numbers]:
    level = np.zeros(count)
    for step in steps:
        level += step
        np.clip(level, -FARTHEST, FARTHEST, out=level)
        ratios = np.exp(level)
        if drift == "none":
            ratios /= ratios.mean()
        yield ratios


def _move(before: MarketDay, after: MarketDay) -> float:
    return math.log(float(after.price) / float(before.price)) - math.log(after.work / before.work)


def _distances(history: History, days: Sequence[date]) -> Numbers:
    """Of each day's energy price from their mean."""
    if not history.tariffs:
        return np.zeros(len(days))
    prices = np.array([float(history.tariffs[day]) for day in days])
    distances: Numbers = prices - prices.mean()
    return distances


def _check(*, days: int, count: int) -> None:
    if days < 1:
        raise ValueError(f"days is {days}; expected one or more")
    if not FEWEST_PATHS <= count <= MOST_PATHS:
        raise ValueError(
            f"count is {count}; expected {FEWEST_PATHS} to {MOST_PATHS} paths, a twentieth of them the tail"
        )
    if days * count > MOST_DRAWS:
        raise ValueError(f"{count} paths of {days} days are more than {MOST_DRAWS:,} days; give fewer of either")
