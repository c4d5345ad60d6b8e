"""The tables of the configuration that profit is computed from: fees, power supply, tariff, feeds."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from calculators.chain.pools import SchemeName
from calculators.electricity.power import EFFICIENCY
from calculators.electricity.tariff import FlatTariff, Tariff
from calculators.electricity.tariff_bands import WEEKDAYS, Band, TimeOfUseTariff
from calculators.electricity.tariff_slots import SummedTariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff
from calculators.horizon.choice import Criterion
from calculators.local_time import zone_named
from calculators.money import Money
from miner_agent.config.words import Table, Text, path_of, quoted, shown
from miner_agent.errors import ConfigError

Ratio = Annotated[float, Meta(ge=0, le=1)]
Watts = Annotated[float, Meta(ge=0, le=1e9)]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
EVERY_DAY: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Psu = Literal["none", "white", "bronze", "silver", "gold", "platinum", "titanium"]
PsuLine = Literal["115v", "230v-eu", "230v-redundant"]
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_CURRENCY = re.compile(r"[A-Z0-9]{2,12}", re.ASCII)
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.$@_-]{0,23}", re.ASCII)


class ProfitTable(Table, frozen=True):
    """``[profit]``"""

    currency: Text | None = None
    catalog_file: Text | None = None
    coins: tuple[Text, ...] = ()
    pool_scheme: SchemeName = "pplns"
    pool_fee_ratio: Ratio = 0.01
    dev_fee_ratio: Ratio = 0
    stale_ratio: Ratio = 0
    uptime_ratio: Ratio = 1
    exchange_fee_ratio: Ratio = 0
    fixed_cost_per_day: Text = "0"
    choose_by: Criterion = "cvar"
    hysteresis_ratio: Ratio = 0.05
    minimum_dwell_seconds: Annotated[float, Meta(ge=0, le=30 * 86_400)] = 3600
    switch_cost: Text = "0"


class PowerTable(Table, frozen=True):
    """``[power]``"""

    psu: Psu | None = None
    psu_line: PsuLine = "230v-eu"
    psu_rated_watts: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    host_watts: Watts | None = None
    cooling_factor: Annotated[float, Meta(ge=1, le=10)] = 1


class BandTable(Table, frozen=True):
    """One of ``[[tariff.bands]]``"""

    name: Text
    price_per_kilowatt_hour: Text
    days: tuple[Day, ...] = EVERY_DAY
    start: Text = "00:00"
    end: Text = "00:00"
    first_day: Text = "01-01"
    last_day: Text = "12-31"


class TierTable(Table, frozen=True):
    """One of ``[[tariff.tiers]]``"""

    over_kilowatt_hours: Text
    price_per_kilowatt_hour: Text


class TariffTable(Table, frozen=True):
    """``[tariff]``: ``kind`` says which of the keys are looked at."""

    kind: Literal["flat", "time-of-use", "tiers", "dynamic"] = "flat"
    currency: Text | None = None
    zone: Text = "UTC"
    price_per_kilowatt_hour: Text | None = None
    bands: tuple[BandTable, ...] = ()
    holidays: tuple[date, ...] = ()
    tiers: tuple[TierTable, ...] = ()
    household_kilowatt_hours_per_month: Text = "0"
    feed: Text | None = None
    grid_fee_per_kilowatt_hour: Text = "0"
    vat_ratio: Text = "0"


class FeedTable(Table, frozen=True):
    """``[[feeds]]``"""

    feed: Text
    name: Text | None = None
    base_url: Text | None = None
    file: Text | None = None
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    key_file: Text | None = None
    interval_seconds: float | None = None
    deadline_seconds: float = 20.0


class FeedEntry(Struct, frozen=True, kw_only=True):
    """One feed to ask. ``place`` says where in which file it stands; ``feeding`` checks the rest."""

    place: str
    feed: str
    name: str
    base_url: str | None
    file: Path | None
    parameters: Mapping[str, str]
    key_file: Path | None
    key_from_systemd: bool
    interval_seconds: float | None
    deadline_seconds: float


def feed_entry(table: FeedTable, *, place: str, base: Path, key_file: Path | None, key_from_systemd: bool) -> FeedEntry:
    """A feed as the file at ``base`` says it."""
    return FeedEntry(
        place=place,
        feed=table.feed,
        name=table.name or table.feed,
        base_url=table.base_url,
        file=None if table.file is None else base / path_of(table.file, f"{place}: file"),
        parameters=table.parameters,
        key_file=key_file,
        key_from_systemd=key_from_systemd,
        interval_seconds=table.interval_seconds,
        deadline_seconds=table.deadline_seconds,
    )


def with_whole_paths(raw: dict[str, Any], base: Path) -> dict[str, Any]:
    """A file's tables, where paths beside the file are whole ones."""
    profit = raw.get("profit")
    if not isinstance(profit, dict) or not isinstance(profit.get("catalog_file"), str):
        return raw
    path = base / path_of(profit["catalog_file"], "[profit]: catalog_file")
    return {**raw, "profit": {**profit, "catalog_file": str(path)}}


def check(
    profit: ProfitTable, power: PowerTable, tariff: TariffTable | None, feeds: Sequence[FeedEntry], origin: str
) -> None:
    """Refuse what no calculation could be made with.

    Raises:
        ConfigError: with the place and what to write.
    """
    currency_of(profit, tariff, origin)
    amount(profit.fixed_cost_per_day, f"{origin}: [profit]: fixed_cost_per_day")
    if amount(profit.switch_cost, f"{origin}: [profit]: switch_cost") < 0:
        raise ConfigError(f"{origin}: [profit]: switch_cost is below zero; write what a switch costs")
    for coin in profit.coins:
        if not _TICKER.fullmatch(coin):
            raise ConfigError(f"{origin}: [profit]: coins has {shown(coin)}; write tickers in capitals, such as RVN")
    if power.psu not in {None, "none"} and power.psu not in EFFICIENCY[power.psu_line]:
        classes = ", ".join(EFFICIENCY[power.psu_line])
        raise ConfigError(f'{origin}: [power]: psu = "{power.psu}" is no class at {power.psu_line}; known: {classes}')
    if tariff is None:
        return
    if tariff.kind == "dynamic":
        if tariff.feed is None:
            raise ConfigError(f'{origin}: [tariff]: key "feed" is missing; name one of [[feeds]] that has prices')
        if tariff.feed not in {feed.name for feed in feeds}:
            raise ConfigError(f"{origin}: [tariff]: feed = {shown(tariff.feed)} is none of [[feeds]]")
        _additions(tariff, origin)
    else:
        tariff_of(profit, tariff, origin)


def currency_of(profit: ProfitTable, tariff: TariffTable | None, origin: str) -> str | None:
    """The currency that results are told in; ``None`` where nobody said one."""
    told = profit.currency or (tariff.currency if tariff else None)
    if told is not None and not _CURRENCY.fullmatch(told):
        raise ConfigError(f"{origin}: currency = {shown(told)} is not possible; write its code, such as EUR")
    return told


def tariff_of(profit: ProfitTable, tariff: TariffTable, origin: str) -> Tariff | TieredTariff:
    """The tariff that stands in the file itself: one price, bands or blocks.

    Raises:
        ConfigError: a price is missing, or hours are in no band or in two.
    """
    currency = tariff.currency or currency_of(profit, tariff, origin)
    if currency is None:
        raise ConfigError(f'{origin}: [tariff]: key "currency" is missing; write it, such as "EUR"')
    place = f"{origin}: [tariff]"
    try:
        match tariff.kind:
            case "time-of-use":
                return with_additions(_bands(tariff, currency, place), tariff, origin)
            case "tiers":
                return _tiers(tariff, currency, place)
            case _:
                if tariff.price_per_kilowatt_hour is None:
                    raise ConfigError(f'{place}: key "price_per_kilowatt_hour" is missing; write it, such as "0.1626"')
                price = amount(tariff.price_per_kilowatt_hour, f"{place}: price_per_kilowatt_hour")
                return with_additions(FlatTariff(Money(price, currency)), tariff, origin)
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from None


def with_additions(prices: Tariff, tariff: TariffTable, origin: str) -> Tariff:
    """Prices with the grid fee and the tax that come on top of each."""
    grid_fee, vat_ratio = _additions(tariff, origin)
    if not grid_fee and not vat_ratio:
        return prices
    return SummedTariff((prices, FlatTariff(Money(grid_fee, prices.currency))), vat_ratio)


def amount(text: str, place: str) -> Decimal:
    """A decimal number that stands as text, so that no digit of money is lost.

    Raises:
        ConfigError: it is none.
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > Decimal("1e15") or len(text) > 40:
        raise ConfigError(f'{place} = {shown(text)} is not possible; write a number as text, such as "0.1626"')
    return number


def rendered(
    profit: ProfitTable, power: PowerTable, tariff: TariffTable | None, feeds: Iterable[FeedEntry]
) -> Iterator[str]:
    """What differs from the defaults, as TOML."""
    for name, table in (("profit", profit), ("power", power), ("tariff", tariff)):
        if table is not None and table != type(table)():
            yield from ("", f"[{name}]", *_lines(table))
    if tariff is not None:
        for list_name, entries in (("bands", tariff.bands), ("tiers", tariff.tiers)):
            for entry in entries:
                yield from ("", f"[[tariff.{list_name}]]", *_lines(entry))
    for feed in feeds:
        yield from ("", "[[feeds]]", *_lines(feed))


def _lines(table: Struct) -> Iterator[str]:
    defaults = {field.name: field.default for field in msgspec.structs.fields(table)}
    for name in table.__struct_fields__:
        value = getattr(table, name)
        hidden = name in {"place", "key_from_systemd", "bands", "tiers"}
        if not hidden and value is not None and value not in (defaults[name], (), {}):
            yield f"{name} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, str | Path):
        return quoted(str(value))
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{quoted(key)} = {_toml(item)}' for key, item in value.items())} }}"
    return value.isoformat() if isinstance(value, date) else repr(value)


def _additions(tariff: TariffTable, origin: str) -> tuple[Decimal, Decimal]:
    place = f"{origin}: [tariff]"
    grid_fee = amount(tariff.grid_fee_per_kilowatt_hour, f"{place}: grid_fee_per_kilowatt_hour")
    vat_ratio = amount(tariff.vat_ratio, f"{place}: vat_ratio")
    if not 0 <= vat_ratio < 1:
        raise ConfigError(f'{place}: vat_ratio = {shown(tariff.vat_ratio)} is not possible; "0.19" is 19 %')
    return grid_fee, vat_ratio


def _bands(tariff: TariffTable, currency: str, place: str) -> TimeOfUseTariff:
    bands = []
    for position, table in enumerate(tariff.bands, start=1):
        where = f"{place}: band {position} ({shown(table.name)[1:-1]})"
        bands.append(
            Band(
                name=shown(table.name)[1:-1],
                price=Money(amount(table.price_per_kilowatt_hour, f"{where}: price_per_kilowatt_hour"), currency),
                days=frozenset(WEEKDAYS.index(day.capitalize()) for day in table.days),
                start=_clock(table.start, f"{where}: start"),
                end=_clock(table.end, f"{where}: end"),
                first_day=_month_day(table.first_day, f"{where}: first_day"),
                last_day=_month_day(table.last_day, f"{where}: last_day"),
            )
        )
    return TimeOfUseTariff(tuple(bands), zone_named(tariff.zone), frozenset(tariff.holidays))


def _tiers(tariff: TariffTable, currency: str, place: str) -> TieredTariff:
    if any(_additions(tariff, place.removesuffix(": [tariff]"))):
        raise ConfigError(
            f"{place}: grid_fee_per_kilowatt_hour and vat_ratio are not added to blocks; write whole prices"
        )
    tiers = []
    for position, table in enumerate(tariff.tiers, start=1):
        where = f"{place}: tier {position}"
        over = amount(table.over_kilowatt_hours, f"{where}: over_kilowatt_hours")
        price = amount(table.price_per_kilowatt_hour, f"{where}: price_per_kilowatt_hour")
        tiers.append(Tier(over, Money(price, currency)))
    household = amount(tariff.household_kilowatt_hours_per_month, f"{place}: household_kilowatt_hours_per_month")
    if household < 0:
        raise ConfigError(f"{place}: household_kilowatt_hours_per_month is below zero; write what the house uses")
    return TieredTariff(tuple(tiers), zone_named(tariff.zone))


def _clock(text: str, place: str) -> time:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ConfigError(f'{place} = {shown(text)} is not possible; write a time of day, such as "06:00"')
    return time(int(found[1]), int(found[2]))


def _month_day(text: str, place: str) -> tuple[int, int]:
    found = _MONTH_DAY.fullmatch(text)
    if found is None:
        raise ConfigError(f'{place} = {shown(text)} is not possible; write month and day, such as "10-01"')
    return int(found[1]), int(found[2])
