"""From the configuration to how a rig is run, paid and chosen for, once, when it is loaded.

Nothing else reads its tables of money. Every amount has the currency that it was written in; who asks a question has it
converted. What a question says in the place of all this stands in ``overrides``.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from calculators.chain.pools import SchemeName
from calculators.electricity.tariff import Tariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.horizon.choice import Rule
from calculators.money import Money
from calculators.units import HOURS_PER_DAY
from miner_agent.config.configuration import Config
from miner_agent.config.profit_keys import PowerTable, ProfitTable, TariffTable
from miner_agent.config.site_keys import SiteTable
from miner_agent.config.tariff_terms import fees_by_hour, tariff_of
from miner_agent.errors import ConfigError
from miner_agent.profit.supply import Supply

POWER = "[power]"
TARIFF = "[tariff]"


@dataclass(frozen=True, slots=True)
class Said:
    """An amount, and the currency that it was said in. ``None``: nobody said one, so it is the answer's."""

    amount: Decimal
    currency: str | None = None

    def money(self, otherwise: str) -> Money:
        """The amount in its currency, or in the other where nobody said one."""
        return Money(self.amount, self.currency or otherwise)


NOTHING = Said(Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyTerms:
    """``[tariff]``."""

    kind: str
    zone: str
    tariff: Tariff | TieredTariff | None  # with its additions; None: a feed tells prices
    feed: str | None
    grid_fee: Said  # on top of each price of the feed
    fees_by_hour: Tariff | None  # the same, of some hours
    vat_ratio: Decimal  # on the sum of all
    household_kilowatt_hours_per_month: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTerms:
    """``[site]``."""

    standing_charge_per_day: Said = NOTHING
    standing_charge_per_month: Said = NOTHING
    demand_charge: Said = NOTHING  # for each kilowatt of the month's peak
    heat_useful_ratio: float = 0
    heat_price: Said = NOTHING  # of a kilowatt-hour of what the heat of a rig saves
    heater_efficiency: float = 1
    surplus_watts: tuple[float, ...] = ()  # of each hour of a day; nothing: there is no own power
    export_price: Said = NOTHING  # of a kilowatt-hour fed in
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a configuration says of money."""

    origin: str  # its files, for sentences
    currency: str | None  # that answers are told in; None: that of the price of energy
    coins: tuple[str, ...]
    supply: Supply
    pool_scheme: SchemeName
    pool_fee_ratio: float
    dev_fee_ratio: float | None  # None: what each program usually keeps
    stale_ratio: float
    uptime_ratio: float
    exchange_fee_ratio: float
    fixed_cost_per_day: Said
    switch_cost: Said
    rule: Rule
    energy: EnergyTerms | None
    site: SiteTerms

    @classmethod
    def of(cls, loaded: Config) -> "Terms":
        """All that a configuration says of money.

        Raises:
            ConfigError: the tariff in it is none.
        """
        origin = " + ".join(loaded.sources) or "environment"
        profit, tariff = loaded.profit, loaded.tariff
        currency = profit.currency or (None if tariff is None else tariff.currency)
        return cls(
            origin=origin,
            currency=currency,
            coins=profit.coins,
            supply=_supply(loaded.power),
            pool_scheme=profit.pool_scheme,
            pool_fee_ratio=profit.pool_fee_ratio,
            dev_fee_ratio=profit.dev_fee_ratio,
            stale_ratio=profit.stale_ratio,
            uptime_ratio=profit.uptime_ratio,
            exchange_fee_ratio=profit.exchange_fee_ratio,
            fixed_cost_per_day=Said(profit.fixed_cost_per_day, currency),
            switch_cost=Said(profit.switch_cost, currency),
            rule=_rule(profit),
            energy=None if tariff is None else _energy(profit, tariff, origin),
            site=_site(loaded.site, currency, "UTC" if tariff is None else tariff.zone, origin),
        )


def _energy(profit: ProfitTable, tariff: TariffTable, origin: str) -> EnergyTerms:
    told_by_feed = tariff.kind == "dynamic"
    return EnergyTerms(
        kind=tariff.kind,
        zone=tariff.zone,
        tariff=None if told_by_feed else tariff_of(profit, tariff, origin),
        feed=tariff.feed if told_by_feed else None,
        grid_fee=Said(tariff.grid_fee_per_kilowatt_hour, tariff.currency or profit.currency),
        fees_by_hour=fees_by_hour(profit, tariff, origin) if told_by_feed else None,
        vat_ratio=tariff.vat_ratio,
        household_kilowatt_hours_per_month=tariff.household_kilowatt_hours_per_month,
    )


def _site(site: SiteTable, currency: str | None, zone: str, origin: str) -> SiteTerms:
    if len(site.surplus_watts) not in {0, HOURS_PER_DAY}:
        count = len(site.surplus_watts)
        raise ConfigError(f"{origin}: [site]: surplus_watts has {count} numbers; write 24, one for each hour of a day")
    return SiteTerms(
        standing_charge_per_day=Said(site.standing_charge_per_day, currency),
        standing_charge_per_month=Said(site.standing_charge_per_month, currency),
        demand_charge=Said(site.demand_charge_per_kilowatt_per_month, currency),
        heat_useful_ratio=site.heat_useful_ratio,
        heat_price=Said(site.heat_price_per_kilowatt_hour, currency),
        heater_efficiency=site.heater_efficiency,
        surplus_watts=site.surplus_watts,
        export_price=Said(site.export_price_per_kilowatt_hour, currency),
        zone=zone,
    )


def _supply(power: PowerTable) -> Supply:
    """The power supply and what else draws; what is not told is taken for granted, and says so."""
    usual = Supply()
    told = power.psu is not None
    return Supply(
        certificate=(None if power.psu == "none" else power.psu) if told else usual.certificate,
        line=power.psu_line,
        rated_watts=power.psu_rated_watts,
        host_watts=usual.host_watts if power.host_watts is None else power.host_watts,
        cooling_factor=power.cooling_factor,
        source=POWER if told else usual.source,
        host_source=usual.host_source if power.host_watts is None else POWER,
    )


def _rule(profit: ProfitTable) -> Rule:
    """How the user wants to choose."""
    return Rule(
        by=profit.choose_by,
        hysteresis_ratio=profit.hysteresis_ratio,
        minimum_dwell=timedelta(seconds=profit.minimum_dwell_seconds),
    )
