"""From difficulty or network hashrate to coins, odds, break-evens and what growth does to them.

Hashes are the algorithm's own unit of work: on Equihash a solution, on Cuckoo a graph.

Sources: https://en.bitcoin.it/wiki/Difficulty; of the odds M. Rosenfeld, https://arxiv.org/abs/1112.4980.
"""

import math
from dataclasses import dataclass

from calculators.given import above_zero, not_negative, ratio
from calculators.money import Money
from calculators.units import HOURS_PER_DAY, KILOWATT_HOUR, SECONDS_PER_DAY, WATTS_PER_KILOWATT

SURE_ENOUGH = 0.95


def hashes_per_block(*, difficulty: float, hashes_per_difficulty: float) -> float:
    """Hashes that a block takes on average.

    Args:
        difficulty: as the source writes it. [1]
        hashes_per_difficulty: hashes for one unit of it, which depends on the source and the coin: 2**32 of bitcoind,
            1 of monerod. [H]

    Returns:
        Expected hashes. [H]

    Raises:
        ValueError: an argument is not finite or not above zero.

    >>> hashes_per_block(difficulty=2, hashes_per_difficulty=2**32)
    8589934592.0
    """
    above_zero(difficulty=difficulty, hashes_per_difficulty=hashes_per_difficulty)
    return float(difficulty) * hashes_per_difficulty


def expected_coins_per_day(
    *, hashes_per_second: float, difficulty: float, hashes_per_difficulty: float, block_reward_coins: float
) -> float:
    """Coins that a hashrate finds in a day on average, at one difficulty.

    Pool and dev fees, stale shares, downtime, orphans and luck are not in it.

    Args:
        hashes_per_second: hashrate. [H/s] Zero gives zero.
        difficulty: as the source writes it. [1]
        hashes_per_difficulty: hashes for one unit of it. [H]
        block_reward_coins: what the miner of a block gets, with fees where they are known. [coin]

    Returns:
        Expected coins. [coin/d]

    Raises:
        ValueError: an argument is not finite, the hashrate is negative, or another is not above zero.

    >>> round(expected_coins_per_day(hashes_per_second=100e12, difficulty=100e12, hashes_per_difficulty=2**32,
    ...                              block_reward_coins=3.125), 8)
    6.286e-05
    """
    not_negative(hashes_per_second=hashes_per_second)
    above_zero(block_reward_coins=block_reward_coins)
    hashes = hashes_per_block(difficulty=difficulty, hashes_per_difficulty=hashes_per_difficulty)
    return hashes_per_second * SECONDS_PER_DAY * block_reward_coins / hashes


def expected_coins_per_day_by_network(
    *,
    hashes_per_second: float,
    network_hashes_per_second: float,
    block_time_seconds: float,
    block_reward_coins: float,
) -> float:
    """Coins that a hashrate finds in a day on average, as its share of the network.

    The same is not in it as in ``expected_coins_per_day``; the two agree only where the network's hashrate and the time
    between blocks were measured over the same hours.

    Args:
        hashes_per_second: own hashrate, part of the network's already. [H/s] Zero gives zero.
        network_hashes_per_second: hashrate of the network. [H/s]
        block_time_seconds: time between blocks of this algorithm. [s]
        block_reward_coins: what the miner of a block gets. [coin]

    Returns:
        Expected coins. [coin/d]

    Raises:
        ValueError: an argument is not finite, the own hashrate is negative, or another is not above zero.

    >>> expected_coins_per_day_by_network(hashes_per_second=1e6, network_hashes_per_second=1e9, block_time_seconds=60,
    ...                                   block_reward_coins=50)
    72.0
    """
    not_negative(hashes_per_second=hashes_per_second)
    above_zero(
        network_hashes_per_second=network_hashes_per_second,
        block_time_seconds=block_time_seconds,
        block_reward_coins=block_reward_coins,
    )
    blocks_per_day = SECONDS_PER_DAY / block_time_seconds
    return hashes_per_second / network_hashes_per_second * blocks_per_day * block_reward_coins


def hash_price(
    *, difficulty: float, hashes_per_difficulty: float, block_reward_coins: float, coin_price: Money
) -> Money:
    """What one hash a second earns in a day: the network's price for work. Fees and losses are not in it.

    Args:
        difficulty: as the source writes it. [1]
        hashes_per_difficulty: hashes for one unit of it. [H]
        block_reward_coins: what the miner of a block gets. [coin]
        coin_price: price of one coin. [currency/coin]

    Returns:
        Money for one H/s over a day. [currency/(H/s)/d]

    Raises:
        ValueError: a number is not finite or not above zero.

    >>> from decimal import Decimal
    >>> hash_price(difficulty=1000, hashes_per_difficulty=1, block_reward_coins=2, coin_price=Money(Decimal(5), "USD"))
    Money(amount=Decimal('864'), currency='USD')
    """
    coins = expected_coins_per_day(
        hashes_per_second=1,
        difficulty=difficulty,
        hashes_per_difficulty=hashes_per_difficulty,
        block_reward_coins=block_reward_coins,
    )
    return Money.estimated(coins * float(coin_price), coin_price.currency)


def hash_cost(*, joules_per_hash: float, price_per_kilowatt_hour: Money) -> Money:
    """What the energy for one hash a second costs in a day. It pays where the hash price after fees is above it.

    Standing charges, the machine itself and its losses in fees are not in it.

    Args:
        joules_per_hash: efficiency at the wall: watts by hashes a second. [J/H]
        price_per_kilowatt_hour: price with taxes and fees. [currency/kWh] May be negative.

    Returns:
        Money for one H/s over a day. [currency/(H/s)/d]

    Raises:
        ValueError: the efficiency is negative or not finite.

    >>> from decimal import Decimal
    >>> hash_cost(joules_per_hash=1, price_per_kilowatt_hour=Money(Decimal("0.10"), "EUR"))
    Money(amount=Decimal('0.0024'), currency='EUR')
    """
    not_negative(joules_per_hash=joules_per_hash)
    kilowatt_hours = joules_per_hash * SECONDS_PER_DAY / KILOWATT_HOUR
    return Money.estimated(kilowatt_hours * float(price_per_kilowatt_hour), price_per_kilowatt_hour.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoloOdds:
    """The luck of mining alone, as far as a Poisson process tells it. All figures are of blocks that are paid."""

    blocks_per_day: float
    blocks_in_period: float
    probability_of_none_in_period: float
    mean_seconds_to_first_block: float
    median_seconds_to_first_block: float
    seconds_to_first_block_95: float  # in 95 of 100 cases the first block has come by then
    coins_in_period: float  # on average; most often it is none at all
    income_variation: float  # standard deviation of the period's income by its mean


def solo_odds(
    *,
    hashes_per_second: float,
    difficulty: float,
    hashes_per_difficulty: float,
    block_reward_coins: float,
    period_seconds: float,
    orphan_probability: float = 0,
) -> SoloOdds:
    """How long a miner alone waits for a block, and what a period brings.

    Difficulty is held as it is: over months it moves, and with it all of this.

    Args:
        hashes_per_second: own hashrate. [H/s]
        difficulty: as the source writes it. [1]
        hashes_per_difficulty: hashes for one unit of it. [H]
        block_reward_coins: what the miner of a block gets. [coin]
        period_seconds: length of the period that is asked about. [s]
        orphan_probability: share of found blocks that the chain does not keep. [1]

    Raises:
        ValueError: a number is not finite or not above zero, or the probability is outside 0 to 1 or is 1.

    >>> odds = solo_odds(hashes_per_second=1, difficulty=86_400, hashes_per_difficulty=1, block_reward_coins=5,
    ...                  period_seconds=86_400)
    >>> odds.blocks_in_period, round(odds.probability_of_none_in_period, 4), odds.coins_in_period
    (1.0, 0.3679, 5.0)
    """
    above_zero(
        hashes_per_second=hashes_per_second, block_reward_coins=block_reward_coins, period_seconds=period_seconds
    )
    ratio(orphan_probability=orphan_probability)
    if orphan_probability == 1:
        raise ValueError("orphan_probability is 1: no block is ever paid")
    hashes = hashes_per_block(difficulty=difficulty, hashes_per_difficulty=hashes_per_difficulty)
    seconds_per_block = hashes / hashes_per_second / (1 - orphan_probability)
    blocks = period_seconds / seconds_per_block
    return SoloOdds(
        blocks_per_day=SECONDS_PER_DAY / seconds_per_block,
        blocks_in_period=blocks,
        probability_of_none_in_period=math.exp(-blocks),
        mean_seconds_to_first_block=seconds_per_block,
        median_seconds_to_first_block=math.log(2) * seconds_per_block,
        seconds_to_first_block_95=-math.log(1 - SURE_ENOUGH) * seconds_per_block,
        coins_in_period=blocks * block_reward_coins,
        income_variation=1 / math.sqrt(blocks),
    )


def break_even_price_per_kilowatt_hour(*, revenue_per_day: Money, power_watts: float) -> Money:
    """Price of energy at which a day's revenue is all spent on it.

    Args:
        revenue_per_day: revenue after every fee and every cost but energy. [currency/d] May be negative.
        power_watts: power at the wall, on average over the day. [W]

    Returns:
        Price. [currency/kWh]

    Raises:
        ValueError: the power is not finite or not above zero.

    >>> from decimal import Decimal
    >>> break_even_price_per_kilowatt_hour(revenue_per_day=Money(Decimal("2.40"), "EUR"), power_watts=1000)
    Money(amount=Decimal('0.1'), currency='EUR')
    """
    above_zero(power_watts=power_watts)
    kilowatt_hours = power_watts / WATTS_PER_KILOWATT * HOURS_PER_DAY
    return Money.estimated(float(revenue_per_day) / kilowatt_hours, revenue_per_day.currency)


def break_even_coin_price(*, cost_per_day: Money, coins_per_day: float) -> Money:
    """Price of the coin below which mining it costs more than it brings, and buying it is cheaper.

    That a coin may recover is not in it: an option to wait has a value of its own.

    Args:
        cost_per_day: energy and whatever else is paid each day. [currency/d]
        coins_per_day: coins after every fee. [coin/d]

    Returns:
        Price. [currency/coin]

    Raises:
        ValueError: the coins are not finite or not above zero.

    >>> from decimal import Decimal
    >>> break_even_coin_price(cost_per_day=Money(Decimal(3), "USD"), coins_per_day=0.5)
    Money(amount=Decimal('6'), currency='USD')
    """
    above_zero(coins_per_day=coins_per_day)
    return Money.estimated(float(cost_per_day) / coins_per_day, cost_per_day.currency)


def break_even_difficulty(*, difficulty: float, revenue_per_day: Money, cost_per_day: Money) -> float:
    """Difficulty at which revenue has fallen (or risen) to the cost, all else as it is.

    Args:
        difficulty: today's. [1]
        revenue_per_day: at today's difficulty, after fees. [currency/d]
        cost_per_day: what does not change with difficulty. [currency/d]

    Returns:
        Difficulty in the unit that was given. [1]

    Raises:
        ValueError: the difficulty or the cost is not above zero, or the two amounts are of different currencies.

    >>> from decimal import Decimal
    >>> break_even_difficulty(difficulty=100, revenue_per_day=Money(Decimal(3), "USD"),
    ...                       cost_per_day=Money(Decimal(2), "USD"))
    150.0
    """
    above_zero(difficulty=difficulty, cost_per_day=float(cost_per_day))
    if revenue_per_day.currency != cost_per_day.currency:
        raise ValueError(f"revenue is in {revenue_per_day.currency} and cost in {cost_per_day.currency}; convert one")
    return difficulty * float(revenue_per_day) / float(cost_per_day)


def kilowatt_hours_per_coin(
    *, difficulty: float, hashes_per_difficulty: float, block_reward_coins: float, joules_per_hash: float
) -> float:
    """Energy that mining one coin takes on average. Fees and the machine itself are not in it.

    Args:
        difficulty: as the source writes it. [1]
        hashes_per_difficulty: hashes for one unit of it. [H]
        block_reward_coins: what the miner of a block gets. [coin]
        joules_per_hash: efficiency at the wall. [J/H]

    Returns:
        Energy. [kWh/coin]

    Raises:
        ValueError: a number is not finite, the efficiency is negative, or another is not above zero.

    >>> kilowatt_hours_per_coin(difficulty=3.6e6, hashes_per_difficulty=10, block_reward_coins=2, joules_per_hash=1)
    5.0
    """
    not_negative(joules_per_hash=joules_per_hash)
    above_zero(block_reward_coins=block_reward_coins)
    hashes = hashes_per_block(difficulty=difficulty, hashes_per_difficulty=hashes_per_difficulty)
    return hashes / block_reward_coins * joules_per_hash / KILOWATT_HOUR


def cost_per_coin(
    *,
    difficulty: float,
    hashes_per_difficulty: float,
    block_reward_coins: float,
    joules_per_hash: float,
    price_per_kilowatt_hour: Money,
) -> Money:
    """Cost of the energy that mining one coin takes on average. Fees and the machine itself are not in it.

    Args:
        difficulty: as the source writes it. [1]
        hashes_per_difficulty: hashes for one unit of it. [H]
        block_reward_coins: what the miner of a block gets. [coin]
        joules_per_hash: efficiency at the wall. [J/H]
        price_per_kilowatt_hour: price with taxes and fees. [currency/kWh] May be negative.

    Returns:
        Cost. [currency/coin]

    Raises:
        ValueError: as of ``kilowatt_hours_per_coin``.

    >>> from decimal import Decimal
    >>> cost_per_coin(difficulty=3.6e6, hashes_per_difficulty=10, block_reward_coins=2, joules_per_hash=1,
    ...               price_per_kilowatt_hour=Money(Decimal("0.10"), "EUR"))
    Money(amount=Decimal('0.5'), currency='EUR')
    """
    kilowatt_hours = kilowatt_hours_per_coin(
        difficulty=difficulty,
        hashes_per_difficulty=hashes_per_difficulty,
        block_reward_coins=block_reward_coins,
        joules_per_hash=joules_per_hash,
    )
    return Money.estimated(kilowatt_hours * float(price_per_kilowatt_hour), price_per_kilowatt_hour.currency)


def growth_per_period(*, price_growth_ratio: float, difficulty_growth_ratio: float) -> float:
    """What one period does to revenue: above 1 it grows, below 1 it decays.

    Args:
        price_growth_ratio: of the coin's price in a period, 0.05 for +5 %, negative where it falls. [1]
        difficulty_growth_ratio: of the difficulty in the same period. [1]

    Returns:
        Factor on revenue. [1]

    Raises:
        ValueError: a growth is not finite or not above -1.

    >>> growth_per_period(price_growth_ratio=0, difficulty_growth_ratio=0.25)
    0.8
    """
    above_zero(
        price_growth_ratio_plus_one=1 + price_growth_ratio, difficulty_growth_ratio_plus_one=1 + difficulty_growth_ratio
    )
    return (1 + price_growth_ratio) / (1 + difficulty_growth_ratio)


def revenue_after(
    *, revenue: Money, price_growth_ratio: float, difficulty_growth_ratio: float, periods: float
) -> Money:
    """Revenue of a period that lies some periods ahead, where price and difficulty grow evenly.

    Halvings are not in it: they step down the subsidy alone, and fees stay.

    Args:
        revenue: of a period today. [currency/period]
        price_growth_ratio: of the coin's price in a period. [1]
        difficulty_growth_ratio: of the difficulty in a period. [1]
        periods: how far ahead. [1]

    Raises:
        ValueError: a growth is not finite or not above -1, or the periods are negative or not finite.

    >>> from decimal import Decimal
    >>> revenue_after(revenue=Money(Decimal(10), "USD"), price_growth_ratio=0, difficulty_growth_ratio=0.25, periods=2)
    Money(amount=Decimal('6.4'), currency='USD')
    """
    not_negative(periods=periods)
    factor = (
        growth_per_period(price_growth_ratio=price_growth_ratio, difficulty_growth_ratio=difficulty_growth_ratio)
        ** periods
    )
    return Money.estimated(float(revenue) * factor, revenue.currency)


def revenue_over(*, revenue: Money, price_growth_ratio: float, difficulty_growth_ratio: float, periods: int) -> Money:
    """Revenue of the first so many periods together, today's being the first, where price and difficulty grow evenly.

    Halvings are not in it.

    Args:
        revenue: of the first period. [currency/period]
        price_growth_ratio: of the coin's price in a period. [1]
        difficulty_growth_ratio: of the difficulty in a period. [1]
        periods: how many. [1] Zero gives zero.

    Raises:
        ValueError: a growth is not finite or not above -1, or the periods are negative.

    >>> from decimal import Decimal
    >>> revenue_over(revenue=Money(Decimal(10), "USD"), price_growth_ratio=0, difficulty_growth_ratio=0.25, periods=3)
    Money(amount=Decimal('24.4'), currency='USD')
    """
    not_negative(periods=periods)
    factor = growth_per_period(price_growth_ratio=price_growth_ratio, difficulty_growth_ratio=difficulty_growth_ratio)
    rate = math.log(factor)
    # The closed sum (1 - q**n) / (1 - q) loses every digit near q = 1; expm1 keeps them.
    summed = periods if rate == 0 else math.expm1(rate * periods) / math.expm1(rate)
    return Money.estimated(float(revenue) * summed, revenue.currency)


def periods_to_unprofitability(
    *, revenue: Money, cost: Money, price_growth_ratio: float, difficulty_growth_ratio: float
) -> float | None:
    """After how many periods revenue has fallen to the cost, where price and difficulty grow evenly.

    Halvings are not in it, nor that the cost may change.

    Args:
        revenue: of a period today. [currency/period]
        cost: of a period. [currency/period]
        price_growth_ratio: of the coin's price in a period. [1]
        difficulty_growth_ratio: of the difficulty in a period. [1]

    Returns:
        Periods, with a fraction; zero where revenue is at or below the cost today; ``None`` where it never gets there.

    Raises:
        ValueError: a growth is not finite or not above -1, or the two amounts are of different currencies.

    >>> from decimal import Decimal
    >>> four, one = Money(Decimal(4), "USD"), Money(Decimal(1), "USD")
    >>> periods_to_unprofitability(revenue=four, cost=one, price_growth_ratio=0, difficulty_growth_ratio=1)
    2.0
    """
    factor = growth_per_period(price_growth_ratio=price_growth_ratio, difficulty_growth_ratio=difficulty_growth_ratio)
    if revenue <= cost:
        return 0.0
    if factor >= 1 or cost.amount <= 0:
        return None
    return math.log(float(revenue) / float(cost)) / -math.log(factor)
