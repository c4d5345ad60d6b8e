"""Which tariff holds: the one on the command line, else that of the configuration."""

from decimal import Decimal
from pathlib import Path

import click

from calculators.electricity.tariff import FlatTariff
from calculators.money import Money
from miner_agent.cli.support.market_inputs import Sources
from miner_agent.cli.support.needed_config import Needed
from miner_agent.config import loading
from miner_agent.config.key_types import Amount, TaxRatio
from miner_agent.config.profit_keys import TariffTable
from miner_agent.config.tariff_terms import currency_of, with_additions
from miner_agent.economy.conditions import configured_prices
from miner_agent.errors import NotPermitted
from miner_agent.market import markets
from miner_agent.profit.energy_cost import Prices

DEFAULT_CURRENCY = "USD"
TOML = ".toml"
PRICED = "with --kwh-price 0.1626 or --tariff FILE"


def prices(
    config: Needed,
    sources: Sources,
    *,
    kwh_price: Decimal | None,
    tariff_file: Path | None,
    grid_fee: Decimal | None,
    vat: Decimal | None,
    currency: str | None,
) -> Prices:
    """What energy costs.

    Raises:
        AgentError: the tariff cannot be read, or knows no whole day.
        NotPermitted: only the configuration says a price, and this user may not read it.
        click.UsageError: nobody says a price, or two say one.
    """
    loaded = config.loaded
    if kwh_price is not None and tariff_file is not None:
        raise click.UsageError("--kwh-price and --tariff both say what energy costs; leave one away")
    if tariff_file is None and (grid_fee is not None or vat is not None):
        raise click.UsageError("--grid-fee and --vat come on top of the prices of --tariff; name its file")
    if kwh_price is not None:
        told = currency or currency_of(loaded.profit, loaded.tariff)
        notes = () if told else (f"all money is taken for {DEFAULT_CURRENCY}: --currency says otherwise",)
        return Prices(tariff=FlatTariff(Money(kwh_price, told or DEFAULT_CURRENCY)), source="--kwh-price", notes=notes)
    if tariff_file is not None and tariff_file.suffix == TOML:
        written = loading.load([tariff_file], environment={}, known_drivers=())
        if grid_fee is not None or vat is not None:
            raise click.UsageError(f"write grid_fee_per_kilowatt_hour and vat_ratio into {tariff_file}")
        return configured_prices(written, ask=sources.feed, now=sources.now)
    if tariff_file is not None:
        added = TariffTable(grid_fee_per_kilowatt_hour=Amount(grid_fee or 0), vat_ratio=TaxRatio(vat or 0))
        return markets.prices_of(
            sources.file(tariff_file), now=sources.now, add=lambda slots: with_additions(slots, added)
        )
    if config.unread is not None:
        raise NotPermitted(f"{config.unread}. Or say what a kilowatt-hour costs, {PRICED}")
    if loaded.tariff is None:
        raise click.UsageError(
            "what does a kilowatt-hour cost? Give --kwh-price 0.1626 or --tariff FILE, or set [tariff] in the "
            "configuration"
        )
    return configured_prices(loaded, ask=sources.feed, now=sources.now)
