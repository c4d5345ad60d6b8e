"""``miner-agent split``: how to split a rig over coins so that its profit strays least."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.height_option import height_option
from miner_agent.cli.support.options import FILE, csv_option, drawing_option, json_option
from miner_agent.cli.support.profit_options import amount, profit_options

if TYPE_CHECKING:
    from decimal import Decimal

    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.ranking import Ranking
    from miner_agent.profit.splitting import Aim, Splitting


@click.command("split")
@profit_options
@click.option(
    "--floor", type=amount, metavar="NUMBER", help="Least expected profit a day; default: a tenth under the best."
)
@click.option(
    "--aim",
    type=click.Choice(("variance", "cvar")),
    default="variance",
    show_default=True,
    help="Stray least, or bring most in the mean of the worst twentieth of the paths.",
)
@click.option("--horizon-days", type=click.IntRange(1, 365), default=30, show_default=True, metavar="DAYS")
@click.option("--history", "history_file", type=FILE, metavar="FILE", help="Draw paths from these days, as CSV.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same gives the same paths.")
@height_option
@drawing_option("Draw each coin's share.")
@csv_option("Print CSV: a coin a row.")
@json_option
def command(
    *,
    floor: "Decimal | None",
    aim: "Aim",
    horizon_days: int,
    history_file: Path | None,
    seed: int,
    heights: Mapping[str, int],
    svg_file: Path | None,
    as_csv: bool,
    as_json: bool,
    config_path: Path | None,
    said: "Overrides",
) -> None:
    """Say how to split devices of one kind over coins: least variance or best tail, with --floor to be expected.

    Coins rise and fall together, so a split takes off what is a coin's own and leaves what is the market's. Without
    --history paths are from a model.

    \b
    Example:
      miner-agent split --hardware "6x rtx3080" --kwh-price 0.05 --floor 5
    """
    from calculators.horizon.split import MOST_COINS
    from calculators.money import Money
    from miner_agent.cli.support.history_input import read_history
    from miner_agent.cli.support.profit_inputs import best_of, check_tickers, question, ranked
    from miner_agent.errors import SourceError
    from miner_agent.profit.rewards_ahead import rewards_ahead
    from miner_agent.profit.splitting import splitting
    from miner_agent.text import clean_text

    asked = question(config_path, said)
    ranking = ranked(asked)
    best_of(ranking)
    check_tickers(heights, {*asked.coins, *(quote.coin for quote in asked.market.quotes)}, option="--height")
    chains = [chain for part in ranking.parts for found in part.ranked[:MOST_COINS] for chain in found.chains]
    history = None if history_file is None else read_history(history_file, asked, config_path).history
    try:
        found = splitting(
            ranking,
            history=history,
            history_name="" if history_file is None else clean_text(history_file.name),
            horizon_days=horizon_days,
            seed=seed,
            aim=aim,
            floor_per_day=None if floor is None else Money(floor, ranking.currency),
            ahead=rewards_ahead(
                chains, coins=asked.coins, quotes=asked.market.quotes, now=asked.now, days=horizon_days, said=heights
            ),
        )
    except ValueError as error:
        raise SourceError(str(error)) from None
    if as_json:
        from miner_agent.profit.splitting_document import document

        print_json(document(found, ranking))
    elif as_csv:
        from miner_agent.profit.splitting_document import CSV_COLUMNS, csv_rows

        print_csv(CSV_COLUMNS, csv_rows(found))
    else:
        from miner_agent.cli.support.split_tables import show_split

        show_split(found, ranking)
    if svg_file is not None:
        from miner_agent.cli.support.output_files import write

        write(svg_file, _svg(found, ranking))


def _svg(found: "Splitting", ranking: "Ranking") -> str:
    from exporters.svg import Bar, bars
    from miner_agent.profit.quotes import told_briefly

    rows = [
        Bar(
            label="+".join(one.estimate.chains) + (f", {part.name}" if len(found.of_parts) > 1 else ""),
            value=100 * one.share,
        )
        for part in found.of_parts
        for one in part.parts
    ]
    title = f"{ranking.rig.name}, split ({told_briefly(ranking.market.ages, ranking.now)})"
    return bars(title=title, unit="% of the work", rows=rows)
