"""What a place adds to the price of energy: charges beside it, heat that saves other heating, own power."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from calculators.electricity.heat import heat_worth_by_carrier
from calculators.electricity.tariff import FlatTariff
from calculators.electricity.tariff_charges import FixedCharge, fixed_cost
from calculators.electricity.tariff_slots import SummedTariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.local_time import zone_named
from calculators.money import Money
from miner_agent.economy.conversion import Conversion
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.terms import Said, SiteTerms
from miner_agent.errors import SourceError
from miner_agent.profit.energy_cost import DAY, Prices
from miner_agent.profit.own_power import OwnSurplus


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The same in the currency of the answer."""

    standing_charge_per_day: Money
    demand_charge_per_kilowatt_per_day: Money
    heat_worth_per_kilowatt_hour: Money
    surplus: OwnSurplus | None
    notes: tuple[str, ...]

    def prices(self, prices: Prices) -> Prices:
        """What energy costs here: the worth of its heat taken off, own power used first.

        Raises:
            SourceError: own power beside blocks of consumption, which have no hours.
        """
        worth = self.heat_worth_per_kilowatt_hour
        if worth.amount:
            source = f"{prices.source}, less the worth of heat"
            prices = replace(prices, tariff=_less(prices.tariff, worth), source=source, heat_worth=worth)
        if self.surplus is None:
            return prices
        if isinstance(prices.tariff, TieredTariff):
            raise SourceError(f"{prices.source}: blocks of consumption have no hours, and own power is told by hours")
        own = replace(self.surplus, export_price=self.surplus.export_price - worth)
        return replace(prices, own=own, source=f"{prices.source}, own power first")


def over_it(terms: SiteTerms, said: Overrides) -> SiteTerms:
    """The terms, and over them what is said."""
    over: dict[str, Any] = {}
    for name in ("standing_charge_per_month", "demand_charge", "heat_price", "export_price"):
        if (amount := getattr(said, name)) is not None:
            over[name] = Said(amount)
    for name in ("heat_useful_ratio", "heater_efficiency", "surplus_watts"):
        if (value := getattr(said, name)) is not None:
            over[name] = value
    return replace(terms, **over)


def currencies_of(terms: SiteTerms) -> frozenset[str]:
    """Those of all amounts in it."""
    amounts = (
        terms.standing_charge_per_day,
        terms.standing_charge_per_month,
        terms.demand_charge,
        terms.heat_price,
        terms.export_price,
    )
    return frozenset(each.currency for each in amounts if each.amount and each.currency)


def site_of(terms: SiteTerms, exchange: Conversion, now: datetime) -> Site:
    """What the place adds, in the currency of an answer.

    Raises:
        SourceError: no rate of exchange leads to that currency.
        ValueError: own power is not told for 24 hours.
    """
    zone = zone_named(terms.zone)
    notes = []

    def a_day_of_a_month(said: Said, what: str) -> Money:
        charge = FixedCharge(exchange.money(said, what=what), "month")
        return fixed_cost(charge=charge, start=now, end=now + DAY, time_zone=zone)

    standing = exchange.money(terms.standing_charge_per_day, what="the standing charge")
    standing += a_day_of_a_month(terms.standing_charge_per_month, "the standing charge")
    demand = a_day_of_a_month(terms.demand_charge, "the demand charge")
    if demand.amount:
        notes.append("the demand charge is that of a rig that lifts the site's peak by all of its power")
    heat = heat_worth_by_carrier(
        energy_kilowatt_hours=1,
        useful_ratio=terms.heat_useful_ratio,
        carrier_price_per_kilowatt_hour=exchange.money(terms.heat_price, what="the price of heat"),
        heater_efficiency=terms.heater_efficiency,
    )
    if heat.amount:
        notes.append(
            f"the heat of a kilowatt-hour is worth {heat.amount.normalize():.4g} {heat.currency}: prices of energy and "
            "break-evens are after it"
        )
    elif terms.heat_price.amount or terms.heat_useful_ratio:
        notes.append(f"heat is worth nothing here: {_lacking(terms)} is not told")
    surplus = None
    if terms.export_price.amount and not any(terms.surplus_watts):
        notes.append("the price of energy fed in changes nothing: no own power is told")
    if any(terms.surplus_watts):
        surplus = OwnSurplus(
            watts_by_hour=terms.surplus_watts,
            zone=zone,
            export_price=exchange.money(terms.export_price, what="the price of energy fed in"),
        )
        hours = f"{sum(terms.surplus_watts) / 1000:.4g} kWh a day beyond the house, hours of {zone.key}"
        price = f"{surplus.export_price.amount.normalize():f} {surplus.export_price.currency}"
        notes.append(f"own power ({hours}) is used first, at the {price} that feeding in would bring")
    return Site(
        standing_charge_per_day=standing,
        demand_charge_per_kilowatt_per_day=demand,
        heat_worth_per_kilowatt_hour=heat,
        surplus=surplus,
        notes=tuple(notes),
    )


def _lacking(terms: SiteTerms) -> str:
    return "what it saves" if not terms.heat_price.amount else "what of it is used"


def _less(tariff: Any, worth: Money) -> Any:
    """A tariff whose every price is lower by so much."""
    if isinstance(tariff, FlatTariff):
        return FlatTariff(tariff.price - worth)
    if isinstance(tariff, TieredTariff):
        return replace(tariff, tiers=tuple(Tier(each.over_kilowatt_hours, each.price - worth) for each in tariff.tiers))
    return SummedTariff((tariff, FlatTariff(worth * Decimal(-1))))
