"""``miner-agent what-if``: what a profit becomes when its inputs are others."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.options import csv_option, drawing_option, json_option
from miner_agent.cli.support.place_options import place_options
from miner_agent.cli.support.profit_options import fee, profit_options

if TYPE_CHECKING:
    from calculators.earnings.estimate import Estimate
    from miner_agent.cli.support.what_if_answers import WhatIfAnswer
    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.ranking import Ranking
    from miner_agent.profit.ranking_question import Question

MOST_CELLS = 10_000


@click.command("what-if")
@place_options
@profit_options
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Another value of one input; repeatable.")
@click.option("--sweep", "sweeps", multiple=True, metavar="KEY=FROM:TO:STEP", help="Many values; twice: a map.")
@click.option("--swing", type=fee, default="0.1", show_default=True, help="How far inputs go up and down.")
@drawing_option("Draw it into this file.")
@csv_option()
@json_option
def command(
    settings: Sequence[str],
    sweeps: Sequence[str],
    swing: float,
    svg_file: Path | None,
    *,
    as_csv: bool,
    as_json: bool,
    config_path: Path | None,
    said: "Overrides",
) -> None:
    """Say what one coin earns when inputs are others: the best one, or --coin.

    Without --sweep it says how much each input weighs. Keys: kwh_price, kwh_price_ratio, coin_price, coin_price_ratio,
    difficulty, difficulty_ratio, block_reward_ratio, hashrate, power, pool_fee, dev_fee, stale, uptime, exchange_fee,
    host_watts, fixed_per_day. A ratio is by today's: block_reward_ratio=0.5 is a halving. Every key takes a change of
    today's, with its sign: kwh_price=+20%, --sweep difficulty=-30%:+30%:10%. Of coins that are mined together
    coin_price and difficulty are of the first, their ratios and changes of all, as in stress.

    \b
    Example:
      miner-agent what-if --hardware "6x rtx3080" --kwh-price 0.1626 --sweep kwh_price=0.05:0.30:0.05
    """
    from miner_agent.cli.support.profit_inputs import question
    from miner_agent.cli.support.what_if_answers import Map, Row, Weights
    from miner_agent.profit.what_if import inputs
    from miner_agent.profit.what_if_words import Range, parse_range, parse_settings, settled

    if len(sweeps) > 2:
        raise click.UsageError("two inputs can be swept at once, not more; fix the others with --set")
    try:
        swept = [parse_range(text) for text in sweeps]
        given = parse_settings(settings)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if len(swept) == 2 and (swept[0].key == swept[1].key or len(swept[0].told) * len(swept[1].told) > MOST_CELLS):
        raise click.UsageError(f"two sweeps are of two inputs, and of {MOST_CELLS} values together at most")
    asked, today, ranking = _base(question(config_path, said), said.only)
    try:
        wanted = settled(given, asked, today)
        along = [Range.of(each, asked, today) for each in swept]
        answer: WhatIfAnswer
        if len(along) == 2:
            answer = Map.of(asked, today, wanted, across=along[0], up=along[1])
        elif along:
            answer = Row.of(asked, today, along[0], wanted)
        else:
            answer = Weights.of(asked, today, wanted, share=swing)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        from miner_agent.profit.what_if_document import what_if_head

        print_json({**what_if_head(ranking, wanted), **answer.document(), "notes": list(ranking.notes)})
    elif as_csv:
        print_csv(*answer.table())
    else:
        from calculators.told_figures import significant
        from miner_agent.cli.support.first_lines import show_first_lines
        from miner_agent.cli.support.plain_lines import plain_console, print_line
        from miner_agent.profit.what_if_document import unit_of

        out = plain_console()
        show_first_lines(out, ranking, trusted=[today])
        if wanted:
            told = (
                f"{key} = {significant(value, count=8)} {unit_of(inputs()[key], today)}".removesuffix(" 1")
                for key, value in wanted.items()
            )
            print_line(out, f"Set: {', '.join(told)}")
        answer.show()
    if svg_file is not None:
        from miner_agent.cli.support.output_files import write
        from miner_agent.profit.quotes import told_briefly

        write(svg_file, answer.svg(told_briefly(asked.market.ages, asked.now)))


def _base(asked: "Question", only: Sequence[str]) -> "tuple[Question, Estimate, Ranking]":
    """The question about one coin, its answer today, and the ranking that this is from."""
    from miner_agent.cli.support.profit_inputs import best_of, ranked
    from miner_agent.profit.what_if import narrowed

    if len(only) > 1:
        raise click.UsageError("what-if looks at one coin; name one --coin")
    ranking = ranked(asked)
    found = best_of(ranking)
    return narrowed(asked, found), found, ranking
