"""Options that stress and backtest share."""

from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.options import Command
from miner_agent.cli.support.profit_options import amount, watts

if TYPE_CHECKING:
    from decimal import Decimal


def not_negative(text: str) -> "Decimal":
    """An amount of 0 or more."""
    number = amount(text)
    if number < 0:
        raise click.BadParameter(f"{text[:40]!r} is below zero")
    return number


_OPTIONS = (
    click.option(
        "--switch-cost", type=not_negative, metavar="NUMBER",
        help="Of changing to another coin, once; default: [profit] switch_cost.",
    ),
    click.option(
        "--idle-watts", type=watts, metavar="WATTS",
        help="It may stand idle on days that bring less, and draws so much then; without it, it runs on all days.",
    ),
)  # fmt: skip


def running_options(command: Command) -> Command:
    """What switching costs, and whether the rig may stand idle."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
