"""Mining against buying the coins, and staking them."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.horizon.alternatives import Alternatives, Staking, compare, payments_of
from calculators.horizon.decay import Growth
from calculators.money import Money
from tests.calculators.mining_table import flows, table, usd

NO_YIELD = Staking(yield_low_ratio_per_year=0, yield_high_ratio_per_year=0)


def test_payments_of_a_table_are_its_costs_with_the_hardware_first() -> None:
    months = table(outlook=Growth(difficulty_growth_ratio_per_month=0.25), months=4)

    assert [paid.amount for paid in payments_of(months, investment=usd(1000))] == [1125, 125, 125, 5]
    with pytest.raises(ValueError, match="at least one month"):
        payments_of((), investment=usd(1000))


def test_mining_and_buying_are_told_in_coins_and_in_money() -> None:
    months = table(outlook=Growth(price_growth_ratio_per_month=0.1), months=2)
    found = compare(
        payments=payments_of(months, investment=usd(1000)),
        prices=[*(month.price for month in months), usd(121)],
        coins_mined=math.fsum(month.coins for month in months),
        resale=usd(363),
        staking=NO_YIELD,
    )

    assert found.paid == usd(1250)
    assert found.mine.coins == pytest.approx(4 + 3)
    assert found.mine.worth == usd(847)
    assert found.buy.coins == pytest.approx(1125 / 100 + 125 / 110)
    assert float(found.buy.worth) == pytest.approx((1125 / 100 + 125 / 110) * 121)
    assert found.stake_low == found.stake_high == found.buy


def test_a_staked_coin_has_its_own_price_and_grows_from_the_day_it_was_bought() -> None:
    other = [usd(10), usd(20), usd(5)]
    found = compare(
        payments=flows(100, 100),
        prices=flows(50, 50, 50),
        coins_mined=0,
        resale=usd(0),
        staking=Staking(yield_low_ratio_per_year=0, yield_high_ratio_per_year=0.12, prices=other),
        purchase_fee_ratio=0.01,
    )

    assert float(found.stake_low.worth) == pytest.approx(0.99 * (50 + 25))
    assert float(found.stake_high.worth) == pytest.approx(0.99 * (50 * 1.12 ** (2 / 12) + 25 * 1.12 ** (1 / 12)))
    assert found.stake_low.coins == pytest.approx(0.99 * 75 / 50)


prices = st.lists(st.floats(0.01, 1e5), min_size=2, max_size=24)


@given(prices, st.floats(0, 0.5), st.floats(0.1, 10))
def test_a_year_paid_twice_buys_twice_and_a_higher_yield_is_never_less(
    path: list[float], fee: float, scale: float
) -> None:
    def found(factor: float) -> Alternatives:
        return compare(
            payments=[Money.estimated(factor * (at + 1), "USD") for at in range(len(path) - 1)],
            prices=[Money.estimated(price, "USD") for price in path],
            coins_mined=1.0,
            resale=usd(0),
            staking=Staking(yield_low_ratio_per_year=0.02, yield_high_ratio_per_year=0.05),
            purchase_fee_ratio=fee,
        )

    one, other = found(1.0), found(scale)

    assert other.buy.coins == pytest.approx(scale * one.buy.coins, rel=1e-9)
    assert one.buy.coins <= one.stake_low.coins <= one.stake_high.coins


def test_a_comparison_that_cannot_be_is_refused() -> None:
    def found(**changed: Any) -> None:
        compare(
            **{
                "payments": flows(1, 1), "prices": flows(1, 1, 1), "coins_mined": 1.0, "resale": usd(0),
                "staking": NO_YIELD, **changed,
            }
        )  # fmt: skip

    with pytest.raises(ValueError, match="2 prices for 2 payments"):
        found(prices=flows(1, 1))
    with pytest.raises(ValueError, match="0 prices for 0 payments"):
        found(payments=[], prices=[])
    with pytest.raises(ValueError, match="a price above zero at every date"):
        found(prices=flows(1, 0, 1))
    with pytest.raises(ValueError, match="a payment is 0 or more"):
        found(payments=flows(1, -1))
    with pytest.raises(ValueError, match="coins mined"):
        found(coins_mined=math.nan)
    with pytest.raises(ValueError, match="a purchase fee of 1 "):
        found(purchase_fee_ratio=1)
    with pytest.raises(ValueError, match="3 to 5 %"):
        Staking(yield_low_ratio_per_year=0.05, yield_high_ratio_per_year=0.03)
    with pytest.raises(ValueError, match="1 prices for 2 payments"):
        found(staking=Staking(yield_low_ratio_per_year=0, yield_high_ratio_per_year=0, prices=flows(1)))
