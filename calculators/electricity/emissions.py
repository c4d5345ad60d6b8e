"""Carbon dioxide of the energy that mining draws.

Source: Greenhouse Gas Protocol, "Scope 2 guidance", 2015: energy times the mean intensity of the grid.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.tariff import contiguous
from calculators.local_time import instant, period, written


@dataclass(frozen=True, slots=True)
class Intensity:
    """How much carbon dioxide the grid's electricity carries for ``start <= t < end``, both in UTC."""

    start: datetime
    end: datetime
    grams_per_kilowatt_hour: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", instant(self.start))
        object.__setattr__(self, "end", instant(self.end))
        if self.end <= self.start:
            raise ValueError(f"the slot {self} is empty: its end must lie after its start")
        _check(self.grams_per_kilowatt_hour)

    def __str__(self) -> str:
        return f"{written(self.start)} to {written(self.end)}"


def emitted_grams(*, energy_kilowatt_hours: float, grams_per_kilowatt_hour: float) -> float:
    """Carbon dioxide of energy at one intensity. Making the hardware is not in it.

    For one coin: give the energy that it takes to mine one.

    Args:
        energy_kilowatt_hours: drawn from the grid. [kWh]
        grams_per_kilowatt_hour: of the grid, on average. [g/kWh]

    Returns:
        Carbon dioxide. [g]

    Raises:
        ValueError: an argument is negative or not finite.

    >>> emitted_grams(energy_kilowatt_hours=36, grams_per_kilowatt_hour=400)
    14400.0
    """
    _check(grams_per_kilowatt_hour)
    if not (math.isfinite(energy_kilowatt_hours) and energy_kilowatt_hours >= 0):
        raise ValueError(f"energy_kilowatt_hours is {energy_kilowatt_hours}; expected a finite energy of 0 kWh or more")
    return float(energy_kilowatt_hours * grams_per_kilowatt_hour)


def emitted_grams_over_time(
    *, power_watts: float, intensities: Iterable[Intensity], start: datetime, end: datetime
) -> float:
    """Carbon dioxide of a steady power where the grid's intensity is known slot by slot.

    Args:
        power_watts: at the wall. [W]
        intensities: slots that together hold the whole period, without hole and overlap.
        start: of the period, which is half open.
        end: of the period.

    Returns:
        Carbon dioxide. [g]

    Raises:
        ValueError: slots have a hole or overlap or do not hold the period, or the power is negative or not finite.

    2 kWh at 400 g, and 2 kWh at 100 g:

    >>> from datetime import UTC
    >>> noon, one, two = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (12, 13, 14))
    >>> known = [Intensity(noon, one, 400), Intensity(one, two, 100)]
    >>> emitted_grams_over_time(power_watts=2000, intensities=known, start=noon, end=two)
    1000.0
    """
    start, end = period(start, end)
    known = contiguous(intensities)
    if not (known[0].start <= start and end <= known[-1].end):
        held = f"{written(known[0].start)} to {written(known[-1].end)}"
        raise ValueError(
            f"the grid's intensity is known from {held}, not for all of {written(start)} to {written(end)}"
        )
    return math.fsum(
        float(kilowatt_hours(power_watts=power_watts, duration=min(end, slot.end) - max(start, slot.start)))
        * slot.grams_per_kilowatt_hour
        for slot in known
        if slot.start < end and start < slot.end
    )


def _check(grams_per_kilowatt_hour: float) -> None:
    if not (math.isfinite(grams_per_kilowatt_hour) and grams_per_kilowatt_hour >= 0):
        raise ValueError(f"an intensity is 0 g/kWh or more, not {grams_per_kilowatt_hour}")
