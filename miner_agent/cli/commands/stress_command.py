"""``miner-agent stress``: what would break each coin, how far profit may stray, and which coin to choose then."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.height_option import height_option
from miner_agent.cli.support.options import FILE, csv_option, drawing_option, json_option
from miner_agent.cli.support.place_options import place_options
from miner_agent.cli.support.profit_options import profit_options, ratio, ticker
from miner_agent.cli.support.stress_options import running_options

if TYPE_CHECKING:
    from calculators.earnings.stress import StressRow
    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.ranking import Ranking
    from miner_agent.profit.shocks import Grid
    from miner_agent.profit.spread import Spread


@click.command("stress")
@place_options
@profit_options
@click.option(
    "--paths",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Joint paths of price, difficulty and energy price; 0: the presets alone.",
)
@click.option("--horizon-days", type=click.IntRange(min=1), default=30, show_default=True, metavar="DAYS")
@click.option("--history", "history_file", type=FILE, metavar="FILE", help="Draw paths from these days, as CSV.")
@click.option("--trend", is_flag=True, help="Let the history's trend go on, not its spread alone.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same gives the same paths.")
@click.option(
    "--choose-by",
    type=click.Choice(["cvar", "regret", "mean"]),
    help="What the choice of a coin goes by; default: [profit] choose_by, else mean.",
)
@click.option(
    "--mining", type=ticker, metavar="TICKER", help="The coin that is mined now: --switch-cost is of any other."
)
@running_options
@click.option(
    "--pool-share", type=ratio, metavar="RATIO", help="The pool's part of the network's blocks, for its luck."
)
@height_option
@click.option("--explain", is_flag=True, help="Print the presets, and the whole sum of the choice or of each --coin.")
@drawing_option("Draw each coin's spread, as bars with whiskers.")
@drawing_option("Draw the presets on the choice, or the first --coin.", "tornado")
@csv_option("Print CSV: one figure a row, with its unit and its days.")
@json_option
def command(
    *,
    paths: int,
    horizon_days: int,
    history_file: Path | None,
    trend: bool,
    seed: int,
    mining: str | None,
    idle_watts: float | None,
    pool_share: float | None,
    heights: Mapping[str, int],
    explain: bool,
    svg_file: Path | None,
    tornado_file: Path | None,
    as_csv: bool,
    as_json: bool,
    config_path: Path | None,
    said: "Overrides",
) -> None:  # fmt: skip
    """Say what would break each coin, and how far its profit may stray.

    First the presets, as profit PER DAY: dearer energy, cheaper coins, more difficulty, the halving, bad luck, all at
    once. Then many joint paths, as profit over ALL --horizon-days together, and the choice from it.
    Without --history the paths are from a model, and it says so.

    \b
    Example:
      miner-agent stress --hardware "6x rtx3080" --kwh-price 0.1626
    """
    from miner_agent.cli.support.profit_inputs import best_of, check_tickers, question, ranked
    from miner_agent.profit.shocks import grid

    if said.switch_cost is not None and mining is None:
        raise click.UsageError("--switch-cost is of changing to another coin; say with --mining which one it is now")
    if not paths and (history_file is not None or svg_file is not None):
        raise click.UsageError("--history and --svg are of paths; leave --paths 0 away, or draw --tornado")
    asked = question(config_path, said)
    ranking = ranked(asked)
    best_of(ranking)
    check_tickers(heights, {*asked.coins, *(quote.coin for quote in asked.market.quotes)}, option="--height")
    presets = grid(ranking, coins=asked.coins, heights=heights, pool_share=pool_share)
    found = None
    if paths:
        from miner_agent.cli.support.stress_paths import Wanted, paths_of

        found = paths_of(
            asked,
            ranking,
            Wanted(
                days=horizon_days, paths=paths, seed=seed, history_file=history_file, trend=trend, mining=mining,
                idle_watts=idle_watts,
            ),
            config_path=config_path,
            heights=heights,
        )  # fmt: skip
    _print(ranking, presets, found, said.only, explain=explain, as_csv=as_csv, as_json=as_json)
    if svg_file is not None or tornado_file is not None:
        from miner_agent.cli.support.output_files import write
        from miner_agent.cli.support.stress_drawings import spread_bars, tornado

        if svg_file is not None and found is not None:
            write(svg_file, spread_bars(ranking, found))
        if tornado_file is not None:
            write(tornado_file, tornado(ranking, _rows(presets, found, said.only)[0]))


def _print(
    ranking: "Ranking",
    presets: "Grid",
    found: "Spread | None",
    only: Sequence[str],
    *,
    explain: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    if as_json:
        from miner_agent.profit.stress_document import document

        print_json(document(ranking, presets, found, explain=explain))
        return
    if as_csv:
        from miner_agent.profit.stress_document import CSV_COLUMNS, csv_rows

        print_csv(CSV_COLUMNS, csv_rows(ranking, presets, found))
        return
    from miner_agent.cli.support.profit_tables import show_sum
    from miner_agent.cli.support.stress_tables import show_presets, show_stress

    show_stress(ranking, presets, found)
    if explain:
        show_presets(presets)
        for row in _rows(presets, found, only):
            show_sum(row.estimate, ranking.now)


def _rows(presets: "Grid", found: "Spread | None", only: Sequence[str]) -> "list[StressRow]":
    """The coins that are looked at closely: those that are named, else the choice, else the best of today."""
    chosen = set() if found is None else {part.decision.after for part in found.parts}
    wanted: set[str | None] = set(only) or chosen
    return [row for row in presets.rows if wanted.intersection(row.estimate.chains)] or list(presets.rows[:1])
