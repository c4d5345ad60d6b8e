"""Which tariff holds: the one on the command line, else that of the configuration."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from calculators.local_time import zone_named
from calculators.money import Money
from miner_agent.cli.support.file_kinds import TakenFile, refuse_another_kind
from miner_agent.cli.support.market_inputs import Sources
from miner_agent.cli.support.needed_config import Needed
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.economy.conversion import Conversion, Energy
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.question import asked_price, configured_energy, currency_of_answer
from miner_agent.economy.terms import Said, Terms
from miner_agent.errors import NotPermitted
from miner_agent.market import markets
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.quotes import Market

TOML = ".toml"
PRICED = "with --kwh-price 0.1626 or --tariff FILE"


def energy_meant(config: Needed, terms: Terms, said: Overrides, sources: Sources) -> Energy:
    """What energy costs, in the currencies that it was told in.

    Raises:
        AgentError: the tariff cannot be read, or knows no whole day.
        NotPermitted: only the configuration says a price, and this user may not read it.
        click.UsageError: nobody says a price, or two say one.
    """
    if said.kwh_price is not None and said.tariff_file is not None:
        raise click.UsageError("--kwh-price and --tariff both say what energy costs; leave one away")
    if said.tariff_file is None and (said.grid_fee is not None or said.vat_ratio is not None):
        raise click.UsageError("--grid-fee and --vat come on top of the prices of --tariff; name its file")
    if (price := asked_price(terms, said)) is not None:
        return price
    if said.tariff_file is not None:
        refuse_another_kind(said.tariff_file, TakenFile.TARIFF)
    if said.tariff_file is not None and said.tariff_file.suffix == TOML:
        written = _written(said.tariff_file)
        if said.grid_fee is not None or said.vat_ratio is not None:
            raise click.UsageError(f"write grid_fee_per_kilowatt_hour and vat_ratio into {said.tariff_file}")
        return configured_energy(Terms.of(written), ask=partial(sources.feed, among=written.feeds))
    if said.tariff_file is not None:
        currency = said.currency or terms.currency
        return Energy(
            prices=markets.prices_of(sources.file(said.tariff_file, currency=currency)),
            grid_fee=Said(said.grid_fee or Decimal(0), currency),
            vat_ratio=said.vat_ratio or Decimal(0),
        )
    if config.unread is not None:
        raise NotPermitted(f"{config.unread}. Or say what a kilowatt-hour costs, {PRICED}")
    if terms.energy is None:
        raise click.UsageError(
            "what does a kilowatt-hour cost? Give --kwh-price 0.1626 or --tariff FILE, or set [tariff] in the "
            "configuration"
        )
    return configured_energy(terms, ask=sources.feed)


def _written(tariff_file: Path) -> Config:
    """A configuration that is there for its tariff alone."""
    return loading.load([tariff_file], environment={}, known_drivers=())


def prices(config: Needed, terms: Terms, said: Overrides, sources: Sources) -> Prices:
    """What energy costs, in one currency, for answers without a market. Raises as ``energy_meant`` does.

    Raises:
        SourceError: no rate of exchange leads from a part of it to the currency of the answer.
    """
    return prices_and_days(config, terms, said, sources, {})[0]


def prices_and_days(
    config: Needed, terms: Terms, said: Overrides, sources: Sources, logged: Mapping[date, Money]
) -> tuple[Prices, dict[date, Money]]:
    """The same, and the prices of days that the log tells, in the same currency. Raises as ``prices`` does."""
    energy = energy_meant(config, terms, said, sources)
    currency = currency_of_answer(terms, said, energy)
    rates = sources.rated(Market(quotes=()), currency, energy.currencies).exchange
    conversion = Conversion(currency=currency, rates=rates, now=sources.now)
    return conversion.prices(energy), conversion.days(logged)


def zone_meant(named: str | None, terms: Terms, tariff_file: Path | None) -> ZoneInfo:
    """In which times are told: the zone that is named, else that of the tariff that holds.

    Args:
        named: as it was given.
        terms: of the configuration.
        tariff_file: that is to hold in place of what is configured. Slots of prices tell no zone.

    Raises:
        click.BadParameter: there is none of that name.
        AgentError: the file cannot be read.
    """
    if named is None and tariff_file is not None and tariff_file.suffix == TOML:
        terms = Terms.of(_written(tariff_file))
    try:
        return zone_named(named or (terms.energy.zone if terms.energy else "UTC"))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from None
