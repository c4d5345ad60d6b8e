"""What ``[tariff]`` comes to; and what no calculation could be made with."""

from collections.abc import Sequence
from datetime import time

from calculators.electricity.power import EFFICIENCY
from calculators.electricity.tariff import FlatTariff, Tariff
from calculators.electricity.tariff_bands import Band, TimeOfUseTariff
from calculators.electricity.tariff_slots import SummedTariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.local_time import zone_named
from calculators.money import Money
from miner_agent.config.entries import FeedEntry
from miner_agent.config.key_types import Amount
from miner_agent.config.profit_keys import EVERY_DAY, BandTable, PowerTable, ProfitTable, TariffTable
from miner_agent.config.public_holidays import public_holidays
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError

_ON_TOP = {"bands", "holidays", "holidays_of", "grid_fee_per_kilowatt_hour", "vat_ratio"}
APPLIES = {
    "flat": {"price_per_kilowatt_hour", *_ON_TOP},
    "time-of-use": _ON_TOP,
    "tiers": {"tiers", "household_kilowatt_hours_per_month"},
    "dynamic": {"feed", *_ON_TOP},
}
"""The keys that a tariff of each kind looks at. Bands are whole prices of ``time-of-use``, else fees on top."""
TARIFF_KEYS = frozenset().union(*APPLIES.values())


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
    _refuse_what_does_not_apply(tariff, f"{origin}: [tariff]")
    if tariff.kind != "dynamic":
        tariff_of(profit, tariff, origin)
        return
    fees_by_hour(profit, tariff, origin)
    if tariff.feed is None:
        raise ConfigError(f'{origin}: [tariff]: key "feed" is missing; name one of [[feeds]] that has prices')
    if tariff.feed not in {feed.name for feed in feeds}:
        raise ConfigError(f"{origin}: [tariff]: feed = {shown(tariff.feed)} is none of [[feeds]]")


def _refuse_what_does_not_apply(tariff: TariffTable, place: str) -> None:
    """Raises ConfigError: a key is set that a tariff of this kind does not look at."""
    for name in TARIFF_KEYS - APPLIES[tariff.kind]:
        if getattr(tariff, name) != getattr(TariffTable(), name):
            kinds = " or ".join(f'"{kind}"' for kind, names in APPLIES.items() if name in names)
            raise ConfigError(f'{place}: {name} is not of kind = "{tariff.kind}" but of {kinds}; leave one away')
    if (tariff.holidays or tariff.holidays_of) and not tariff.bands:
        raise ConfigError(f"{place}: holidays are days of [[tariff.bands]], and there are none; leave them away")


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
                    whole = ', or kind = "time-of-use" where the bands are whole prices' if tariff.bands else ""
                    hint = f'write it, such as "0.1626"{whole}'
                    raise ConfigError(f'{place}: key "price_per_kilowatt_hour" is missing; {hint}')
                flat = FlatTariff(Money(tariff.price_per_kilowatt_hour, currency))
                return with_additions(flat, tariff, fees_by_hour(profit, tariff, origin))
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from None


def fees_by_hour(profit: ProfitTable, tariff: TariffTable, origin: str) -> Tariff | None:
    """The fees of hours that come on top of one price or of a feed's; ``None`` where there are none.

    Raises:
        ConfigError: nobody says their currency, or hours are in two bands.
    """
    if not tariff.bands:
        return None
    currency = tariff.currency or profit.currency
    if currency is None:
        raise ConfigError(f'{origin}: [tariff]: key "currency" is missing; write it, such as "EUR"')
    try:
        return _bands(tariff, currency, elsewhere=Money(Amount(0), currency))
    except ValueError as error:
        raise ConfigError(f"{origin}: [tariff]: {error}") from None


def with_additions(prices: Tariff, tariff: TariffTable, fees: Tariff | None = None) -> Tariff:
    """Prices with the fees and the tax that come on top of each."""
    if not tariff.grid_fee_per_kilowatt_hour and not tariff.vat_ratio and fees is None:
        return prices
    grid_fee = FlatTariff(Money(tariff.grid_fee_per_kilowatt_hour, prices.currency))
    return SummedTariff((prices, grid_fee, *([fees] if fees else [])), tariff.vat_ratio)


def _bands(tariff: TariffTable, currency: str, *, elsewhere: Money | None = None) -> TimeOfUseTariff:
    bands = tuple(_band(table, currency) for table in tariff.bands)
    days = frozenset(tariff.holidays)
    if tariff.holidays_of is not None:
        days |= public_holidays(tariff.holidays_of)
    return TimeOfUseTariff(bands, zone_named(tariff.zone), days, elsewhere)


def _band(table: BandTable, currency: str) -> Band:
    return Band(
        name=shown(table.name)[1:-1],
        price=Money(table.price_per_kilowatt_hour, currency),
        days=frozenset(EVERY_DAY.index(day) for day in table.days),
        start=time.fromisoformat(table.start),
        end=time.fromisoformat(table.end),
        first_day=_month_and_day(table.first_day),
        last_day=_month_and_day(table.last_day),
    )


def _month_and_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)


def _tiers(tariff: TariffTable, currency: str) -> TieredTariff:
    tiers = (Tier(each.over_kilowatt_hours, Money(each.price_per_kilowatt_hour, currency)) for each in tariff.tiers)
    return TieredTariff(tuple(tiers), zone_named(tariff.zone))
