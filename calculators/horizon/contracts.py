"""Hashrate of other people's machines: cloud-mining contracts, and hashrate rented by the day.

Sources: the calculator of https://www.bitdeer.com for a contract; an order is the sum of its own terms.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

from calculators.horizon.decay import Growth
from calculators.money import Money, decimal_of
from calculators.units import DAYS_PER_MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudContract:
    """What is paid for a cloud-mining contract and when it ends. All amounts are for its whole hashrate."""

    price: Money  # paid at the start: the hash fee
    days: int
    fee_per_day: Money  # electricity and maintenance, taken out of each day's output
    share_ratio: float = 1.0  # of what comes in after break-even that the customer gets
    ends_after_days_below_fee: int | None = None  # in a row; None: there is no such clause

    def __post_init__(self) -> None:
        nothing = Money(Decimal(0), self.price.currency)
        if self.price < nothing or self.fee_per_day < nothing:
            raise ValueError(
                f"a contract's price and fee are 0 or more, not {self.price.amount}, {self.fee_per_day.amount}"
            )
        if self.days < 1 or (self.ends_after_days_below_fee is not None and self.ends_after_days_below_fee < 1):
            raise ValueError(f"a contract runs, and its clause waits, for at least a day: {self}")
        if not 0 <= self.share_ratio <= 1:
            raise ValueError(f"a customer's share of {self.share_ratio} is no ratio from 0 to 1")


def static_break_even_days(*, contract: CloudContract, output_per_day: Money) -> float | None:
    """Days until the output of today has paid the contract: hash fee / (output - electricity fee), as vendors tell it.

    Difficulty, price and the clause that ends the contract are not in it: ``cloud_outcome`` has them.

    Args:
        contract: price and daily fee.
        output_per_day: what the network pays its hashrate today, before the fee. [currency/d]

    Returns:
        Days, perhaps more than the contract has; ``None``: the output does not pay the fee. [d]

    Raises:
        ValueError: currencies mix.

    >>> hash_fee, fee, output = (Money(Decimal(amount), "USD") for amount in (4625, 15, 40))
    >>> contract = CloudContract(price=hash_fee, days=360, fee_per_day=fee)
    >>> static_break_even_days(contract=contract, output_per_day=output)
    185.0
    """
    left = output_per_day - contract.fee_per_day
    return float(contract.price / left) if left.amount > 0 else None


def static_net_revenue(*, contract: CloudContract, output_per_day: Money) -> Money | None:
    """What comes in after break-even if nothing ever changed: (days - break-even) * (output - fee) * share.

    Args:
        contract: price, fee, days and share.
        output_per_day: what the network pays its hashrate today, before the fee. [currency/d]

    Returns:
        Net revenue, negative where the contract ends before break-even; ``None``: the output does not pay the fee.

    Raises:
        ValueError: currencies mix.

    >>> hash_fee, fee, output = (Money(Decimal(amount), "USD") for amount in (4625, 15, 40))
    >>> contract = CloudContract(price=hash_fee, days=360, fee_per_day=fee, share_ratio=0.5)
    >>> static_net_revenue(contract=contract, output_per_day=output).amount  # 175 days of 25, shared
    Decimal('2187.5')
    """
    left = output_per_day - contract.fee_per_day
    if left.amount <= 0:
        return None
    net = left * contract.days - contract.price
    return net.scaled(contract.share_ratio) if net.amount > 0 else net


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudOutcome:
    """How a contract goes under an assumption of how price and difficulty go on."""

    received: Money  # by the customer, fees taken out
    net_revenue: Money  # received less the price
    coins_received: float  # where each day's pay is taken in coins
    break_even_day: int | None  # counted from 1; None: never
    days_below_fee: int  # that paid nothing
    ended_on_day: int  # the last day of the contract, or the day on which the clause ended it
    ended_by_clause: bool


def cloud_outcome(*, contract: CloudContract, coins_per_day: float, coin_price: Money, outlook: Growth) -> CloudOutcome:
    """A contract day by day, with the clause that ends it when the fee exceeds the output too long.

    A day whose output does not cover the fee pays nothing, and the rest of the fee is not asked for; where the terms do
    ask for it, the outcome is worse. The fee is in money: one in coins moves with the price.

    Args:
        contract: price, fee, days and clause.
        coins_per_day: of its hashrate today, net of pool fees. [coins]
        coin_price: of one coin today. [currency/coin]
        outlook: how price, difficulty and reward go on.

    Raises:
        ValueError: the coins are negative or not finite, the sums are beyond all measure, or currencies mix.

    15 are left of each day's 20:

    >>> def usd(amount: int) -> Money:
    ...     return Money(Decimal(amount), "USD")
    >>> contract = CloudContract(price=usd(60), days=10, fee_per_day=usd(5))
    >>> found = cloud_outcome(contract=contract, coins_per_day=2, coin_price=usd(10), outlook=Growth())
    >>> print(found.received, found.net_revenue, found.break_even_day)
    150 USD 90 USD 4
    """
    if not (math.isfinite(coins_per_day) and coins_per_day >= 0):
        raise ValueError(f"coins_per_day is {coins_per_day}; expected a finite number of 0 or more")
    price, fee, today = float(contract.price), float(contract.fee_per_day), float(coin_price)
    received = coins_received = 0.0
    break_even_day: int | None = None
    in_a_row = days_below_fee = day = 0
    for day in range(1, contract.days + 1):
        months = (day - 1) / DAYS_PER_MONTH
        coin_price_then = today * outlook.price_factor(months)
        left = coins_per_day * outlook.coins_factor(months) * coin_price_then - fee
        in_a_row = in_a_row + 1 if left < 0 else 0
        days_below_fee += left < 0
        if left > 0:
            before = min(left, max(price - received, 0.0))
            gained = before + (left - before) * contract.share_ratio
            received += gained
            coins_received += gained / coin_price_then
        if break_even_day is None and received >= price * (1 - 1e-12):
            break_even_day = day
        if in_a_row == contract.ends_after_days_below_fee:
            break
    total = coin_price.scaled(0) + Money.estimated(received, contract.price.currency)
    return CloudOutcome(
        received=total,
        net_revenue=total - contract.price,
        coins_received=coins_received,
        break_even_day=break_even_day,
        days_below_fee=days_below_fee,
        ended_on_day=day,
        ended_by_clause=in_a_row == contract.ends_after_days_below_fee,
    )


def promise_over_pay(*, promised_per_day: Money, network_pay_per_day: Money) -> float:
    """A promised return as a multiple of what the network pays for that hashrate today, before any fee. [1]

    Above 1, mining cannot be where the rest comes from. It is the one warning that arithmetic gives; below 1 nothing is
    proven: an honest price, a risen difficulty and a fraud look the same.

    Args:
        promised_per_day: return of the whole contract, spread over its days. [currency/d]
        network_pay_per_day: of the same hashrate, before fees. [currency/d]

    Raises:
        ValueError: the network pays nothing, the promise is negative, or currencies mix.

    >>> promise_over_pay(promised_per_day=Money(Decimal(30), "USD"), network_pay_per_day=Money(Decimal(12), "USD"))
    2.5
    """
    nothing = Money(Decimal(0), network_pay_per_day.currency)
    if promised_per_day < nothing:
        raise ValueError(f"a promise of {promised_per_day.amount} a day is negative")
    if network_pay_per_day <= nothing:
        raise ValueError(f"the network pays {network_pay_per_day.amount} a day: there is nothing to compare with")
    return float(promised_per_day / network_pay_per_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rental:
    """An order for hashrate on a market. All amounts are for its whole hashrate."""

    price_per_day: Money
    days: float
    market_fee_ratio: float  # of the price
    order_fee: Money  # once an order

    def __post_init__(self) -> None:
        if not (math.isfinite(self.days) and self.days > 0):
            raise ValueError(f"an order runs for more than 0 days, not {self.days}")
        if not (math.isfinite(self.market_fee_ratio) and self.market_fee_ratio >= 0):
            raise ValueError(f"a market fee of {self.market_fee_ratio} is no ratio of 0 or more: 0.03 is 3 %")
        nothing = Money(Decimal(0), self.price_per_day.currency)
        if self.price_per_day < nothing or self.order_fee < nothing:
            raise ValueError("an order's price and fee are 0 or more")


def rental_edge(*, rental: Rental, network_pay_per_day: Money, pool_fee_ratio: float, rejected_ratio: float) -> Money:
    """What the buyer of hashrate gains: hashprice * (1 - pool fee) * (1 - rejected) less the order with its fees.

    The luck of the blocks found is not in it, nor a difficulty that rises meanwhile.

    Args:
        rental: the order.
        network_pay_per_day: of the same hashrate, before fees. [currency/d]
        pool_fee_ratio: of the pool that is mined on, 0 to 1. [1]
        rejected_ratio: share of the work that the pool refuses; it is paid for all the same, 0 to 1. [1]

    Returns:
        Gain over the whole order; negative: the order loses.

    Raises:
        ValueError: a ratio is none, or currencies mix.

    10 * 0.99 * 0.98 a day for 2 days, less 9 * 1.03 a day and 0.10 for the order:

    >>> nine, ten, fee = (Money(Decimal(amount), "USD") for amount in ("9", "10", "0.10"))
    >>> order = Rental(price_per_day=nine, days=2, market_fee_ratio=0.03, order_fee=fee)
    >>> rental_edge(rental=order, network_pay_per_day=ten, pool_fee_ratio=0.01, rejected_ratio=0.02).amount
    Decimal('0.7640')
    """
    kept = decimal_of(_kept("pool_fee_ratio", pool_fee_ratio) * _kept("rejected_ratio", rejected_ratio))
    per_day = network_pay_per_day * kept - rental.price_per_day * decimal_of(1 + rental.market_fee_ratio)
    return per_day * decimal_of(rental.days) - rental.order_fee


def rental_break_even_price_per_day(
    *, rental: Rental, network_pay_per_day: Money, pool_fee_ratio: float, rejected_ratio: float
) -> Money:
    """The price per day at which an order gains nothing: bid below it.

    Args:
        rental: the order; its own price does not matter.
        network_pay_per_day: of the same hashrate, before fees. [currency/d]
        pool_fee_ratio: of the pool that is mined on, 0 to 1. [1]
        rejected_ratio: share of the work that the pool refuses, 0 to 1. [1]

    Raises:
        ValueError: a ratio is none, or currencies mix.

    (10 * 0.9 * 0.9 - 0.10 / 2) / 1.25:

    >>> nine, ten, fee = (Money(Decimal(amount), "USD") for amount in ("9", "10", "0.10"))
    >>> order = Rental(price_per_day=nine, days=2, market_fee_ratio=0.25, order_fee=fee)
    >>> ratios = {"pool_fee_ratio": 0.1, "rejected_ratio": 0.1}
    >>> print(rental_break_even_price_per_day(rental=order, network_pay_per_day=ten, **ratios))
    6.44 USD
    """
    kept = decimal_of(_kept("pool_fee_ratio", pool_fee_ratio) * _kept("rejected_ratio", rejected_ratio))
    fee_per_day = rental.order_fee / decimal_of(rental.days)
    left = network_pay_per_day * kept - fee_per_day
    return left / decimal_of(1 + rental.market_fee_ratio)


def _kept(name: str, ratio: float) -> float:
    if not 0 <= ratio <= 1:
        raise ValueError(f"{name} is {ratio}; expected a ratio from 0 to 1: 0.02 is 2 %")
    return 1 - ratio
