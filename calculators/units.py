"""Conversion from the units that sources speak to base units.

Factors are divided by, not multiplied with their inverse: 70 / 100 is 0.7, and 70 * 0.01 is not.
"""

import re

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3_600
SECONDS_PER_DAY = 86_400
HOURS_PER_DAY = 24
MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
PERCENT_PER_UNIT = 100
MILLI_PER_UNIT = 1_000
"""mW a W, mJ a J, m°C a °C, mV a V."""
MICRO_PER_UNIT = 1_000_000
"""µW a W, µJ a J."""
MEGAHERTZ = 1e6
"""[Hz]"""
KIBIBYTE = 1024
"""[B]"""
WATT_MINUTE = 60.0
"""[J]"""
WATT_HOUR = 3_600.0
"""[J]"""
WATTS_PER_KILOWATT = 1_000
KILOWATT_HOUR = 3_600_000.0
"""[J]"""

HASHRATE_PREFIX = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
"""Decimal prefixes of hashrates and difficulties, as mining programs print them."""


def number_with_prefix(text: str) -> float:
    """A number with an optional decimal prefix, as mining programs print difficulties.

    Args:
        text: ``"4.00 G"``, ``"483k"`` or ``"46"``.

    Raises:
        ValueError: it is not a finite number with a known prefix.

    >>> number_with_prefix("4.00 G")
    4000000000.0
    """
    found = _NUMBER_WITH_PREFIX.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a number with a decimal prefix")
    return float(found[1]) * HASHRATE_PREFIX[found[2]]


_NUMBER_WITH_PREFIX = re.compile(r"(\d{1,30}(?:\.\d{0,30})?)\s*([kKMGTPE]?)", re.ASCII)
