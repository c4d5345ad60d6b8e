"""What is owed for power beside the energy: standing charges, and the charge for the highest demand of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from calculators.local_time import INSTANT, day_bounds, months, period
from calculators.money import Money, decimal_of


@dataclass(frozen=True, slots=True)
class FixedCharge:
    """Owed whether or not anything runs: a standing charge, rent, a meter. It decides nothing about running."""

    amount: Money
    per: Literal["day", "month"]

    def __post_init__(self) -> None:
        if self.per not in {"day", "month"}:
            raise ValueError(f"a fixed charge is per day or per month, not per {self.per!r}")


def fixed_cost(*, charge: FixedCharge, start: datetime, end: datetime, time_zone: ZoneInfo) -> Money:
    """A fixed charge over a period. A part of a day or month owes that part of it: whole ones are exact.

    Args:
        charge: what is owed, and how often.
        start: of the period, which is half open.
        end: of the period.
        time_zone: whose days and months count; a day of 23 hours owes as much as any other.

    Raises:
        ValueError: the end lies before the start, or a time has no zone.

    >>> from datetime import UTC
    >>> rent = FixedCharge(Money(Decimal(30), "EUR"), "month")
    >>> fixed_cost(charge=rent, start=datetime(2026, 4, 1, tzinfo=UTC), end=datetime(2026, 4, 16, tzinfo=UTC),
    ...            time_zone=ZoneInfo("UTC")).amount
    Decimal('15.0')
    """
    start, end = period(start, end)
    spans = months(start, end, time_zone) if charge.per == "month" else _days(start, end, time_zone)
    owed = Decimal(0)
    for span_start, span_end in spans:
        covered = (min(end, span_end) - max(start, span_start)) // INSTANT
        owed += Decimal(covered) / Decimal((span_end - span_start) // INSTANT)
    return charge.amount * owed


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    day = start.astimezone(zone).date()
    spans = []
    while (bounds := day_bounds(day, zone))[0] < end:
        if bounds[0] < bounds[1]:  # Samoa had no 30 December 2011
            spans.append(bounds)
        day += timedelta(days=1)
    return spans


def demand_charge(*, quarter_hour_watts: Sequence[float], price_per_kilowatt: Money) -> Money:
    """What a month's highest quarter-hour costs. Ratchets over several months and reactive power are not in it.

    Args:
        quarter_hour_watts: mean power of each quarter-hour of the month, the whole site. [W]
        price_per_kilowatt: of a month. [currency/kW]

    Raises:
        ValueError: there is no quarter-hour, or a power is negative or not finite.

    >>> demand_charge(quarter_hour_watts=[1500, 4000, 2500], price_per_kilowatt=Money(Decimal(15), "USD")).amount
    Decimal('60')
    """
    return price_per_kilowatt * (decimal_of(_peak(quarter_hour_watts)) / 1000)


def marginal_demand_charge(
    *, site_watts: Sequence[float], rig_watts: Sequence[float], price_per_kilowatt: Money
) -> Money:
    """What a rig adds to the demand charge: only what lifts the site above the peak that it has without the rig.

    Args:
        site_watts: mean power of each quarter-hour of the month without the rig. [W]
        rig_watts: of the rig in the same quarter-hours. [W]
        price_per_kilowatt: of a month. [currency/kW]

    Raises:
        ValueError: the two differ in length, there is no quarter-hour, or a power is negative or not finite.

    >>> price = Money(Decimal(15), "USD")
    >>> marginal_demand_charge(site_watts=[1000, 5000], rig_watts=[3000, 0], price_per_kilowatt=price).amount
    Decimal('0')
    """
    if len(site_watts) != len(rig_watts):
        raise ValueError(
            f"{len(site_watts)} quarter-hours of the site and {len(rig_watts)} of the rig: give both of each"
        )
    _peak(rig_watts)
    together = [site + rig for site, rig in zip(site_watts, rig_watts, strict=True)]
    added = decimal_of(_peak(together)) - decimal_of(_peak(site_watts))
    return price_per_kilowatt * (added / 1000)


def _peak(watts: Sequence[float]) -> float:
    if not watts:
        raise ValueError("a demand charge needs at least one quarter-hour")
    wrong = next((each for each in watts if not 0 <= each < float("inf")), None)
    if wrong is not None:
        raise ValueError(f"a quarter-hour of {wrong} W; expected a finite power of 0 W or more")
    return max(watts)
