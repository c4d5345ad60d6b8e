"""Finds the limits of every temperature that a tick has shown. Pure."""

from collections.abc import Iterable, Mapping

from miner_agent.model.devices import DeviceReading
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import Inventory
from miner_agent.model.temperature_limits import (
    Sensed,
    Sensor,
    SensorLimits,
    TemperatureLimits,
    TemperatureThreshold,
    slowdowns_of,
    temperatures_of,
)

_UNKNOWN = SensorLimits()


def device_thresholds(
    outcomes: Iterable[Outcome[Reading]], inventory: Inventory, limits: TemperatureLimits, *, rig: str
) -> tuple[TemperatureThreshold, ...]:
    """Of each device, in the order of the inventory."""
    machines = _machines(outcomes)
    found = []
    for device in inventory.devices:
        called = _called(device.reading, machines.get(device.source))
        slowdowns = slowdowns_of(device.reading)
        for sensor, celsius in temperatures_of(device.reading).items():
            if celsius is not None:
                sensed = Sensed(
                    sensor=sensor,
                    rig=rig,
                    device=device.label,
                    kind=device.reading.kind,
                    called=called,
                    slowdown_celsius=slowdowns.get(sensor),
                )
                found.append(TemperatureThreshold(subject=device.label, sensor=sensor, limits=limits.of(sensed)))
    return tuple(one for one in found if one.limits != _UNKNOWN)


def miner_thresholds(
    outcomes: Iterable[Outcome[Reading]], limits: TemperatureLimits, *, rig: str
) -> tuple[TemperatureThreshold, ...]:
    """Of each machine that measures its room or what cools it."""
    found = []
    for miner, reading in _machines(outcomes).items():
        told: dict[Sensor, float | None] = {
            "ambient": reading.ambient_temperature_celsius,
            "liquid": reading.liquid_temperature_celsius,
        }
        for sensor, celsius in told.items():
            if celsius is not None:
                sensed = Sensed(sensor=sensor, rig=rig, called=_words(reading.product, reading.software))
                found.append(TemperatureThreshold(subject=miner, sensor=sensor, limits=limits.of(sensed)))
    return tuple(one for one in found if one.limits != _UNKNOWN)


def _machines(outcomes: Iterable[Outcome[Reading]]) -> Mapping[str, MinerSnapshot]:
    return {one.source: one.reading for one in outcomes if isinstance(one.reading, MinerSnapshot)}


def _called(device: DeviceReading, machine: MinerSnapshot | None) -> str:
    of_machine = (machine.product, machine.software) if machine is not None else ()
    return _words(device.vendor, device.name, *of_machine)


def _words(*told: str | None) -> str:
    return " | ".join(word for word in told if word)
