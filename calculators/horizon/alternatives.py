"""The same money on the same dates: mine a coin, buy it, or buy a coin that pays for being staked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from calculators.horizon.mining_months import Month
from calculators.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one way of spending the money leaves in the end."""

    coins: float  # of the mined coin; what is held in other things, by the price in the end
    worth: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """Three ways of spending the same payments, seen from the same end."""

    paid: Money
    mine: Holding
    buy: Holding
    stake_low: Holding
    stake_high: Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Staking:
    """A coin that pays for being held. Its yield is never known: give the range that you believe."""

    yield_low_ratio_per_year: float  # of the coins held, paid in coins and staked again
    yield_high_ratio_per_year: float
    prices: Sequence[Money] | None = None  # of that coin, at each payment and in the end; None: it is the mined coin

    def __post_init__(self) -> None:
        low, high = self.yield_low_ratio_per_year, self.yield_high_ratio_per_year
        if not (math.isfinite(high) and -1 < low <= high):
            raise ValueError(f"a yield from {low} to {high} a year is no range of ratios: 0.03 to 0.05 is 3 to 5 %")


def compare(
    *,
    payments: Sequence[Money],
    prices: Sequence[Money],
    coins_mined: float,
    resale: Money,
    staking: Staking,
    purchase_fee_ratio: float = 0.0,
) -> Alternatives:
    """Coins mined beside coins bought with the same payments, each at the price of its own date, in monthly steps.

    Mined coins are kept, as bought ones are; energy is paid from the pocket. Taxes are not in it.

    Args:
        payments: what mining costs at the start of each month; the first one holds the hardware. [currency]
        prices: of a coin at each of these dates, and at last in the end. [currency/coin]
        coins_mined: until the end, net of pool fees. [coin]
        resale: what the hardware brings in the end. [currency]
        staking: the range of yields, and the prices of what is staked if that is another coin.
        purchase_fee_ratio: exchange fee and spread on what is bought, 0 to 1. [1]

    Raises:
        ValueError: prices do not fit the payments or are not above zero, a payment or the coins are negative, the fee
            is no ratio, or currencies mix.

    A payment of 100 at 10 and one of 100 at 20 buy 15 coins:

    >>> hundred, ten, twenty = (Money(Decimal(amount), "USD") for amount in (100, 10, 20))
    >>> found = compare(payments=[hundred, hundred], prices=[ten, twenty, twenty], coins_mined=12, resale=twenty,
    ...                 staking=Staking(yield_low_ratio_per_year=0, yield_high_ratio_per_year=0))
    >>> found.mine.coins, found.buy.coins
    (13.0, 15.0)
    """
    _check(payments, prices)
    staked_prices = prices if staking.prices is None else staking.prices
    _check(payments, staked_prices)
    if not (math.isfinite(coins_mined) and coins_mined >= 0):
        raise ValueError(f"expected 0 coins mined or more, not {coins_mined}")
    if not 0 <= purchase_fee_ratio < 1:
        raise ValueError(f"a purchase fee of {purchase_fee_ratio} is no ratio from 0 to below 1: 0.01 is 1 %")
    paid = sum(payments[1:], payments[0])

    def bought(at_prices: Sequence[Money], yield_ratio_per_year: float) -> Holding:
        worth = (1 - purchase_fee_ratio) * _worth_in_the_end(payments, at_prices, yield_ratio_per_year)
        return _holding(Money.estimated(worth, paid.currency), prices[-1])

    return Alternatives(
        paid=paid,
        mine=_holding(prices[-1].scaled(coins_mined) + resale, prices[-1]),
        buy=bought(prices, 0.0),
        stake_low=bought(staked_prices, staking.yield_low_ratio_per_year),
        stake_high=bought(staked_prices, staking.yield_high_ratio_per_year),
    )


def payments_of(table: Sequence[Month], *, investment: Money) -> tuple[Money, ...]:
    """What mining by a table costs at the start of each month, the hardware with the first.

    Args:
        table: the months.
        investment: paid before the first one. [currency]

    Raises:
        ValueError: there is no month, or currencies mix.

    >>> from calculators.horizon.decay import Growth
    >>> from calculators.horizon.mining_months import mining_months
    >>> def usd(amount: int) -> Money:
    ...     return Money(Decimal(amount), "USD")
    >>> table = mining_months(coins_per_month=1, price=usd(100), energy_cost_per_month=usd(20), months=2,
    ...     fixed_cost_per_month=usd(5), investment=usd(1000), outlook=Growth())
    >>> [str(payment) for payment in payments_of(table, investment=usd(1000))]
    ['1025 USD', '25 USD']
    """
    if not table:
        raise ValueError("a comparison needs at least one month")
    running = [month.energy_cost + month.fixed_cost for month in table]
    return (investment + running[0], *running[1:])


def _worth_in_the_end(payments: Sequence[Money], prices: Sequence[Money], yield_ratio_per_year: float) -> float:
    months = len(payments)
    return math.fsum(
        float(payment) * float(prices[-1]) / float(prices[at]) * (1 + yield_ratio_per_year) ** ((months - at) / 12)
        for at, payment in enumerate(payments)
    )


def _holding(worth: Money, coin_price: Money) -> Holding:
    return Holding(coins=float(worth) / float(coin_price), worth=worth)


def _check(payments: Sequence[Money], prices: Sequence[Money]) -> None:
    if not payments or len(prices) != len(payments) + 1:
        raise ValueError(f"{len(prices)} prices for {len(payments)} payments: one for each payment, and one in the end")
    nothing = Money(Decimal(0), payments[0].currency)
    if not all(price > nothing for price in prices):
        raise ValueError("a coin that can be bought has a price above zero at every date")
    if not all(payment >= nothing for payment in payments):
        raise ValueError("a payment is 0 or more: what mining brings in is not paid")
