"""What becomes of revenue as others come, prices move and chains halve."""

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calculators.chain.schedule import RewardCourse
from calculators.horizon.decay import Growth, months_to_unprofitability
from tests.calculators.mining_table import growths, halved


@given(growths, st.floats(0.001, 1), st.integers(0, 60))
def test_a_large_part_of_the_network_shrinks_as_others_come(growth: float, own: float, months: int) -> None:
    """Of 1 + own hashes the own ones are paid today; later the others are ``grown`` times as many."""
    grown = (1 + growth) ** months
    outlook = Growth(difficulty_growth_ratio_per_month=growth, rewards=(RewardCourse(own_network_ratio=own),))

    today, then = own / (1 + own), own / (grown + own)

    assert outlook.coins_factor(months) == pytest.approx(then / today, rel=1e-9)


@given(growths.filter(lambda growth: abs(growth) > 0.01), st.floats(0.01, 1), st.floats(1.01, 50))
def test_the_end_of_an_income_is_found_for_a_large_part_of_the_network_too(
    growth: float, own: float, revenue: float
) -> None:
    outlook = Growth(difficulty_growth_ratio_per_month=growth, rewards=(RewardCourse(own_network_ratio=own),))

    months = months_to_unprofitability(revenue=revenue, cost=1, outlook=outlook)

    if growth < 0:
        assert months is None
    else:
        assert months is not None
        assert revenue * outlook.revenue_factor(months) == pytest.approx(1, rel=1e-6)


@given(growths, growths, st.integers(0, 60))
def test_revenue_decays_by_the_ratio_of_the_two_growths(price: float, difficulty: float, months: int) -> None:
    outlook = Growth(price_growth_ratio_per_month=price, difficulty_growth_ratio_per_month=difficulty)

    assert outlook.revenue_factor(months) == pytest.approx(((1 + price) / (1 + difficulty)) ** months, rel=1e-9)


def test_a_halving_halves_the_subsidy_and_leaves_the_fees() -> None:
    outlook = Growth(rewards=(halved(18, 66, fees=0.04),))

    assert outlook.coins_factor(17.9) == 1
    assert outlook.coins_factor(18) == pytest.approx(0.52)
    assert outlook.coins_factor(66) == pytest.approx(0.04 + 0.96 / 4)


@given(st.floats(0.001, 1), growths, st.floats(1.01, 100), st.lists(st.floats(0, 60), max_size=2))
def test_at_the_month_of_unprofitability_revenue_has_just_fallen_to_the_cost(
    difficulty: float, price: float, revenue: float, halvings: list[float]
) -> None:
    outlook = Growth(
        difficulty_growth_ratio_per_month=difficulty,
        price_growth_ratio_per_month=price,
        rewards=(halved(*halvings, fees=0.1),),
    )
    months = months_to_unprofitability(revenue=revenue, cost=1, outlook=outlook)
    if months is None:
        assert price >= difficulty
        return
    assume(months < 600)

    assert revenue * outlook.revenue_factor(months) <= 1 + 1e-9
    assert months == 0 or revenue * outlook.revenue_factor(months * (1 - 1e-9) - 1e-9) >= 1 - 1e-6


def test_the_formula_of_unprofitability_is_met_and_its_limits_are_told() -> None:
    outlook = Growth(difficulty_growth_ratio_per_month=0.05, price_growth_ratio_per_month=0.01)

    assert months_to_unprofitability(revenue=10, cost=4, outlook=outlook) == pytest.approx(
        math.log(10 / 4) / math.log(1.05 / 1.01)
    )
    assert months_to_unprofitability(revenue=3, cost=4, outlook=outlook) == 0
    assert months_to_unprofitability(revenue=3, cost=0, outlook=outlook) is None
    assert months_to_unprofitability(revenue=3, cost=2, outlook=Growth(rewards=(halved(9),))) == 9
    with pytest.raises(ValueError, match="expected a revenue"):
        months_to_unprofitability(revenue=math.nan, cost=1, outlook=outlook)


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_growth_ratio_per_month": -1},
        {"difficulty_growth_ratio_per_month": math.nan},
        {"rewards": (RewardCourse(part=0.5),)},
    ],
)
def test_an_outlook_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected a ratio|expected 1"):
        Growth(**wrong)
