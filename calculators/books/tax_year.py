"""The tax years of the countries that the books know, in the words of each. Days are those of the user's zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from calculators.local_time import day_bounds

FIRST_DAY: dict[str, tuple[int, int]] = {"US": (1, 1), "DE": (1, 1), "CA": (1, 1), "GB": (4, 6), "AU": (7, 1)}
"""Month and day on which the tax year of a person begins."""
_WRITTEN = re.compile(r"(\d{4})(?:/(\d{2}|\d{4}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class BookYear:
    """A year, or everything there is: from its first day to its last, both included."""

    first: date
    last: date
    name: str  # 2025, 2025/26, all

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def whole(self) -> bool:
        """Whether it is all there is."""
        return self.name == ALL.name


ALL = BookYear(date.min, date.max, "all")


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant where the user lives.

    >>> str(day_of(datetime.fromisoformat("2025-04-05T23:30Z"), ZoneInfo("Europe/London")))
    '2025-04-06'
    """
    return at.astimezone(zone).date()


def tax_year_of(day: date, *, country: str) -> BookYear:
    """The tax year that a day lies in.

    Args:
        day: in the user's zone.
        country: ``US``, ``GB``, ``DE``, ``CA`` or ``AU``.

    Raises:
        ValueError: no tax year of that country is known, or the year lies outside of the calendar.

    >>> tax_year_of(date(2026, 4, 5), country="GB").name, tax_year_of(date(2026, 4, 6), country="GB").name
    ('2025/26', '2026/27')
    """
    month, first_day = _first_day(country)
    return tax_year_from(day.year if (day.month, day.day) >= (month, first_day) else day.year - 1, country=country)


def tax_year_from(year: int, *, country: str) -> BookYear:
    """The tax year that begins in a calendar year.

    Raises:
        ValueError: no tax year of that country is known, or the year lies outside of the calendar.
    """
    month, day = _first_day(country)
    if not date.min.year <= year < date.max.year:
        raise ValueError(f"{year} is no tax year")
    first = date(year, month, day)
    last = date(year + 1, month, day) - timedelta(days=1)
    name = f"{year:04}" if last.year == year else f"{year:04}/{(year + 1) % 100:02}"
    return BookYear(first, last, name)


def tax_year_named(text: str, *, country: str) -> BookYear:
    """A tax year as it is written: ``2025``, ``2025/26`` where it is not the calendar's, ``all``.

    Raises:
        ValueError: it is written in another way, or is none of that country; the sentence says how to write it.

    >>> year = tax_year_named("2025/26", country="AU")
    >>> str(year.first), str(year.last)
    ('2025-07-01', '2026-06-30')
    >>> tax_year_named("2025", country="GB")
    Traceback (most recent call last):
    ValueError: '2025' is no tax year of GB; write 2025/26 for 6 April 2025 to 5 April 2026
    """
    _first_day(country)
    told = text.strip()
    if told == ALL.name:
        return ALL
    found = _WRITTEN.fullmatch(told)
    if found is None:
        raise ValueError(f"{told[:20]!r} is no tax year; write one such as {_example(country)}, or all")
    year = tax_year_from(int(found[1]), country=country)
    second = found[2] or ""
    if year.name != found[1] + (f"/{second[-2:]}" if second else "") or (second[2:] and int(second) != year.last.year):
        raise ValueError(f"{told!r} is no tax year of {country}; write {year.name} for {_days(year)}")
    return year


def tax_years(first: date, last: date, *, country: str) -> list[BookYear]:
    """Every tax year from the one of a day to the one of another, in order."""
    begun, ended = tax_year_of(first, country=country), tax_year_of(last, country=country)
    return [tax_year_from(year, country=country) for year in range(begun.first.year, ended.first.year + 1)]


def instants_of(year: BookYear, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a tax year begins and when the next one does, in UTC.

    >>> print(*instants_of(tax_year_named("2025", country="DE"), ZoneInfo("Europe/Berlin")))
    2024-12-31 23:00:00+00:00 2025-12-31 23:00:00+00:00
    """
    if year.whole:
        return datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return day_bounds(year.first, zone)[0], day_bounds(year.last, zone)[1]


def quarter_of(day: date, *, country: str) -> int:
    """Which quarter of its tax year a day lies in, 0 to 3: three months each, from the year's first day."""
    first = tax_year_of(day, country=country).first
    months = (day.year - first.year) * 12 + day.month - first.month - (day.day < first.day)
    return months // 3


def _first_day(country: str) -> tuple[int, int]:
    if country not in FIRST_DAY:
        raise ValueError(f"the tax year of {country[:20]!r} is not known; known are {', '.join(FIRST_DAY)}")
    return FIRST_DAY[country]


def _example(country: str) -> str:
    return "2025" if FIRST_DAY[country] == (1, 1) else "2025/26"


def _days(year: BookYear) -> str:
    return f"{year.first.day} {year.first:%B %Y} to {year.last.day} {year.last:%B %Y}"
