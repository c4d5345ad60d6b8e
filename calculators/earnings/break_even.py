"""Where a day's sum comes out even, or ``None`` where nothing reaches that."""

from calculators.chain.network import break_even_coin_price, break_even_price_per_kilowatt_hour
from calculators.money import Money


def energy_price(*, earned: Money, power_watts: float) -> Money | None:
    """Price of a kilowatt-hour at which energy takes all that is earned before it. [currency/kWh]

    Args:
        earned: in a day, before energy is paid. [currency/d]
        power_watts: at the wall. [W] Of zero there is no such price.

    >>> from decimal import Decimal
    >>> print(energy_price(earned=Money(Decimal(12), "USD"), power_watts=1000))  # 24 kWh
    0.5 USD
    """
    if power_watts == 0:
        return None
    return break_even_price_per_kilowatt_hour(revenue_per_day=earned, power_watts=power_watts)


def coin_price(*, cost: Money, coins: float, exchange_fee_ratio: float) -> Money | None:
    """Price of a coin at which a day's coins pay a day's cost. [currency/coin]

    Args:
        cost: of a day. [currency/d]
        coins: of a day, after the pool. [coin/d]
        exchange_fee_ratio: of selling them. [1]

    >>> from decimal import Decimal
    >>> print(coin_price(cost=Money(Decimal(18), "USD"), coins=2, exchange_fee_ratio=0.1))
    10 USD
    """
    sold = coins * (1 - exchange_fee_ratio)
    if sold <= 0 or cost.amount <= 0:
        return None
    return break_even_coin_price(cost_per_day=cost, coins_per_day=sold)


def difficulty_ratio(
    *,
    after_pool_coins: float,
    payout_coins: float,
    price: Money,
    cost: Money,
    exchange_fee_ratio: float,
    own_ratio: float = 0,
) -> float | None:
    """How many times the difficulty leaves nothing: payouts cost the same coins whatever is mined. [1]

    It is of the difficulty as it is without the own hashrate, which stays what it is: ``own_ratio`` of the network. [1]

    Args:
        after_pool_coins: of a day at today's difficulty, after the pool's part. [coin/d]
        payout_coins: that payouts cost in a day. [coin/d]
        price: of a coin. [currency/coin]
        cost: of a day. [currency/d]
        exchange_fee_ratio: of selling. [1]
        own_ratio: own hashrate by all that is there without it. [1]

    3 coins less half a one for the payout; 1.5 at 2 each pay the cost of 3, so two thirds of the coins may go:

    >>> from decimal import Decimal
    >>> three, two = Money(Decimal(3), "USD"), Money(Decimal(2), "USD")
    >>> difficulty_ratio(after_pool_coins=3, payout_coins=0.5, price=two, cost=three, exchange_fee_ratio=0)
    1.5
    """
    sold_for = float(price) * (1 - exchange_fee_ratio)
    if sold_for <= 0:
        return None
    needed = float(cost) / sold_for + payout_coins
    if needed <= 0 or after_pool_coins <= 0:
        return None
    ratio = (1 + own_ratio) * after_pool_coins / needed - own_ratio
    return ratio if ratio > 0 else None


def harder(difficulty_ratio: float, own_ratio: float) -> float:
    """How much more work a coin takes where the difficulty without the own hashrate is so many times today's. [1]

    Args:
        difficulty_ratio: without the own hashrate, by today's. [1]
        own_ratio: own hashrate by all that is there without it. [1]

    >>> harder(1.5, 0.0), harder(1.5, 1.0)
    (1.5, 1.25)
    """
    return (difficulty_ratio + own_ratio) / (1 + own_ratio)
