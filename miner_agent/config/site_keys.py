"""The table of the configuration that says what the place adds to a price of energy."""

from typing import Annotated

from msgspec import Meta

from miner_agent.config.key_types import Amount, Cost, Ratio, Table, Watts


class SiteTable(Table, frozen=True):
    """``[site]``. Its money is in the currency of ``[profit]``, its hours are those of ``tariff.zone``."""

    standing_charge_per_day: Cost = Cost(0)
    standing_charge_per_month: Cost = Cost(0)
    demand_charge_per_kilowatt_per_month: Cost = Cost(0)
    heat_useful_ratio: Ratio = 0.0
    heat_price_per_kilowatt_hour: Cost = Cost(0)
    heater_efficiency: Annotated[float, Meta(ge=0.1, le=10)] = 1.0
    surplus_watts: Annotated[tuple[Watts, ...], Meta(max_length=24)] = ()
    export_price_per_kilowatt_hour: Amount = Amount(0)
