"""Spans and moments as people write them in questions about the past: ``24h``, ``2026-01-31T06:00``."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from calculators.local_time import instant

SPAN = re.compile(r"(\d{1,30})([mhdw])", re.ASCII)
YEARS = range(1970, 9999)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SHOWN = 40  # characters of what was written, in a sentence about it


def length_of(text: str) -> timedelta:
    """How long ``90m``, ``24h``, ``30d`` or ``52w`` is.

    Raises:
        ValueError: it is none of them, or longer than any log.

    >>> print(length_of("90m"))
    1:30:00
    """
    found = SPAN.fullmatch(text)
    if found is None or not int(found[1]):
        raise ValueError(f"{text[:_SHOWN]!r} is no span, such as 90m, 24h, 30d or 52w")
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise _out_of_reach(text) from None


def moment_of(text: str, zone: tzinfo = UTC) -> datetime:
    """A moment in ISO's spelling, by the wall clock of ``zone`` where it names no offset; in UTC.

    Raises:
        ValueError: it is none, or outside of ``YEARS``: no log reaches there.

    >>> print(moment_of("2026-01-31T06:00"))
    2026-01-31 06:00:00+00:00
    """
    return _moment(text, zone, "is no time, such as 2026-01-31T06:00")


def beginning_of(text: str, end: datetime, zone: tzinfo = UTC) -> datetime:
    """That moment, or so long before ``end``, by no wall clock: a day is 24 hours. In UTC.

    Raises:
        ValueError: it is neither, not before the end, or outside of ``YEARS``.

    >>> print(beginning_of("24h", datetime(2026, 1, 31, 6, tzinfo=UTC)))
    2026-01-30 06:00:00+00:00
    >>> from zoneinfo import ZoneInfo
    >>> print(beginning_of("24h", datetime(2026, 10, 26, tzinfo=ZoneInfo("Europe/Berlin"))))
    2026-10-24 23:00:00+00:00
    """
    end = instant(end)
    if SPAN.fullmatch(text) is None:
        start = _moment(text, zone, "is neither a span (24h) nor a time (2026-01-31T06:00)")
    else:
        try:
            start = _in_reach(end - length_of(text), text)
        except OverflowError:
            raise _out_of_reach(text) from None
    if start >= end:
        raise ValueError(f"{text[:_SHOWN]!r} is not before the end")
    return start


def step_of(text: str, end: datetime) -> timedelta:
    """How long each step of a time is that ends then.

    Raises:
        ValueError: it is no span, or one that leads out of ``YEARS``.

    >>> print(step_of("15m", datetime(2026, 1, 31, 6, tzinfo=UTC)))
    0:15:00
    """
    step = length_of(text)
    try:
        _in_reach(end + step, text)
    except OverflowError:
        raise _out_of_reach(text) from None
    return step


def _moment(text: str, zone: tzinfo, otherwise: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:_SHOWN]!r} {otherwise}") from None
    _in_reach(moment, text)
    return instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def _in_reach(moment: datetime, text: str) -> datetime:
    """That moment, where it can be told in every zone; datetime itself ends with the years 1 and 9999."""
    if moment.year not in YEARS:
        raise _out_of_reach(text)
    return moment


def _out_of_reach(text: str) -> ValueError:
    return ValueError(
        f"{text[:_SHOWN]!r} lies outside the years {YEARS[0]} to {YEARS[-1]}; no log reaches there. Try 52w"
    )
