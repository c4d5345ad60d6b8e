"""``miner-agent coins``: the table of coins."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import FILE, config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calculators.chain.coin import Coin


@click.command("coins")
@click.argument("search", required=False)
@config_option
@click.option("--catalog", "catalog_file", type=FILE, metavar="FILE", help="Your own tables.")
@json_option
def command(search: str | None, config_path: Path | None, catalog_file: Path | None, *, as_json: bool) -> None:
    """List the coins that are known: what they are mined with, how they pay, where that is from.

    SEARCH is a part of a ticker, a name or an algorithm, or another word for one. docs/coins-and-hardware.md tells how
    to add a coin.

    \b
    Example:
      miner-agent coins kawpow
    """
    from calculators.nearest_words import nearest
    from miner_agent.cli.support.market_inputs import catalog_file_of
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.tables.coin_table import load_coins, tickers_by_name
    from miner_agent.tables.spellings import load_algorithms

    file = catalog_file_of(catalog_file, configuration(config_path))
    known = load_coins(file)
    wanted = "" if search is None else search.strip().lower()
    found = [coin for coin in known.values() if any(wanted in text for text in _names(coin))]
    if not found:
        mined = load_algorithms(file).known(wanted)
        found = [coin for coin in known.values() if coin.algorithm == mined]
    if as_json:
        print_json(found)
        return
    _show(found)
    near = None if found else nearest(wanted, known, everyday=tickers_by_name(known))
    tell(f"{len(found)} of {len(known)} coins{f'; did you mean {near}?' if near else ''}", err=True)


def _names(coin: "Coin") -> tuple[str, ...]:
    return coin.ticker.lower(), coin.name.lower(), coin.algorithm


def _show(coins: "Sequence[Coin]") -> None:
    from rich.table import Table
    from rich.text import Text

    from calculators.told_figures import significant
    from miner_agent.cli.support.fitted_tables import print_table
    from miner_agent.cli.support.plain_lines import ABSENT, number, plain_console
    from miner_agent.profit.rewards_ahead import paid_now

    now = datetime.now(UTC)
    table = Table(
        "coin", "name", "algorithm", "block every", "reward", "pays the miner", "with", box=None, pad_edge=False
    )
    for coin in coins:
        paid = paid_now(coin, now)
        cells = (
            *(coin.ticker, coin.name, coin.algorithm, number(coin.block_time_seconds, " s", digits=1)),
            *(
                _rule(coin) or ABSENT,
                ABSENT if paid is None else significant(paid, grouped=False),
                coin.merged_with or ABSENT,
            ),
        )
        table.add_row(*(Text(cell) for cell in cells))
    if coins:
        print_table(plain_console(), table)


def _rule(coin: "Coin") -> str | None:
    """The kind of the rule with its figures; what it lists by height is in ``--json``."""
    from calculators.told_figures import significant

    if coin.reward_rule is None:
        return None
    figures = [
        f"{name} {significant(value, grouped=False)}"
        for name, value in coin.reward_parameters.items()
        if "_from_" not in name
    ]
    return f"{coin.reward_rule} ({', '.join(figures)})" if figures else coin.reward_rule
