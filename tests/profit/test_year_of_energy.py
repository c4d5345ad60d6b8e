"""A question of years is answered by a year's prices, or not at all."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from calculators.electricity.tariff import FlatTariff, Slot
from calculators.electricity.tariff_slots import SlotTariff
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.year_of_energy import over_a_year

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def spot(days: int, *prices: str) -> Prices:
    """Half days up to now, at these prices in turn."""
    start = NOW - timedelta(days=days)
    slots = [
        Slot(start + timedelta(hours=12 * n), start + timedelta(hours=12 * n + 12), eur(prices[n % len(prices)]))
        for n in range(2 * days)
    ]
    return Prices(tariff=SlotTariff(slots), source="a feed", known_from=start, known_until=NOW)


def test_one_price_stays() -> None:
    flat = Prices(tariff=FlatTariff(eur("0.3")), source="said")

    found = over_a_year(flat, NOW)

    assert found.prices is flat
    assert [slot.price for slot in found.slots] == [eur("0.3")]


def test_two_days_of_spot_prices_say_nothing_of_years() -> None:
    with pytest.raises(ValueError, match="a feed tells prices of 48 hours: they say nothing of years"):
        over_a_year(spot(2, "0.1"), NOW)


def test_a_year_of_spot_prices_is_its_mean() -> None:
    found = over_a_year(spot(400, "0.1", "0.3"), NOW)

    assert found.prices.tariff == FlatTariff(eur("0.2"))
    assert found.prices.known_until is None
    assert "mean of 2025-11-01 to 2026-11-01" in found.prices.source
    assert len(found.slots) == 730


def test_the_last_year_of_days_counts_and_no_day_before_it() -> None:
    days = {date(2026, 10, 31) - timedelta(days=n): eur("0.25" if n < 365 else "9") for n in range(500)}
    found = over_a_year(spot(2, "0.1"), NOW, days=days, told_by="history.csv")

    assert found.prices.tariff == FlatTariff(eur("0.25"))
    assert found.prices.source == "history.csv, mean of 365 days up to 2026-10-31"


def test_a_part_of_a_year_is_none() -> None:
    days = {date(2026, 10, 31) - timedelta(days=n): eur("0.25") for n in range(200)}

    with pytest.raises(ValueError, match=r"history\.csv 200 days: they say nothing"):
        over_a_year(spot(2, "0.1"), NOW, days=days, told_by="history.csv")
