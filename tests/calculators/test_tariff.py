"""Tariffs: one price for each moment, exact sums, and days that are not 24 hours long."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.tariff import FlatTariff, Slot, Tariff, average_price, contiguous, energy_cost, price_at
from calculators.electricity.tariff_bands import WEEKEND, WORKING_DAYS, Band, TimeOfUseTariff
from calculators.electricity.tariff_slots import SlotTariff, SummedTariff
from calculators.local_time import day_bounds, steady_until, zone_named
from calculators.money import Money, decimal_of
from tests.for_each import for_each

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def bands() -> tuple[Band, ...]:
    """A rate table with what is awkward: seasons over new year, a night over midnight, quarters, hours that clocks skip."""
    summer: dict[str, object] = {"first_day": (4, 16), "last_day": (10, 15)}
    winter: dict[str, object] = {"first_day": (10, 16), "last_day": (4, 15)}
    return (
        Band(name="night", price=eur("0.1913"), start=time(22), end=time(1, 30)),
        Band(name="early", price=eur("0.2031"), start=time(1, 30), end=time(2, 15)),
        Band(name="dawn", price=eur("0.2207"), start=time(2, 15), end=time(6)),
        one_band(name="summer day", price=eur("0.2671"), start=time(6), end=time(16), **summer),
        one_band(name="summer peak", price=eur("0.4419"), days=WORKING_DAYS, start=time(16), end=time(22), **summer),
        one_band(name="summer weekend", price=eur("-0.0131"), days=WEEKEND, start=time(16), end=time(22), **summer),
        one_band(name="winter day", price=eur("0.3137"), start=time(6), end=time(22), **winter),
    )


def one_band(**changed: object) -> Band:
    return Band(**{"name": "all", "price": eur("0.30"), **changed})  # type: ignore[arg-type]


def hours_of(start: datetime, end: datetime, step: timedelta = HOUR) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + step, end)
        start += step


def assert_contiguous(slots: list[Slot], start: datetime, end: datetime) -> None:
    assert slots[0].start == start
    assert slots[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(slots))
    assert all(slot.start.tzinfo is UTC for slot in slots)


def test_a_published_example_of_whattomine_is_met() -> None:
    # WhatToMine, coins/1.json: 5.510 kW at 0.10 USD, "cost": "$13.22" a day.
    flat = FlatTariff(Money(Decimal("0.10"), "USD"))
    cost = energy_cost(tariff=flat, power_watts=5510, start=NEW_YEAR, end=NEW_YEAR + timedelta(days=1))

    assert cost == Money(Decimal("13.224"), "USD")
    assert f"{cost.amount:.2f}" == "13.22"


@pytest.mark.thorough
@pytest.mark.parametrize("years", [(2018, 2018), pytest.param((2016, 2025), marks=pytest.mark.thorough)], ids=str)
@pytest.mark.parametrize("zone", ZONES)
def test_hourly_costs_add_up_to_the_day_on_every_date_of_years(zone: str, years: tuple[int, int]) -> None:
    place = ZoneInfo(zone)
    tariff = TimeOfUseTariff(bands(), place, holidays=frozenset(date(year, 5, 1) for year in range(2016, 2026)))
    lengths, day = set(), date(years[0], 1, 1)
    while day.year <= years[1]:
        start, end = day_bounds(day, place)
        hourly = sum(
            (energy_cost(tariff=tariff, power_watts=1372.5, start=a, end=b).amount for a, b in hours_of(start, end)),
            Decimal(0),
        )
        assert hourly == energy_cost(tariff=tariff, power_watts=1372.5, start=start, end=end).amount, day
        lengths.add((end - start) / HOUR)
        day += timedelta(days=1)

    assert lengths == {
        "Europe/Berlin": {23, 24, 25}, "America/New_York": {23, 24, 25}, "America/Sao_Paulo": {23, 24, 25},
        "Australia/Lord_Howe": {23.5, 24, 24.5}, "Asia/Kathmandu": {24},
    }[zone]  # fmt: skip


def test_a_day_of_23_hours_has_no_third_hour_and_one_of_25_has_it_twice() -> None:
    table = (
        one_band(name="third", price=eur("1"), start=time(2), end=time(3)),
        one_band(name="rest", price=eur("0"), start=time(3), end=time(2)),
    )
    tariff = TimeOfUseTariff(table, BERLIN)
    paid = [
        energy_cost(tariff=tariff, power_watts=1000, start=bounds[0], end=bounds[1]).amount
        for bounds in (day_bounds(date(2026, *day), BERLIN) for day in ((3, 29), (3, 30), (10, 25)))
    ]

    assert paid == [0, 1, 2]


def test_half_an_hour_of_summer_time_is_half_an_hour() -> None:
    # Lord Howe Island falls back from 02:00 to 01:30: the half-hour before two comes twice.
    table = (
        one_band(name="half", price=eur("1"), start=time(1, 30), end=time(2)),
        one_band(name="rest", price=eur("0"), start=time(2), end=time(1, 30)),
    )
    place = ZoneInfo("Australia/Lord_Howe")
    start, end = day_bounds(date(2026, 4, 5), place)

    assert end - start == timedelta(hours=24.5)
    assert energy_cost(tariff=TimeOfUseTariff(table, place), power_watts=1000, start=start, end=end).amount == 1


def test_a_day_that_a_place_skipped_costs_nothing() -> None:
    place = ZoneInfo("Pacific/Apia")  # went over the date line: no 30 December 2011
    start, end = day_bounds(date(2011, 12, 30), place)

    assert start == end
    assert list(TimeOfUseTariff((one_band(),), place).slots(start, end)) == []


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001  hypothesis wants them without a zone
    st.integers(1, 4 * 86_400 * 1_000_000),
)
def test_the_slots_of_a_rate_table_follow_the_wall_clock(zone: str, naive: datetime, microseconds: int) -> None:
    place = ZoneInfo(zone)
    tariff = TimeOfUseTariff(bands(), place)
    start = naive.replace(tzinfo=UTC)
    end = start + timedelta(microseconds=microseconds)
    slots = list(tariff.slots(start, end))

    assert_contiguous(slots, start, end)
    for slot in slots:
        for when in (slot.start, slot.start + (slot.end - slot.start) / 2, slot.end - timedelta(microseconds=1)):
            local = when.astimezone(place)
            day = local.month, local.day
            [band] = [
                band for band in bands()
                if band.in_season(day) and local.weekday() in band.days and on_clock(band, local.time())
            ]  # fmt: skip
            assert slot.price == band.price


def on_clock(band: Band, at: time) -> bool:
    end = band.end if band.end != time() else time.max
    return band.start <= at < end if band.start < end else at >= band.start or at < end


def test_a_holiday_is_priced_like_a_sunday() -> None:
    tariff = TimeOfUseTariff(
        (one_band(name="work", days=WORKING_DAYS), one_band(name="weekend", days=WEEKEND, price=eur("0.20"))),
        BERLIN,
        holidays=frozenset([date(2026, 5, 1)]),
    )
    noons = [datetime(2026, 5, day, 10, tzinfo=UTC) for day in (1, 3, 4)]

    assert [price_at(tariff=tariff, when=noon) for noon in noons] == [eur("0.20"), eur("0.20"), eur("0.30")]


def test_a_hole_in_a_rate_table_is_named() -> None:
    day = one_band(name="day", start=time(6), end=time(21))
    night = one_band(name="night", start=time(22), end=time(6))
    with pytest.raises(ValueError, match=r"^Monday 21:00 to 22:00 in the season that holds 01-01 is in no band$"):
        TimeOfUseTariff((day, night), BERLIN)
    with pytest.raises(ValueError, match=r"^Saturday 00:00 to 24:00 in the season that holds 01-01 is in no band$"):
        TimeOfUseTariff((one_band(days=WORKING_DAYS),), BERLIN)
    with pytest.raises(ValueError, match=r"^Monday 06:00 to 24:00 in the season that holds 01-01 is in no band$"):
        TimeOfUseTariff((one_band(end=time(6)),), BERLIN)


def test_the_last_of_february_of_a_leap_year_is_not_forgotten() -> None:
    first, second = one_band(last_day=(2, 28)), one_band(first_day=(3, 1))
    with pytest.raises(ValueError, match="holds 02-29 is in no band"):
        TimeOfUseTariff((first, second), BERLIN)


def test_an_overlap_in_a_rate_table_is_named() -> None:
    peak = one_band(name="peak", start=time(16), end=time(21), first_day=(6, 1), last_day=(9, 30))
    with pytest.raises(ValueError, match=r"Monday 16:00 to 21:00 in the season that holds 06-01 .* all and peak$"):
        TimeOfUseTariff((one_band(), peak), BERLIN)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"days": frozenset()}, "band all: days are 0, Monday, to 6, Sunday"),
        ({"days": frozenset([7])}, r"not \[7\]"),
        ({"first_day": (2, 30)}, "band all: month 2, day 30 is no day of the year"),
        ({"start": time(1, tzinfo=UTC)}, "band all: 01:00:00.00:00 is no plain time of day"),
    ],
)
def test_a_band_that_names_no_hours_is_refused(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        one_band(**changed)


def test_currencies_do_not_mix_in_one_tariff() -> None:
    dollars = Money(Decimal(1), "USD")
    with pytest.raises(ValueError, match="band b is in USD, the first in EUR"):
        TimeOfUseTariff((one_band(end=time(6)), one_band(name="b", start=time(6), price=dollars)), BERLIN)
    with pytest.raises(ValueError, match="2026-01-01T01:00Z to 2026-01-01T02:00Z is in USD, the first in EUR"):
        SlotTariff([Slot(NEW_YEAR, NEW_YEAR + HOUR, eur("1")), Slot(NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR, dollars)])
    with pytest.raises(ValueError, match="EUR and USD"):
        SummedTariff((FlatTariff(eur("1")), FlatTariff(dollars)))


def quarters(prices: list[str], start: datetime = NEW_YEAR) -> list[Slot]:
    return [Slot(start + i * QUARTER, start + (i + 1) * QUARTER, eur(price)) for i, price in enumerate(prices)]


def test_slots_of_any_length_and_order_make_a_tariff() -> None:
    half = Slot(NEW_YEAR + QUARTER, NEW_YEAR + 3 * QUARTER, eur("0.20"))
    first, last = quarters(["0.10", "0", "0", "-0.05"])[::3]
    tariff = SlotTariff([last, half, first])

    assert energy_cost(tariff=tariff, power_watts=4000, start=NEW_YEAR, end=NEW_YEAR + HOUR) == eur("0.45")
    assert (tariff.start, tariff.end) == (NEW_YEAR, NEW_YEAR + HOUR)


def test_a_hole_and_an_overlap_between_slots_are_named() -> None:
    one, two, three = quarters(["0.1", "0.2", "0.3"])
    with pytest.raises(
        ValueError,
        match=r"^nothing is told of 2026-01-01T00:15Z to 2026-01-01T00:30Z, before the slot 2026-01-01T00:30Z to 2026-01-01T00:45Z",
    ):
        SlotTariff([one, three])
    with pytest.raises(ValueError, match=r"^the slot 2026-01-01T00:15Z to 2026-01-01T00:30Z overlaps the slot"):
        SlotTariff([one, two, two, three])
    with pytest.raises(ValueError, match="overlaps the slot 2026-01-01T00:15Z to 2026-01-01T00:30Z"):
        SlotTariff([one, two, Slot(two.start + timedelta(seconds=1), three.end, eur("1"))])
    with pytest.raises(ValueError, match="there is no slot"):
        SlotTariff([])


def test_a_slot_ends_after_it_starts_and_knows_its_zone() -> None:
    with pytest.raises(ValueError, match="2026-01-01T00:00Z to 2026-01-01T00:00Z is empty"):
        Slot(NEW_YEAR, NEW_YEAR, eur("1"))
    with pytest.raises(ValueError, match="2026-01-01 00:00:00 has no time zone"):
        Slot(datetime(2026, 1, 1), NEW_YEAR + HOUR, eur("1"))  # noqa: DTZ001
    with pytest.raises(ValueError, match="outside of the calendar"):
        Slot(datetime.max.replace(tzinfo=ZoneInfo("America/New_York")), NEW_YEAR, eur("1"))


def test_a_slot_given_in_local_time_is_kept_in_utc() -> None:
    # Across the change to summer time a zone's own subtraction would make two hours of one.
    slot = Slot(datetime(2026, 3, 29, 1, tzinfo=BERLIN), datetime(2026, 3, 29, 3, tzinfo=BERLIN), eur("0.25"))

    assert slot.start.tzinfo is UTC
    assert slot.end - slot.start == HOUR
    assert slot.seconds == 3600


def test_what_a_tariff_does_not_know_is_not_made_up() -> None:
    tariff = SlotTariff(quarters(["0.1", "0.2"]))
    for start, end in ((NEW_YEAR - QUARTER, NEW_YEAR + QUARTER), (NEW_YEAR, NEW_YEAR + HOUR)):
        with pytest.raises(ValueError, match="prices are known from 2026-01-01T00:00Z to 2026-01-01T00:30Z, but not"):
            energy_cost(tariff=tariff, power_watts=1, start=start, end=end)


def test_the_parts_of_a_price_are_summed_and_taxed() -> None:
    # Formula: kW * hours * (spot + grid fee + tax) * (1 + VAT), with a negative price among the quarters.
    spot = SlotTariff(quarters(["0.08", "-0.02", "0.10", "0.04"]))
    grid = TimeOfUseTariff((one_band(price=eur("0.07")),), BERLIN)
    tariff = SummedTariff((spot, grid, FlatTariff(eur("0.0205"))), vat_ratio=Decimal("0.19"))
    cost = energy_cost(tariff=tariff, power_watts=2000, start=NEW_YEAR, end=NEW_YEAR + HOUR)

    assert cost.amount == Decimal("0.5") * (Decimal("0.20") + 4 * Decimal("0.0905")) * Decimal("1.19")
    assert price_at(tariff=tariff, when=NEW_YEAR + QUARTER).amount == Decimal("0.0705") * Decimal("1.19")


def test_a_tax_on_a_negative_price_is_negative() -> None:
    tariff = SummedTariff((FlatTariff(eur("-0.10")), FlatTariff(eur("0.02"))), vat_ratio=Decimal("0.25"))

    assert price_at(tariff=tariff, when=NEW_YEAR) == eur("-0.1")


def test_summed_slots_end_where_any_part_ends() -> None:
    spot = SlotTariff([Slot(NEW_YEAR, NEW_YEAR + 2 * HOUR, eur("0.1"))])
    fees = SlotTariff(quarters(["0.01"] * 8))
    slots = list(SummedTariff((spot, fees)).slots(NEW_YEAR + timedelta(minutes=20), NEW_YEAR + HOUR))

    assert_contiguous(slots, NEW_YEAR + timedelta(minutes=20), NEW_YEAR + HOUR)
    assert [slot.seconds for slot in slots] == [600, 900, 900]


def test_a_tax_in_percent_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.19 is 19 %"):
        SummedTariff((FlatTariff(eur("1")),), vat_ratio=Decimal(19))
    with pytest.raises(ValueError, match="no price"):
        SummedTariff(())


prices = st.decimals(min_value=-1, max_value=5, places=4)


@given(st.lists(prices, min_size=4, max_size=96), st.floats(0, 1e7), st.data())
def test_costs_add_up_over_time(given_prices: list[Decimal], watts: float, data: st.DataObject) -> None:
    slots = [
        Slot(NEW_YEAR + i * QUARTER, NEW_YEAR + (i + 1) * QUARTER, Money(price, "EUR"))
        for i, price in enumerate(given_prices)
    ]
    tariff = SummedTariff((SlotTariff(slots), FlatTariff(eur("0.0905"))), vat_ratio=Decimal("0.19"))
    end = slots[-1].end
    cut = NEW_YEAR + data.draw(st.integers(0, 3 * len(slots))) * timedelta(minutes=5)
    whole = energy_cost(tariff=tariff, power_watts=watts, start=NEW_YEAR, end=end).amount
    parts = (
        energy_cost(tariff=tariff, power_watts=watts, start=a, end=b).amount
        for a, b in hours_of(NEW_YEAR, end, QUARTER)
    )
    halves = (
        energy_cost(tariff=tariff, power_watts=watts, start=a, end=b).amount for a, b in ((NEW_YEAR, cut), (cut, end))
    )

    assert whole == sum(parts, Decimal(0))
    assert abs(whole - sum(halves, Decimal(0))) <= Decimal("1e-18")


@given(st.lists(prices, min_size=1, max_size=24), st.integers(0, 10**7), st.integers(0, 10**7))
def test_two_rigs_pay_what_each_pays(given_prices: list[Decimal], one: int, other: int) -> None:
    tariff = SlotTariff(
        Slot(NEW_YEAR + i * HOUR, NEW_YEAR + (i + 1) * HOUR, Money(price, "EUR"))
        for i, price in enumerate(given_prices)
    )

    def cost(milliwatts: int) -> Money:
        return energy_cost(tariff=tariff, power_watts=milliwatts / 1000, start=tariff.start, end=tariff.end)

    assert cost(one) + cost(other) == cost(one + other)


def test_the_average_of_a_day_counts_each_price_as_long_as_it_holds() -> None:
    start, end = day_bounds(date(2026, 3, 29), BERLIN)  # 23 hours: five of night, eighteen of day
    table = (
        one_band(name="night", price=eur("0.23"), end=time(6)),
        one_band(name="day", price=eur("0.46"), start=time(6)),
    )

    assert average_price(tariff=TimeOfUseTariff(table, BERLIN), start=start, end=end) == eur("0.41")
    with pytest.raises(ValueError, match="longer than nothing"):
        average_price(tariff=FlatTariff(eur("1")), start=start, end=start)


@pytest.mark.parametrize(
    "tariff",
    [
        FlatTariff(eur("0.30")),
        TimeOfUseTariff(bands(), BERLIN),
        SlotTariff(quarters(["0.1"] * 8)),
        SummedTariff((FlatTariff(eur("0.1")), SlotTariff(quarters(["0.1"] * 8)))),
    ],
)
def test_every_kind_keeps_to_the_same_rules(tariff: Tariff) -> None:
    end = NEW_YEAR + HOUR

    assert_contiguous(list(tariff.slots(NEW_YEAR, end)), NEW_YEAR, end)
    assert list(tariff.slots(NEW_YEAR, NEW_YEAR)) == []
    local = NEW_YEAR.astimezone(BERLIN), end.astimezone(BERLIN)
    assert list(tariff.slots(*local)) == list(tariff.slots(NEW_YEAR, end))
    with pytest.raises(ValueError, match="has no time zone"):
        list(tariff.slots(NEW_YEAR.replace(tzinfo=None), end))
    with pytest.raises(ValueError, match="before it starts"):
        list(tariff.slots(end, NEW_YEAR))
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"negative|finite"):
            energy_cost(tariff=tariff, power_watts=wrong, start=NEW_YEAR, end=end)


def test_energy_of_a_steady_power_is_a_decimal() -> None:
    assert kilowatt_hours(power_watts=0.1 + 0.2, duration=timedelta(hours=10)) == Decimal("0.003")
    with pytest.raises(ValueError, match="not be negative"):
        kilowatt_hours(power_watts=1, duration=-HOUR)
    with pytest.raises(ValueError, match="nan is not a finite number"):
        decimal_of(float("nan"))


@for_each("name", ["Europe/Berlim", "", "../etc/passwd", "/etc/localtime", "a\0b", "Europe", "right/Europe/Berlin"])
def test_a_place_that_is_not_known_is_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone; write one such as Europe/Berlin"):
        zone_named(name)


def test_the_instant_at_which_a_clock_changes_is_found_to_the_second() -> None:
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    for start in (change - HOUR, change - timedelta(microseconds=1), change - timedelta(seconds=1.5)):
        for end in (change, change + timedelta(microseconds=1), change + HOUR):
            assert steady_until(start, end, BERLIN) == change
    assert steady_until(change, change + HOUR, BERLIN) == change + HOUR


def test_slots_come_in_the_order_of_their_time() -> None:
    slots = quarters(["1", "2", "3"])

    assert contiguous(reversed(slots)) == tuple(slots)
