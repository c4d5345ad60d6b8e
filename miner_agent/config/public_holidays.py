"""Public holidays of a country or a part of it, by a library that is an extra of the package."""

import importlib
import re
from datetime import date
from functools import lru_cache

YEARS = range(2015, 2041)
EXTRA = "pip install 'miner-agent[holidays]'"
_PLACE = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?", re.ASCII)


@lru_cache(maxsize=16)
def public_holidays(place: str) -> frozenset[date]:
    """The days of 2015 to 2040.

    Args:
        place: a country by ISO 3166-1, or a part of it by ISO 3166-2: ``DE``, ``DE-BE``.

    Raises:
        ValueError: the library is not installed, or knows no such place.
    """
    told = _PLACE.fullmatch(place.strip().upper())
    if told is None:
        raise ValueError(f'holidays_of = "{place[:20]}" is no place; write a country, or a part of it: "DE", "DE-BE"')
    try:
        library = importlib.import_module("holidays")
    except ImportError:
        raise ValueError(f"holidays_of needs a library that is not installed: {EXTRA}, or write holidays") from None
    try:
        return frozenset(library.country_holidays(told[1], subdiv=told[2], years=YEARS))
    except NotImplementedError:
        raise ValueError(
            f'holidays_of = "{told[0]}" is no place that the library knows; write holidays = [2026-12-25]'
        ) from None
