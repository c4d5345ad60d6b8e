"""Finds the limits of every temperature that a tick has shown."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from itertools import chain, repeat
from operator import attrgetter, is_

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
_TEMPERATURES = [one.name for one in fields(DeviceReading) if one.name.endswith("_temperature_celsius")]
_READING, _NAMED = attrgetter("reading"), attrgetter("label", "source")
_CELSIUS = attrgetter(*_TEMPERATURES)
_CALLED = attrgetter("kind", "vendor", "name", *(name for name in _TEMPERATURES if "slowdown" in name))
"""What the limits of a device go by, beside how it is named and which temperatures it tells."""


class Thresholds:
    """Of one rig. Temperatures change and limits hardly ever: they are found again where something else has changed."""

    __slots__ = ("_found", "_found_by")

    def __init__(self) -> None:
        self._found: tuple[tuple[TemperatureThreshold, ...], tuple[TemperatureThreshold, ...]] = (), ()
        self._found_by: object = None

    def of(
        self, outcomes: Iterable[Outcome[Reading]], inventory: Inventory, limits: TemperatureLimits, *, rig: str
    ) -> tuple[tuple[TemperatureThreshold, ...], tuple[TemperatureThreshold, ...]]:
        """Of each device, in the order of the inventory; of each machine that measures its room or what cools it."""
        machines = _machines(outcomes)
        readings = list(map(_READING, inventory.devices))
        by = (
            limits,
            rig,
            [
                (name, one.product, one.software, *map(is_, _of_machine(one).values(), repeat(None)))
                for name, one in machines.items()
            ],
            list(map(_NAMED, inventory.devices)),
            list(map(_CALLED, readings)),
            list(map(is_, chain.from_iterable(map(_CELSIUS, readings)), repeat(None))),
        )
        if by != self._found_by:
            self._found = (
                _device_thresholds(machines, inventory, limits, rig=rig),
                _miner_thresholds(machines, limits, rig=rig),
            )
            self._found_by = by
        return self._found


def _device_thresholds(
    machines: Mapping[str, MinerSnapshot], inventory: Inventory, limits: TemperatureLimits, *, rig: str
) -> tuple[TemperatureThreshold, ...]:
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


def _miner_thresholds(
    machines: Mapping[str, MinerSnapshot], limits: TemperatureLimits, *, rig: str
) -> tuple[TemperatureThreshold, ...]:
    found = []
    for miner, reading in machines.items():
        for sensor, celsius in _of_machine(reading).items():
            if celsius is not None:
                sensed = Sensed(sensor=sensor, rig=rig, called=_words(reading.product, reading.software))
                found.append(TemperatureThreshold(subject=miner, sensor=sensor, limits=limits.of(sensed)))
    return tuple(one for one in found if one.limits != _UNKNOWN)


def _of_machine(reading: MinerSnapshot) -> dict[Sensor, float | None]:
    return {"ambient": reading.ambient_temperature_celsius, "liquid": reading.liquid_temperature_celsius}


def _machines(outcomes: Iterable[Outcome[Reading]]) -> Mapping[str, MinerSnapshot]:
    return {one.source: one.reading for one in outcomes if isinstance(one.reading, MinerSnapshot)}


def _called(device: DeviceReading, machine: MinerSnapshot | None) -> str:
    of_machine = (machine.product, machine.software) if machine is not None else ()
    return _words(device.vendor, device.name, *of_machine)


def _words(*told: str | None) -> str:
    return " | ".join(word for word in told if word)
