"""Months of an invented rig, and amounts, for tests of what hardware brings."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from calculators.chain.schedule import KnownStep, RewardCourse
from calculators.horizon.decay import Growth
from calculators.horizon.mining_months import Month, mining_months
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH


def usd(amount: str | float | Decimal) -> Money:
    return Money(Decimal(amount), "USD")


def flows(*amounts: float) -> list[Money]:
    return [usd(amount) for amount in amounts]


def table(**changed: Any) -> tuple[Month, ...]:
    return mining_months(
        **{
            "coins_per_month": 2.0,
            "price": usd(100),
            "energy_cost_per_month": usd(120),
            "fixed_cost_per_month": usd(5),
            "investment": usd(1000),
            "outlook": Growth(),
            "months": 24,
            **changed,
        }
    )


growths = st.floats(-0.5, 1)


def halved(*after_months: float, fees: float = 0.0) -> RewardCourse:
    steps = tuple(KnownStep(after_days=after * DAYS_PER_MONTH, ratio=0.5) for after in after_months)
    return RewardCourse(steps=steps, fees_part=fees)
