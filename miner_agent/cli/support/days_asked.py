"""``--from`` and ``--to``: the days that somebody asks the books about, both included."""

from datetime import date, datetime

import click

from miner_agent.cli.support.options import Command

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def days_options(command: Command) -> Command:
    """``first`` and ``last``, as ``days_asked`` takes them."""
    first = click.option(
        "--from", "first", type=_DAY, metavar="DAY", help="Such as 2026-10-01; without it: the first one."
    )
    last = click.option("--to", "last", type=_DAY, metavar="DAY", help="Included; without it: the last one.")
    return first(last(command))


def days_asked(first: datetime | None, last: datetime | None) -> tuple[date, date]:
    """From which day to which, as far as any book goes where that is not said.

    Raises:
        click.BadParameter: the last one lies before the first.
    """
    days = (first.date() if first else date.min, last.date() if last else date.max)
    if days[0] > days[1]:
        raise click.BadParameter(f"{days[1]} lies before {days[0]}, where it begins", param_hint="--to")
    return days
