"""Reads the history that a command is given."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from calculators.exchange import Rates
from calculators.horizon.history import HistoryReading, currencies_of, parse_history
from calculators.money import CURRENCY
from miner_agent.cli.support.file_kinds import TakenFile, refuse_another_kind
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.market_inputs import Sources
from miner_agent.cli.support.needed_config import needed
from miner_agent.errors import BadPayload
from miner_agent.market.feeding import read_saved
from miner_agent.profit.ranking_question import Question
from miner_agent.text import clean_text

MOST_SHOWN = 10


def read_history(path: Path, asked: Question, config_path: Path | None) -> HistoryReading:
    """Days of coins from a file, in the currency of the answer. Rows that are no good are said on the way.

    What a row tells in another currency is converted at the rate of its day, of ``--rates``, a configured feed or the
    one day that is built in.

    Raises:
        SourceError: it cannot be read, is something else, or no row of it is good.
    """
    refuse_another_kind(path, TakenFile.HISTORY)
    raw, currency = read_saved(path).raw, asked.conditions.currency
    try:
        text = raw.decode("utf-8")
        others = {told for told in currencies_of(text) if CURRENCY.fullmatch(told)} - {currency}
        reading = parse_history(text, currency=currency, rates=dated_rates(asked, config_path, others))
    except UnicodeDecodeError as error:
        raise refusal(path, f"byte {error.start} is no UTF-8; save it as CSV in UTF-8") from None
    except ValueError as error:
        raise refusal(path, str(error)) from None
    if "currency" not in text.partition("\n")[0].lower():
        tell(
            f"note: {clean_text(path.name)}: its money is taken for {currency}; a column currency would say so",
            err=True,
        )
    if others:
        tell(
            f"note: {clean_text(path.name)}: money in {', '.join(sorted(others))} is told in {currency}, each day at "
            "its own rate",
            err=True,
        )
    tell_left_out(f"{clean_text(path.name)}: {problem}" for problem in reading.problems)
    worth = asked.conditions.prices.heat_worth
    return reading if worth is None else replace(reading, history=reading.history.with_heat_used(worth))


def dated_rates(asked: Question, config_path: Path | None, others: Collection[str]) -> Rates:
    """What leads from these currencies to that of the answer, of whatever days."""
    if not others:
        return asked.market.exchange
    sources = Sources(needed(config_path).loaded, asked.coins, asked.now)
    return sources.rated(asked.market, asked.conditions.currency, others).exchange


def refusal(path: Path, sentence: str) -> BadPayload:
    """Why a history cannot be used."""
    error = BadPayload("", "", "")
    error.args = (f"{clean_text(path.name) or 'history'}: {sentence}",)
    return error


def tell_left_out(problems: Iterable[str]) -> None:
    """Say what is left out, and of many how many."""
    told = list(problems)
    for problem in told[:MOST_SHOWN]:
        tell(f"left out: {problem}", err=True)
    if len(told) > MOST_SHOWN:
        tell(f"left out: {len(told) - MOST_SHOWN} more like these", err=True)
