"""How mining income changes over months: price and difficulty as they are assumed, rewards as their chains' rules say.

An assumption to vary, not a forecast.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from calculators.chain.schedule import RewardCourse
from calculators.units import DAYS_PER_MONTH

LONGEST_MONTHS = 1200
"""How far it is looked for the end of an income that a formula does not tell."""
WHOLE = 1e-9
"""How far parts may be from adding up to one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What is assumed to go on, month after month, from today."""

    price_growth_ratio_per_month: float = 0.0  # 0.02 is 2 % a month
    difficulty_growth_ratio_per_month: float = 0.0  # that others bring about: own hashrate stays
    rewards: tuple[RewardCourse, ...] = ()  # of every chain that the work is paid by; none: no reward changes

    def __post_init__(self) -> None:
        for name in ("price_growth_ratio_per_month", "difficulty_growth_ratio_per_month"):
            growth = getattr(self, name)
            if not (math.isfinite(growth) and growth > -1):
                raise ValueError(f"{name} is {growth}; expected a ratio above -1: 0.02 is 2 % a month")
        parts = math.fsum(course.part for course in self.rewards)
        if self.rewards and not math.isclose(parts, 1, rel_tol=WHOLE):
            raise ValueError(f"the chains' parts of what is earned add up to {parts}; expected 1")

    def price_factor(self, months: float) -> float:
        """Price of a coin after so many months, as a multiple of today's.

        Args:
            months: from today on. [months]

        >>> Growth(price_growth_ratio_per_month=0.1).price_factor(2)
        1.2100000000000002
        """
        return _power(1 + self.price_growth_ratio_per_month, months)

    def coins_factor(self, months: float, *, running_ratio: float = 1.0) -> float:
        """Coins of the same hashrate after so many months, as a multiple of today's.

        Args:
            months: from today on. [months]
            running_ratio: of the time that it runs then: so much of it is part of the network. [1]

        Of merged chains, coins of the first at today's prices. A halving after 3 months leaves a tenth of fees whole
        and halves the rest, 0.1 + 0.9 / 2:

        >>> from calculators.chain.schedule import KnownStep
        >>> halving = KnownStep(after_days=3 * DAYS_PER_MONTH, ratio=0.5)
        >>> Growth(rewards=(RewardCourse(steps=(halving,), fees_part=0.1),)).coins_factor(3)
        0.55
        """
        if not self.rewards:
            return _power(1 + self.difficulty_growth_ratio_per_month, -months)
        harder = _power(1 + self.difficulty_growth_ratio_per_month, months)
        days = months * DAYS_PER_MONTH
        return math.fsum(
            course.part * course.factor(days, network_ratio=harder, running_ratio=running_ratio)
            for course in self.rewards
        )

    def revenue_factor(self, months: float) -> float:
        """Revenue after so many months, as a multiple of today's: ((1 + price) / (1 + difficulty)) ** months.

        Args:
            months: from today on. [months]

        >>> Growth(difficulty_growth_ratio_per_month=0.25).revenue_factor(1)
        0.8
        """
        return self.price_factor(months) * self.coins_factor(months)

    @property
    def steps_after_months(self) -> tuple[float, ...]:
        """When a reward changes, in the order of time. [months]"""
        days = {step.after_days for course in self.rewards for step in course.steps}
        return tuple(sorted(after / DAYS_PER_MONTH for after in days))


def months_to_unprofitability(*, revenue: float, cost: float, outlook: Growth) -> float | None:
    """When revenue first falls to a cost that stays: ln(revenue / cost) / ln((1 + difficulty) / (1 + price)).

    Args:
        revenue: of any span of time, today. [currency]
        cost: of the same span, in the same currency. [currency] What would be saved by not running.
        outlook: how price, difficulty and reward go on.

    Returns:
        Months from today; ``None``: it never falls so far. [months]

    Raises:
        ValueError: an amount is not finite, or the revenue is negative.

    >>> months_to_unprofitability(revenue=8, cost=2, outlook=Growth(difficulty_growth_ratio_per_month=1.0))
    2.0
    >>> months_to_unprofitability(revenue=8, cost=2, outlook=Growth()) is None
    True
    """
    if not (math.isfinite(revenue) and math.isfinite(cost) and revenue >= 0):
        raise ValueError(f"expected a revenue of 0 or more and a finite cost, not {revenue} and {cost}")
    if revenue <= cost:
        return 0.0
    if cost <= 0:
        return None
    shrinking = math.log1p(outlook.difficulty_growth_ratio_per_month) - math.log1p(outlook.price_growth_ratio_per_month)
    for begins, ends in pairwise((0.0, *outlook.steps_after_months, math.inf)):
        left = revenue * outlook.revenue_factor(begins)
        if left <= cost:
            return begins
        if any(course.own_network_ratio for course in outlook.rewards):
            falls = _falls_to(cost / revenue, outlook, begins, ends)
        else:
            falls = begins + math.log(left / cost) / shrinking if shrinking > 0 else math.inf
        if falls < ends:
            return falls
    return None


def _falls_to(factor: float, outlook: Growth, begins: float, ends: float) -> float:
    """When revenue falls so far where a large own hashrate bends its decay: it may rise once before it falls."""
    low, high = begins, min(begins + 1, ends)
    while outlook.revenue_factor(min(high, math.nextafter(ends, 0))) > factor:
        if high >= min(ends, begins + LONGEST_MONTHS):
            return math.inf
        low, high = high, min(begins + 2 * (high - begins), ends)
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if outlook.revenue_factor(middle) > factor else (low, middle)
    return high


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        raise ValueError(f"{base} a month over {exponent:g} months is beyond all measure") from None
