"""Whether hardware pays: cash flows, payback, present value and the rate of return."""

import math
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calculators.horizon.decay import Growth
from calculators.horizon.finance import (
    internal_rate_of_return,
    net_present_value,
    payback_periods,
    per_year,
    static_payback_days,
)
from calculators.horizon.mining_months import yearly
from calculators.money import Money
from tests.calculators.mining_table import flows, growths, halved, table, usd


def test_a_rig_that_may_idle_stops_paying_for_energy_but_not_the_rent() -> None:
    falling = Growth(difficulty_growth_ratio_per_month=0.25)
    idle = table(outlook=falling, months=4)  # revenue 200, 160, 128, 102.40
    stubborn = table(outlook=falling, months=4, may_idle=False)

    assert [month.cash_flow.amount for month in idle] == [75, 35, 3, -5]
    assert [month.running for month in idle] == [True, True, True, False]
    assert (idle[3].coins, idle[3].energy_cost, idle[3].revenue) == (0, usd(0), usd(0))
    assert [month.cash_flow.amount for month in stubborn] == [75, 35, 3, Decimal("-22.6")]
    assert idle[3].cumulative == usd(-1000 + 75 + 35 + 3 - 5)


@given(growths, growths, st.integers(0, 40), st.floats(0, 1))
def test_idling_never_earns_less_and_years_add_up_to_their_months(
    price: float, difficulty: float, months: int, fee: float
) -> None:
    outlook = Growth(price_growth_ratio_per_month=price, difficulty_growth_ratio_per_month=difficulty)
    idle, stubborn = (table(outlook=outlook, months=months, sale_fee_ratio=fee, may_idle=may) for may in (True, False))
    years = yearly(idle)

    assert all(one.cash_flow >= other.cash_flow for one, other in zip(idle, stubborn, strict=True))
    assert sum((year.cash_flow for year in years), usd(0)) == sum((month.cash_flow for month in idle), usd(0))
    assert len(years) == math.ceil(months / 12)
    if idle:
        assert years[-1].cumulative == idle[-1].cumulative == sum((month.cash_flow for month in idle), usd(-1000))
        assert sum(year.months_running for year in years) == sum(month.running for month in idle)


def test_two_rigs_have_twice_the_cash_flow_of_one() -> None:
    falling = Growth(difficulty_growth_ratio_per_month=0.03, rewards=(halved(10),))
    one = table(outlook=falling)
    two = table(
        outlook=falling,
        coins_per_month=4.0,
        energy_cost_per_month=usd(240),
        fixed_cost_per_month=usd(10),
        investment=usd(2000),
    )

    assert all(
        float(both.cumulative) == pytest.approx(2 * float(each.cumulative), rel=1e-9)
        for one_, two_ in [(one, two)]
        for each, both in zip(one_, two_, strict=True)
    )


def test_cash_flows_that_cannot_be_are_refused() -> None:
    for wrong in ({"coins_per_month": -1.0}, {"coins_per_month": math.inf}, {"months": -1}):
        with pytest.raises(ValueError, match=r"expected 0 (months )?or more"):
            table(**wrong)
    with pytest.raises(ValueError, match="sale fee"):
        table(sale_fee_ratio=1.5)
    with pytest.raises(ValueError, match="USD and EUR"):
        table(energy_cost_per_month=Money(Decimal(1), "EUR"))
    with pytest.raises(ValueError, match="not a finite number"):
        table(outlook=Growth(price_growth_ratio_per_month=1e9), months=100)


def test_static_payback_is_the_cost_over_the_profit_of_today() -> None:
    assert static_payback_days(investment=usd(1500), profit_per_day=usd("2.5")) == 600
    assert static_payback_days(investment=usd(1500), profit_per_day=usd(0)) is None
    assert static_payback_days(investment=usd(1500), profit_per_day=usd(-1)) is None
    assert static_payback_days(investment=usd(0), profit_per_day=usd(1)) == 0


def test_dynamic_payback_is_later_or_never() -> None:
    months = flows(*[100] * 12)

    assert payback_periods(investment=usd(1000), cash_flows=months) == 10
    assert payback_periods(investment=usd(1000), cash_flows=months, discount_ratio_per_period=0.02) == 12
    assert payback_periods(investment=usd(1000), cash_flows=months, discount_ratio_per_period=0.05) is None
    assert payback_periods(investment=usd(0), cash_flows=months) == 0


# Published: numpy and numpy-financial documentation of irr() and npv(); the last one in Wikipedia, "Internal rate of return".
@pytest.mark.parametrize(
    ("investment", "later", "rate"),
    [
        (100, (39, 59, 55, 20), 0.28095),
        (100, (0, 0, 74), -0.0955),
        (250_000, (100_000, 150_000, 200_000, 250_000, 300_000), 0.56723),
        (123_400, (36_200, 54_800, 48_100), 0.0596),
    ],
)
def test_published_rates_of_return_are_met(investment: int, later: tuple[int, ...], rate: float) -> None:
    found = internal_rate_of_return(investment=usd(investment), cash_flows=flows(*later))

    assert found == pytest.approx(rate, abs=5e-5)


def test_the_resale_comes_at_the_end_of_the_last_period() -> None:
    worth = net_present_value(
        investment=usd(1000), cash_flows=flows(100, 100), discount_ratio_per_period=0.1, resale=usd(968)
    )

    assert float(worth) == pytest.approx(-1000 + 100 / 1.1 + 1068 / 1.21)
    assert internal_rate_of_return(investment=usd(1000), cash_flows=flows(100, 100), resale=usd(1000)) == pytest.approx(
        0.1
    )


@given(st.integers(1, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_the_net_present_value_at_the_rate_of_return_is_zero(investment: int, later: list[int]) -> None:
    rate = internal_rate_of_return(investment=usd(investment), cash_flows=flows(*later))
    if not any(later):
        assert rate is None
        return
    assert rate is not None
    assume(rate > -0.9)
    worth = net_present_value(investment=usd(investment), cash_flows=flows(*later), discount_ratio_per_period=rate)

    assert abs(float(worth)) <= 1e-9 * investment


@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=24),
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=24),
    st.floats(-0.3, 0.5),
)
def test_the_net_present_value_of_two_rigs_is_the_sum_of_each(one: list[int], other: list[int], rate: float) -> None:
    length = max(len(one), len(other))
    one, other = (each + [0] * (length - len(each)) for each in (one, other))

    def worth(investment: int, later: list[int]) -> float:
        return float(
            net_present_value(investment=usd(investment), cash_flows=flows(*later), discount_ratio_per_period=rate)
        )

    both = worth(500, [a + b for a, b in zip(one, other, strict=True)])

    assert both == pytest.approx(worth(200, one) + worth(300, other), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("later", [(), (0, 0), (-5, -5), (100, 100, -5), (-5, 100, -5)])
def test_a_rate_of_return_that_is_none_or_not_the_only_one_is_not_told(later: tuple[int, ...]) -> None:
    assert internal_rate_of_return(investment=usd(100), cash_flows=flows(*later)) is None


def test_without_an_investment_there_is_no_rate_of_return() -> None:
    assert internal_rate_of_return(investment=usd(0), cash_flows=flows(5, 5)) is None
    assert internal_rate_of_return(investment=usd(0), cash_flows=flows(5, -5)) is None


def test_finance_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="an investment of -1 USD is negative"):
        static_payback_days(investment=usd(-1), profit_per_day=usd(1))
    with pytest.raises(ValueError, match="an investment of -1 USD is negative"):
        internal_rate_of_return(investment=usd(-1), cash_flows=flows(1))
    with pytest.raises(ValueError, match="no ratio of 0 or more"):
        payback_periods(investment=usd(1), cash_flows=flows(1), discount_ratio_per_period=-0.1)
    for rate in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="no ratio above -1"):
            net_present_value(investment=usd(1), cash_flows=flows(1), discount_ratio_per_period=rate)
        with pytest.raises(ValueError, match="no ratio above -1"):
            per_year(rate)
    euros = [Money(Decimal(1), "EUR")]
    with pytest.raises(ValueError, match="USD and EUR"):
        net_present_value(investment=usd(1), cash_flows=euros, discount_ratio_per_period=0)
    with pytest.raises(ValueError, match="USD and EUR"):
        payback_periods(investment=usd(1), cash_flows=euros)


def test_what_all_but_vanishes_has_no_rate_of_return() -> None:
    rate = internal_rate_of_return(investment=Money(Decimal(1000), "USD"), cash_flows=[Money(Decimal("1e-20"), "USD")])

    assert rate is None
