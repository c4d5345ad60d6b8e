"""Reads the history that a command is given."""

from collections.abc import Iterable
from pathlib import Path

import click

from calculators.horizon.history import HistoryReading, parse_history
from miner_agent.cli.support.file_kinds import TakenFile, refuse_another_kind
from miner_agent.errors import BadPayload
from miner_agent.market.feeding import read_saved
from miner_agent.text import clean_text

MOST_SHOWN = 10


def read_history(path: Path, *, currency: str) -> HistoryReading:
    """Days of coins from a file. Rows that are no good are said on the way.

    Raises:
        SourceError: it cannot be read, is something else, or no row of it is good.
    """
    refuse_another_kind(path, TakenFile.HISTORY)
    raw = read_saved(path).raw
    try:
        text = raw.decode("utf-8")
        reading = parse_history(text, currency=currency)
    except UnicodeDecodeError as error:
        raise refusal(path, f"byte {error.start} is no UTF-8; save it as CSV in UTF-8") from None
    except ValueError as error:
        raise refusal(path, str(error)) from None
    if "currency" not in text.partition("\n")[0].lower():
        click.echo(
            f"note: {clean_text(path.name)}: its money is taken for {currency}; a column currency would say so",
            err=True,
        )
    tell(f"{clean_text(path.name)}: {problem}" for problem in reading.problems)
    return reading


def refusal(path: Path, sentence: str) -> BadPayload:
    """Why a history cannot be used."""
    error = BadPayload("", "", "")
    error.args = (f"{clean_text(path.name) or 'history'}: {sentence}",)
    return error


def tell(problems: Iterable[str]) -> None:
    """Say what is left out, and of many how many."""
    told = list(problems)
    for problem in told[:MOST_SHOWN]:
        click.echo(f"left out: {problem}", err=True)
    if len(told) > MOST_SHOWN:
        click.echo(f"left out: {len(told) - MOST_SHOWN} more like these", err=True)
