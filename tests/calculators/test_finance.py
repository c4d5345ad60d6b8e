"""Whether hardware pays: decay, cash flows, payback, present value, taxes, and buying instead."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calculators.chain.schedule import KnownStep, RewardCourse
from calculators.horizon.alternatives import Alternatives, Staking, compare, payments_of
from calculators.horizon.decay import Growth, months_to_unprofitability
from calculators.horizon.depreciation import after_tax, macrs_five_years, straight_line
from calculators.horizon.finance import (
    internal_rate_of_return,
    net_present_value,
    payback_periods,
    per_year,
    static_payback_days,
)
from calculators.horizon.mining_months import Month, mining_months, yearly
from calculators.macrs import HALF_YEAR
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


# Decay.

growths = st.floats(-0.5, 1)


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


def halved(*after_months: float, fees: float = 0.0) -> RewardCourse:
    steps = tuple(KnownStep(after_days=after * DAYS_PER_MONTH, ratio=0.5) for after in after_months)
    return RewardCourse(steps=steps, fees_part=fees)


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


# Cash flows.


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


# Depreciation and tax.


def test_the_macrs_table_is_double_declining_balance_with_half_years() -> None:
    """200 % declining balance over five years, half a year first, then straight line once that takes more."""
    left, shares = Decimal(1), []
    for year in range(6):
        remaining = Decimal(5) - (Decimal(year) - Decimal("0.5") if year else Decimal(0))
        declining, even = left * 2 / 5, left / remaining
        share = max(declining, even) * (Decimal("0.5") if year == 0 else min(Decimal(1), remaining))
        shares.append(share)
        left -= share

    assert (
        tuple(shares)
        == HALF_YEAR
        == tuple(Decimal(each) for each in ("0.20", "0.32", "0.192", "0.1152", "0.1152", "0.0576"))
    )


amounts = st.decimals(min_value=0, max_value=10**6, places=2)


@given(amounts, amounts, st.integers(1, 40))
def test_depreciation_adds_up_to_what_is_lost(one: Decimal, other: Decimal, years: int) -> None:
    cost, salvage = max(one, other), min(one, other)

    assert (
        sum((part.amount for part in straight_line(cost=usd(cost), salvage=usd(salvage), years=years)), Decimal(0))
        == cost - salvage
    )
    assert sum((part.amount for part in macrs_five_years(basis=usd(cost))), Decimal(0)) == cost


def test_depreciation_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one year, not 0"):
        straight_line(cost=usd(1), salvage=usd(0), years=0)
    with pytest.raises(ValueError, match="a salvage of 2 does not lie between 0 and the cost of 1"):
        straight_line(cost=usd(1), salvage=usd(2), years=3)
    with pytest.raises(ValueError, match="a salvage of -2"):
        straight_line(cost=usd(1), salvage=usd(-2), years=3)
    with pytest.raises(ValueError, match="a basis of -1 USD is negative"):
        macrs_five_years(basis=usd(-1))


@given(amounts, amounts, amounts, st.decimals(min_value=0, max_value=1, places=3))
def test_a_profit_after_tax_is_the_published_formula(
    revenue: Decimal, cost: Decimal, worn: Decimal, tax: Decimal
) -> None:
    year = after_tax(revenue=usd(revenue), operating_cost=usd(cost), depreciation=usd(worn), tax_ratio=tax)

    if revenue - cost - worn >= 0:
        assert year.cash == usd((revenue - cost - worn) * (1 - tax) + worn)
        assert year.loss == usd(0)
    else:
        assert (year.tax, year.cash, year.loss) == (usd(0), usd(revenue - cost), usd(worn + cost - revenue))


def test_a_loss_lowers_the_tax_of_the_year_that_the_user_names() -> None:
    bad = after_tax(revenue=usd(100), operating_cost=usd(80), depreciation=usd(50), tax_ratio=Decimal("0.3"))
    good = after_tax(
        revenue=usd(200),
        operating_cost=usd(80),
        depreciation=usd(50),
        tax_ratio=Decimal("0.3"),
        loss_carried_in=bad.loss,
    )

    assert bad.loss == usd(30)
    assert (good.taxable, good.tax, good.cash) == (usd(40), usd(12), usd(108))


def test_a_tax_that_cannot_be_is_refused() -> None:
    def year(**changed: Any) -> None:
        after_tax(
            **{"revenue": usd(1), "operating_cost": usd(0), "depreciation": usd(0), "tax_ratio": Decimal(0), **changed}
        )

    with pytest.raises(ValueError, match=r"a tax of 25 is no ratio from 0 to 1: 0\.25 is 25 %"):
        year(tax_ratio=Decimal(25))
    for name in ("operating_cost", "depreciation", "loss_carried_in"):
        with pytest.raises(ValueError, match=f"{name} is -1; expected 0 or more"):
            year(**{name: usd(-1)})


# Mine, buy or stake.

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


def test_what_all_but_vanishes_has_no_rate_of_return() -> None:
    rate = internal_rate_of_return(investment=Money(Decimal(1000), "USD"), cash_flows=[Money(Decimal("1e-20"), "USD")])

    assert rate is None
