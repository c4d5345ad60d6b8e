"""Where zero means that nothing was read: one rule for a quantity, whoever tells it. Pure.

A core at 0 °C, a card that draws 0 W, a clock that stands still, a memory of no bytes: they cannot be, and are what
programs write where a sensor is missing. Nobody is told of it as of an error, for at most machines it stays so.
"""

from dataclasses import replace
from typing import TypeVar

from miner_agent.model.devices import DeviceKind, DevicePart, DeviceReading, DeviceWork
from miner_agent.model.readings import FilesystemReading, HostReading, MinerSnapshot, Workload

NEVER_ZERO: dict[type, frozenset[str]] = {
    DeviceReading: frozenset(
        {
            "core_temperature_celsius",
            "memory_temperature_celsius",
            "hotspot_temperature_celsius",
            "vrm_temperature_celsius",
            "slowdown_temperature_celsius",
            "memory_slowdown_temperature_celsius",
            "hotspot_slowdown_temperature_celsius",
            "shutdown_temperature_celsius",
            "voltage_volts",
            "power_watts",
            "power_limit_watts",
            "power_limit_max_watts",
            "core_clock_hertz",
            "memory_clock_hertz",
            "memory_size_bytes",
            "chips_expected",
        }
    ),
    DevicePart: frozenset({"core_temperature_celsius", "hotspot_temperature_celsius"}),
    DeviceWork: frozenset({"nominal_hashes_per_second"}),
    Workload: frozenset(
        {
            "share_difficulty",
            "hashes_per_difficulty",
            "nominal_hashes_per_second",
            "best_difficulty",
            "session_best_difficulty",
        }
    ),
    MinerSnapshot: frozenset({"liquid_temperature_celsius", "boards_expected"}),
    HostReading: frozenset({"memory_size_bytes"}),
    FilesystemReading: frozenset({"size_bytes"}),
}
"""Not among them: what the air of a room or the water of an inlet has in winter, a fan that stands still, a load."""

FANS_THAT_FAIL_TOGETHER = 2


Value = TypeVar("Value")


def without_idle_sensors(value: Value) -> Value:
    """``value`` as it is, but for what one firmware says of its machine: see ``_at_work``."""
    return _at_work(value) if isinstance(value, MinerSnapshot) else value  # type: ignore[return-value]


def _at_work(snapshot: MinerSnapshot) -> MinerSnapshot:
    """``snapshot`` without what a machine that hashes cannot have: no power, and several fans of which none turns.

    It stands in oil or is cooled by water. One fan alone that stands still is a fan that stands still.
    """
    if not any(workload.hashes_per_second for workload in snapshot.workloads):
        return snapshot
    if snapshot.power_watts == 0:
        snapshot = replace(snapshot, power_watts=None)
    speeds = [speed for speed in snapshot.fan_speeds_rpm if speed is not None]
    if len(snapshot.fan_speeds_rpm) < FANS_THAT_FAIL_TOGETHER or not speeds or any(speeds):
        return snapshot
    return replace(snapshot, fan_speeds_rpm=(), devices=tuple(map(_without_fan, snapshot.devices)))


def _without_fan(device: DeviceReading) -> DeviceReading:
    is_board = device.kind is DeviceKind.HASHBOARD and device.fan_speed_rpm == 0
    return replace(device, fan_speed_rpm=None) if is_board else device
