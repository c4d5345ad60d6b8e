"""A day's sum over many markets at once: whole arrays of difficulties, rewards and prices in place of one of each.

It is the sum of ``estimate``, term by term, without its sources, ages and confidence: a map of a million points takes
as long as a hundred estimates. Arrays are combined as numpy does it: one along a row, one along a column, and the
answer has a value for each pair.
"""

from dataclasses import dataclass

import numpy as np

from calculators.chain.pools import part_paid
from calculators.earnings.operation import Operation
from calculators.given import not_negative
from calculators.horizon.paths import Numbers
from calculators.units import HOURS_PER_DAY, SECONDS_PER_DAY, WATTS_PER_KILOWATT

Swept = float | Numbers
"""One number, or an array of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweptDay:
    """A day of every combination. Money is in the currency of the prices that were given."""

    coins_per_day: Numbers  # after fees
    revenue_per_day: Numbers
    energy_cost_per_day: Numbers
    profit_per_day: Numbers


def swept_day(
    *,
    operation: Operation,
    difficulty: Swept,
    hashes_per_difficulty: float,
    block_reward_coins: Swept,
    price_per_coin: Swept,
    price_per_kilowatt_hour: Swept,
    fixed_cost_per_day: float = 0.0,
    fees_part: float = 0.0,
    block_time_seconds: float | None = None,
) -> SweptDay:
    """What is earned in a day at each combination of what is given as arrays.

    Args:
        operation: hashrate, power and fees: the same everywhere.
        difficulty: as the source writes it. [1]
        hashes_per_difficulty: hashes for one unit of it. [H]
        block_reward_coins: what the miner of a block gets. [coin]
        price_per_coin: of one coin. [currency/coin]
        price_per_kilowatt_hour: with taxes and fees. [currency/kWh] May be negative.
        fixed_cost_per_day: paid in any case. [currency/d]
        fees_part: of the reward that is fees of transactions. [1]
        block_time_seconds: between blocks, by which the own hashrate is part of the network. [s] ``None``: it is taken
            for none of it.

    Raises:
        ValueError: a number is not finite, or is not above zero where it has to be; or shapes do not go together.

    One coin a day at 10 or 20, and 24 kWh at 0.10 or 0.50:

    >>> operation = Operation(hashes_per_second=5000, power_watts=1000)
    >>> found = swept_day(operation=operation, difficulty=864e6, hashes_per_difficulty=1, block_reward_coins=2,
    ...                   price_per_coin=np.array([10.0, 20.0]), price_per_kilowatt_hour=np.array([[0.1], [0.5]]))
    >>> found.profit_per_day.round(9).tolist()
    [[7.6, 17.6], [-2.0, 8.0]]
    """
    work = _above_zero("difficulty", difficulty) * _above_zero("hashes_per_difficulty", hashes_per_difficulty)
    effective = operation.effective_hashes_per_second()
    found = effective * SECONDS_PER_DAY * _above_zero("block_reward_coins", block_reward_coins) / work
    if block_time_seconds is not None:
        network = work / _above_zero("block_time_seconds", block_time_seconds)
        found = found / (1 + operation.hashes_per_second * operation.uptime_ratio / network)
    paid = part_paid(
        pool_scheme=operation.pool_scheme,
        fees_part=fees_part,
        pool_fee_ratio=operation.pool_fee_ratio,
        orphan_ratio=operation.orphan_ratio,
    )
    not_negative(fixed_cost_per_day=fixed_cost_per_day)
    coins = found * paid - operation.payout_coins_per_day
    revenue = coins * _above_zero("price_per_coin", price_per_coin) * (1 - operation.exchange_fee_ratio)
    kilowatt_hours = operation.power_watts / WATTS_PER_KILOWATT * HOURS_PER_DAY
    energy = kilowatt_hours * _finite("price_per_kilowatt_hour", price_per_kilowatt_hour)
    profit = revenue - energy - fixed_cost_per_day
    coins, revenue, energy, profit = np.broadcast_arrays(coins, revenue, energy, profit)
    return SweptDay(coins_per_day=coins, revenue_per_day=revenue, energy_cost_per_day=energy, profit_per_day=profit)


def _finite(name: str, value: Swept) -> Numbers:
    numbers = np.asarray(value, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} holds {numbers[~np.isfinite(numbers)].flat[0]}; expected finite numbers")
    return numbers


def _above_zero(name: str, value: Swept) -> Numbers:
    numbers = _finite(name, value)
    if not (numbers > 0).all():
        raise ValueError(f"{name} holds {numbers[numbers <= 0].flat[0]}; expected numbers above zero")
    return numbers
