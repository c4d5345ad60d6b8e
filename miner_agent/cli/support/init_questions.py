"""What ``init`` asks the owner of a rig, and what it takes for an answer."""

from dataclasses import replace

import click

from miner_agent.assembly import miner_sources
from miner_agent.cli.support.profit_options import amount, currency
from miner_agent.cli.support.typed_answers import agreed, ask
from miner_agent.look.first_configuration import OwnersWord

METER_EXAMPLE = "shelly 192.168.1.40"


def with_answers(told: OwnersWord, *, zone: str) -> OwnersWord:
    """The same with what was asked of what the command line does not say.

    Args:
        told: by the command line.
        zone: in which this machine stands, for who says no other.

    Raises:
        click.Abort: nobody answers any more.
    """
    if told.price_per_kilowatt_hour is None:
        price = ask("What does a kilowatt-hour cost? As 0.32 (Enter: not known)", taken_price)
        told = replace(told, price_per_kilowatt_hour=price)
    if told.price_per_kilowatt_hour is not None:
        if told.currency is None:
            told = replace(told, currency=ask("In which currency?", currency, usual="EUR"))
        if told.zone is None:
            told = replace(told, zone=ask("In which time zone does the rig stand?", taken_zone, usual=zone))
    if told.meter is None:
        meter = ask(f"A meter at the wall? As {METER_EXAMPLE} (Enter: none)", taken_meter)
        told = replace(told, meter=meter)
    if not told.feeds:
        question = "Fetch prices from whattomine.com and the ECB? y or n"
        told = replace(told, feeds=bool(ask(question, agreed, usual="n")))
    return told


def taken_price(text: str) -> str:
    """A price as it is written into the file.

    Raises:
        click.BadParameter: it is no number.
    """
    return format(amount(text), "f")


def taken_zone(text: str) -> str:
    """Raises ValueError: there is no zone of this name."""
    from calculators.local_time import zone_named

    return zone_named(text).key


def taken_meter(text: str) -> tuple[str, str]:
    """A driver and an address in one line."""
    driver, _, address = text.strip().partition(" ")
    if not address:
        raise click.BadParameter(f"write its driver and its address, such as {METER_EXAMPLE}")
    return checked_meter(driver, address.strip())


def checked_meter(driver: str, address: str) -> tuple[str, str]:
    """The same where a meter of that kind could be at that address; it is not asked.

    Raises:
        click.BadParameter: it is no meter.
        ConfigError: there is no such driver, or that is no address.
    """
    source = miner_sources.source_at(driver, address, None)
    if source.driver.kind != "meter":
        raise click.BadParameter(f"{driver} reads a miner; a meter is read by shelly, tasmota or json")
    return driver, address
