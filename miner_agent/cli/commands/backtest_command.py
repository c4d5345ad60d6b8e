"""``miner-agent backtest``: what rules of choice would have brought over a history, and how forecasts held."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.options import FILE, csv_option, drawing_option, json_option
from miner_agent.cli.support.profit_options import DIFFICULTY_SOURCES, ratio, site_options
from miner_agent.cli.support.stress_options import running_options

if TYPE_CHECKING:
    from calculators.horizon.choice import Criterion
    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.backtests import Tried

RULES = ("cvar", "regret", "mean")


@click.command("backtest")
@click.argument("history_file", type=FILE, metavar="HISTORY")
@site_options
@click.option(
    "--choose-by", "rules", type=click.Choice(RULES), multiple=True, help="Only this rule; repeatable. Default: all."
)
@click.option(
    "--lookback-days",
    type=click.IntRange(1, 3650),
    default=7,
    show_default=True,
    help="Days that each choice is made from.",
)
@click.option(
    "--hold-days",
    type=click.IntRange(1, 3650),
    default=7,
    show_default=True,
    help="Days over which a switch has to pay.",
)
@click.option(
    "--hysteresis",
    "hysteresis_ratio",
    type=ratio,
    metavar="RATIO",
    help="By how much of its revenue another coin has to be better; default: [profit] hysteresis_ratio.",
)
@running_options
@click.option(
    "--horizon-days", type=click.IntRange(1, 3650), default=30, show_default=True, help="Days ahead of the forecasts."
)
@click.option(
    "--coverage",
    type=ratio,
    default="80%",
    show_default=True,
    metavar="RATIO",
    help="How many of the forecasts should hold.",
)
@click.option(
    "--difficulty-as",
    type=click.Choice(DIFFICULTY_SOURCES),
    default="node",
    show_default=True,
    help="Whose unit the history's difficulty is in.",
)
@click.option("--explain", is_flag=True, help="Print each switch with its reason; with --json every decision.")
@drawing_option("Draw what each run brought.")
@csv_option("Print CSV: one figure a row, with its unit and its days.")
@json_option
def command(
    history_file: Path,
    *,
    rules: Sequence[str],
    lookback_days: int,
    hold_days: int,
    idle_watts: float | None,
    horizon_days: int,
    coverage: float,
    difficulty_as: str,
    explain: bool,
    svg_file: Path | None,
    as_csv: bool,
    as_json: bool,
    config_path: Path | None,
    said: "Overrides",
) -> None:  # fmt: skip
    """Go day by day through HISTORY, a CSV of prices and difficulties, with this rig as it is now.

    Each rule chooses from the days before alone. Beside them stand hindsight, the best of yesterday, and each coin
    held. The history's own tariff counts where it has one. docs/scenarios.md explains the columns.

    \b
    Example:
      miner-agent backtest history.csv --hardware "6x rtx3080" --kwh-price 0.1626
    """
    from miner_agent.cli.support.history_input import read_history, refusal, tell_left_out
    from miner_agent.cli.support.needed_config import needed
    from miner_agent.cli.support.profit_inputs import question_of_past
    from miner_agent.cli.support.progress_bar import Progress
    from miner_agent.errors import NotPermitted
    from miner_agent.profit.backtest_parts import tried_by_part
    from miner_agent.profit.backtests import Trial

    if not 0 < coverage < 1:
        raise click.BadParameter("no forecast states that all or none hold; write 80%", param_hint="--coverage")
    config = needed(config_path)
    asked, energy = question_of_past(config_path, said)
    history = read_history(history_file, asked, config_path).history
    if energy is None and not history.tariffs:
        if config.unread is not None:
            raise NotPermitted(f"{config.unread}. Or say what a kilowatt-hour costs, with --kwh-price 0.1626")
        raise click.UsageError(
            "what does a kilowatt-hour cost? The history tells no tariff: give --kwh-price 0.1626, or set [tariff] in "
            "the configuration"
        )
    rule = asked.conditions.rule
    trial = Trial(
        rules=[cast("Criterion", name) for name in RULES if not rules or name in rules],
        lookback_days=lookback_days,
        hold_days=hold_days,
        hysteresis_ratio=rule.hysteresis_ratio,
        minimum_dwell=rule.minimum_dwell,
        horizon_days=horizon_days,
        coverage=coverage,
        difficulty_source=difficulty_as,
        energy=energy,
        switch_cost=asked.conditions.switch_cost,
        idle_watts=idle_watts,
    )
    try:
        with Progress("days") as progress:
            found = tried_by_part(asked, history, trial, progress=progress)
    except ValueError as error:
        raise refusal(history_file, str(error)) from None
    if as_json:
        from miner_agent.profit.backtest_document import document

        tell_left_out(found.problems)
        print_json(document(asked, found, explain=explain))
    elif as_csv:
        from miner_agent.profit.backtest_document import CSV_COLUMNS, csv_rows

        tell_left_out(found.problems)
        print_csv(CSV_COLUMNS, csv_rows(found))
    else:
        from miner_agent.cli.support.backtest_tables import show_backtest, show_switches

        show_backtest(asked, found)
        if explain:
            show_switches(found)
    if svg_file is not None:
        from miner_agent.cli.support.output_files import write

        write(svg_file, _svg(asked.rig.name, found))


def _svg(rig: str, found: "Tried") -> str:
    from exporters.svg import Bar, bars

    rows = [Bar(label=run.name, value=float(run.profit)) for run in found.backtest.runs]
    days = len(found.backtest.days)
    title = f"{rig}: what each run brought, {found.first} to {found.last}"
    return bars(title=title, unit=f"{found.history.currency} in {days} days together", rows=rows)
