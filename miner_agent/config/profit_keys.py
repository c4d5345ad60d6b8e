"""The tables of the configuration that profit is computed from: fees, power supply, tariff."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta

from calculators.chain.pools import SchemeName
from calculators.electricity.power import Certificate, Line
from calculators.horizon.choice import Criterion
from miner_agent.config.key_types import (
    Amount,
    ClockTime,
    Cost,
    Currency,
    Day,
    DayName,
    MonthDay,
    Ratio,
    SmallRatio,
    Table,
    TaxRatio,
    Text,
    Ticker,
    Watts,
)

EVERY_DAY: tuple[DayName, ...] = get_args(DayName)


class ProfitTable(Table, frozen=True):
    """``[profit]``"""

    currency: Currency | None = None
    catalog_file: Path | None = None
    coins: tuple[Ticker, ...] = ()
    pool_scheme: SchemeName = "pplns"
    pool_fee_ratio: SmallRatio = 0.01
    dev_fee_ratio: SmallRatio | None = None
    stale_ratio: SmallRatio = 0.0
    uptime_ratio: Ratio = 1.0
    exchange_fee_ratio: SmallRatio = 0.0
    fixed_cost_per_day: Amount = Amount(0)
    choose_by: Criterion = "mean"
    hysteresis_ratio: Ratio = 0.05
    minimum_dwell_seconds: Annotated[float, Meta(ge=0, le=30 * 86_400)] = 3600.0
    switch_cost: Cost = Cost(0)


class PowerTable(Table, frozen=True):
    """``[power]``"""

    psu: Literal["none", Certificate] | None = None
    psu_line: Line = "230v-eu"
    psu_rated_watts: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    host_watts: Watts | None = None
    cooling_factor: Annotated[float, Meta(ge=1, le=10)] = 1.0


class BandTable(Table, frozen=True):
    """One of ``[[tariff.bands]]``"""

    name: Text
    price_per_kilowatt_hour: Amount
    days: Annotated[tuple[Day, ...], Meta(min_length=1)] = EVERY_DAY
    start: ClockTime = "00:00"
    end: ClockTime = "00:00"
    first_day: MonthDay = "01-01"
    last_day: MonthDay = "12-31"


class TierTable(Table, frozen=True):
    """One of ``[[tariff.tiers]]``"""

    over_kilowatt_hours: Amount
    price_per_kilowatt_hour: Amount


class TariffTable(Table, frozen=True):
    """``[tariff]``: ``kind`` says which of the keys are looked at."""

    kind: Literal["flat", "time-of-use", "tiers", "dynamic"] = "flat"
    currency: Currency | None = None
    zone: Text = "UTC"
    price_per_kilowatt_hour: Amount | None = None
    bands: tuple[BandTable, ...] = ()
    holidays: tuple[date, ...] = ()
    holidays_of: Text | None = None
    tiers: tuple[TierTable, ...] = ()
    household_kilowatt_hours_per_month: Cost = Cost(0)
    feed: Text | None = None
    grid_fee_per_kilowatt_hour: Amount = Amount(0)
    vat_ratio: TaxRatio = TaxRatio(0)
