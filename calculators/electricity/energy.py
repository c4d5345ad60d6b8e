"""Energy from power.

Source: "The International System of Units", 9th edition, 2019: an hour is 3,600 s, a watt-second a joule.
"""

import math
from datetime import timedelta
from decimal import Decimal

from calculators.money import decimal_of

WATT_MICROSECONDS_PER_KILOWATT_HOUR = 3_600_000_000_000


def integrated_joules(*, first_watts: float, last_watts: float, seconds: float) -> float:
    """Energy between two readings of a power that went evenly from the one to the other (trapezoid rule).

    What the power did in between is not in it: short peaks are missed as often as short dips.

    Args:
        first_watts: power at the start. [W]
        last_watts: power at the end. [W]
        seconds: time between the readings. [s] Zero gives zero.

    Returns:
        Energy. [J]

    Raises:
        ValueError: an argument is negative or not finite.

    >>> integrated_joules(first_watts=100, last_watts=200, seconds=10)
    1500.0
    """
    given = (first_watts, last_watts, seconds)
    if not all(math.isfinite(number) and number >= 0 for number in given):
        raise ValueError(f"powers and seconds must be finite and not negative: {given}")
    return (first_watts + last_watts) / 2 * seconds


def kilowatt_hours(*, power_watts: float, duration: timedelta) -> Decimal:
    """Energy of a steady power, as a decimal that prices can be multiplied with exactly.

    Args:
        power_watts: steady power. [W] Twelve digits of it count.
        duration: how long. Zero gives zero.

    Returns:
        Energy. [kWh] Exact for whole multiples of nine seconds, else to 28 digits.

    Raises:
        ValueError: power or duration is negative, or the power is not finite.

    >>> kilowatt_hours(power_watts=5510, duration=timedelta(hours=24))
    Decimal('132.24')
    """
    watts = decimal_of(power_watts)
    if watts < 0 or duration < timedelta(0):
        raise ValueError(f"power and duration must not be negative: {power_watts} W for {duration}")
    return watts * (duration // timedelta(microseconds=1)) / WATT_MICROSECONDS_PER_KILOWATT_HOUR
