"""Tasmota, web API: ``Status 8``, the readings of its sensors.

A device with several sockets or phases gives lists; what it knows of all of them in common only, it gives as a number.
"""

from dataclasses import replace
from functools import partial

from calculators.units import KILOWATT_HOUR
from miner_agent.drivers.shared.metering import Channel, reading
from miner_agent.model.readings import MeterReading
from miner_agent.sources.driver import Driver, HttpGet, MeterOptions
from miner_agent.sources.payload import Doc, Payloads

SENSORS = HttpGet("sensors", "/cm?cmnd=Status%208")


def parse(payloads: Payloads, channel: int | None = None) -> MeterReading:
    answer = payloads.json(SENSORS.name)
    if answer.value_at("WARNING") is not None:
        answer.at("WARNING").expected("an answer without its web password")
    energy = answer.at("StatusSNS", "ENERGY")
    powers, counters = _numbers(energy, "Power"), _numbers(energy, "Total")
    voltages, currents = _numbers(energy, "Voltage"), _numbers(energy, "Current")
    joules = [None if counter is None or counter < 0 else counter * KILOWATT_HOUR for counter in counters]
    channels = {
        number: Channel(
            power_watts=power,
            energy_joules_total=joules[number] if len(joules) == len(powers) else None,
            voltage_volts=voltages[number] if len(voltages) == len(powers) else _common(voltages),
            current_amperes=currents[number] if len(currents) == len(powers) else None,
        )
        for number, power in enumerate(powers)
    }
    found = reading(channels, channel, energy, product="Tasmota")
    return found if channel is not None or len(joules) != 1 else replace(found, energy_joules_total=joules[0])


def _numbers(energy: Doc, key: str) -> list[float | None]:
    """A number for each channel, or one for all of them."""
    place = energy.at(key)
    if place.is_list():
        return [item.number_or_none() for item in place.items()]
    return [] if place.value is None else [place.number_or_none()]


def _common(voltages: list[float | None]) -> float | None:
    return voltages[0] if len(voltages) == 1 else None


def configured(options: MeterOptions) -> Driver:
    """For the channel that is configured."""
    return replace(DRIVER, parse=partial(parse, channel=options.channel))


DRIVER = Driver(
    name="tasmota",
    products=("Tasmota",),
    requests=(SENSORS,),
    parse=parse,
    kind="meter",
    takes=("channel",),
    configured=configured,
    default_port=80,
    enable_api="on by default; leave its web password off, which is not supported, and keep it in a network of its own",
    documentation="https://tasmota.github.io/docs/JSON-Status-Responses/",
    only_read_about="all of it",
)
