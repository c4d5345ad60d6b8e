"""What one question says in the place of the configuration. It is made once, from the words of who asks."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a help loads none of it
    from calculators.chain.pools import SchemeName
    from calculators.electricity.power import Certificate, Line
    from calculators.horizon.choice import Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSupply:
    """A power supply by its class."""

    certificate: "Certificate | None"  # None: the watts are at the wall already
    rated_watts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """``None`` and nothing: as it is configured. Amounts are in the currency of the answer."""

    hardware: str | None = None  # such as "6x rtx3080"; None: the rig as it is measured
    hashrates: tuple[str, ...] = ()  # such as "kawpow=140M"
    watts: float | None = None  # at the wall while it mines, with everything that draws
    kwh_price: Decimal | None = None
    currency: str | None = None
    catalog_file: Path | None = None
    only: tuple[str, ...] = ()  # tickers, in capitals
    separate: bool = False
    pool_scheme: "SchemeName | None" = None
    pool_fee_ratio: float | None = None
    dev_fee_ratio: float | None = None
    stale_ratio: float | None = None
    uptime_ratio: float | None = None
    exchange_fee_ratio: float | None = None
    fixed_cost_per_day: Decimal | None = None
    psu: GivenSupply | None = None
    psu_line: "Line | None" = None
    host_watts: float | None = None
    tariff_file: Path | None = None
    grid_fee: Decimal | None = None
    vat_ratio: Decimal | None = None
    standing_charge_per_month: Decimal | None = None
    demand_charge: Decimal | None = None  # for each kilowatt of the month's peak
    heat_price: Decimal | None = None
    heat_useful_ratio: float | None = None
    heater_efficiency: float | None = None
    surplus_watts: tuple[float, ...] | None = None
    export_price: Decimal | None = None
    grid_grams_per_kilowatt_hour: float | None = None
    market_files: tuple[Path, ...] = ()
    rates_files: tuple[Path, ...] = ()
    choose_by: "Criterion | None" = None
    hysteresis_ratio: float | None = None
    switch_cost: Decimal | None = None


NOTHING_SAID = Overrides()
