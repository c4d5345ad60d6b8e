"""Energy and money of a month, by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calculators.electricity.tariff import FlatTariff, Slot
from calculators.electricity.tariff_slots import SlotTariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.money import Money
from miner_agent.economy.energy_bill import Bill, BillLine, energy_bill
from miner_agent.profit.energy_cost import Prices
from miner_agent.storage.telemetry.log_answers import (
    DeviceStats,
    HeldTime,
    MeterStats,
    PeriodStats,
    UnplacedEnergy,
)

START = datetime(2026, 10, 1, tzinfo=UTC)
KILOWATT_HOUR = 3.6e6


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def card(name: str, kilowatt_hours: float | None, rig: str = "left", seen: float = 1.0) -> DeviceStats:
    return DeviceStats(
        rig=rig, device=name, seen_ratio=seen, uptime_ratio=0.5, power_watts_mean=None, power_watts_min=None, power_watts_max=None,
        energy_joules=None if kilowatt_hours is None else kilowatt_hours * KILOWATT_HOUR,
        core_temperature_celsius_mean=None, core_temperature_celsius_max=None,
    )  # fmt: skip


def meter(kilowatt_hours: float, rig: str = "left") -> MeterStats:
    return MeterStats(
        rig=rig, meter="wall", seen_ratio=1.0, uptime_ratio=1.0, wall_power_watts_mean=None, wall_power_watts_min=None,
        wall_power_watts_max=None, wall_energy_joules=kilowatt_hours * KILOWATT_HOUR,
    )  # fmt: skip


def hour(number: int, *told: DeviceStats | MeterStats) -> PeriodStats:
    return PeriodStats(
        start=at(number), end=at(number + 1), works=(),
        devices=tuple(one for one in told if isinstance(one, DeviceStats)),
        meters=tuple(one for one in told if isinstance(one, MeterStats)),
    )  # fmt: skip


def gap(known_at: float, name: str, kilowatt_hours: float, *, is_meter: bool) -> UnplacedEnergy:
    joules = kilowatt_hours * KILOWATT_HOUR
    return UnplacedEnergy(known_at=at(known_at), rig="left", name=name, is_meter=is_meter, joules=joules)


def billed(
    *hours: PeriodStats,
    tariff: Any,
    days: dict[date, Money] | None = None,
    unplaced: Sequence[UnplacedEnergy] = (),
    **more: Any,
) -> Bill:
    prices = Prices(tariff=tariff, source="a test", **more)
    held = HeldTime(hours_held=len(hours), hours_asked=len(hours), spans=((hours[0].start, hours[-1].end),))
    return energy_bill(
        hours, prices, held=held, days=days or {}, start=hours[0].start, end=hours[-1].end, unplaced=unplaced
    )


def line(bill: Bill, kind: str, name: str | None = None, rig: str | None = "left") -> BillLine:
    return next(each for each in bill.lines if (each.kind, each.name, each.rig) == (kind, name, rig))


FLAT = FlatTariff(eur("0.30"))


def test_devices_add_up_where_no_meter_measures_and_it_is_said() -> None:
    bill = billed(hour(0, card("a", 1.5), card("b", 0.5)), hour(1, card("a", 1.0)), tariff=FLAT)

    assert (line(bill, "device", "a").kilowatt_hours, line(bill, "device", "a").cost) == (Decimal("2.5"), eur("0.750"))
    assert line(bill, "rig").cost == bill.total.cost == eur("0.900")
    assert any("left: no meter measures it" in note for note in bill.notes)


def test_what_a_meter_counts_while_nobody_hears_it_is_not_counted_of_devices_as_well() -> None:
    bill = billed(
        hour(0, card("a", 1), meter(1.25)),
        hour(1, card("a", 1)),
        hour(2, card("a", 1)),
        hour(3, card("a", 1), meter(0.5)),
        tariff=FLAT,
        unplaced=[gap(3.5, "wall", 3.25, is_meter=True)],
    )

    assert bill.total.kilowatt_hours == Decimal(5)
    assert line(bill, "device", "a").kilowatt_hours == Decimal(4)
    assert line(bill, "device", "a").counted == {}


def test_a_gap_that_meter_and_devices_tell_in_an_hour_without_more_is_the_meters() -> None:
    gaps = [gap(3.99, "a", 2, is_meter=False), gap(3.99, "wall", 2.5, is_meter=True)]
    bill = billed(hour(0, card("a", 1), meter(1.25)), hour(1), hour(2), hour(3), tariff=FLAT, unplaced=gaps)

    assert bill.total.kilowatt_hours == Decimal("3.75")


def test_a_meter_is_what_its_rig_drew() -> None:
    bill = billed(hour(0, card("a", 1), meter(1.3), card("x", 2, rig="other")), tariff=FLAT)

    assert line(bill, "rig").kilowatt_hours == Decimal("1.3")
    assert bill.total.kilowatt_hours == Decimal("3.3")
    assert bill.total.cost == eur("0.990")
    assert [note for note in bill.notes if "left" in note] == []


def slots(*prices: str, minutes: int = 60, start: float = 0) -> SlotTariff:
    return SlotTariff(
        [
            Slot(
                at(start) + number * timedelta(minutes=minutes),
                at(start) + (number + 1) * timedelta(minutes=minutes),
                eur(price),
            )
            for number, price in enumerate(prices)
        ]
    )


def test_each_hour_has_its_own_price_also_below_zero() -> None:
    bill = billed(hour(0, card("a", 1)), hour(1, card("a", 2)), tariff=slots("0.50", "-0.10"))

    assert bill.total.cost == eur("0.30")


def test_an_hour_of_quarters_has_their_mean() -> None:
    bill = billed(hour(0, card("a", 2)), tariff=slots("0.1", "0.2", "0.3", "0.6", minutes=15))

    assert bill.total.cost == eur("0.6")


def test_energy_without_a_price_is_in_no_amount() -> None:
    tariff = slots("0.50", start=1)
    bill = billed(
        hour(0, card("a", 1), card("b", 4)), hour(1, card("a", 2)), tariff=tariff, known_from=at(1), known_until=at(2)
    )

    assert (line(bill, "device", "a").cost, line(bill, "device", "b").cost) == (eur("1.00"), None)
    assert (bill.total.cost, bill.total.unpriced_kilowatt_hours) == (eur("1.00"), Decimal(5))
    assert any("of 5.000 kWh no price is known" in note for note in bill.notes)


def test_the_log_s_mean_of_the_day_stands_in_where_it_is_in_the_same_currency() -> None:
    known: dict[str, Any] = {"known_from": at(1), "known_until": at(2)}
    told = (hour(0, card("a", 1)), hour(1, card("a", 2)))
    bill = billed(*told, tariff=slots("0.50", start=1), days={START.date(): eur("0.2")}, **known)
    foreign = billed(*told, tariff=slots("0.50", start=1), days={START.date(): Money(Decimal(9), "CZK")}, **known)

    assert bill.total.cost == eur("1.20")
    assert any("of 1 hour " in note for note in bill.notes)
    assert foreign.total.cost == eur("1.00")


def test_blocks_are_filled_by_all_together_after_the_house() -> None:
    tariff = TieredTariff((Tier(Decimal(0), eur("0.20")), Tier(Decimal(100), eur("0.40"))), ZoneInfo("UTC"))
    bill = billed(hour(0, card("a", 60), card("b", 20)), tariff=tariff, household_kilowatt_hours_per_month=Decimal(60))

    assert bill.total.cost == eur("24")  # 40 kWh at 0.20, 40 at 0.40
    assert line(bill, "device", "a").cost == eur("18")


def test_what_was_not_told_is_no_line_and_the_time_seen_is_told() -> None:
    bill = billed(hour(0, card("a", 1, seen=0.5), card("b", None)), hour(1, card("a", 1)), tariff=FLAT)

    assert [each.name for each in bill.lines if each.kind == "device"] == ["a"]
    assert "left: b was seen, and no energy of it is known: it is in no amount" in bill.notes
    assert line(bill, "device", "a").known_ratio == pytest.approx(0.75)


def test_a_month_that_was_seen_whole_is_told_as_whole_as_the_log_tells_it() -> None:
    bill = billed(*(hour(number, card("a", 1)) for number in range(744)), tariff=FLAT)
    without = billed(*(hour(number, card("a", 1)) for number in range(744) if number % 149), tariff=FLAT)

    assert line(bill, "device", "a").known_ratio == 1
    assert line(without, "device", "a").known_ratio == 739 / 743  # from the first hour that was told


def test_energy_that_nobody_told_is_absent_and_not_zero() -> None:
    bill = billed(hour(0), hour(1), tariff=FLAT)
    silent = billed(hour(0, card("b", None)), tariff=FLAT)

    assert (bill.total.kilowatt_hours, bill.total.cost) == (None, None)
    assert (silent.total.kilowatt_hours, silent.total.cost) == (None, None)
    assert billed(hour(0, card("a", 0)), tariff=FLAT).total.cost == eur("0")


def test_a_meter_that_came_later_takes_away_nothing_that_was_drawn_before() -> None:
    bill = billed(hour(0, card("a", 1)), hour(1, card("a", 1), meter(1.3)), tariff=FLAT)

    assert line(bill, "rig").kilowatt_hours == Decimal("2.3")
    assert any("no meter measures it for a part of the time" in note for note in bill.notes)
