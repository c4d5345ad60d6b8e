"""``miner-agent profit``: what each coin would earn on this rig, and at what price to stop."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.options import csv_option, drawing_option, json_option
from miner_agent.cli.support.place_options import carbon_option, place_options
from miner_agent.cli.support.profit_options import profit_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calculators.earnings.estimate import Estimate
    from exporters.csv import Cell
    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.ranking import Ranking

CSV_COLUMNS = (
    *("market_taken_at", "rank", "devices", "coin", "algorithm", "hashes_per_second", "power_watts", "currency"),
    *("revenue_per_day", "energy_cost_per_day", "fixed_cost_per_day", "profit_per_day"),
    *(
        "break_even_price_per_kilowatt_hour",
        "price",
        "break_even_coin_price",
        "hash_price",
        "mean_seconds_to_first_block_alone",
        "grams_per_day",
        "grams_per_coin",
    ),
    *("confidence", "reasons"),
)


@click.command("profit")
@place_options
@carbon_option
@profit_options
@click.option("--explain", is_flag=True, help="Print the whole sum of the best coin, or of each --coin.")
@drawing_option("Draw bars into this file.")
@csv_option()
@json_option
def command(
    svg_file: Path | None, *, explain: bool, as_csv: bool, as_json: bool, config_path: Path | None, said: "Overrides"
) -> None:
    """Rank what this rig can mine by what it leaves in a day.

    Without --hardware the miners and cards of this machine are read once. Without --market and without configured feeds
    the market is the one that comes with the agent: its age is told first. Coins whose data cannot be right are named,
    and the others are ranked. Where all are refused, the answer says why, and the exit code is 69.

    \b
    Example:
      miner-agent profit --hardware "6x rtx3080" --kwh-price 0.1626
    """
    from miner_agent.cli.support.profit_inputs import best_of, question, ranked

    ranking = ranked(question(config_path, said))
    if as_json:
        from miner_agent.profit.carbon import carbon_document
        from miner_agent.profit.document import document
        from miner_agent.profit.hours_document import worth_document

        beside = {"hours": worth_document(ranking), "carbon": carbon_document(ranking)}
        print_json({**document(ranking, explain=explain), **beside})
    elif as_csv:
        print_csv(CSV_COLUMNS, _csv_rows(ranking))
    else:
        from miner_agent.cli.support.hours_tables import show_worth
        from miner_agent.cli.support.profit_tables import show_ranking, show_sum

        show_ranking(ranking)
        show_worth(ranking)
        for found in _explained(ranking, said.only) if explain else ():
            show_sum(found, ranking.now)
    if svg_file is not None:
        from miner_agent.cli.support.output_files import write

        write(svg_file, _svg(ranking))
    best_of(ranking)


def _explained(ranking: "Ranking", only: "Iterable[str]") -> "list[Estimate]":
    """Whose sum is wanted: of the coins that are named, else of the best."""
    named = {found.coin: found for ticker in only if (found := ranking.found(ticker)) is not None}
    best = [found for of in ranking.parts if (found := of.best) is not None]
    return list(named.values()) or [*best, *ranking.refused[: 0 if best else 1]]


def _csv_rows(ranking: "Ranking") -> "list[list[Cell]]":
    from miner_agent.profit.carbon import emitted_by
    from miner_agent.profit.luck import hash_price_of, odds_alone

    newest = ranking.market.newest_told_at
    rows: list[list[Cell]] = []
    whole = [ranking.whole] if ranking.whole is not None and len(ranking.parts) > 1 else []
    for position, found in enumerate((*ranking.ranked, *ranking.refused, *whole), start=1):
        hash_price, emitted = hash_price_of(found), emitted_by(found, ranking)
        energy, coin_price = found.break_even_price_per_kilowatt_hour, found.break_even_coin_price
        rows.append(
            [
                newest,
                position if position <= len(ranking.ranked) else None,
                found.devices,
                "+".join(found.chains),
                found.algorithm,
                None if found in whole else found.operation.hashes_per_second,
                found.operation.power_watts,
                ranking.currency,
                found.revenue_per_day.amount,
                found.energy_cost_per_day.amount,
                found.fixed_cost_per_day.amount,
                found.profit_per_day.amount,
                None if energy is None else energy.amount,
                None if found in whole else found.price.amount,
                None if coin_price is None else coin_price.amount,
                None if hash_price is None else hash_price.amount,
                next((each.mean_seconds_to_first_block for each in odds_alone(found).values()), None),
                None if emitted is None else emitted.grams_per_day,
                None if emitted is None else emitted.grams_per_coin,
                found.confidence.level,
                "; ".join(found.confidence.reasons),
            ]
        )
    return rows


def _svg(ranking: "Ranking") -> str:
    from exporters.svg import Bar, bars
    from miner_agent.profit.labels import label
    from miner_agent.profit.quotes import told_briefly

    shown = ranking.ranked if len(ranking.parts) == 1 else (*ranking.choices, *ranking.ranked)
    rows = [Bar(label=label(found, ranking), value=float(found.profit_per_day)) for found in shown]
    title = f"{told_briefly(ranking.market.ages, ranking.now).capitalize()}: profit of {ranking.rig.name}"
    return bars(title=title, unit=f"{ranking.currency} a day", rows=rows)
