"""How long something was held, by the calendar and never by a count of days. Days are those of the user's zone.

The United States and Australia begin to count on the day after it was acquired (IRS Publication 544, "Holding period";
Taxation Determination TD 2002/10): a whole year is over before that day of the next year comes. Germany takes the day
of the next year that has the same number, or the last of its month (sections 187 and 188 of the Civil Code). They
differ where a leap day lies between.
"""

from datetime import date, timedelta
from typing import Literal

Term = Literal["short", "long"]

KNOWS_TERMS = frozenset({"US", "DE", "AU"})
"""Countries whose law asks whether something was held for more than a year (in Australia: twelve months)."""


def long_from(acquired: date, *, country: str = "US") -> date:
    """The first day on which what was acquired has been held for more than a year.

    Args:
        acquired: the day on which it was.
        country: whose law counts.

    Raises:
        ValueError: the year after it lies outside of the calendar.

    >>> str(long_from(date(2024, 2, 29))), str(long_from(date(2025, 5, 5)))
    ('2025-03-01', '2026-05-06')
    >>> str(long_from(date(2023, 2, 28))), str(long_from(date(2023, 2, 28), country="DE"))
    ('2024-03-01', '2024-02-29')
    """
    if acquired.year >= date.max.year - 1:
        raise ValueError(f"{acquired} lies too late for a year after it")
    if country == "DE":
        return _a_year_later(acquired, missing=date(acquired.year + 1, 2, 28)) + timedelta(days=1)
    return _a_year_later(acquired + timedelta(days=1), missing=date(acquired.year + 1, 3, 1))


def term(acquired: date, disposed: date, *, country: str = "US") -> Term:
    """Whether it was held for more than a year.

    >>> term(date(2025, 5, 5), date(2026, 5, 5)), term(date(2025, 5, 5), date(2026, 5, 6))
    ('short', 'long')
    """
    return "long" if disposed >= long_from(acquired, country=country) else "short"


def _a_year_later(day: date, *, missing: date) -> date:
    """The same day of the next year; ``missing`` where 29 February has none."""
    return missing if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)
