"""Spans and moments of options: from when to when somebody asks about the past."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import ParamSpec, TypeVar

import click

Given = ParamSpec("Given")
Told = TypeVar("Told")


def span(since: str, until: str | None, zone: str) -> tuple[datetime, datetime, tzinfo]:
    """From when to when, and the zone in which days begin.

    Raises:
        click.BadParameter: that is no time, or none that a log reaches.
    """
    from calculators.asked_span import beginning_of, moment_of
    from calculators.local_time import zone_named

    place: tzinfo = UTC if zone == "UTC" else _of("--zone", zone_named, zone)
    end = datetime.now(UTC) if until is None else _of("--until", moment_of, until, place)
    return _of("--since", beginning_of, since, end, place), end, place


def length(text: str, option: str) -> timedelta:
    """How long ``90m``, ``24h``, ``30d`` or ``52w`` is.

    Raises:
        click.BadParameter: it is none of them.
    """
    from calculators.asked_span import length_of

    return _of(option, length_of, text)


def step_length(text: str, end: datetime) -> timedelta:
    """How long each step of a course is that ends then.

    Raises:
        click.BadParameter: it is no span, or leads further than a log reaches.
    """
    from calculators.asked_span import step_of

    return _of("--step", step_of, text, end)


def _of(option: str, read: Callable[Given, Told], *given: Given.args, **named: Given.kwargs) -> Told:
    try:
        return read(*given, **named)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None
