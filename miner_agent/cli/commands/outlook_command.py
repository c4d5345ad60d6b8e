"""``miner-agent outlook``: what one coin may bring over the days ahead, and how often such forecasts held."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.height_option import height_option
from miner_agent.cli.support.options import FILE, csv_option, drawing_option, json_option
from miner_agent.cli.support.place_options import place_options
from miner_agent.cli.support.profit_options import profit_options, ratio, ticker

if TYPE_CHECKING:
    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.prospect import Prospect
    from miner_agent.profit.ranking import Ranking
    from miner_agent.profit.ranking_question import Question

PATHS = 4000


@click.command("outlook")
@click.argument("coin", type=ticker, metavar="COIN")
@place_options
@profit_options
@click.option("--history", "history_file", type=FILE, metavar="FILE", help="Days that were, as CSV.")
@click.option("--horizon-days", type=click.IntRange(1, 730), default=30, show_default=True, metavar="DAYS")
@click.option(
    "--coverage", type=ratio, default="90%", show_default=True, metavar="RATIO", help="How often it should hold."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the model's paths.")
@height_option
@drawing_option("Draw revenue and profit, with what they may be.")
@csv_option("Print CSV: one figure a row, with its unit and its days.")
@json_option
def command(
    coin: str,
    *,
    history_file: Path | None,
    horizon_days: int,
    coverage: float,
    seed: int,
    heights: Mapping[str, int],
    svg_file: Path | None,
    as_csv: bool,
    as_json: bool,
    config_path: Path | None,
    said: "Overrides",
) -> None:
    """Say between what the mean of the days ahead should lie, how often such forecasts held, and how likely a loss is.

    An interval is made of what the days of --history did, and measured on days held out: each of them was forecast
    from the days before it alone. Without --history it is from a model, which nobody has measured.

    \b
    Example:
      miner-agent outlook ETC --hardware "6x rtx3080" --kwh-price 0.1626 --history history.csv
    """
    from dataclasses import replace

    from miner_agent.cli.support.profit_inputs import best_of, check_tickers, question, ranked

    if said.only:
        raise click.UsageError(f"outlook is of one coin, {coin}; leave --coin away")
    if not 0 < coverage < 1:
        raise click.BadParameter("no forecast states that all or none hold; write 90%", param_hint="--coverage")
    asked = question(config_path, replace(said, only=(coin,)), coins_of="COIN")
    ranking = ranked(asked)
    best_of(ranking)
    check_tickers(heights, {*asked.coins, *(quote.coin for quote in asked.market.quotes)}, option="--height")
    found = _prospect(
        asked, ranking, history_file, config_path, horizon_days=horizon_days, coverage=coverage, seed=seed,
        heights=heights,
    )  # fmt: skip
    if as_json:
        from miner_agent.profit.prospect_document import document

        print_json(document(found, ranking))
    elif as_csv:
        from miner_agent.profit.prospect_document import CSV_COLUMNS, csv_rows

        print_csv(CSV_COLUMNS, csv_rows(found))
    else:
        from miner_agent.cli.support.prospect_tables import show_prospect

        show_prospect(found, ranking)
    if svg_file is not None:
        from miner_agent.cli.support.output_files import write

        write(svg_file, _svg(found, ranking))


def _prospect(
    asked: "Question",
    ranking: "Ranking",
    history_file: Path | None,
    config_path: Path | None,
    *,
    horizon_days: int,
    coverage: float,
    seed: int,
    heights: Mapping[str, int],
) -> "Prospect":
    from miner_agent.errors import SourceError
    from miner_agent.profit.prospect import prospect_by_history, prospect_by_model
    from miner_agent.profit.rewards_ahead import rewards_ahead

    found = ranking.choices[0]
    ahead = rewards_ahead(
        found.chains, coins=asked.coins, quotes=asked.market.quotes, now=asked.now, days=horizon_days, said=heights
    )
    try:
        if history_file is None:
            return prospect_by_model(
                found, horizon_days=horizon_days, paths=PATHS, seed=seed, stated=coverage, ahead=ahead
            )
    except ValueError as error:
        raise SourceError(str(error)) from None
    from miner_agent.cli.support.history_input import read_history, refusal
    from miner_agent.text import clean_text

    history = read_history(history_file, asked, config_path).history
    try:
        return prospect_by_history(
            found,
            history,
            name=clean_text(history_file.name),
            horizon_days=horizon_days,
            stated=coverage,
            ahead=ahead,
            today=ranking.now.date(),
        )
    except ValueError as error:
        raise refusal(history_file, str(error)) from None


def _svg(found: "Prospect", ranking: "Ranking") -> str:
    from calculators.told_figures import percent_told
    from exporters.svg import Bar, bars
    from miner_agent.profit.quotes import told_briefly

    one = found.revenue.interval
    rows = [
        Bar(
            label=label,
            value=float(amount_of(one.median_ratio)),
            low=float(amount_of(one.low_ratio)),
            high=float(amount_of(one.high_ratio)),
        )
        for label, amount_of in (("revenue", found.revenue_per_day), ("profit", found.profit_per_day))
    ]
    title = (
        f"{'+'.join(found.estimate.chains)}: mean of {found.horizon_days} d, {percent_told(one.coverage)} interval "
        f"({told_briefly(ranking.market.ages, ranking.now)})"
    )
    return bars(title=title, unit=f"{ranking.currency} a day", rows=rows)
