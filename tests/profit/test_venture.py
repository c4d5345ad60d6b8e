"""What a venture is carried on from, worked out by hand."""

from decimal import Decimal

import pytest

from calculators.horizon.decay import Growth
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH
from miner_agent.profit.rewards_ahead import RewardsAhead
from miner_agent.profit.venture import StakePlan, VenturePlan, venture
from miner_agent.profit.venture_costs import mining_of
from miner_agent.profit.year_of_energy import over_a_year
from tests.profit.recomputed_ranking import flat, ranking

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
    without, ranked = (
        ranking(hardware="antminer-s21", prices=flat("0.01"), conditions={"exchange_fee_ratio": fee})
        for fee in (0.0, SALE_FEE)
    )
    kept, sold = without.found("BTC"), ranked.found("BTC")
    assert kept is not None
    assert sold is not None
    year = over_a_year(ranked.conditions.prices, ranked.now)
    answer = venture(mining_of(ranked, sold, year), PLAN, NOTHING_AHEAD)
    first = answer.months[0]

    assert first.coins == pytest.approx(kept.coins_per_day * DAYS_PER_MONTH, rel=1e-9)
    assert float(first.revenue) == pytest.approx(first.coins * float(sold.price) * (1 - SALE_FEE), rel=1e-9)
    assert float(first.revenue) == pytest.approx(float(sold.revenue_per_day) * DAYS_PER_MONTH, rel=1e-9)
    assert float(first.cash_flow) == pytest.approx(float(sold.profit_per_day) * DAYS_PER_MONTH, rel=1e-9)
    assert answer.alternatives.mine.coins == pytest.approx(2 * first.coins, rel=1e-12)
