"""Options of what a place adds to the price of energy: charges, heat that saves other heating, own power, its grid."""

import re
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.options import Command
from miner_agent.cli.support.profit_options import amount, cost, ratio, watts

if TYPE_CHECKING:
    from miner_agent.economy.overrides import Overrides
    from miner_agent.economy.terms import SiteTerms

MOST_GRAMS = 5000  # a kilowatt-hour of the worst brown coal carries 1,300
_HOURS = re.compile(r"\s*(\d{1,2})-(\d{1,2})\s*=(.+)", re.ASCII)


def efficiency(text: str) -> float:
    """Heat for a unit of what a heater takes: 0.9, a heat pump's 3.5."""
    number = float(amount(text))
    if not 0.1 <= number <= 10:
        raise click.BadParameter(f"{text[:40]!r} is no efficiency; write 0.9 for a boiler, 3.5 for a heat pump")
    return number


def grams(text: str) -> float:
    """Carbon dioxide of a kilowatt-hour."""
    number = float(amount(text))
    if not 0 <= number <= MOST_GRAMS:
        raise click.BadParameter(f"{text[:40]!r} is no figure in grams a kilowatt-hour, such as 380")
    return number


def surplus(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> tuple[float, ...] | None:
    """Hours of a day and the power in them, ``9-17=1200``, as the power of each of its hours."""
    from calculators.units import HOURS_PER_DAY

    if not given:
        return None
    by_hour = [0.0] * HOURS_PER_DAY
    for text in given:
        found = _HOURS.fullmatch(text)
        if found is None or not int(found[1]) < int(found[2]) <= HOURS_PER_DAY:
            raise click.BadParameter(f"{text[:40]!r} is no time of a day with its power; write 9-17=1200")
        power = watts(found[3])
        for hour in range(int(found[1]), int(found[2])):
            by_hour[hour] = power
    return tuple(by_hour)


def refuse_halves(said: "Overrides", usual: "SiteTerms") -> None:
    """Refuse an option that changes nothing without another one, which neither the command line nor [site] tells.

    Raises:
        click.UsageError: the sentence names the missing half.
    """
    priced = said.heat_price is not None or bool(usual.heat_price.amount)
    used = said.heat_useful_ratio is not None or bool(usual.heat_useful_ratio)
    for option, given, told, half in (
        ("--heat-price", said.heat_price, used, "--heat-ratio 50% says what of the heat is used"),
        ("--heat-ratio", said.heat_useful_ratio, priced, "--heat-price says what a kilowatt-hour of heat saves"),
        ("--heater-efficiency", said.heater_efficiency, priced and used, "it is of --heat-price and --heat-ratio"),
        (
            "--export-price",
            said.export_price,
            said.surplus_watts is not None or any(usual.surplus_watts),
            "--surplus 9-17=1200 says when there is own power",
        ),
    ):
        if given is not None and not told:
            raise click.UsageError(f"{option} alone changes nothing: {half}, or [site] of the configuration")


_OPTIONS = (
    click.option(
        "--standing-charge", "standing_charge_per_month", type=cost, metavar="NUMBER", help="Owed for a month."
    ),
    click.option(
        "--demand-charge", type=cost, metavar="NUMBER", help="Owed for a month for each kilowatt of its peak."
    ),
    click.option("--heat-price", type=cost, metavar="NUMBER", help="Of a kilowatt-hour of what the heat saves."),
    click.option("--heat-ratio", "heat_useful_ratio", type=ratio, metavar="RATIO", help="What of the heat is used."),
    click.option(
        "--heater-efficiency", type=efficiency, metavar="NUMBER", help="Of the heater it saves: 0.9, a heat pump's 3.5."
    ),
    click.option(
        "--surplus",
        "surplus_watts",
        multiple=True,
        callback=surplus,
        metavar="HOURS=WATTS",
        help="Own power beyond the house, such as 9-17=1200; repeatable.",
    ),
    click.option("--export-price", type=amount, metavar="NUMBER", help="Of a kilowatt-hour of it fed in."),
)

carbon_option = click.option(
    "--grid-co2", "grid_grams_per_kilowatt_hour", type=grams, metavar="GRAMS", help="Of a kilowatt-hour from the grid."
)


def place_options(command: Command) -> Command:
    """What a place adds. They reach the command in what ``profit_options`` gives it, which stands below them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
