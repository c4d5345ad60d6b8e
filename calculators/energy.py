"""Energy from power."""

import math


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
