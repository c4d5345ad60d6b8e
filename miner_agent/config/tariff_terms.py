"""What the tables of profit come to: a currency, a tariff; and what no calculation could be made with."""

from collections.abc import Sequence
from datetime import time

from calculators.electricity.power import EFFICIENCY
from calculators.electricity.tariff import FlatTariff, Tariff
from calculators.electricity.tariff_bands import WEEKDAYS, Band, TimeOfUseTariff
from calculators.electricity.tariff_slots import SummedTariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.local_time import zone_named
from calculators.money import Money
from miner_agent.config.entries import FeedEntry
from miner_agent.config.profit_keys import BandTable, PowerTable, ProfitTable, TariffTable
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError


def check_profit(
    profit: ProfitTable, power: PowerTable, tariff: TariffTable | None, feeds: Sequence[FeedEntry], origin: str
) -> None:
    """Refuse what no calculation could be made with.

    Raises:
        ConfigError: with the place and what to write.
    """
    if power.psu not in {None, "none"} and power.psu not in EFFICIENCY[power.psu_line]:
        classes = ", ".join(EFFICIENCY[power.psu_line])
        raise ConfigError(f'{origin}: [power]: psu = "{power.psu}" is no class at {power.psu_line}; known: {classes}')
    if tariff is None:
        return
    if tariff.kind != "dynamic":
        tariff_of(profit, tariff, origin)
    elif tariff.feed is None:
        raise ConfigError(f'{origin}: [tariff]: key "feed" is missing; name one of [[feeds]] that has prices')
    elif tariff.feed not in {feed.name for feed in feeds}:
        raise ConfigError(f"{origin}: [tariff]: feed = {shown(tariff.feed)} is none of [[feeds]]")


def currency_of(profit: ProfitTable, tariff: TariffTable | None) -> str | None:
    """The currency that results are told in; ``None`` where nobody said one."""
    return profit.currency or (tariff.currency if tariff else None)


def tariff_of(profit: ProfitTable, tariff: TariffTable, origin: str) -> Tariff | TieredTariff:
    """The tariff that stands in the file itself: one price, bands or blocks.

    Raises:
        ConfigError: a price is missing, or hours are in no band or in two.
    """
    place = f"{origin}: [tariff]"
    currency = tariff.currency or profit.currency
    if currency is None:
        raise ConfigError(f'{place}: key "currency" is missing; write it, such as "EUR"')
    try:
        match tariff.kind:
            case "time-of-use":
                return with_additions(_bands(tariff, currency), tariff)
            case "tiers":
                return _tiers(tariff, currency)
            case _:
                if tariff.price_per_kilowatt_hour is None:
                    raise ConfigError(f'{place}: key "price_per_kilowatt_hour" is missing; write it, such as "0.1626"')
                return with_additions(FlatTariff(Money(tariff.price_per_kilowatt_hour, currency)), tariff)
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from None


def with_additions(prices: Tariff, tariff: TariffTable) -> Tariff:
    """Prices with the grid fee and the tax that come on top of each."""
    if not tariff.grid_fee_per_kilowatt_hour and not tariff.vat_ratio:
        return prices
    grid_fee = FlatTariff(Money(tariff.grid_fee_per_kilowatt_hour, prices.currency))
    return SummedTariff((prices, grid_fee), tariff.vat_ratio)


def _bands(tariff: TariffTable, currency: str) -> TimeOfUseTariff:
    bands = tuple(_band(table, currency) for table in tariff.bands)
    return TimeOfUseTariff(bands, zone_named(tariff.zone), frozenset(tariff.holidays))


def _band(table: BandTable, currency: str) -> Band:
    return Band(
        name=shown(table.name)[1:-1],
        price=Money(table.price_per_kilowatt_hour, currency),
        days=frozenset(WEEKDAYS.index(day.capitalize()) for day in table.days),
        start=time.fromisoformat(table.start),
        end=time.fromisoformat(table.end),
        first_day=_month_and_day(table.first_day),
        last_day=_month_and_day(table.last_day),
    )


def _month_and_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)


def _tiers(tariff: TariffTable, currency: str) -> TieredTariff:
    if tariff.grid_fee_per_kilowatt_hour or tariff.vat_ratio:
        raise ValueError("grid_fee_per_kilowatt_hour and vat_ratio are not added to blocks; write whole prices")
    tiers = (Tier(each.over_kilowatt_hours, Money(each.price_per_kilowatt_hour, currency)) for each in tariff.tiers)
    return TieredTariff(tuple(tiers), zone_named(tariff.zone))
