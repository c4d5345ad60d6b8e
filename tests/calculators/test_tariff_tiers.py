"""Blocks by consumption, standing charges and the charge for demand."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.electricity.tariff_charges import FixedCharge, demand_charge, fixed_cost, marginal_demand_charge
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.money import Money

BERLIN = ZoneInfo("Europe/Berlin")


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def tiers(*steps: tuple[int, str], zone: ZoneInfo = BERLIN) -> TieredTariff:
    return TieredTariff(tuple(Tier(Decimal(over), usd(price)) for over, price in steps), zone)


# City of Seymour, residential electricity, bill comparison: the energy part of its two examples.
WINTER = tiers((0, "0.064"), (250, "0.049"), (700, "0.0446"))
SUMMER = tiers((0, "0.064"), (250, "0.049"), (700, "0.0475"), (1250, "0.0446"))
# Black & Decker EM100B, instruction manual, page 20: generation charges of 65, 100 and 60 USD.
THREE_BLOCKS = tiers((0, "0.05"), (1300, "0.10"), (2300, "0.15"))


@pytest.mark.parametrize(
    ("tariff", "energy", "paid"),
    [(WINTER, 1200, "60.35"), (SUMMER, 2000, "97.625"), (THREE_BLOCKS, 2700, "225")],
)
def test_published_bills_are_met(tariff: TieredTariff, energy: int, paid: str) -> None:
    assert tariff.cost(energy_kilowatt_hours=Decimal(energy)) == usd(paid)


def test_a_rig_pays_the_blocks_that_it_reaches_into() -> None:
    # The house has used 200 kWh: 50 are left of the first block, 100 are of the second.
    cost = WINTER.cost(energy_kilowatt_hours=Decimal(150), consumed_kilowatt_hours=Decimal(200))

    assert cost == usd("8.100")
    assert [WINTER.marginal_price(consumed_kilowatt_hours=Decimal(used)) for used in (0, 249, 250, 700, 9999)] == [
        usd("0.064"), usd("0.064"), usd("0.049"), usd("0.0446"), usd("0.0446"),
    ]  # fmt: skip


energies = st.decimals(min_value=0, max_value=5000, places=3)


@given(energies, energies, energies)
def test_what_is_used_first_and_what_comes_on_top_add_up(house: Decimal, one: Decimal, other: Decimal) -> None:
    first = SUMMER.cost(energy_kilowatt_hours=one, consumed_kilowatt_hours=house)
    second = SUMMER.cost(energy_kilowatt_hours=other, consumed_kilowatt_hours=house + one)

    assert first + second == SUMMER.cost(energy_kilowatt_hours=one + other, consumed_kilowatt_hours=house)


def test_each_month_begins_with_the_first_block_by_the_local_calendar() -> None:
    tariff = tiers((0, "0.10"), (24, "0.30"))
    start = datetime(2026, 4, 29, 22, tzinfo=UTC)  # 30 April, midnight in Berlin
    spent = tariff.energy_cost(power_watts=1000, start=start, end=start + timedelta(days=2))

    assert spent == usd("4.8")  # a day of each month, 24 kWh each
    assert tariff.energy_cost(power_watts=1000, start=start + timedelta(days=1), end=start + timedelta(days=3)) == usd(
        "9.6"
    )


def test_the_house_fills_the_first_blocks_of_every_month() -> None:
    tariff = tiers((0, "0.10"), (300, "0.30"))
    start, end = datetime(2026, 4, 29, 22, tzinfo=UTC), datetime(2026, 5, 1, 22, tzinfo=UTC)

    assert tariff.energy_cost(power_watts=1000, start=start, end=end, consumed_kilowatt_hours=Decimal(300)) == usd(
        "14.4"
    )
    assert tariff.energy_cost(power_watts=1000, start=end, end=end) == usd("0")


def test_blocks_out_of_order_are_refused() -> None:
    for wrong in ((), ((100, "0.1"),), ((0, "0.1"), (0, "0.2"))):
        with pytest.raises(ValueError, match=r"first block|out of order"):
            tiers(*wrong)
    with pytest.raises(ValueError, match="the blocks at 700 kWh and 250 kWh are out of order"):
        tiers((0, "0.1"), (700, "0.2"), (250, "0.3"))
    with pytest.raises(ValueError, match="the block at 250 kWh is in EUR, the first in USD"):
        TieredTariff((Tier(Decimal(0), usd("1")), Tier(Decimal(250), Money(Decimal(1), "EUR"))), BERLIN)
    for energy in (Decimal(-1), Decimal("nan"), Decimal("inf")):
        with pytest.raises(ValueError, match="energy_kilowatt_hours is"):
            WINTER.cost(energy_kilowatt_hours=energy)
        with pytest.raises(ValueError, match="consumed_kilowatt_hours is"):
            WINTER.marginal_price(consumed_kilowatt_hours=energy)


def owed(amount: str, per: str, start: datetime, end: datetime) -> Decimal:
    charge = FixedCharge(usd(amount), per)  # type: ignore[arg-type]
    return fixed_cost(charge=charge, start=start, end=end, time_zone=BERLIN).amount


def test_a_standing_charge_counts_whole_days_and_months_of_the_place() -> None:
    year = datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC)

    assert owed("10", "month", *year) == 120
    assert owed("0.50", "day", *year) == Decimal("182.50")
    assert owed("0.50", "day", datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)) == Decimal(
        "0.50"
    )
    assert owed("0.50", "day", year[0], year[0] + timedelta(hours=6)) == Decimal("0.125")
    assert owed("0.50", "day", year[0], year[0]) == 0


def test_a_day_that_a_place_skipped_owes_nothing() -> None:
    charge = FixedCharge(usd("1"), "day")
    start = datetime(2011, 12, 29, 10, tzinfo=UTC)  # 29 December, midnight in Apia; the 30th was left out

    assert fixed_cost(
        charge=charge, start=start, end=start + timedelta(days=2), time_zone=ZoneInfo("Pacific/Apia")
    ) == usd("2")


def test_a_charge_by_the_week_is_not_known() -> None:
    with pytest.raises(ValueError, match="per day or per month, not per 'week'"):
        FixedCharge(usd("1"), "week")  # type: ignore[arg-type]


def test_the_highest_quarter_hour_of_the_month_is_paid() -> None:
    assert demand_charge(quarter_hour_watts=[12_000, 30_000, 8_000.5], price_per_kilowatt=usd("8.75")) == usd("262.5")


def test_a_rig_below_the_peak_of_the_site_adds_no_demand() -> None:
    site = [2000.0, 9000.0, 4000.0]

    def added(rig: list[float]) -> Money:
        return marginal_demand_charge(site_watts=site, rig_watts=rig, price_per_kilowatt=usd("10"))

    assert added([3000, 0, 3000]) == usd("0")
    assert added([3000, 3000, 3000]) == usd("30")  # it runs in the peak
    assert added([8500, 0, 0]) == usd("15")  # a new peak, 1.5 kW above the old one


watts = st.integers(0, 50_000)


@given(st.lists(st.tuples(watts, watts), min_size=1, max_size=96))
def test_what_a_rig_adds_is_the_difference_of_two_bills(both: list[tuple[int, int]]) -> None:
    site, rig = [house for house, _ in both], [mine for _, mine in both]
    price = usd("12.34")
    together = demand_charge(quarter_hour_watts=[a + b for a, b in both], price_per_kilowatt=price)

    assert marginal_demand_charge(site_watts=site, rig_watts=rig, price_per_kilowatt=price) == together - demand_charge(
        quarter_hour_watts=site, price_per_kilowatt=price
    )


def test_quarter_hours_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="2 quarter-hours of the site and 1 of the rig"):
        marginal_demand_charge(site_watts=[1, 2], rig_watts=[1], price_per_kilowatt=usd("1"))
    with pytest.raises(ValueError, match="at least one"):
        demand_charge(quarter_hour_watts=[], price_per_kilowatt=usd("1"))
    for wrong in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="a quarter-hour of"):
            demand_charge(quarter_hour_watts=[1, wrong], price_per_kilowatt=usd("1"))
        with pytest.raises(ValueError, match="a quarter-hour of"):
            marginal_demand_charge(site_watts=[1], rig_watts=[wrong], price_per_kilowatt=usd("1"))
