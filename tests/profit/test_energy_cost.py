"""What a day of energy costs by each kind of tariff, and the sum that leads there."""

import math
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.earnings.sum_sheet import Term
from calculators.electricity.tariff import Slot
from calculators.electricity.tariff_bands import Band, TimeOfUseTariff
from calculators.electricity.tariff_slots import SlotTariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices, cost_of_day
from tests.profit.recomputed_ranking import check_by_hand, ranking, recomputed
from tests.quotes import NOON, usd

HOUR = timedelta(hours=1)


def slots(*prices: str, start: datetime = NOON, hours: int = 6) -> Prices:
    tariff = SlotTariff(
        Slot(start + number * hours * HOUR, start + (number + 1) * hours * HOUR, usd(price))
        for number, price in enumerate(prices)
    )
    return Prices(tariff=tariff, source="slots", known_from=tariff.start, known_until=tariff.end)


def test_hours_have_their_prices_and_the_sum_tells_them() -> None:
    cost = cost_of_day(slots("0.1", "0.3", "-0.1", "0.3"), power_watts=1000, now=NOON)

    assert cost.money == usd("3.6")
    terms = (Term(name="kilowatt_hours_per_day", value=24.0, unit="kWh/d", source="x"), *cost.terms)
    values = recomputed((*terms, Term(name="cost", value=3.6, unit="USD/d", formula=cost.formula)))
    assert math.isclose(values["price_per_kilowatt_hour"], 0.15)
    assert [values[f"hours_{number}"] for number in (1, 2, 3)] == [6, 12, 6]


@pytest.mark.parametrize(
    ("price", "currency", "doubted"),
    [("16.26", "USD", True), ("85", "EUR", True), ("0.89", "EUR", False), ("31", "JPY", False), ("-3", "GBP", True)],
)
def test_a_price_in_cents_or_for_a_megawatt_hour_is_doubted(price: str, currency: str, doubted: bool) -> None:
    slots = SlotTariff([Slot(NOON, NOON + 24 * HOUR, Money(Decimal(price), currency))])
    found = cost_of_day(Prices(tariff=slots, source="a test"), power_watts=1000, now=NOON)

    assert any("is it in cents, or for a MWh" in note for note in found.notes) == doubted


def test_the_24_hours_from_now_count_else_the_last_that_are_known() -> None:
    week = slots(*("0.1",) * 8, "0.2", "0.2", "0.2", "0.2", start=NOON)

    assert cost_of_day(week, power_watts=1000, now=NOON).money == usd("2.4")
    assert cost_of_day(week, power_watts=1000, now=NOON).notes == ()
    assert cost_of_day(week, power_watts=1000, now=NOON + 12 * HOUR).money == usd("2.4")
    later = cost_of_day(week, power_watts=1000, now=NOON + timedelta(days=9))
    assert later.money == usd("4.8")
    assert later.notes == ("slots: its prices are those of 2026-01-03T12:00Z to 2026-01-04T12:00Z",)
    assert cost_of_day(week, power_watts=1000, now=NOON - timedelta(days=9)).money == usd("2.4")
    with pytest.raises(ValueError, match="a day needs 24 hours of them"):
        cost_of_day(slots("0.1", "0.1"), power_watts=1000, now=NOON)


def test_bands_cost_what_their_hours_cost() -> None:
    night = Band(name="night", price=usd("0.1"), start=time(22), end=time(6))
    day = Band(name="day", price=usd("0.3"), start=time(6), end=time(22))
    prices = Prices(tariff=TimeOfUseTariff((night, day), ZoneInfo("Europe/Berlin")), source="bands")

    found = ranking(prices=prices)

    assert math.isclose(
        float(found.ranked[0].energy_cost_per_day), found.ranked[0].operation.power_watts / 1000 * (8 * 0.1 + 16 * 0.3)
    )
    for each in found.ranked:
        check_by_hand(each)


@given(power=st.floats(0, 20_000), used=st.integers(0, 3000))
def test_blocks_cost_the_rig_what_it_reaches_into(power: float, used: int) -> None:
    tiers = (Tier(Decimal(0), usd("0.1")), Tier(Decimal(500), usd("0.2")), Tier(Decimal(2000), usd("0.4")))
    tariff = TieredTariff(tiers, ZoneInfo("UTC"))
    prices = Prices(tariff=tariff, source="tiers", household_kilowatt_hours_per_month=Decimal(used))

    cost = cost_of_day(prices, power_watts=power, now=NOON)

    whole = tariff.energy_cost(
        power_watts=power,
        start=datetime(2026, 1, 1, tzinfo=UTC),
        end=datetime(2026, 2, 1, tzinfo=UTC),
        consumed_kilowatt_hours=Decimal(used),
    )
    assert math.isclose(float(cost.money), float(whole) / 31, abs_tol=1e-12)
    recomputed((*cost.terms, Term(name="cost", value=cost.money, unit="USD/d", formula=cost.formula)))
