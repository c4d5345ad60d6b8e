"""What a day's energy costs by any tariff, with the prices that went into it as lines of the sum."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from calculators.earnings.sum_sheet import Term
from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.tariff import FlatTariff, Slot, Tariff
from calculators.electricity.tariff_slots import SlotTariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.local_time import INSTANT, instant, months, written
from calculators.money import Money
from calculators.units import SECONDS_PER_HOUR
from miner_agent.profit.own_power import PRICE_DIGITS, OwnSurplus

DAY = timedelta(days=1)
LEAST_KNOWN = timedelta(hours=12)
"""Of the prices of a day: the mean of fewer is not the day's."""
COUNTED_IN_CENTS = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "USD"})
MOST_PER_KILOWATT_HOUR = 2
"""Of these currencies. Households pay less than 1 everywhere; an exchange asks more for a few hours of a bad year."""
FLAT_FORMULA = "kilowatt_hours_per_day * price_per_kilowatt_hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A tariff, who told it, and of which time it knows prices."""

    tariff: Tariff | TieredTariff
    source: str
    known_from: datetime | None = None  # None: always
    known_until: datetime | None = None
    holes: tuple[tuple[datetime, datetime], ...] = ()  # times between these two of which no price is known
    taken_at: datetime | None = None  # when its prices were told, where they change
    household_kilowatt_hours_per_month: Decimal = Decimal(0)  # what fills the blocks of a tiered tariff before the rig
    watts_before: float = 0  # of other devices of the rig, which fill them too, and take own power first
    own: OwnSurplus | None = None  # own power, which the rig takes before it buys
    heat_worth: Money | None = None  # of a kilowatt-hour, taken off what each of these prices was paid as
    notes: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        return self.tariff.currency

    def day(self, now: datetime) -> tuple[datetime, datetime]:
        """The 24 hours whose prices are used: those from now on, or the last ones that are known.

        Raises:
            ValueError: less than 24 hours are known.
        """
        start = instant(now)
        if self.known_until is not None:
            start = min(start, self.known_until - DAY)
        if self.known_from is not None and start < self.known_from:
            start = self.known_from
            if self.known_until is not None and self.known_until - start < DAY:
                known = f"{written(self.known_from)} to {written(self.known_until)}"
                raise ValueError(f"{self.source}: prices are known from {known} only; a day needs 24 hours of them")
        return start, start + DAY

    def known_slots(self, start: datetime, end: datetime) -> list[Slot]:
        """The prices of a period, without the holes in it. Of blocks of consumption there are none.

        Raises:
            ValueError: the tariff begins after the period does, or ends before.
        """
        if isinstance(self.tariff, TieredTariff):
            return []
        slots: list[Slot] = []
        at = start
        for hole_start, hole_end in (*self.holes, (end, end)):
            if at < min(hole_start, end):
                slots += self.tariff.slots(at, min(hole_start, end))
            at = max(at, hole_end)
        return slots

    def filled(self, start: datetime, end: datetime) -> Tariff:
        """A tariff without holes over a period: where no price is known, the mean of those that are.

        Raises:
            ValueError: nothing is known of it, or the prices are those of blocks of consumption.
        """
        if isinstance(self.tariff, TieredTariff):
            raise ValueError("blocks of consumption tell no price of an hour")  # noqa: TRY004
        inside = [hole for hole in self.holes if hole[0] < end and start < hole[1]]
        if not inside:
            return self.tariff
        known = self.known_slots(start, end)
        seconds = sum((slot.seconds for slot in known), Decimal(0))
        if not seconds:
            raise ValueError(f"{self.source}: of {written(start)} to {written(end)} no price is known")
        mean = sum((slot.price.amount * slot.seconds for slot in known), Decimal(0)) / seconds
        holes = (Slot(max(one, start), min(other, end), Money(mean, self.currency)) for one, other in inside)
        return SlotTariff([*known, *holes])

    def of_power(self, start: datetime, end: datetime, *, power_watts: float, above_watts: float = 0) -> Tariff:
        """The prices of a period as a steady power pays them, own power and bought together. Raises as ``filled`` does.

        Args:
            start: of the period, which is half open.
            end: of the period.
            power_watts: at the wall. [W]
            above_watts: of others that take own power first. [W]
        """
        bought = self.filled(start, end)
        if self.own is None:
            return bought
        return SlotTariff(self.own.priced(bought.slots(start, end), power_watts=power_watts, above_watts=above_watts))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCost:
    """Cost of a steady power over a day. ``formula`` leads from the terms and kilowatt_hours_per_day to it."""

    money: Money
    terms: tuple[Term, ...]
    formula: str
    notes: tuple[str, ...] = ()


def cost_of_day(prices: Prices, *, power_watts: float, now: datetime) -> DayCost:
    """What a day of this power costs. Fixed and demand charges are not in it.

    Args:
        prices: the tariff.
        power_watts: at the wall, on average. [W]
        now: this moment, aware.

    Raises:
        ValueError: the tariff knows no price for a part of the day, or no whole day.
    """
    if isinstance(prices.tariff, TieredTariff):
        return _by_tiers(prices, prices.tariff, power_watts, now)
    start, end = prices.day(now)
    slots = prices.known_slots(start, end)
    known = sum((slot.end - slot.start for slot in slots), timedelta(0))
    if known < LEAST_KNOWN:
        hours = known / timedelta(hours=1)
        raise ValueError(
            f"{prices.source}: of {written(start)} to {written(end)} prices of {hours:g} h alone are known"
        )
    if prices.own is not None:
        slots = prices.own.priced(slots, power_watts=power_watts, above_watts=prices.watts_before)
    cost = sum(
        (kilowatt_hours(power_watts=power_watts, duration=slot.end - slot.start) * slot.price.amount for slot in slots),
        Decimal(0),
    )
    if isinstance(prices.tariff, FlatTariff) and prices.own is None:
        terms: tuple[Term, ...] = (_price("price_per_kilowatt_hour", slots[0].price, prices),)
    else:
        terms = tuple(_average(prices, slots))
    notes = [*prices.notes, *_doubts(slots, prices)]
    if start != instant(now):
        notes.append(f"{prices.source}: its prices are those of {written(start)} to {written(end)}")
    if known < DAY:
        cost *= Decimal(DAY // INSTANT) / Decimal(known // INSTANT)
        notes.append(
            f"{prices.source}: prices of {known / timedelta(hours=1):g} of the 24 hours are known; their mean is taken"
        )
    return DayCost(money=Money(cost, prices.currency), terms=terms, formula=FLAT_FORMULA, notes=tuple(notes))


def grid_kilowatt_hours(prices: Prices, *, power_watts: float, now: datetime, duration: timedelta) -> Decimal:
    """What of a steady power's energy is bought, not own. [kWh]

    Args:
        prices: the tariff.
        power_watts: at the wall, on average. [W]
        now: this moment, aware.
        duration: from now on.
    """
    whole = kilowatt_hours(power_watts=power_watts, duration=duration)
    if prices.own is None:
        return whole
    nothing = Money(Decimal(0), prices.currency)
    return whole - prices.own.own_kilowatt_hours([Slot(now, now + duration, nothing)], power_watts=power_watts)


def mean_price(prices: Prices, *, power_watts: float, now: datetime) -> Money:
    """What a kilowatt-hour of a steady power costs over the day whose prices are used. Raises as ``cost_of_day`` does.

    Args:
        prices: the tariff. By blocks of consumption it depends on the power.
        power_watts: at the wall, on average. [W]
        now: this moment, aware.
    """
    energy = kilowatt_hours(power_watts=power_watts, duration=DAY)
    if not energy:
        return Money(Decimal(0), prices.currency)
    cost = cost_of_day(prices, power_watts=power_watts, now=now).money
    return Money(round(cost.amount / energy, PRICE_DIGITS).normalize(), cost.currency)


def _doubts(slots: list[Slot], prices: Prices) -> Iterator[str]:
    """Whether an hour's price can only be meant in another unit. Kronor, yen and the like are left alone.

    One price at any time is doubted where the question is made.
    """
    if isinstance(prices.tariff, FlatTariff):
        return
    furthest = max((slot.price for slot in slots), key=lambda price: abs(price.amount))
    if furthest.currency in COUNTED_IN_CENTS and abs(furthest.amount) > MOST_PER_KILOWATT_HOUR:
        yield f"{prices.source}: {furthest} a kWh; is it in cents, or for a MWh?"


def _average(prices: Prices, slots: list[Slot]) -> Iterator[Term]:
    """Hours at each price, and the mean that they come to."""
    hours: dict[Money, Decimal] = {}
    for slot in slots:
        hours[slot.price] = hours.get(slot.price, Decimal(0)) + slot.seconds / SECONDS_PER_HOUR
    products = []
    for number, (price, length) in enumerate(hours.items(), start=1):
        yield Term(name=f"hours_{number}", value=float(length), unit="h", source=_span(slots))
        yield _price(f"price_{number}", price, prices)
        products.append(f"hours_{number} * price_{number}")
    whole = sum(hours.values())
    mean = sum((price.amount * length for price, length in hours.items()), Decimal(0)) / whole
    summed = " + ".join(f"hours_{number}" for number in range(1, len(hours) + 1))
    yield Term(
        name="price_per_kilowatt_hour",
        value=Money(mean, prices.currency),
        unit=f"{prices.currency}/kWh",
        formula=f"({' + '.join(products)}) / ({summed})",
    )


def _by_tiers(prices: Prices, tariff: TieredTariff, power_watts: float, now: datetime) -> DayCost:
    """A day's part of this month's cost: which blocks the rig reaches into is decided by the whole month."""
    start, end = next(months(instant(now), instant(now) + timedelta(seconds=1), tariff.time_zone))
    days = (end - start) / DAY
    energy = kilowatt_hours(power_watts=power_watts, duration=end - start)
    before = kilowatt_hours(power_watts=prices.watts_before, duration=end - start)
    used = prices.household_kilowatt_hours_per_month + before
    cost = tariff.cost(energy_kilowatt_hours=energy, consumed_kilowatt_hours=used)
    terms = [Term(name="days_of_month", value=days, unit="d", source=f"{start.astimezone(tariff.time_zone):%Y-%m}")]
    products = []
    limits = [*(tier.over_kilowatt_hours for tier in tariff.tiers), used + energy]
    for number, (tier, (low, high)) in enumerate(zip(tariff.tiers, pairwise(limits), strict=True), start=1):
        within = min(high, used + energy) - max(low, used)
        if within > 0:
            user = "the house and the rest of the rig use" if before else "the house uses"
            block = f"of the month's, above {low} kWh; {user} {used.normalize():f} kWh"
            terms.append(Term(name=f"kilowatt_hours_{number}", value=float(within), unit="kWh", source=block))
            terms.append(_price(f"price_{number}", tier.price, prices))
            products.append(f"kilowatt_hours_{number} * price_{number}")
    formula = f"({' + '.join(products) or '0'}) / days_of_month"
    money = cost / Decimal(str(days))
    return DayCost(money=money, terms=tuple(terms), formula=formula, notes=prices.notes)


def _price(name: str, price: Money, prices: Prices) -> Term:
    return Term(name=name, value=price, unit=f"{price.currency}/kWh", source=prices.source, taken_at=prices.taken_at)


def _span(slots: list[Slot]) -> str:
    return f"{written(slots[0].start)} to {written(slots[-1].end)}"
