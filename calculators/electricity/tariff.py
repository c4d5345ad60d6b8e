"""What a kilowatt-hour costs at which time: slots of one price each, and the cost of energy over them.

A tariff answers for any period with slots that touch each other. The kinds: one price (here), hours and seasons
(``tariff_bands``), prices that a market sets slot by slot and the fees on them (``tariff_slots``). No price per slot
tells blocks by consumption (``tariff_tiers``) or what is owed whether or not a rig runs (``tariff_charges``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Protocol, TypeVar

from calculators.electricity.energy import kilowatt_hours
from calculators.local_time import INSTANT, instant, period, written
from calculators.money import Money


@dataclass(frozen=True, slots=True)
class Slot:
    """One price per kWh for ``start <= t < end``, both in UTC. Prices may be zero or negative."""

    start: datetime
    end: datetime
    price: Money

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", instant(self.start))
        object.__setattr__(self, "end", instant(self.end))
        if self.end <= self.start:
            raise ValueError(f"the slot {self} is empty: its end must lie after its start")

    def __str__(self) -> str:
        return f"{written(self.start)} to {written(self.end)}"

    @property
    def seconds(self) -> Decimal:
        """How long it is. [s]"""
        return Decimal((self.end - self.start) // INSTANT) / 1_000_000


class Tariff(Protocol):
    """Prices of energy over time."""

    @property
    def currency(self) -> str:
        """Of every price in it."""

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        """The prices of a period, half open, cut to it, without hole and overlap, in their order.

        Raises:
            ValueError: the tariff does not know the whole period, or a time has no zone.
        """


@dataclass(frozen=True, slots=True)
class FlatTariff:
    """One price at any time."""

    price: Money  # per kWh, with taxes and fees

    @property
    def currency(self) -> str:
        return self.price.currency

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        start, end = period(start, end)
        if start < end:
            yield Slot(start, end, self.price)


class Span(Protocol):
    """Anything that holds for ``start <= t < end``."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


AnySlot = TypeVar("AnySlot", bound=Span)


def contiguous(slots: Iterable[AnySlot]) -> tuple[AnySlot, ...]:
    """The slots in the order of their time, each ending where the next one starts.

    Raises:
        ValueError: there is none, one overlaps another, or a hole lies between two.

    >>> from datetime import UTC
    >>> noon, one, two = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (12, 13, 14))
    >>> free = Money(Decimal(0), "EUR")
    >>> [str(slot) for slot in contiguous([Slot(one, two, free), Slot(noon, one, free)])]
    ['2026-01-01T12:00Z to 2026-01-01T13:00Z', '2026-01-01T13:00Z to 2026-01-01T14:00Z']
    """
    ordered = tuple(sorted(slots, key=lambda slot: slot.start))
    if not ordered:
        raise ValueError("there is no slot: nothing is told of any time")
    for before, slot in pairwise(ordered):
        if slot.start < before.end:
            raise ValueError(f"the slot {slot} overlaps the slot {before}: one of them must go")
        if slot.start > before.end:
            hole = f"{written(before.end)} to {written(slot.start)}"
            raise ValueError(
                f"nothing is told of {hole}, before the slot {slot}: fill the hole, or use what follows it"
            )
    return ordered


def energy_cost(*, tariff: Tariff, power_watts: float, start: datetime, end: datetime) -> Money:
    """Cost of a steady power over a period, exact: the costs of its parts add up to it.

    Fixed charges, demand charges and blocks by consumption are not in it.

    Args:
        tariff: prices per kWh.
        power_watts: at the wall. [W]
        start: of the period, which is half open.
        end: of the period.

    Raises:
        ValueError: the power is negative or not finite, the end lies before the start, or the tariff lacks a price.

    An Antminer of 5,510 W over a day at 0.10 USD, as WhatToMine prints it (rounded to 13.22):

    >>> from datetime import UTC
    >>> flat = FlatTariff(Money(Decimal("0.10"), "USD"))
    >>> energy_cost(tariff=flat, power_watts=5510, start=datetime(2026, 1, 1, tzinfo=UTC),
    ...             end=datetime(2026, 1, 2, tzinfo=UTC)).amount
    Decimal('13.2240')
    """
    kilowatt_hours(power_watts=power_watts, duration=timedelta(0))  # refuses a power that is none
    cost = Decimal(0)
    for slot in tariff.slots(start, end):
        energy = kilowatt_hours(power_watts=power_watts, duration=slot.end - slot.start)
        cost += energy * slot.price.amount
    return Money(cost, tariff.currency)


def average_price(*, tariff: Tariff, start: datetime, end: datetime) -> Money:
    """What a kWh costs on average to a power that is the same all the time.

    Raises:
        ValueError: the period is empty, or the tariff does not know all of it.

    >>> from datetime import UTC
    >>> average_price(tariff=FlatTariff(Money(Decimal("0.30"), "EUR")), start=datetime(2026, 1, 1, tzinfo=UTC),
    ...               end=datetime(2026, 1, 2, tzinfo=UTC)).amount
    Decimal('0.30')
    """
    weighted = seconds = Decimal(0)
    for slot in tariff.slots(start, end):
        weighted += slot.price.amount * slot.seconds
        seconds += slot.seconds
    if not seconds:
        raise ValueError(f"an average needs a period that is longer than nothing, not {start} to {end}")
    return Money(weighted / seconds, tariff.currency)


def price_at(*, tariff: Tariff, when: datetime) -> Money:
    """What a kWh costs at an instant.

    Raises:
        ValueError: the tariff has no price then.

    >>> from datetime import UTC
    >>> flat = FlatTariff(Money(Decimal("0.30"), "EUR"))
    >>> print(price_at(tariff=flat, when=datetime(2026, 1, 1, tzinfo=UTC)))
    0.30 EUR
    """
    return next(iter(tariff.slots(when, instant(when) + INSTANT))).price
