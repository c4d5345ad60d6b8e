"""``miner-agent hours``: when to run, when to stand still, and what that is worth."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.height_option import height_option
from miner_agent.cli.support.options import FILE, LONGEST_DAYS, csv_option, drawing_option, json_option
from miner_agent.cli.support.place_options import place_options
from miner_agent.cli.support.profit_options import DIFFICULTY_SOURCES, profit_options, watts
from miner_agent.cli.support.stress_options import not_negative

if TYPE_CHECKING:
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.ranking_question import Question


@click.command("hours")
@place_options
@profit_options
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    default=1,
    show_default=True,
    help="How far ahead, as far as prices are known.",
)
@height_option
@click.option("--restart-cost", type=not_negative, metavar="NUMBER", help="Of each start: lost shares, wear.")
@click.option(
    "--minimum-run", type=click.IntRange(0, 7 * 24 * 60), default=0, metavar="MINUTES", help="Once it was started."
)
@click.option(
    "--idle-watts", type=watts, metavar="WATTS", help="At the wall, standing still; without it: what the host draws."
)
@click.option("--history", "history_file", type=FILE, metavar="HISTORY", help="Days that were, in place of the market.")
@click.option(
    "--difficulty-as",
    type=click.Choice(DIFFICULTY_SOURCES),
    default="node",
    show_default=True,
    help="Whose unit the history's difficulty is in.",
)
@click.option("--zone", help="Time zone of the times, such as Europe/Berlin; without it: the tariff's.")
@drawing_option("Draw what each hour, or month, brings.")
@csv_option("Print CSV: one slot of the tariff a row, of the best coin.")
@json_option
def command(
    *,
    days: int,
    heights: Mapping[str, int],
    restart_cost: "Decimal | None",
    minimum_run: int,
    idle_watts: float | None,
    history_file: Path | None,
    difficulty_as: str,
    zone: str | None,
    svg_file: Path | None,
    as_csv: bool,
    as_json: bool,
    config_path: Path | None,
    said: "Overrides",
) -> None:  # fmt: skip
    """Say in which hours each coin earns less than its energy costs, and what standing still then is worth.

    Any tariff will do: hours and seasons, prices of an exchange, blocks of consumption. The plan looks ahead: it runs
    through a short dear time where a start costs more. With --history it goes through days that were, with the prices
    that energy had then (--tariff FILE): the most that standing still could have brought.

    \b
    Example:
      miner-agent hours --hardware "6x rtx3080" --tariff prices.csv --grid-fee 0.12 --restart-cost 0.05
    """
    from datetime import timedelta

    from calculators.money import Money
    from miner_agent.cli.support.hours_forms import ahead, behind
    from miner_agent.cli.support.profit_inputs import question, question_of_past
    from miner_agent.profit.planned_hours import Stops

    def stops(asked: "Question") -> Stops:
        loss = None if restart_cost is None else Money(restart_cost, asked.conditions.currency)
        return Stops(restart_loss=loss, minimum_run=timedelta(minutes=minimum_run), idle_watts=idle_watts)

    if history_file is None:
        _refuse_given("difficulty_as", why="is of a --history")
        asked = question(config_path, said)
        found = ahead(
            asked, stops(asked), days=days, place=_place(config_path, zone, said.tariff_file), heights=heights
        )
    else:
        _refuse_given("days", "heights", "zone", "market_files", why="is of what is to come, --history of what was")
        asked, _ = question_of_past(config_path, said, past_energy=True)
        found = behind(
            asked, stops(asked), history_file=history_file, difficulty_source=difficulty_as, config_path=config_path
        )
    if as_json:
        print_json(found.document())
    elif as_csv:
        from miner_agent.profit.hours_document import CSV_COLUMNS

        print_csv(CSV_COLUMNS, found.rows())
    else:
        found.show()
    if svg_file is not None:
        from miner_agent.cli.support.output_files import write

        write(svg_file, found.drawing())


def _refuse_given(*names: str, why: str) -> None:
    """Raises click.UsageError: an option was given that the answer would not go by."""
    context = click.get_current_context()
    given = [param for param in context.command.params if param.name in names]
    for param in given:
        if context.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{param.opts[0]} {why}; leave one away")


def _place(config_path: Path | None, zone: str | None, tariff_file: Path | None) -> "ZoneInfo":
    from miner_agent.cli.support.needed_config import needed
    from miner_agent.cli.support.tariff_input import zone_meant
    from miner_agent.economy.terms import Terms

    return zone_meant(zone, Terms.of(needed(config_path).loaded), tariff_file)
