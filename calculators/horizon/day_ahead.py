"""What coins may bring on a machine tomorrow, for who asks each minute and cannot hold numpy for it.

The model is that of ``paths`` where there is no history, over one day: the same moves, far fewer paths.
"""

import functools
import math
import random
from collections.abc import Sequence
from statistics import NormalDist, fmean

from calculators.earnings.estimate import Estimate
from calculators.horizon.outlook import Outlook
from calculators.horizon.tail import tail_of
from calculators.horizon.volatility import MARKET_CORRELATION, Volatility
from calculators.money import Money

PATHS = 400  # twenty of them are the tail
_KEPT_COINS = 1024


def outlooks_of_a_day(
    *, machine: str, estimates: Sequence[Estimate], mining: str | None, switch_cost: Money | None
) -> tuple[Outlook, ...]:
    """The spread of every coin's profit over one day, in the order in which they are given.

    The same coin has the same moves each time, so that what was answered a minute ago is answered again. Energy costs
    what it does today; what a halving takes is not in it.

    Args:
        machine: its name.
        estimates: what it could mine; a coin once, none of them refused.
        mining: the coin that it mines now. ``None``: not known.
        switch_cost: of mining another one. [currency] ``None``: nothing.

    Raises:
        ValueError: currencies differ.

    >>> from datetime import UTC, datetime
    >>> from decimal import Decimal
    >>> from calculators.earnings.estimate import estimate
    >>> from calculators.earnings.operation import Operation
    >>> from calculators.chain.quote import Quote
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, difficulty=864e6,
    ...               hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(10), "USD"))
    >>> today = estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                  energy_cost_per_day=Money(Decimal(8), "USD"))
    >>> found, = outlooks_of_a_day(machine="rig", estimates=[today], mining="ETC", switch_cost=None)
    >>> found.expected.amount, found.p5 < found.p50 < found.p95
    (Decimal('2'), True)
    """
    costs = [_switch_cost(found, mining, switch_cost) for found in estimates]
    profits = [_profits(found, float(cost)) for found, cost in zip(estimates, costs, strict=True)]
    best = [max(path) for path in zip(*profits, strict=True)]
    return tuple(
        _outlook(machine, found, cost, own, best) for found, cost, own in zip(estimates, costs, profits, strict=True)
    )


def _switch_cost(found: Estimate, mining: str | None, switch_cost: Money | None) -> Money:
    nothing = found.profit_per_day * 0
    return nothing if switch_cost is None or mining in {None, found.coin} else nothing + switch_cost


def _profits(found: Estimate, switch_cost: float) -> list[float]:
    cost = float(found.energy_cost_per_day + found.fixed_cost_per_day) + switch_cost
    parts = [(float(part.revenue_per_day), _revenue_ratios(part.coin)) for part in found.parts or (found,)]
    return [sum(revenue * ratios[path] for revenue, ratios in parts) - cost for path in range(PATHS)]


def _outlook(machine: str, found: Estimate, cost: Money, profits: list[float], best: list[float]) -> Outlook:
    tail, currency = tail_of(profits, best), found.profit_per_day.currency
    return Outlook(
        machine=machine,
        coin=found.coin,
        algorithm=found.algorithm,
        days=1,
        paths=PATHS,
        expected_revenue=found.revenue_per_day,
        expected=found.profit_per_day - cost,
        p5=Money.estimated(tail.p5, currency),
        p50=Money.estimated(tail.p50, currency),
        p95=Money.estimated(tail.p95, currency),
        cvar_5=Money.estimated(tail.cvar_5, currency),
        maximum_regret=Money.estimated(tail.maximum_regret, currency),
        probability_of_loss=tail.probability_of_loss,
        probability_best=tail.probability_best,
        switch_cost=cost,
        confidence=found.confidence,
    )


@functools.lru_cache(maxsize=1)
def _market() -> tuple[float, ...]:
    """The moves that the prices of all coins share, in standard deviations."""
    generator = random.Random("market")  # noqa: S311 - no secret is made of it
    return tuple(generator.gauss() for _ in range(PATHS))


@functools.lru_cache(maxsize=_KEPT_COINS)
def _revenue_ratios(coin: str) -> tuple[float, ...]:
    """What a hash earns tomorrow by what it earns today, on each path; today's on average."""
    moves, generator = Volatility(), random.Random(coin)  # noqa: S311
    shared, own = math.sqrt(MARKET_CORRELATION), math.sqrt(1 - MARKET_CORRELATION)
    of_price = moves.price_deviation_per_day - moves.difficulty_deviation_per_day * moves.correlation
    of_difficulty = moves.difficulty_deviation_per_day * math.sqrt(1 - moves.correlation**2)
    drawn = [
        of_price * (shared * market + own * generator.gauss()) - of_difficulty * generator.gauss()
        for market in _market()
    ]
    ratios = [0.0] * PATHS
    for ratio, path in zip(_ratios_in_order(math.hypot(of_price, of_difficulty)), _by_size(drawn), strict=True):
        ratios[path] = ratio
    return tuple(ratios)


def _by_size(moves: Sequence[float]) -> list[int]:
    return sorted(range(len(moves)), key=moves.__getitem__)


@functools.lru_cache(maxsize=1)
def _ratios_in_order(deviation: float) -> tuple[float, ...]:
    """The exact quantiles of the ratios. Every coin has the same ones: no draw makes one better than another."""
    normal = NormalDist(sigma=deviation)
    ratios = [math.exp(normal.inv_cdf((place + 0.5) / PATHS)) for place in range(PATHS)]
    mean = fmean(ratios)
    return tuple(ratio / mean for ratio in ratios)
