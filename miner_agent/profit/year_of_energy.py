"""What a kilowatt-hour costs over a year, for questions of months: two days say nothing of years."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from calculators.electricity.tariff import FlatTariff, Slot, average_price
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.local_time import INSTANT
from calculators.money import Money
from calculators.told_figures import counted
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.own_power import PRICE_DIGITS

YEAR = timedelta(days=365)
LEAST_DAYS = 330
"""Of a year. With fewer a season may lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfEnergy:
    """The mean price, and what it is the mean of: a rig may stand still where that is dear."""

    prices: Prices  # hold at any time
    slots: tuple[Slot, ...]  # none of blocks of consumption


def over_a_year(
    prices: Prices, now: datetime, *, days: Mapping[date, Money] | None = None, told_by: str = ""
) -> YearOfEnergy:
    """The prices of a year.

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
    if isinstance(tariff, TieredTariff):
        return YearOfEnergy(prices=prices, slots=())
    if isinstance(tariff, FlatTariff):
        return _by_day(prices, now)
    if prices.known_until is None and prices.own is not None:
        typical = prices.own.typical_day(tariff.slots(now, now + YEAR))
        source = f"{prices.source}, means of a year by hour"
        return _by_day(replace(prices, tariff=typical, source=source), now)
    if prices.known_until is None:
        mean = average_price(tariff=tariff, start=now, end=now + YEAR)
        return _flat(prices, mean, f"{prices.source}, mean of a year", tariff.slots(now, now + YEAR))
    start = max(prices.known_until - YEAR, prices.known_from or prices.known_until - YEAR)
    slots = prices.known_slots(start, prices.known_until)
    length = sum(((slot.end - slot.start) // INSTANT for slot in slots), 0)
    if length >= LEAST_DAYS * (timedelta(days=1) // INSTANT):
        worth = sum((slot.price.amount * ((slot.end - slot.start) // INSTANT) for slot in slots), Decimal(0))
        if prices.own is not None:
            typical = prices.own.typical_day(slots)
            source = f"{prices.source}, means by hour"
            always = replace(prices, tariff=typical, source=source, known_from=None, known_until=None, holes=())
            return _by_day(always, now)
        known = f"{start:%Y-%m-%d} to {prices.known_until:%Y-%m-%d}"
        return _flat(prices, Money(worth / length, prices.currency), f"{prices.source}, mean of {known}", slots)
    found = _last_year(days or {})
    if len(found) >= LEAST_DAYS:
        mean = Money(sum((found[day].amount for day in found), Decimal(0)) / len(found), prices.currency)
        told = f"{told_by}, mean of {len(found)} days up to {max(found)}"
        return _flat(prices, mean, told, (_slot(day, price) for day, price in sorted(found.items())))
    hours = length * INSTANT / timedelta(hours=1)
    also = f", {told_by} {counted(len(found), 'day')}" if found else ""
    raise ValueError(
        f"{prices.source} tells prices of {counted(round(hours), 'hour')}{also}: they say nothing of years. "
        "Give --kwh-price with what you pay in the mean of a year, or --history with a column tariff of a year"
    )


def _last_year(days: Mapping[date, Money]) -> dict[date, Money]:
    return {day: price for day, price in days.items() if max(days) - day < YEAR}


def _slot(day: date, price: Money) -> Slot:
    start = datetime.combine(day, time(), UTC)
    return Slot(start, start + timedelta(days=1), price)


def _by_day(prices: Prices, now: datetime) -> YearOfEnergy:
    """Of prices whose every day is alike."""
    start, end = prices.day(now)
    return YearOfEnergy(prices=prices, slots=tuple(prices.known_slots(start, end)))


def _flat(prices: Prices, mean: Money, source: str, slots: Iterable[Slot]) -> YearOfEnergy:
    """One price in the place of slots. It holds at any time."""
    price = Money(round(mean.amount, PRICE_DIGITS).normalize(), mean.currency)
    flat = replace(prices, tariff=FlatTariff(price), source=source, known_from=None, known_until=None, holes=())
    return YearOfEnergy(prices=flat, slots=tuple(slots))
