"""The wall clock of a place: its days, its months, and the instants at which its offset changes. Instants are UTC.

Sums with an aware time go by its wall clock as long as its zone is the same: so every instant is taken to UTC first.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""From which instants are counted."""
INSTANT = timedelta(microseconds=1)
"""The shortest time that a clock tells here."""


def zone_named(name: str) -> ZoneInfo:
    """A time zone by its name.

    Those under ``right/`` count leap seconds, as no clock of a rig does: their days begin half a minute off.

    Raises:
        ValueError: there is none of this name.

    >>> zone_named("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        if not name.startswith("right/"):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise ValueError(f"{name[:40]!r} is no time zone; write one such as Europe/Berlin")


def instant(when: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: it has no zone, or lies outside of the calendar.

    >>> print(instant(datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))))
    2026-07-01 10:00:00+00:00
    """
    if when.tzinfo is UTC:
        return when
    if when.tzinfo is None:
        raise ValueError(f"{when} has no time zone; give one, such as {when}Z")
    try:
        return when.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{when} lies outside of the calendar") from None


def utc_text(when: datetime) -> str:
    """A time as RFC 3339 has it, in UTC.

    >>> utc_text(datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")))
    '2026-07-01T10:00:00Z'
    """
    return instant(when).replace(tzinfo=None).isoformat() + "Z"


def wall_minute(when: datetime, zone: tzinfo) -> str:
    """A time by the clock of a place, to the minute; with its offset where that clock shows it twice.

    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> wall_minute(datetime(2026, 7, 1, 10, tzinfo=UTC), berlin)
    '2026-07-01 12:00'
    >>> [wall_minute(datetime(2026, 10, 25, hour, tzinfo=UTC), berlin) for hour in (0, 1)]
    ['2026-10-25 02:00+0200', '2026-10-25 02:00+0100']
    """
    shown = when.astimezone(zone)
    shown_twice = shown.replace(fold=1 - shown.fold).utcoffset() != shown.utcoffset()
    return f"{shown:%Y-%m-%d %H:%M%z}" if shown_twice else f"{shown:%Y-%m-%d %H:%M}"


def period(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Both ends in UTC.

    Raises:
        ValueError: one has no zone, or the end lies before the start.

    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> period(noon, noon - timedelta(hours=1))
    Traceback (most recent call last):
    ValueError: the period ends at 2026-01-01T11:00Z, before it starts at 2026-01-01T12:00Z
    """
    start, end = instant(start), instant(end)
    if end < start:
        raise ValueError(f"the period ends at {written(end)}, before it starts at {written(start)}")
    return start, end


def written(when: datetime) -> str:
    """An instant as our sentences write it: seconds only where they are not zero.

    >>> written(datetime(2026, 1, 1, 12, tzinfo=UTC))
    '2026-01-01T12:00Z'
    """
    return when.strftime("%Y-%m-%dT%H:%MZ") if when.second == when.microsecond == 0 else f"{when:%Y-%m-%dT%H:%M:%S.%fZ}"


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of a calendar day: 23, 24 or 25 hours apart, or what else its place has decided.

    >>> start, end = day_bounds(date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
    >>> str(end - start)
    '23:00:00'
    """
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def months(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The calendar months of a place that touch a period, whole, in their order.

    >>> start, berlin = datetime(2026, 1, 20, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    >>> [written(first) for first, _ in months(start, start + timedelta(days=20), berlin)]
    ['2025-12-31T23:00Z', '2026-01-31T23:00Z']
    """
    start, end = period(start, end)
    first = start.astimezone(zone).date().replace(day=1)
    while (month_start := _midnight(first, zone)) < end:
        following = (first + timedelta(days=31)).replace(day=1)
        yield month_start, _midnight(following, zone)
        first = following


def steady_until(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after ``start`` with another offset from UTC; ``end`` if there is none before it.

    Two changes within one call are taken for none when they undo each other: call it for a day at most.

    >>> midnight, berlin = datetime(2026, 3, 29, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    >>> written(steady_until(midnight, midnight + timedelta(days=1), berlin))
    '2026-03-29T01:00Z'
    """
    offset = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == offset:
        return end
    # Clocks change at whole seconds.
    base = start.replace(microsecond=0)
    seconds = range(1, int((end - base).total_seconds()) + 1)
    at = bisect_left(seconds, True, key=lambda s: (base + timedelta(seconds=s)).astimezone(zone).utcoffset() != offset)
    return base + timedelta(seconds=seconds[at])


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Where the clock leaps over midnight: the instant of the leap. Where it falls back over it: the first midnight.
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
