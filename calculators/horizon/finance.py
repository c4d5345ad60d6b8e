"""Whether hardware pays: payback, present value and rate of return of cash flows (``mining_months``).

Source: R. Brealey, S. Myers, F. Allen, "Principles of Corporate Finance", on present value, payback and rates of
return.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from calculators.money import Money


def static_payback_days(*, investment: Money, profit_per_day: Money) -> float | None:
    """Days until the profit of today has paid the hardware, if nothing ever changed. Show it beside the dynamic one.

    Args:
        investment: paid at the start. [currency]
        profit_per_day: of today. [currency/d]

    Returns:
        Days; ``None`` where there is no profit. [d]

    Raises:
        ValueError: the investment is negative, or currencies mix.

    >>> static_payback_days(investment=Money(Decimal(700), "USD"), profit_per_day=Money(Decimal("3.5"), "USD"))
    200.0
    """
    _check_investment(investment)
    if profit_per_day <= Money(Decimal(0), investment.currency):
        return None
    return float(investment / profit_per_day)


def payback_periods(
    *, investment: Money, cash_flows: Sequence[Money], discount_ratio_per_period: float = 0.0
) -> int | None:
    """The first period after which the cash flows so far, at their present value, have paid the investment.

    Resale is not in it. A later period may lose again.

    Args:
        investment: paid before the first period. [currency]
        cash_flows: one for each period, at its end. [currency/period]
        discount_ratio_per_period: what the money would have earned elsewhere. [1] 0 counts cash alone, and is the
            least.

    Returns:
        Number of periods; ``None``: never within those that were given.

    Raises:
        ValueError: the investment or the discount is negative, or currencies mix.

    >>> flows = [Money(Decimal(amount), "USD") for amount in (60, 50, 40)]
    >>> payback_periods(investment=Money(Decimal(100), "USD"), cash_flows=flows)
    2
    >>> payback_periods(investment=Money(Decimal(100), "USD"), cash_flows=flows, discount_ratio_per_period=0.1)
    3
    """
    _check_investment(investment)
    if not (math.isfinite(discount_ratio_per_period) and discount_ratio_per_period >= 0):
        raise ValueError(f"a discount of {discount_ratio_per_period} per period is no ratio of 0 or more: 0.01 is 1 %")
    paid, owed = 0.0, float(investment)
    if owed == 0:
        return 0
    for number, flow in enumerate(_floats(cash_flows, investment.currency), 1):
        paid += flow / (1 + discount_ratio_per_period) ** number
        if paid >= owed * (1 - 1e-12):
            return number
    return None


def net_present_value(
    *,
    investment: Money,
    cash_flows: Sequence[Money],
    discount_ratio_per_period: float,
    resale: Money | None = None,
) -> Money:
    """What an investment is worth today beyond its cost: -C0 + sum CF_t / (1 + r)^t + S_T / (1 + r)^T.

    Args:
        investment: paid before the first period. [currency]
        cash_flows: one for each period, at its end. [currency/period]
        discount_ratio_per_period: what the money would have earned elsewhere, per period. [1]
        resale: what the hardware brings at the end of the last period. [currency]

    Raises:
        ValueError: the discount is no ratio above -1, the sum is beyond all measure, or currencies mix.

    numpy-financial's own example, ``npv(0.08, [-40000, 5000, 8000, 12000, 30000])``, is 3065.22267:

    >>> flows = [Money(Decimal(amount), "USD") for amount in (5000, 8000, 12000, 30000)]
    >>> worth = net_present_value(
    ...     investment=Money(Decimal(40000), "USD"), cash_flows=flows, discount_ratio_per_period=0.08)
    >>> round(worth.amount, 5)
    Decimal('3065.22267')
    """
    _check_discount(discount_ratio_per_period)
    flows = _all_flows(investment, cash_flows, resale)
    return Money.estimated(_present(flows, 1 / (1 + discount_ratio_per_period)), investment.currency)


def internal_rate_of_return(
    *, investment: Money, cash_flows: Sequence[Money], resale: Money | None = None
) -> float | None:
    """The discount per period at which the net present value is zero.

    Args:
        investment: paid before the first period. [currency]
        cash_flows: one for each period, at its end. [currency/period]
        resale: what the hardware brings at the end of the last period. [currency]

    Returns:
        Ratio per period. ``None`` where there is no such rate or more than one may be: nothing is paid, nothing comes
        back, so little that no rate above -1 tells it, or gains turn to losses again.

    Raises:
        ValueError: the investment is negative, or currencies mix.

    numpy's own example, ``irr([-100, 39, 59, 55, 20])``, is 0.28095:

    >>> flows = [Money(Decimal(amount), "USD") for amount in (39, 59, 55, 20)]
    >>> round(internal_rate_of_return(investment=Money(Decimal(100), "USD"), cash_flows=flows), 5)
    0.28095
    """
    _check_investment(investment)
    flows = _all_flows(investment, cash_flows, resale)
    signs = [flow > 0 for flow in flows if flow]
    if signs[:1] != [False] or sum(one != other for one, other in pairwise(signs)) != 1:
        return None
    # One change of sign, one root (Descartes): below it the present value is negative, above it positive.
    low, high = 0.0, 1.0
    while _present(flows, high) < 0:
        low, high = high, high * 2
    while low < (middle := (low + high) / 2) < high:
        if _present(flows, middle) < 0:
            low = middle
        else:
            high = middle
    rate = 1 / high - 1
    return rate if rate > -1 else None


def per_year(ratio_per_month: float) -> float:
    """A rate per month as the rate per year that it compounds to.

    Args:
        ratio_per_month: of a rate. [1/month]

    >>> round(per_year(0.01), 4)
    0.1268
    """
    _check_discount(ratio_per_month)
    return float((1 + ratio_per_month) ** 12 - 1)


def _present(flows: Sequence[float], factor: float) -> float:
    value = 0.0
    for flow in reversed(flows):
        value = value * factor + flow
    return value


def _all_flows(investment: Money, cash_flows: Sequence[Money], resale: Money | None) -> list[float]:
    flows = [-float(investment), *_floats(cash_flows, investment.currency)]
    if resale is not None:
        flows[-1] += _floats([resale], investment.currency)[0]
    return flows


def _floats(amounts: Sequence[Money], currency: str) -> list[float]:
    nothing = Money(Decimal(0), currency)
    return [float(nothing + amount) for amount in amounts]  # the sum refuses another currency


def _check_investment(investment: Money) -> None:
    if investment.amount < 0:
        raise ValueError(f"an investment of {investment} is negative")


def _check_discount(ratio: float) -> None:
    if not (math.isfinite(ratio) and ratio > -1):
        raise ValueError(f"a discount of {ratio} per period is no ratio above -1: 0.01 is 1 %")
