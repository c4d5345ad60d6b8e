"""From the options and the configuration to everything that a ranking is made from."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import click

from calculators.chain.coin import Coin
from calculators.money import Money
from miner_agent.cli.support.market_inputs import Sources, catalog_file_of
from miner_agent.cli.support.needed_config import needed
from miner_agent.cli.support.rig_input import Options, rig_meant
from miner_agent.cli.support.tariff_input import prices
from miner_agent.config.configuration import Config
from miner_agent.economy.conditions import configured_conditions
from miner_agent.errors import SourceError
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.ranking import Conditions, Question, Ranking, rank
from miner_agent.profit.rig_figures import Rig
from miner_agent.profit.supply import Supply
from miner_agent.tables.coin_table import load_coins

BITCOIN = "BTC"  # in which some sources give prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A rig, and how it is run and paid."""

    rig: Rig
    conditions: Conditions
    coins: Mapping[str, Coin]
    now: datetime


def question(options: Options) -> Question:
    """Read everything that the options and the configuration name.

    Raises:
        AgentError: something cannot be read, or says what cannot be.
        click.UsageError: options that cannot be used as they are.
    """
    now = datetime.now(UTC)
    config = needed(options["config_path"])
    loaded = config.loaded
    coins = load_coins(catalog_file_of(options["catalog_file"], loaded))
    sources = Sources(loaded, coins, now)
    energy = prices(
        config,
        sources,
        kwh_price=options["kwh_price"],
        tariff_file=options["tariff_file"],
        grid_fee=options["grid_fee"],
        vat=options["vat"],
        currency=options["currency"],
    )
    if options["currency"] not in {None, energy.currency}:
        raise click.BadParameter(f"the price of energy is in {energy.currency}; ask for that", param_hint="--currency")
    here = site(options, loaded, energy, coins, now)
    market = sources.market(options["market_files"], options["rates_files"], energy.currency)
    only = tickers_of(options["only"], {*coins, *(quote.coin for quote in market.quotes)})
    return Question(
        market=market,
        rig=here.rig,
        conditions=here.conditions,
        coins=coins,
        now=now,
        only=only or loaded.profit.coins,
        merge=not options["separate"],
    )


def site(options: Options, loaded: Config, energy: Prices, coins: Mapping[str, Coin], now: datetime) -> Site:
    """The rig that is meant, and its conditions.

    Raises:
        AgentError: it cannot be read.
        click.UsageError: it is not known.
    """
    rig = rig_meant(options, catalog_file_of(options["catalog_file"], loaded), now)
    return Site(rig=rig, conditions=_conditions(options, loaded, energy), coins=coins, now=now)


def ranked(asked: Question) -> Ranking:
    """The ranking that is asked for. What is left out of it is said on the way.

    Raises:
        SourceError: no coin has data to rank it by.
    """
    ranking = rank(asked)
    for problem in ranking.problems:
        click.echo(f"left out: {problem}", err=True)
    if not ranking.ranked and not ranking.refused:
        hint = _of_rates(ranking) or _of_algorithms(ranking)
        raise SourceError(f"nothing that {ranking.rig.name} can mine has data to rank it by{hint}")
    return ranking


def _of_algorithms(ranking: Ranking) -> str:
    """What to do about a market that has no coin of what the rig mines."""
    told = {quote.algorithm for quote in ranking.market.quotes}
    silent = sorted(work.algorithm for work in ranking.rig.works if work.algorithm not in told)
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


def tickers_of(given: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Tickers as they were typed, in capitals.

    Raises:
        click.BadParameter: one is not known.
    """
    tickers = tuple(dict.fromkeys(ticker.strip().upper() for ticker in given))
    for ticker in tickers:
        if ticker not in known:
            near = difflib.get_close_matches(ticker[:24], known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "miner-agent coins lists them all"
            raise click.BadParameter(f"{ticker[:24]!r} is not known; {hint}", param_hint="--coin")
    return tickers


def _conditions(options: Options, loaded: Config, energy: Prices) -> Conditions:
    """Those of the configuration, and over them what the command line says."""
    configured = configured_conditions(loaded, energy)
    said = {
        "pool_scheme": options["pool_scheme"],
        "pool_fee_ratio": options["pool_fee"],
        "dev_fee_ratio": options["dev_fee"],
        "stale_ratio": options["stale"],
        "uptime_ratio": options["uptime"],
        "exchange_fee_ratio": options["exchange_fee"],
    }
    if options["fixed_per_day"] is not None:
        said["fixed_cost_per_day"] = Money(options["fixed_per_day"], energy.currency)
    over: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    return replace(configured, supply=_supply(options, configured.supply), **over)


def _supply(options: Options, configured: Supply) -> Supply:
    """The power supply of the configuration, and over it what the command line says."""
    over: dict[str, Any] = {}
    if options["psu"] is not None:
        certificate, rated_watts = options["psu"]
        over |= {"certificate": certificate, "rated_watts": rated_watts, "source": "--psu"}
    if options["psu_line"] is not None:
        over["line"] = options["psu_line"]
    if options["host_watts"] is not None:
        over |= {"host_watts": options["host_watts"], "host_source": "--host-watts"}
    try:
        return replace(configured, **over)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--psu") from None
