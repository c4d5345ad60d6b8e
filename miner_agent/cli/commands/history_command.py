"""``miner-agent history``: days of coins from several sources as one file, and an invented one to try things with."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_csv
from miner_agent.cli.support.options import FILE, config_option
from miner_agent.cli.support.profit_options import currency

if TYPE_CHECKING:
    from miner_agent.economy.history_import import Part

KEPT_DAYS = 400
"""The log keeps markets for so long."""


@click.group("history")
def command() -> None:
    """Bring days of coins together, as `outlook`, `stress`, `backtest` and `hours` take them.

    \b
    Example:
      miner-agent history sample > history.csv
    """


@command.command("import")
@click.argument("files", type=FILE, nargs=-1, metavar="FILE...")
@config_option
@click.option("--log", "with_log", is_flag=True, help="The agent's own log too, after the files.")
@click.option("--currency", "code", type=currency, default="USD", show_default=True, metavar="CODE")
@click.option("--catalog", "catalog_file", type=FILE, metavar="FILE", help="TOML with coins of your own.")
def import_(
    files: tuple[Path, ...],
    config_path: Path | None,
    *,
    with_log: bool,
    code: str,
    catalog_file: Path | None,
) -> None:
    """Make one history of files of several sources, as CSV. Of a coin and day the first file that tells it counts.

    A FILE is a CSV of Coin Metrics' community data, named as its coin (btc.csv); a saved answer of WhatToMine,
    minerstat or another feed, a day each; or a history, such as `log market` prints. Difficulties are brought to one
    unit. A source that does not fit the one before it is left out, and said.

    \b
    Example:
      miner-agent history import btc.csv etc.csv > history.csv
    """
    from calculators.told_figures import counted
    from miner_agent.cli.support.file_kinds import TakenFile, refuse_another_kind
    from miner_agent.cli.support.fitted_lines import tell
    from miner_agent.cli.support.history_input import tell_left_out
    from miner_agent.cli.support.history_output import HISTORY_COLUMNS, history_rows
    from miner_agent.cli.support.market_inputs import catalog_file_of
    from miner_agent.cli.support.needed_config import needed
    from miner_agent.economy.history_import import joined_history, part_of_file
    from miner_agent.economy.settings import Settings
    from miner_agent.errors import SourceError

    if not files and not with_log:
        raise click.UsageError("name files to make a history of, or --log")
    config = needed(config_path)
    coins = Settings.of(config.loaded, catalog_file=catalog_file_of(catalog_file, config.loaded)).coins
    for path in files:
        refuse_another_kind(path, TakenFile.DAYS)
    parts = [part_of_file(path, coins=coins, currency=code) for path in files]
    if with_log:
        parts.append(_part_of_log(config_path, code))
    try:
        found = joined_history(parts, currency=code)
    except ValueError as error:
        raise SourceError(str(error)) from None
    tell_left_out(found.problems)
    for coin, counts in found.days_by_source.items():
        days = found.history.of(coin)
        told = ", ".join(f"{count} of {name}" for name, count in counts.items())
        tell(
            f"{coin}: {counted(len(days), 'day')}, {days[0].day} to {days[-1].day}: {told}",
            err=True,
        )
    rows = sorted((row for coin in found.history.coins for row in found.history.of(coin)), key=lambda row: row.day)
    print_csv(HISTORY_COLUMNS, history_rows(rows))


@command.command("sample")
def sample() -> None:
    """Print an INVENTED history of three coins over three years, to try `outlook`, `stress` and `backtest` with.

    \b
    Example:
      miner-agent history sample > history.csv
    """
    from miner_agent.tables.sample_history import sample_history

    click.echo(sample_history(), nl=False)


def _part_of_log(config_path: Path | None, code: str) -> "Part":
    from datetime import UTC, datetime, timedelta

    from miner_agent.cli.support.log_file import opened
    from miner_agent.cli.support.needed_config import needed
    from miner_agent.economy.history_import import Part

    now = datetime.now(UTC)
    with opened(needed(config_path)) as log:
        days = log.market(now - timedelta(days=KEPT_DAYS), now).days
    others = {row.price.currency for row in days} - {code}
    if others:
        raise click.UsageError(f"the log's money is in {', '.join(sorted(others))}, not {code}; give --currency")
    return Part(name="the log", days=tuple(sorted(days, key=lambda row: (row.day, row.coin))))
