"""From the options and the configuration to everything that a ranking is made from."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from calculators.earnings.estimate import Estimate
from calculators.nearest_words import suggestion
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.market_inputs import Sources, catalog_file_of
from miner_agent.cli.support.needed_config import needed
from miner_agent.cli.support.place_options import refuse_halves
from miner_agent.cli.support.rig_input import rig_meant
from miner_agent.cli.support.tariff_input import energy_meant
from miner_agent.economy import question as economy_question
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.question import currencies_said, currency_of_answer
from miner_agent.economy.settings import Settings
from miner_agent.economy.terms import Terms
from miner_agent.errors import ConfigError, SourceError
from miner_agent.market import markets
from miner_agent.market.feeds.forms.gather import BITCOIN  # in which some sources give prices
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.labels import refusals
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Question


def question(config_path: Path | None, said: Overrides, *, coins_of: str = "--coin") -> Question:
    """Read everything that the options and the configuration name.

    Args:
        config_path: as it was given.
        said: over what is configured.
        coins_of: where the command line names coins.

    Raises:
        AgentError: something cannot be read, or says what cannot be.
        click.UsageError: options that cannot be used as they are.
    """
    now = datetime.now(UTC)
    config = needed(config_path)
    settings = Settings.of(config.loaded, catalog_file=catalog_file_of(said.catalog_file, config.loaded))
    terms = settings.terms
    refuse_halves(said, terms.site)
    sources = Sources(config.loaded, settings.coins, now)
    energy = energy_meant(config, terms, said, sources)
    currency = currency_of_answer(terms, said, energy)
    rig = rig_meant(said, config_path, settings, now)
    market = sources.market(said.market_files, said.rates_files, currency, beside=currencies_said(terms, said, energy))
    known = {*settings.coins, *(quote.coin for quote in market.quotes)}
    check_tickers(said.only, known, option=coins_of)
    check_configured(terms, known)
    try:
        return economy_question.question(
            terms, energy=energy, market=market, rig=rig, coins=settings.coins, now=now, said=said
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def question_of_past(
    config_path: Path | None, said: Overrides, *, past_energy: bool = False
) -> tuple[Question, Prices | None]:
    """The rig and how it is run, and what energy costs where a history does not say. No market is asked for.

    Args:
        config_path: as it was given.
        said: over what is configured.
        past_energy: whether prices of energy are those of that past, and none of now.

    Raises:
        AgentError: something cannot be read, or says what cannot be.
        click.UsageError: options that cannot be used as they are.
    """
    now = datetime.now(UTC)
    config = needed(config_path)
    settings = Settings.of(config.loaded, catalog_file=catalog_file_of(said.catalog_file, config.loaded))
    terms = settings.terms
    refuse_halves(said, terms.site)
    if said.pool_scheme is not None:
        raise click.UsageError(
            "--pool-scheme changes nothing: schemes differ in fees of transactions, which no history tells"
        )
    check_tickers(said.only, settings.coins)
    check_configured(terms, settings.coins)
    sources = Sources(config.loaded, settings.coins, now)
    priced = said.kwh_price is not None or said.tariff_file is not None or terms.energy is not None
    energy = (
        energy_meant(config, terms, said, sources)
        if priced
        else economy_question.free_energy(currency_of_answer(terms, said, None), "the history")
    )
    rewards = Market(quotes=tuple(replace(quote, price=None) for quote in markets.builtin().quotes))
    currency = currency_of_answer(terms, said, energy)
    market = sources.rated(rewards, currency, currencies_said(terms, said, energy), files=said.rates_files)
    rig = rig_meant(said, config_path, settings, now)
    try:
        asked = economy_question.question(
            terms,
            energy=energy,
            market=market,
            rig=rig,
            coins=settings.coins,
            now=now,
            said=said,
            of_past=past_energy,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return asked, asked.conditions.prices if priced else None


def ranked(asked: Question) -> Ranking:
    """The ranking that is asked for. What is left out of it is said on the way.

    Raises:
        SourceError: no coin has data to rank it by.
    """
    ranking = rank(asked)
    for problem in ranking.problems:
        tell(f"left out: {problem}", err=True)
    if not ranking.ranked and not ranking.refused:
        hint = _of_rates(ranking) or _of_algorithms(ranking)
        raise SourceError(f"nothing that {ranking.rig.name} can mine has data to rank it by{hint}")
    return ranking


def best_of(ranking: Ranking) -> Estimate:
    """The coin that leaves most, of a rig of several parts the best of each. What is refused is none.

    Raises:
        SourceError: every coin is refused.
    """
    if ranking.whole is None:
        why = "; ".join(refusals(ranking, most_reasons=1)[:3])
        raise SourceError(f"every coin is refused, so nothing is computed from any: {why}")
    return ranking.whole


def _of_algorithms(ranking: Ranking) -> str:
    """What to do about a market that has no coin of what the rig mines."""
    told = {quote.algorithm for quote in ranking.market.quotes}
    silent = sorted(ranking.rig.algorithms - told)
    if not silent:
        return ""
    return f"; no coin of {', '.join(silent)} is in the market: give --market FILE, or configure a feed"


def _of_rates(ranking: Ranking) -> str:
    """What to do where no price is in the wanted currency."""
    priced_in = {quote.price.currency for quote in ranking.market.quotes if quote.price is not None}
    if not priced_in or ranking.currency in priced_in:
        return ""
    money = sorted(priced_in - {BITCOIN})
    return (
        f"; give --rates FILE, or {f'ask for --currency {money[0]}' if money else 'a source of the price of Bitcoin'}"
    )


def check_tickers(given: Collection[str], known: Collection[str], *, option: str = "--coin") -> None:
    """Refuse coins of which nothing is known.

    Raises:
        click.BadParameter: one is not known.
    """
    for ticker in given:
        if ticker not in known:
            raise click.BadParameter(_unknown(ticker, known), param_hint=option)


def check_configured(terms: Terms, known: Collection[str]) -> None:
    """Refuse coins of the configuration of which nothing is known.

    Raises:
        ConfigError: one is not known.
    """
    for ticker in terms.coins:
        if ticker not in known:
            raise ConfigError(f"{terms.origin}: [profit]: coins: {_unknown(ticker, known)}")


def _unknown(ticker: str, known: Collection[str]) -> str:
    from miner_agent.tables.coin_table import load_coins, tickers_by_name

    names = tickers_by_name(load_coins())
    hint = suggestion(ticker, known, everyday=names, otherwise="miner-agent coins lists them all")
    return f"{ticker[:24]!r} is not known; {hint}"
