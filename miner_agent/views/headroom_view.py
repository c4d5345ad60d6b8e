"""How far every sensor of every device is from its own limit: what a raw temperature does not tell."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from miner_agent.model.devices import DeviceState
from miner_agent.model.snapshot import Device, RigSnapshot
from miner_agent.model.temperature_limits import Sensor, SensorLimits, temperatures_of
from miner_agent.views.figures import Circumstances, Figure, figure

Step: TypeAlias = Literal["room-3", "room-2", "room-1", "near", "over-1", "over-2", "unlimited"]
"""From far below the limit to above the critical one; unlimited: nobody knows a limit."""
ROOM_3, ROOM_2, ROOM_1 = 20.0, 10.0, 3.0
"""At least so far below its warning limit [K]."""
NO_LIMIT = "nobody knows a limit of this sensor"


class SensorHeadroom(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor of one device."""

    sensor: Sensor
    temperature_celsius: Figure
    warning_celsius: float | None
    critical_celsius: float | None
    headroom_celsius: Figure  # below zero: above the warning limit
    step: Step


class DeviceHeadroom(msgspec.Struct, frozen=True, kw_only=True):
    """One device, and each of its sensors that tells a temperature."""

    device: str
    name: str | None
    index: int
    state: str | None
    sensors: list[SensorHeadroom]
    least_celsius: float | None  # of its sensors; None: none has a limit


def headroom_views(snapshot: RigSnapshot, at: Circumstances) -> list[DeviceHeadroom]:
    """Every device: those in a bad state first, then the one with the least room; what tells no temperature is last."""
    limits = {(one.subject, one.sensor): one.limits for one in snapshot.device_thresholds}
    found = [_of(device, limits, at) for device in snapshot.inventory.devices]
    return sorted(found, key=_how_bad)


def _how_bad(one: DeviceHeadroom) -> tuple[bool, bool, float, int]:
    room = one.least_celsius
    return one.state is None, room is None, room or 0.0, one.index


def _of(device: Device, limits: dict[tuple[str, Sensor], SensorLimits], at: Circumstances) -> DeviceHeadroom:
    sensors = list(_sensors(device, limits, at))
    room = [one.headroom_celsius.value for one in sensors if one.headroom_celsius.value is not None]
    state = device.reading.state
    return DeviceHeadroom(
        device=device.label,
        name=device.reading.name,
        index=device.reading.index,
        state=None if state is None or state is DeviceState.OK else state.value,
        sensors=sensors,
        least_celsius=min(room, default=None),
    )


def _sensors(
    device: Device, limits: dict[tuple[str, Sensor], SensorLimits], at: Circumstances
) -> Iterator[SensorHeadroom]:
    for sensor, celsius in temperatures_of(device.reading).items():
        if celsius is None:
            continue
        limit = limits.get((device.label, sensor), SensorLimits())
        room = None if limit.warning_celsius is None else limit.warning_celsius - celsius
        yield SensorHeadroom(
            sensor=sensor,
            temperature_celsius=figure(
                "temperature_celsius", celsius, source=device.source, taken_at=device.read_at, at=at
            ),
            warning_celsius=limit.warning_celsius,
            critical_celsius=limit.critical_celsius,
            headroom_celsius=figure(
                "headroom_celsius", room, source=device.source, taken_at=device.read_at, at=at, reason=NO_LIMIT
            ),
            step=step_of(celsius, limit),
        )


def step_of(celsius: float, limit: SensorLimits) -> Step:
    """Where a temperature stands between room and harm.

    >>> limit = SensorLimits(warning_celsius=83.0, critical_celsius=89.0)
    >>> [step_of(celsius, limit) for celsius in (60.0, 70.0, 79.0, 82.0, 83.0, 89.0)]
    ['room-3', 'room-2', 'room-1', 'near', 'over-1', 'over-2']
    """
    if limit.critical_celsius is not None and celsius >= limit.critical_celsius:
        return "over-2"
    if limit.warning_celsius is None:
        return "unlimited"
    room = limit.warning_celsius - celsius
    if room <= 0:
        return "over-1"
    if room < ROOM_1:
        return "near"
    if room < ROOM_2:
        return "room-1"
    return "room-2" if room < ROOM_3 else "room-3"
