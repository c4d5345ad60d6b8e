"""Where a day's sum comes out even, or ``None`` where nothing reaches that."""

from calculators.chain.network import break_even_coin_price, break_even_price_per_kilowatt_hour
from calculators.money import Money


def energy_price(*, earned: Money, power_watts: float) -> Money | None:
    """Price of a kilowatt-hour at which energy takes all that is earned before it. [currency/kWh]"""
    if power_watts == 0:
        return None
    return break_even_price_per_kilowatt_hour(revenue_per_day=earned, power_watts=power_watts)


def coin_price(*, cost: Money, coins: float, exchange_fee_ratio: float) -> Money | None:
    """Price of a coin at which a day's coins pay a day's cost. [currency/coin]"""
    sold = coins * (1 - exchange_fee_ratio)
    if sold <= 0 or cost.amount <= 0:
        return None
    return break_even_coin_price(cost_per_day=cost, coins_per_day=sold)


def difficulty_ratio(
    *, after_pool: float, payouts: float, price: Money, cost: Money, exchange_fee_ratio: float, own_ratio: float = 0
) -> float | None:
    """How many times the difficulty leaves nothing: payouts cost the same coins whatever is mined. [1]

    It is of the difficulty as it is without the own hashrate, which stays what it is: ``own_ratio`` of the network. [1]
    """
    sold_for = float(price) * (1 - exchange_fee_ratio)
    if sold_for <= 0:
        return None
    needed = float(cost) / sold_for + payouts
    if needed <= 0 or after_pool <= 0:
        return None
    ratio = (1 + own_ratio) * after_pool / needed - own_ratio
    return ratio if ratio > 0 else None


def harder(difficulty_ratio: float, own_ratio: float) -> float:
    """How much more work a coin takes where the difficulty without the own hashrate is so many times today's. [1]

    >>> harder(1.5, 0.0), harder(1.5, 1.0)
    (1.5, 1.25)
    """
    return (difficulty_ratio + own_ratio) / (1 + own_ratio)
