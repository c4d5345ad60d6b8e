"""The price of energy over a year: by the tariff, a history that is named, or the own log."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import click

from calculators.money import Money
from miner_agent.cli.support.history_input import dated_rates, read_history
from miner_agent.cli.support.log_file import opened
from miner_agent.cli.support.needed_config import needed
from miner_agent.errors import AgentError, SourceError
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.year_of_energy import YEAR, YearOfEnergy, over_a_year
from miner_agent.text import clean_text


def year_of_prices(asked: Question, config_path: Path | None, history_file: Path | None) -> YearOfEnergy:
    """What a question of months goes by.

    Raises:
        SourceError: nobody knows the prices of a year.
    """
    prices = asked.conditions.prices
    if history_file is not None:
        if prices.known_until is None:
            raise click.UsageError("--history is for tariffs that tell the prices of days alone; leave it away")
        tariffs = read_history(history_file, asked, config_path).history.tariffs
        days, told_by = tariffs, clean_text(history_file.name)
    else:
        days, told_by = ({} if prices.known_until is None else _of_log(asked, config_path)), "the log"
    try:
        return over_a_year(prices, asked.now, days=days, told_by=told_by)
    except ValueError as error:
        raise SourceError(str(error)) from None


def _of_log(asked: Question, config_path: Path | None) -> Mapping[date, Money]:
    """What the own log has of the last year, where there is one."""
    try:
        with opened(needed(config_path)) as log:
            told = log.energy_prices(asked.now - YEAR - timedelta(days=1), asked.now)
    except AgentError:  # there is none, or it is another user's: then nothing is known of it
        return {}
    return _in_ours(told, asked, config_path)


def _in_ours(told: Mapping[date, Money], asked: Question, config_path: Path | None) -> Mapping[date, Money]:
    """The prices in the currency of the answer, each at the rate of its day. Days without a rate are left out."""
    currency = asked.conditions.currency
    rates = dated_rates(asked, config_path, {price.currency for price in told.values()} - {currency})
    worth = asked.conditions.prices.heat_worth
    found = {}
    for day, price in told.items():
        try:
            paid = price if price.currency == currency else rates.of_day(price, currency, day)
        except ValueError:
            continue
        found[day] = paid if worth is None else paid - worth
    return found
