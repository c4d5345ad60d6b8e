"""From the configuration to how a rig is run, paid and chosen for: tariff, power supply, fees, rule.

The commands and the daemon both go through here. What a command line says is put over it by the command.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from calculators.horizon.choice import Rule
from calculators.money import Money
from miner_agent.config.configuration import Config
from miner_agent.config.profit_keys import PowerTable, ProfitTable
from miner_agent.config.tariff_terms import tariff_of, with_additions
from miner_agent.errors import ConfigError
from miner_agent.market.markets import Told, prices_of
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.ranking import Conditions
from miner_agent.profit.supply import Supply

TOLD_BY = "[power]"


def configured_prices(loaded: Config, *, ask: Callable[[str], Told], now: datetime) -> Prices:
    """The tariff of a configuration, with the prices of its feed where it has one.

    Args:
        loaded: the configuration.
        ask: what a configured feed says, by its name.
        now: this moment, aware.

    Raises:
        ConfigError: there is no tariff in it.
        SourceError: its feed has no prices.
    """
    tariff, origin = loaded.tariff, " + ".join(loaded.sources) or "environment"
    if tariff is None:
        raise ConfigError(f"{origin}: there is no [tariff] in it")
    if tariff.kind == "dynamic":
        return prices_of(ask(tariff.feed or ""), now=now, add=lambda slots: with_additions(slots, tariff))
    return Prices(
        tariff=tariff_of(loaded.profit, tariff, origin),
        source="[tariff]",
        household_kilowatt_hours_per_month=tariff.household_kilowatt_hours_per_month,
    )


def configured_supply(power: PowerTable) -> Supply:
    """The power supply and what else draws; what is not told is taken for granted, and says so."""
    usual = Supply()
    told = power.psu is not None
    return Supply(
        certificate=(None if power.psu == "none" else power.psu) if told else usual.certificate,
        line=power.psu_line,
        rated_watts=power.psu_rated_watts,
        host_watts=usual.host_watts if power.host_watts is None else power.host_watts,
        cooling_factor=power.cooling_factor,
        source=TOLD_BY if told else usual.source,
        host_source=usual.host_source if power.host_watts is None else TOLD_BY,
    )


def configured_conditions(loaded: Config, prices: Prices) -> Conditions:
    """How the rig is run and paid by its configuration."""
    profit = loaded.profit
    return Conditions(
        prices=prices,
        supply=configured_supply(loaded.power),
        pool_scheme=profit.pool_scheme,
        pool_fee_ratio=profit.pool_fee_ratio,
        dev_fee_ratio=profit.dev_fee_ratio,
        stale_ratio=profit.stale_ratio,
        uptime_ratio=profit.uptime_ratio,
        exchange_fee_ratio=profit.exchange_fee_ratio,
        fixed_cost_per_day=Money(profit.fixed_cost_per_day, prices.currency),
    )


def configured_rule(profit: ProfitTable) -> Rule:
    """How the user wants to choose."""
    return Rule(
        by=profit.choose_by,
        hysteresis_ratio=profit.hysteresis_ratio,
        minimum_dwell=timedelta(seconds=profit.minimum_dwell_seconds),
    )


def configured_switch_cost(profit: ProfitTable, currency: str) -> Money:
    """What a switch costs."""
    return Money(profit.switch_cost, currency)
