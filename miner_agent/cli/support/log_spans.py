"""Spans and moments as people write them in questions about the past."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

import click

SPAN = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
SPAN_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
YEARS = range(1970, 9999)


def span(since: str, until: str | None, zone: str) -> tuple[datetime, datetime, tzinfo]:
    """From when to when, and the zone in which days begin.

    Raises:
        click.BadParameter: that is no time, or none that a log reaches.
    """
    from calculators.local_time import zone_named

    try:
        place: tzinfo = UTC if zone == "UTC" else zone_named(zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from None
    end = datetime.now(UTC) if until is None else _moment(until, place, "--until")
    start = _before(end, since) if SPAN.fullmatch(since) else _moment(since, place, "--since")
    if start >= end:
        raise click.BadParameter(f"{since!r} is not before the end", param_hint="--since")
    return start, end, place


def _before(end: datetime, since: str) -> datetime:
    try:
        return _in_reach(end - length(since, "--since"), since, "--since")
    except OverflowError:
        raise _out_of_reach(since, "--since") from None


def length(text: str, option: str) -> timedelta:
    """How long ``90m``, ``24h``, ``30d`` or ``52w`` is.

    Raises:
        click.BadParameter: it is none of them.
    """
    found = SPAN.fullmatch(text)
    if found is None or not int(found[1]):
        raise click.BadParameter(f"{text!r} is no span, such as 90m, 24h, 30d or 52w", param_hint=option)
    return timedelta(**{SPAN_UNITS[found[2]]: int(found[1])})


def _moment(text: str, zone: tzinfo, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is neither a span (24h) nor a time (2026-01-31T06:00)", param_hint=option
        ) from None
    return _in_reach(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone), text, option)


def _in_reach(moment: datetime, text: str, option: str) -> datetime:
    """That moment, where it can be told in every zone; datetime itself ends with the years 1 and 9999."""
    if moment.year not in YEARS:
        raise _out_of_reach(text, option)
    return moment


def _out_of_reach(text: str, option: str) -> click.BadParameter:
    return click.BadParameter(
        f"{text!r} lies outside the years {YEARS[0]} to {YEARS[-1]}; no log reaches there. Try 52w", param_hint=option
    )
