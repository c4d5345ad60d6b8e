"""Shelly, local HTTP API: the first generation (``/status``), and the second and later ones (``/rpc``).

Counters are in watt-minutes in ``meters`` of the first generation, in watt-hours everywhere else. ``aenergy`` counts
what went through in both directions, and ``ret_aenergy`` what of it came back. A device with several kinds of
components is read by the one that is made for metering: phases (em), clamps (em1), meters (pm1), then relays.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from calculators.units import WATT_HOUR, WATT_MINUTE
from miner_agent.drivers.shared.cards import amount
from miner_agent.drivers.shared.metering import Channel, reading
from miner_agent.model.readings import MeterReading
from miner_agent.sources.driver import Driver, HttpGet, MeterOptions
from miner_agent.sources.payload import Doc, Payloads, Step

STATUS = HttpGet("status", "/rpc/Shelly.GetStatus", aliases=("/status",))
PHASES = ("a", "b", "c")
FAILURES = ("power_meter_failure", "out_of_range:act_power", "ct_type_not_set")
NOT_COUNTING = "count_disabled"
COUNTER_DIGITS = 3  # of watt-hours: a difference of two counters must not move by what a float cannot hold


def parse(payloads: Payloads, channel: int | None = None) -> MeterReading:
    status = payloads.json(STATUS.name)
    if not status.is_object():
        status.expected("an object")
    found: dict[int, Channel] = {}
    for kind in (_phases, _clamps, _meters, _relays, _old_clamps, _old_relays):
        found = found or dict(kind(status))
    return reading(found, channel, status, product="Shelly")


def _phases(status: Doc) -> Iterator[tuple[int, Channel]]:
    for number, meter in _components(status, "em"):
        failed, counters = _failed(meter, "errors"), status.at(f"emdata:{number}")
        if not any(_has(meter, f"{phase}_act_power") for phase in PHASES):
            continue
        for position, phase in enumerate(PHASES):
            found = _clamp(meter, f"{phase}_", counters.at(f"{phase}_total_act_energy"))
            yield number * len(PHASES) + position, Channel() if failed else found


def _clamps(status: Doc) -> Iterator[tuple[int, Channel]]:
    clamps = list(_components(status, "em1"))
    for number, meter in clamps if any(_has(meter, "act_power") for _, meter in clamps) else ():
        yield number, _clamp(meter, "", status.at(f"em1data:{number}", "total_act_energy"))


def _clamp(meter: Doc, prefix: str, counter: Doc) -> Channel:
    if _failed(meter, f"{prefix}errors"):
        return Channel()
    counting = all(flag.value != NOT_COUNTING for flag in meter.items(f"{prefix}flags"))
    return Channel(
        power_watts=meter.number_or_none(f"{prefix}act_power"),
        energy_joules_total=_joules(amount(counter), WATT_HOUR) if counting else None,
        voltage_volts=meter.number_or_none(f"{prefix}voltage"),
        current_amperes=meter.number_or_none(f"{prefix}current"),
    )


def _meters(status: Doc) -> Iterator[tuple[int, Channel]]:
    return _metered(status, "pm1")


def _relays(status: Doc) -> Iterator[tuple[int, Channel]]:
    return _metered(status, "switch")


def _metered(status: Doc, kind: str) -> Iterator[tuple[int, Channel]]:
    for number, meter in _components(status, kind):
        if _has(meter, "apower") or _has(meter, "aenergy"):  # a relay without a meter says nothing of power
            through, returned = amount(meter, "aenergy", "total"), amount(meter, "ret_aenergy", "total")
            if returned is None and meter.value_at("ret_aenergy") is None:
                returned = 0.0
            yield (
                number,
                Channel(
                    power_watts=meter.number_or_none("apower"),
                    energy_joules_total=None
                    if through is None or returned is None
                    else _joules(round(through - returned, COUNTER_DIGITS), WATT_HOUR),
                    voltage_volts=meter.number_or_none("voltage"),
                    current_amperes=meter.number_or_none("current"),
                ),
            )


def _old_clamps(status: Doc) -> Iterator[tuple[int, Channel]]:
    return _old(status, "emeters", WATT_HOUR)


def _old_relays(status: Doc) -> Iterator[tuple[int, Channel]]:
    return _old(status, "meters", WATT_MINUTE)


def _old(status: Doc, key: str, unit_joules: float) -> Iterator[tuple[int, Channel]]:
    meters = list(status.items(key))
    for meter in meters:
        if not meter.is_object():
            meter.expected("an object")
    if not any(_has(meter, "total") for meter in meters):
        return  # relays without meters: the power is what their owner has typed in
    for number, meter in enumerate(meters):
        if meter.truth_or_none("is_valid") is False:
            yield number, Channel()
            continue
        yield (
            number,
            Channel(
                power_watts=meter.number_or_none("power"),
                energy_joules_total=_joules(amount(meter, "total"), unit_joules),
                voltage_volts=meter.number_or_none("voltage"),
                current_amperes=meter.number_or_none("current"),
            ),
        )


def _components(status: Doc, kind: str) -> Iterator[tuple[int, Doc]]:
    """Every component of that kind, such as ``switch:0``, by its number."""
    for key, component in status.entries():
        name, _, number = key.partition(":")
        if name == kind and number.isascii() and number.isdecimal() and len(number) <= 4:
            if not component.is_object():
                component.expected("an object")
            yield int(number), component


def _has(place: Doc, key: Step) -> bool:
    return isinstance(place.value, dict) and key in place.value


def _failed(meter: Doc, key: str) -> bool:
    return any(error.value in FAILURES for error in meter.items(key))


def _joules(counter: float | None, unit_joules: float) -> float | None:
    return None if counter is None else counter * unit_joules


def configured(options: MeterOptions) -> Driver:
    """For the channel that is configured."""
    return replace(DRIVER, parse=partial(parse, channel=options.channel))


DRIVER = Driver(
    name="shelly",
    products=("Shelly", "Shelly Plus", "Shelly Pro"),
    requests=(STATUS,),
    parse=parse,
    kind="meter",
    takes=("channel",),
    configured=configured,
    default_port=80,
    enable_api="on by default; leave its password off, which is not supported, and keep it in a network of its own",
    documentation="https://shelly-api-docs.shelly.cloud/",
    only_read_about="all of it",
)
