"""Other people's machines, the warmth of one's own, and carbon dioxide."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.schedule import KnownStep, RewardCourse
from calculators.electricity.emissions import Intensity, emitted_grams, emitted_grams_over_time
from calculators.electricity.heat import heat_worth, heat_worth_by_carrier
from calculators.horizon.contracts import (
    CloudContract,
    CloudOutcome,
    Rental,
    cloud_outcome,
    promise_over_pay,
    rental_break_even_price_per_day,
    rental_edge,
    static_break_even_days,
    static_net_revenue,
)
from calculators.horizon.decay import Growth
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH
from tests.for_each import for_each

HOUR = timedelta(hours=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def usd(amount: str | float) -> Money:
    return Money(Decimal(amount), "USD")


def contract(**changed: Any) -> CloudContract:
    return CloudContract(**{"price": usd(4625), "days": 360, "fee_per_day": usd(15), **changed})


def outcome(given_contract: CloudContract, coins: float = 0.5, **growth: Any) -> CloudOutcome:
    return cloud_outcome(contract=given_contract, coins_per_day=coins, coin_price=usd(80), outlook=Growth(**growth))


def test_the_static_figures_are_those_of_the_vendors_formula() -> None:
    # Bitdeer, notes on its calculator: break-even = hash fee / (amount * (output - electricity fee)); net revenue =
    # (duration - break-even) * amount * (output - electricity fee) * share. Its plan: 500 TH/s, 360 days, 4625 USD.
    for share in (1.0, 0.6):
        plan = contract(share_ratio=share)
        days = static_break_even_days(contract=plan, output_per_day=usd(40))
        net = static_net_revenue(contract=plan, output_per_day=usd(40))

        assert days == 4625 / (40 - 15) == 185
        assert net is not None
        assert float(net) == pytest.approx((360 - 185) * (40 - 15) * share)


def test_a_contract_that_never_breaks_even_says_so() -> None:
    assert static_break_even_days(contract=contract(), output_per_day=usd(15)) is None
    assert static_net_revenue(contract=contract(), output_per_day=usd(14)) is None
    assert static_net_revenue(contract=contract(days=100), output_per_day=usd(40)) == usd(-2125)
    assert outcome(contract(days=100)).net_revenue == usd(-2125)


def test_a_contract_under_a_steady_network_is_the_static_one() -> None:
    found = outcome(contract(share_ratio=0.6))

    assert found.break_even_day == 185
    assert float(found.net_revenue) == pytest.approx((360 - 185) * 25 * 0.6)
    assert (found.ended_on_day, found.ended_by_clause, found.days_below_fee) == (360, False, 0)
    assert found.coins_received * 80 == pytest.approx(float(found.received))


def test_a_rising_difficulty_eats_the_output_and_the_clause_ends_the_contract() -> None:
    # Output 40 a day and a fee of 15: at 10 % a month they meet after ln(40 / 15) / ln(1.1) months.
    meets = math.log(40 / 15) / math.log(1.1) * DAYS_PER_MONTH
    growth = {"difficulty_growth_ratio_per_month": 0.1}
    free = outcome(contract(days=1000), **growth)
    ended = outcome(contract(days=1000, ends_after_days_below_fee=28), **growth)

    assert not free.ended_by_clause
    assert free.days_below_fee == 1000 - math.floor(meets) - 1
    assert ended.ended_by_clause
    assert ended.ended_on_day == math.floor(meets) + 1 + 28
    assert ended.days_below_fee == 28
    assert ended.received == free.received
    assert free.break_even_day is None


def test_the_clause_takes_the_recovery_that_the_customer_waited_for() -> None:
    # It does not pay its fee on the first days; the price doubles every month.
    growth = {"price_growth_ratio_per_month": 1.0}
    patient, ended = (outcome(contract(ends_after_days_below_fee=days), coins=0.15, **growth) for days in (None, 5))

    assert (ended.ended_on_day, ended.received, ended.net_revenue) == (5, usd(0), usd(-4625))
    assert patient.break_even_day is not None


def test_days_below_the_fee_count_in_a_row() -> None:
    # Two halvings, each made good by the price after 42 and 31 days.
    halvings = tuple(KnownStep(after_days=after * DAYS_PER_MONTH, ratio=0.5) for after in (1, 4))
    growth = {"price_growth_ratio_per_month": 0.3, "rewards": (RewardCourse(steps=halvings),)}
    found = outcome(contract(ends_after_days_below_fee=60), coins=0.2, **growth)

    assert 70 < found.days_below_fee < 80
    assert not found.ended_by_clause
    assert outcome(contract(ends_after_days_below_fee=40), coins=0.2, **growth).ended_by_clause


@given(st.floats(-0.2, 0.5), st.floats(0, 0.5), st.integers(1, 60))
def test_more_difficulty_never_pays_more_and_a_clause_never_helps(less: float, more: float, clause: int) -> None:
    easy, hard = (outcome(contract(), difficulty_growth_ratio_per_month=growth) for growth in (less, less + more))
    bound = outcome(contract(ends_after_days_below_fee=clause), difficulty_growth_ratio_per_month=less + more)

    assert float(hard.net_revenue) <= float(easy.net_revenue) + 1e-9
    assert bound.received <= hard.received
    assert hard.received >= usd(0)


def test_a_promise_above_what_the_network_pays_is_the_one_sign_that_arithmetic_gives() -> None:
    # 100 TH/s at 0.05 USD a TH/s and day: 5 USD; "3 % a day" on 500 USD is 15.
    assert promise_over_pay(promised_per_day=usd(15), network_pay_per_day=usd(5)) == 3
    assert promise_over_pay(promised_per_day=usd(4), network_pay_per_day=usd(5)) == 0.8
    with pytest.raises(ValueError, match="the network pays 0 a day"):
        promise_over_pay(promised_per_day=usd(15), network_pay_per_day=usd(0))
    with pytest.raises(ValueError, match="a promise of -1 a day is negative"):
        promise_over_pay(promised_per_day=usd(-1), network_pay_per_day=usd(5))


@for_each(
    ("changed", "sentence"),
    [
        ({"price": usd(-1)}, "price and fee are 0 or more"),
        ({"fee_per_day": usd(-1)}, "price and fee are 0 or more"),
        ({"days": 0}, "for at least a day"),
        ({"ends_after_days_below_fee": 0}, "for at least a day"),
        ({"share_ratio": 1.5}, "no ratio from 0 to 1"),
        ({"fee_per_day": Money(Decimal(1), "EUR")}, "EUR and USD"),
    ],
)
def test_a_contract_that_cannot_be_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        contract(**changed)


def test_an_outcome_in_two_currencies_or_of_no_coins_is_refused() -> None:
    with pytest.raises(ValueError, match="EUR and USD"):
        cloud_outcome(contract=contract(), coins_per_day=1, coin_price=Money(Decimal(80), "EUR"), outlook=Growth())
    with pytest.raises(ValueError, match="coins_per_day is nan"):
        outcome(contract(), coins=math.nan)


ratios = st.floats(0, 0.5)


def order(**changed: Any) -> Rental:
    return Rental(
        **{"price_per_day": usd(9), "days": 2.0, "market_fee_ratio": 0.03, "order_fee": usd("0.10"), **changed}
    )


@given(st.floats(0.1, 1000), ratios, ratios, ratios, st.floats(0.1, 30))
def test_an_order_at_its_break_even_price_gains_nothing(
    pay: float, pool: float, rejected: float, market: float, days: float
) -> None:
    given_order = order(market_fee_ratio=market, days=days, order_fee=usd("0.01"))
    terms = {"network_pay_per_day": Money.estimated(pay, "USD"), "pool_fee_ratio": pool, "rejected_ratio": rejected}
    price = rental_break_even_price_per_day(rental=given_order, **terms)  # type: ignore[arg-type]
    if price < usd(0):
        return
    at_price = order(market_fee_ratio=market, days=days, order_fee=usd("0.01"), price_per_day=price)

    assert abs(float(rental_edge(rental=at_price, **terms))) <= 1e-9 * pay * days  # type: ignore[arg-type]


def test_a_fixed_order_fee_weighs_less_on_a_long_order() -> None:
    def per_day(days: float) -> float:
        edge = rental_edge(
            rental=order(days=days), network_pay_per_day=usd(10), pool_fee_ratio=0.01, rejected_ratio=0.02
        )
        return float(edge) / days

    assert per_day(20) - per_day(2) == pytest.approx(0.1 / 2 - 0.1 / 20)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"days": 0}, "more than 0 days"),
        ({"days": math.nan}, "more than 0 days"),
        ({"market_fee_ratio": -0.1}, "a market fee of -0.1"),
        ({"order_fee": usd(-1)}, "price and fee are 0 or more"),
        ({"price_per_day": usd(-1)}, "price and fee are 0 or more"),
    ],
)
def test_an_order_that_cannot_be_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        order(**changed)


def test_a_share_that_is_no_ratio_is_refused() -> None:
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="pool_fee_ratio is"):
            rental_edge(rental=order(), network_pay_per_day=usd(10), pool_fee_ratio=wrong, rejected_ratio=0)
        with pytest.raises(ValueError, match="rejected_ratio is"):
            rental_edge(rental=order(), network_pay_per_day=usd(10), pool_fee_ratio=0, rejected_ratio=wrong)


def test_heat_is_worth_what_the_heater_would_have_drawn() -> None:
    # 24 kWh, 80 % of it useful: 19.2 kWh of heat, from gas at 0.12 through a boiler of 96 %, or at 0.125 as heat.
    by_gas = heat_worth_by_carrier(
        energy_kilowatt_hours=24, useful_ratio=0.8, carrier_price_per_kilowatt_hour=usd("0.12"), heater_efficiency=0.96
    )

    assert by_gas == usd("2.4")
    assert heat_worth(energy_kilowatt_hours=24, useful_ratio=0.8, heat_price_per_kilowatt_hour=usd("0.125")) == by_gas


@given(st.floats(0, 1e6), st.floats(0, 1), st.floats(0.5, 6))
def test_a_price_per_kwh_of_heat_leaves_the_divisor_out(energy: float, useful: float, efficiency: float) -> None:
    by_carrier = heat_worth_by_carrier(
        energy_kilowatt_hours=energy,
        useful_ratio=useful,
        carrier_price_per_kilowatt_hour=Money.estimated(0.1 * efficiency, "USD"),
        heater_efficiency=efficiency,
    )
    by_heat = heat_worth(energy_kilowatt_hours=energy, useful_ratio=useful, heat_price_per_kilowatt_hour=usd("0.1"))

    assert float(by_carrier) == pytest.approx(float(by_heat), rel=1e-9)


def test_heat_that_cannot_be_is_refused() -> None:
    for energy in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="energy_kilowatt_hours is"):
            heat_worth(energy_kilowatt_hours=energy, useful_ratio=1, heat_price_per_kilowatt_hour=usd(1))
    for useful in (-0.1, 80, math.nan):
        with pytest.raises(ValueError, match=r"no ratio from 0 to 1: 0\.8 is 80 %"):
            heat_worth(energy_kilowatt_hours=1, useful_ratio=useful, heat_price_per_kilowatt_hour=usd(1))
    for efficiency in (0, -1, math.nan):
        with pytest.raises(ValueError, match="a heater's efficiency is above zero"):
            heat_worth_by_carrier(
                energy_kilowatt_hours=1,
                useful_ratio=1,
                carrier_price_per_kilowatt_hour=usd(1),
                heater_efficiency=efficiency,
            )


def intensities(*grams: float) -> list[Intensity]:
    return [Intensity(NEW_YEAR + at * HOUR, NEW_YEAR + (at + 1) * HOUR, each) for at, each in enumerate(grams)]


def test_emissions_follow_the_hours() -> None:
    found = emitted_grams_over_time(
        power_watts=2000,
        intensities=intensities(100, 400, 300),
        start=NEW_YEAR + HOUR / 2,
        end=NEW_YEAR + 2.25 * HOUR,
    )

    assert found == pytest.approx(1 * 100 + 2 * 400 + 0.5 * 300)
    assert emitted_grams(energy_kilowatt_hours=3, grams_per_kilowatt_hour=300) == 900


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=24), st.floats(0, 1e5))
def test_a_steady_intensity_is_the_average_one(grams: list[float], watts: float) -> None:
    end = NEW_YEAR + len(grams) * HOUR
    found = emitted_grams_over_time(power_watts=watts, intensities=intensities(*grams), start=NEW_YEAR, end=end)
    mean = math.fsum(grams) / len(grams)

    assert found == pytest.approx(
        emitted_grams(energy_kilowatt_hours=watts / 1000 * len(grams), grams_per_kilowatt_hour=mean), rel=1e-9, abs=1e-9
    )


def test_an_intensity_that_is_not_known_is_not_made_up() -> None:
    hours = intensities(100, 200, 300)
    with pytest.raises(ValueError, match="nothing is told of 2026-01-01T01:00Z to 2026-01-01T02:00Z"):
        emitted_grams_over_time(power_watts=1, intensities=[hours[0], hours[2]], start=NEW_YEAR, end=NEW_YEAR + HOUR)
    with pytest.raises(ValueError, match="not for all of 2026-01-01T00:00Z to 2026-01-01T04:00Z"):
        emitted_grams_over_time(power_watts=1, intensities=hours, start=NEW_YEAR, end=NEW_YEAR + 4 * HOUR)
    with pytest.raises(ValueError, match="is empty"):
        Intensity(NEW_YEAR, NEW_YEAR, 1)
    for grams in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="an intensity is 0 g/kWh or more"):
            intensities(grams)
        with pytest.raises(ValueError, match="an intensity is 0 g/kWh or more"):
            emitted_grams(energy_kilowatt_hours=1, grams_per_kilowatt_hour=grams)
    with pytest.raises(ValueError, match="energy_kilowatt_hours is -1"):
        emitted_grams(energy_kilowatt_hours=-1, grams_per_kilowatt_hour=1)
