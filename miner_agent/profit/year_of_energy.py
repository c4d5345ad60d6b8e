"""What a kilowatt-hour costs in the mean of a year, for questions of months: two days say nothing of years."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from calculators.electricity.tariff import FlatTariff, average_price
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.local_time import INSTANT
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.own_power import PRICE_DIGITS

YEAR = timedelta(days=365)
LEAST_DAYS = 330
"""Of a year. With fewer a season may lack."""


def over_a_year(
    prices: Prices, now: datetime, *, days: Mapping[date, Money] | None = None, told_by: str = ""
) -> Prices:
    """The mean price of a year.

    A tariff that holds on is taken from now on. Of prices that were told slot by slot it is the mean of the last year
    of them, or else of the last year of days that are known from elsewhere.

    Args:
        prices: the tariff.
        now: this moment, aware.
        days: the mean price of each day, with taxes and fees, in the tariff's currency.
        told_by: who says these.

    Raises:
        ValueError: no prices of a year are known.
    """
    tariff = prices.tariff
    if isinstance(tariff, TieredTariff | FlatTariff):
        return prices
    if prices.known_until is None and prices.own is not None:
        typical = prices.own.typical_day(tariff.slots(now, now + YEAR))
        return replace(prices, tariff=typical, source=f"{prices.source}, means of a year by hour")
    if prices.known_until is None:
        mean = average_price(tariff=tariff, start=now, end=now + YEAR)
        return _flat(prices, mean, f"{prices.source}, mean of a year")
    start = max(prices.known_until - YEAR, prices.known_from or prices.known_until - YEAR)
    slots = prices.known_slots(start, prices.known_until)
    length = sum(((slot.end - slot.start) // INSTANT for slot in slots), 0)
    if length >= LEAST_DAYS * (timedelta(days=1) // INSTANT):
        worth = sum((slot.price.amount * ((slot.end - slot.start) // INSTANT) for slot in slots), Decimal(0))
        if prices.own is not None:
            source = f"{prices.source}, means by hour"
            return replace(
                prices, tariff=prices.own.typical_day(slots), source=source, known_from=None, known_until=None, holes=()
            )
        known = f"{start:%Y-%m-%d} to {prices.known_until:%Y-%m-%d}"
        return _flat(prices, Money(worth / length, prices.currency), f"{prices.source}, mean of {known}")
    found = _last_year(days or {})
    if len(found) >= LEAST_DAYS:
        mean = Money(sum((found[day].amount for day in found), Decimal(0)) / len(found), prices.currency)
        return _flat(prices, mean, f"{told_by}, mean of {len(found)} days up to {max(found)}")
    hours = length * INSTANT / timedelta(hours=1)
    also = f", {told_by} {len(found)} days" if found else ""
    raise ValueError(
        f"{prices.source} tells prices of {hours:.0f} hours{also}: they say nothing of years. Give --kwh-price with "
        "what you pay in the mean of a year, or --history with a column tariff of a year"
    )


def _last_year(days: Mapping[date, Money]) -> dict[date, Money]:
    return {day: price for day, price in days.items() if max(days) - day < YEAR}


def _flat(prices: Prices, mean: Money, source: str) -> Prices:
    """One price in the place of slots. It holds at any time."""
    price = Money(round(mean.amount, PRICE_DIGITS).normalize(), mean.currency)
    return replace(prices, tariff=FlatTariff(price), source=source, known_from=None, known_until=None, holes=())
