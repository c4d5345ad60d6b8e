"""A sweep over arrays: every point of it is the estimate of that point."""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from calculators.chain.quote import Quote
from calculators.earnings.estimate import estimate
from calculators.earnings.operation import Operation
from calculators.horizon.sweep import swept_day
from calculators.money import Money
from tests.quotes import NOON, usd

OPERATION = Operation(
    hashes_per_second=6e8, power_watts=1400, uptime_ratio=0.97, dev_fee_ratio=0.01, stale_ratio=0.02,
    pool_fee_ratio=0.01, payout_fee_coins=0.001, days_between_payouts=3, exchange_fee_ratio=0.004,
)  # fmt: skip
DIFFICULTIES, REWARDS = np.array([1e12, 3e12]), np.array([2.0, 2.5])
PRICES, TARIFFS = np.array([5.0, 12.0, 40.0]), np.array([-0.05, 0.1, 0.4])


def swept(**changed: Any) -> Any:
    return swept_day(
        **{
            "operation": OPERATION,
            "difficulty": DIFFICULTIES[:, None, None, None],
            "hashes_per_difficulty": 1,
            "block_reward_coins": REWARDS[:, None, None],
            "price_per_coin": PRICES[:, None],
            "price_per_kilowatt_hour": TARIFFS,
            "fixed_cost_per_day": 0.5,
            "block_time_seconds": 13.0,
            **changed,
        }
    )


@pytest.mark.parametrize("seconds", [13.0, None])
@pytest.mark.parametrize("scheme", ["pplns", "pps", "solo"])
def test_every_point_is_the_estimate_of_that_point(seconds: float | None, scheme: Any) -> None:
    operation = replace(OPERATION, pool_scheme=scheme)
    found = swept(operation=operation, block_time_seconds=seconds)

    assert found.profit_per_day.shape == found.energy_cost_per_day.shape == (2, 2, 3, 3)
    for at in np.ndindex(found.profit_per_day.shape):
        quote = Quote(
            coin="ETC",
            algorithm="etchash",
            source="a test",
            taken_at=NOON,
            difficulty=float(DIFFICULTIES[at[0]]),
            hashes_per_difficulty=1,
            block_reward_coins=float(REWARDS[at[1]]),
            block_time_seconds=seconds,
            price=usd(float(PRICES[at[2]])),
        )
        energy = Money(Decimal("33.6") * Decimal(str(TARIFFS[at[3]])), "USD")
        one = estimate(
            quotes=[quote], operation=operation, energy_cost_per_day=energy, now=NOON, fixed_cost_per_day=usd("0.5")
        )
        assert found.coins_per_day[at] == pytest.approx(one.coins_per_day, rel=1e-12)
        assert found.revenue_per_day[at] == pytest.approx(float(one.revenue_per_day), rel=1e-10)
        assert found.energy_cost_per_day[at] == pytest.approx(float(energy), rel=1e-12)
        assert found.profit_per_day[at] == pytest.approx(float(one.profit_per_day), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"difficulty": np.array([1.0, 0.0])}, "difficulty holds 0.0; expected numbers above zero"),
        ({"price_per_coin": np.array([[1.0, -2.0]])}, "price_per_coin holds -2.0"),
        ({"price_per_kilowatt_hour": math.nan}, "price_per_kilowatt_hour holds nan; expected finite"),
        ({"block_reward_coins": np.array([math.inf, 1.0])}, "block_reward_coins holds inf"),
        ({"price_per_coin": np.ones(2), "price_per_kilowatt_hour": np.ones(5)}, "broadcast"),
    ],
)
def test_an_array_that_holds_what_cannot_be_is_refused_by_its_name(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        swept(**wrong)
