"""What a venture is carried on from, worked out by hand."""

from decimal import Decimal

import pytest

from calculators.horizon.decay import Growth
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH
from miner_agent.profit.rewards_ahead import RewardsAhead
from miner_agent.profit.venture import StakePlan, VenturePlan, venture
from tests.profit.test_profit import flat, ranking

NOTHING_AHEAD = RewardsAhead(days=400, steps={}, notes=())
SALE_FEE = 0.2
PLAN = VenturePlan(
    investment=Money(Decimal(1000), "USD"),
    months=2,
    outlook=Growth(),
    resale=Money(Decimal(0), "USD"),
    discount_ratio_per_year=0,
    staking=StakePlan(),
    purchase_fee_ratio=0,
    may_idle=False,
)


def test_the_fee_of_a_sale_is_taken_from_the_money_once_and_from_no_coin() -> None:
    kept, sold = (
        ranking(hardware="antminer-s21", prices=flat("0.01"), conditions={"exchange_fee_ratio": fee}).found("BTC")
        for fee in (0.0, SALE_FEE)
    )
    assert kept is not None
    assert sold is not None
    answer = venture(sold, PLAN, NOTHING_AHEAD)
    first = answer.months[0]

    assert first.coins == pytest.approx(kept.coins_per_day * DAYS_PER_MONTH, rel=1e-9)
    assert float(first.revenue) == pytest.approx(first.coins * float(sold.price) * (1 - SALE_FEE), rel=1e-9)
    assert float(first.revenue) == pytest.approx(float(sold.revenue_per_day) * DAYS_PER_MONTH, rel=1e-9)
    assert float(first.cash_flow) == pytest.approx(float(sold.profit_per_day) * DAYS_PER_MONTH, rel=1e-9)
    assert answer.alternatives.mine.coins == pytest.approx(2 * first.coins, rel=1e-12)
