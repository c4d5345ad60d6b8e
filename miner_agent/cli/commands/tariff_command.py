"""``miner-agent tariff``: what a kilowatt-hour costs at which time."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import FILE, LONGEST_DAYS, config_option, csv_option, json_option
from miner_agent.cli.support.profit_options import amount, currency, tax

if TYPE_CHECKING:
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from calculators.electricity.tariff import Slot
    from calculators.electricity.tariff_tiers import TieredTariff
    from exporters.csv import Cell
    from miner_agent.profit.energy_cost import Prices


@click.group("tariff")
def command() -> None:
    """Look at the tariff that profit is computed with.

    \b
    Example:
      miner-agent tariff show --kwh-price 0.1626
    """


@command.command("show")
@config_option
@click.option("--tariff", "tariff_file", type=FILE, metavar="FILE", help="File with price slots, or [tariff] in TOML.")
@click.option("--kwh-price", type=amount, metavar="NUMBER", help="One price at any time.")
@click.option("--grid-fee", type=amount, metavar="NUMBER", help="Fees and taxes per kilowatt-hour on top of --tariff.")
@click.option("--vat", "vat_ratio", type=tax, metavar="NUMBER", help="Tax on the sum of both, such as 0.19.")
@click.option("--currency", type=currency, metavar="CODE", help="That prices are shown in.")
@click.option("--day", "first", metavar="DAY", help="The first day, such as 2026-11-21; without it: today.")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=1, show_default=True, help="How many days.")
@click.option("--zone", help="Time zone of days and times, such as Europe/Berlin; without it: the tariff's.")
@csv_option()
@json_option
def show(
    config_path: Path | None,
    first: str | None,
    days: int,
    zone: str | None,
    *,
    as_csv: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Print the price of each slot of a day, or of several, and their mean.

    \b
    Example:
      miner-agent tariff show --kwh-price 0.1626 --days 2 --zone Europe/Berlin
    """
    from calculators.electricity.tariff_tiers import TieredTariff
    from miner_agent.cli.support.market_inputs import Sources
    from miner_agent.cli.support.needed_config import needed
    from miner_agent.cli.support.tariff_input import prices, zone_meant
    from miner_agent.economy.overrides import Overrides
    from miner_agent.economy.terms import Terms
    from miner_agent.tables.coin_table import load_coins

    now = datetime.now(UTC)
    config = needed(config_path)
    terms = Terms.of(config.loaded)
    found = prices(config, terms, Overrides(**given), Sources(config.loaded, load_coins(), now))
    for note in found.notes:
        tell(f"note: {note}", err=True)
    if isinstance(found.tariff, TieredTariff):
        _show_tiers(found, found.tariff, as_csv=as_csv, as_json=as_json)
        return
    place = zone_meant(zone, terms, given["tariff_file"])
    slots = _slots(found, first, days, place, now)
    if as_json:
        print_json(_document(found, slots))
    elif as_csv:
        rows: list[tuple[Cell, ...]] = [
            (slot.start.astimezone(place), slot.end.astimezone(place), slot.price.amount, slot.price.currency)
            for slot in slots
        ]
        print_csv(("start", "end", "price_per_kilowatt_hour", "currency"), rows)
    else:
        _show_slots(found, slots, place)


def _slots(prices: "Prices", first: str | None, days: int, place: "ZoneInfo", now: datetime) -> "list[Slot]":
    """The slots of whole days, as far as the tariff knows them."""
    from calculators.local_time import day_bounds
    from miner_agent.errors import SourceError

    try:
        day = now.astimezone(place).date() if first is None else date.fromisoformat(first)
        start, end = day_bounds(day, place)[0], day_bounds(day + timedelta(days=days - 1), place)[1]
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{first!r} is no day, such as 2026-11-21", param_hint="--day") from None
    known_from, known_until = prices.known_from or start, prices.known_until or end
    if known_until <= start or known_from >= end:
        raise SourceError(
            f"{prices.source}: prices are known from {known_from:%Y-%m-%d %H:%M} to {known_until:%Y-%m-%d %H:%M} UTC; "
            "ask for --day within that"
        )
    slots = prices.known_slots(max(start, known_from), min(end, known_until))
    if not slots:
        raise SourceError(f"{prices.source}: of that time no price is known; ask for another --day")
    return slots


def _mean(slots: "list[Slot]") -> "Decimal":
    from decimal import Decimal

    seconds = sum(slot.seconds for slot in slots)
    return sum((slot.price.amount * slot.seconds for slot in slots), Decimal(0)) / seconds


def _show_slots(prices: "Prices", slots: "list[Slot]", place: "ZoneInfo") -> None:
    from calculators.told_figures import digits

    tell(f"{prices.source}: {prices.currency} per kWh, times of {place.key}")
    for slot in slots:
        start, end = slot.start.astimezone(place), slot.end.astimezone(place)
        click.echo(f"{start:%Y-%m-%d %H:%M%z} to {end:%Y-%m-%d %H:%M%z}  {slot.price.amount:>10.5f}")
    amounts = [slot.price.amount for slot in slots]
    tell(f"mean {digits(_mean(slots))}, lowest {digits(min(amounts))}, highest {digits(max(amounts))}")


def _show_tiers(prices: "Prices", tariff: "TieredTariff", *, as_csv: bool, as_json: bool) -> None:
    from calculators.told_figures import plain
    from miner_agent.profit.document import money

    if as_csv:
        rows = [(tier.over_kilowatt_hours, tier.price.amount, tier.price.currency) for tier in tariff.tiers]
        print_csv(("over_kilowatt_hours", "price_per_kilowatt_hour", "currency"), rows)
        return
    if as_json:
        tiers = [
            {"over_kilowatt_hours": plain(tier.over_kilowatt_hours), "price_per_kilowatt_hour": money(tier.price)}
            for tier in tariff.tiers
        ]
        print_json({"version": 1, "source": prices.source, "tiers": tiers})
        return
    tell(f"{prices.source}: {prices.currency} per kWh, by what is used in a month")
    for tier in tariff.tiers:
        click.echo(f"above {tier.over_kilowatt_hours} kWh  {tier.price.amount:>10.5f}")


def _document(prices: "Prices", slots: "list[Slot]") -> dict[str, Any]:
    from calculators.money import Money
    from miner_agent.profit.document import at, money

    return {
        "version": 1,
        "source": prices.source,
        "taken_at": at(prices.taken_at),
        "currency": prices.currency,
        "mean_price_per_kilowatt_hour": money(Money(_mean(slots), prices.currency)),
        "slots": [
            {"start": at(slot.start), "end": at(slot.end), "price_per_kilowatt_hour": money(slot.price)}
            for slot in slots
        ],
        "notes": list(prices.notes),
    }
