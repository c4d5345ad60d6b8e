"""What would break a coin: the shocks that professional miners plan with, each on today's estimate, as a grid.

Every scenario changes inputs of the sum that ``calculators.earnings.estimate`` made, and the sum is done again. Nothing
is drawn at random: for that see ``calculators.horizon.scenario``.

Source of the quantile beyond a million: E. Cornish, R. Fisher, "Moments and cumulants in the specification of
distributions", 1938.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from calculators.chain.pools import scheme
from calculators.chain.reward_rules import Step
from calculators.earnings import break_even
from calculators.earnings.estimate import Estimate
from calculators.earnings.own_hashrate import own_ratio_of
from calculators.earnings.reward_parts import fees_part_of_pay
from calculators.given import above_zero
from calculators.money import Money, decimal_of

LUCK_DAYS = 30
LUCK_QUANTILE = 0.05
MOST_COUNTED = 1e6
"""A larger mean of a Poisson distribution is taken as normal with its skew, which is right to a millionth there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One shock, or several at once. A ratio is the input after the shock by the input today."""

    name: str
    why: str
    energy_price_ratio: float = 1
    coin_price_ratio: float = 1
    difficulty_ratio: float = 1
    after_reward_step: bool = False
    unlucky: bool = False

    def __post_init__(self) -> None:
        above_zero(
            energy_price_ratio=self.energy_price_ratio,
            coin_price_ratio=self.coin_price_ratio,
            difficulty_ratio=self.difficulty_ratio,
        )


PRESETS: tuple[Scenario, ...] = (
    Scenario(name="energy +10 %", why="a tariff's yearly rise", energy_price_ratio=1.10),
    Scenario(name="energy +20 %", why="a contract that ends, a new fee or tax", energy_price_ratio=1.20),
    Scenario(name="price -15 %", why="a bad week of the coin", coin_price_ratio=0.85),
    Scenario(name="price -30 %", why="a bad month: one in twenty takes a third or more", coin_price_ratio=0.70),
    Scenario(name="difficulty +10 %", why="a month of growth", difficulty_ratio=1.10),
    Scenario(name="difficulty +30 %", why="a new machine, or the miners of a coin that fell", difficulty_ratio=1.30),
    Scenario(name="halving", why="the next step of the reward by the chain's rule", after_reward_step=True),
    Scenario(name="pool luck", why="blocks of a month that is the worst of twenty", unlucky=True),
    Scenario(
        name="worst",
        why="energy +20 %, price -30 %, difficulty +30 % and bad luck at once: price fell and difficulty rose on Zcash "
        "in 2018. Without the halving, whose day is known",
        energy_price_ratio=1.20, coin_price_ratio=0.70, difficulty_ratio=1.30, unlucky=True,
    ),
)  # fmt: skip
"""The grid. ``docs/scenarios.md`` explains each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressed:
    """One coin in one scenario. Money is in the estimate's currency."""

    scenario: Scenario
    coins_per_day: float  # after fees; of merged mining the first chain's
    revenue_per_day: Money
    energy_cost_per_day: Money
    profit_per_day: Money
    change_per_day: Money  # of the profit, against today
    break_even_price_per_kilowatt_hour: Money | None
    break_even_coin_price: Money | None  # of merged mining the first chain's, the others as the scenario has them
    break_even_difficulty_ratio: float | None  # of today's difficulty
    left_out: tuple[str, ...]  # what the scenario asks and is not known of this coin, in sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class StressRow:
    """One coin through all scenarios."""

    estimate: Estimate
    cells: tuple[Stressed, ...]

    @property
    def worst(self) -> Stressed:
        """The scenario with the smallest profit; the first of equals."""
        return min(self.cells, key=lambda cell: cell.profit_per_day.amount)


def stress_grid(
    *,
    estimates: Sequence[Estimate],
    scenarios: Sequence[Scenario] = PRESETS,
    reward_steps: Mapping[str, Step] | None = None,
    blocks_per_day: Mapping[str, float] | None = None,
) -> tuple[StressRow, ...]:
    """Every coin in every scenario. How likely a scenario is, and that shocks come together, is not in it.

    Args:
        estimates: one of each coin; all in one currency.
        scenarios: the columns of the grid.
        reward_steps: the next change of a chain's reward, by ticker. A chain that is not named has none.
        blocks_per_day: blocks that the pool finds in a day, or the miner who mines solo, by ticker. [1/d] For the luck.

    Returns:
        A row for each estimate, in their order.

    Raises:
        ValueError: there is no scenario, or estimates are in different currencies.

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
    >>> row, = stress_grid(estimates=[today], scenarios=PRESETS[:4])
    >>> [str(cell.profit_per_day.amount) for cell in row.cells]
    ['1.2', '0.4', '0.5', '-1']
    """
    if not scenarios:
        raise ValueError("there is no scenario; name one or more")
    currencies = sorted({found.profit_per_day.currency for found in estimates})
    if len(currencies) > 1:
        raise ValueError(f"estimates are in {' and '.join(currencies)}; convert them to one currency")
    return tuple(
        StressRow(
            estimate=found,
            cells=tuple(_stressed(found, scenario, reward_steps or {}, blocks_per_day or {}) for scenario in scenarios),
        )
        for found in estimates
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """What a chain gives in a scenario."""

    after_pool: float  # coins a day at today's difficulty
    coins: float  # a day, at the scenario's difficulty, after payouts
    price: Money
    revenue: Money


def _stressed(
    found: Estimate, scenario: Scenario, steps: Mapping[str, Step], blocks_per_day: Mapping[str, float]
) -> Stressed:
    left_out: list[str] = []
    chains = [_chain(part, scenario, steps, blocks_per_day, left_out) for part in found.parts or (found,)]
    if scenario.after_reward_step and not any(name in steps for name in found.chains):
        left_out.append(f"{found.coin}: no next step of its reward is known")
    first, operation = chains[0], found.operation
    revenue = first.revenue
    for chain in chains[1:]:
        revenue += chain.revenue
    energy = _dearer(found.energy_cost_per_day, scenario.energy_price_ratio)
    cost = energy + found.fixed_cost_per_day
    uncovered = cost - (revenue - first.revenue)
    profit = revenue - cost
    return Stressed(
        scenario=scenario,
        coins_per_day=first.coins,
        revenue_per_day=revenue,
        energy_cost_per_day=energy,
        profit_per_day=profit,
        change_per_day=profit - found.profit_per_day,
        break_even_price_per_kilowatt_hour=break_even.energy_price(
            earned=revenue - found.fixed_cost_per_day, power_watts=operation.power_watts
        ),
        break_even_coin_price=break_even.coin_price(
            cost=uncovered, coins=first.coins, exchange_fee_ratio=operation.exchange_fee_ratio
        ),
        break_even_difficulty_ratio=break_even.difficulty_ratio(
            after_pool_coins=first.after_pool,
            payout_coins=operation.payout_coins_per_day,
            price=first.price,
            cost=uncovered,
            exchange_fee_ratio=operation.exchange_fee_ratio,
            own_ratio=own_ratio_of((found.parts or (found,))[0].terms),
        ),
        left_out=tuple(left_out),
    )


def _chain(
    part: Estimate,
    scenario: Scenario,
    steps: Mapping[str, Step],
    blocks_per_day: Mapping[str, float],
    left_out: list[str],
) -> _Chain:
    operation = part.operation
    payouts = operation.payout_coins_per_day
    step = steps[part.coin].ratio if scenario.after_reward_step and part.coin in steps else 1.0
    luck = _luck(part, blocks_per_day, left_out) if scenario.unlucky else 1.0
    after_pool = (part.coins_per_day + payouts) * _pay_ratio(part, step, luck)
    coins = after_pool / break_even.harder(scenario.difficulty_ratio, own_ratio_of(part.terms)) - payouts
    price = part.price * decimal_of(scenario.coin_price_ratio)
    revenue = Money.estimated(coins * float(price) * (1 - operation.exchange_fee_ratio), price.currency)
    return _Chain(after_pool=after_pool, coins=coins, price=price, revenue=revenue)


def _pay_ratio(part: Estimate, step: float, luck: float) -> float:
    """What the pool pays when the subsidy is ``step`` of today's and blocks are ``luck`` of their mean, by today's."""
    known, fees_part = scheme(part.operation.pool_scheme), fees_part_of_pay(part)
    subsidy_luck = 1 if known.luck_of_subsidy == "pool" else luck
    fees_luck = 1 if known.luck_of_fees == "pool" else luck
    return (1 - fees_part) * step * subsidy_luck + fees_part * fees_luck


def _luck(part: Estimate, blocks_per_day: Mapping[str, float], left_out: list[str]) -> float:
    """Blocks of a bad month by those of an average one."""
    known = scheme(part.operation.pool_scheme)
    if known.luck_of_subsidy == "pool" and known.luck_of_fees in {"pool", None}:
        left_out.append(f"{part.coin}: its {known.name.upper()} pool bears the luck")
        return 1
    found_per_day = blocks_per_day.get(part.coin)
    if found_per_day is None:
        finder = "the miner" if known.luck_of_subsidy == "miner" else "the pool"
        left_out.append(f"{part.coin}: how many blocks {finder} finds in a day is not known, so luck is left out")
        return 1
    above_zero(blocks_per_day=found_per_day)
    mean = found_per_day * LUCK_DAYS
    return poisson_quantile(mean_count=mean, probability=LUCK_QUANTILE) / mean


def poisson_quantile(*, mean_count: float, probability: float) -> int:
    """The smallest count that a Poisson process stays at or below with a probability. [1]

    That a pool may withhold blocks, or count them wrongly, is not in it.

    Args:
        mean_count: on average. [1]
        probability: from a billionth to a billionth below one. [1]

    Raises:
        ValueError: the mean is not finite or not above zero, or the probability is outside that.

    >>> poisson_quantile(mean_count=10, probability=0.05)
    5
    """
    above_zero(mean_count=mean_count)
    if not 1e-9 <= probability <= 1 - 1e-9:
        raise ValueError(f"probability is {probability}; expected one from a billionth to a billionth below one")
    if mean_count > MOST_COUNTED:
        normal = NormalDist().inv_cdf(probability)
        return math.floor(mean_count + normal * math.sqrt(mean_count) + (normal**2 - 1) / 6)
    count = max(0, math.floor(mean_count - 12 * math.sqrt(mean_count)))  # less than 1e-20 lies below
    chance = math.exp(count * math.log(mean_count) - mean_count - math.lgamma(count + 1))
    reached = chance
    while reached < probability:
        count += 1
        chance *= mean_count / count
        reached += chance
    return count


def _dearer(cost: Money, ratio: float) -> Money:
    """A cost that rose by its size: where the tariff pays for energy, it pays less."""
    return cost + abs(cost) * (decimal_of(ratio) - 1)
