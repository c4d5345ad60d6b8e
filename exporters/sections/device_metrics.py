"""Cards, processors and hashboards, as they are now."""

from collections.abc import Iterator

from exporters.metric_table import Labels, Section, by, flag, info, one, states, timestamp
from miner_agent.model.devices import DeviceReading, DeviceState, ThrottleReason
from miner_agent.model.snapshot import Device, RigSnapshot
from miner_agent.model.temperature_limits import temperatures_of


def _fan_targets(device: DeviceReading) -> dict[str, float | int | None]:
    ratios = device.fan_ratios or (device.fan_ratio,)
    return {str(fan): ratio for fan, ratio in enumerate(ratios)}


def _fan_speeds(device: DeviceReading) -> dict[str, float | int | None]:
    speeds = device.fan_speeds_rpm or (device.fan_speed_rpm,)
    return {str(fan): speed for fan, speed in enumerate(speeds)}


def _devices(snapshot: RigSnapshot) -> Iterator[tuple[Labels, Device]]:
    for device in snapshot.inventory.devices:
        yield (device.label,), device


def _readings(snapshot: RigSnapshot) -> Iterator[tuple[Labels, DeviceReading]]:
    for device in snapshot.inventory.devices:
        yield (device.label,), device.reading


IDENTITY: Section[Device] = Section(
    title="Devices",
    keys=("device",),
    told_by="device",
    subjects=_devices,
    specs=(
        info(
            "rig_device_info",
            "What the device is.",
            ("kind", "vendor", "model", "index", "bus_id", "driver_version", "firmware_version", "serial"),
            lambda d: (
                d.reading.kind,
                d.reading.vendor,
                d.reading.name,
                d.reading.index,
                d.reading.pci_address,
                d.driver_version,
                d.reading.firmware_version,
                d.reading.serial,
            ),
        ),
        one("rig_device_up", "gauge", "1 if the device gave something in the last tick.", lambda d: int(d.answered)),
    ),
)

READINGS: Section[DeviceReading] = Section(
    title="Devices",
    keys=("device",),
    told_by="device",
    subjects=_readings,
    specs=(
        states(
            "state",
            "rig_device_state",
            "How the device is, as far as its driver says.",
            DeviceState,
            lambda d: None if d.state is None else (d.state,),
        ),
        by(
            "sensor",
            "rig_device_temperature_celsius",
            "gauge",
            "Temperature by sensor. Of a hashboard: board (or the mean of its chips, where it tells that alone), chip "
            "(the hottest), inlet and outlet (where air or water comes in and goes out), vrm (its voltage regulator).",
            temperatures_of,
        ),
        by(
            "fan",
            "rig_device_fan_target_ratio",
            "gauge",
            "Commanded fan speed; 1 is full speed. Not a measurement.",
            _fan_targets,
        ),
        by(
            "fan",
            "rig_device_fan_speed_rpm",
            "gauge",
            "Fan speed, measured. NVIDIA says of its own that it is the one that the driver wants: a blocked fan may "
            "not show in it. Of NVIDIA cards read once a minute.",
            _fan_speeds,
        ),
        one(
            "rig_device_power_watts",
            "gauge",
            "Power draw. Of NVIDIA cards from Ampere on the mean of the last second, of AMD cards the driver's mean or"
            " the moment's value, of processors the mean since the last tick, with the memory that they measure.",
            lambda d: d.power_watts,
        ),
        one(
            "rig_device_voltage_volts",
            "gauge",
            "Voltage of a card's core, or of what feeds a hashboard's chips.",
            lambda d: d.voltage_volts,
        ),
        one("rig_device_power_limit_watts", "gauge", "Power limit in force.", lambda d: d.power_limit_watts),
        one(
            "rig_device_power_limit_default_watts",
            "gauge",
            "Power limit after a reset.",
            lambda d: d.power_limit_default_watts,
        ),
        one(
            "rig_device_power_limit_min_watts",
            "gauge",
            "Lowest power limit that can be set.",
            lambda d: d.power_limit_min_watts,
        ),
        one(
            "rig_device_power_limit_max_watts",
            "gauge",
            "Highest power limit that can be set.",
            lambda d: d.power_limit_max_watts,
        ),
        by(
            "engine",
            "rig_device_utilization_ratio",
            "gauge",
            "Share of time in which the engine worked.",
            lambda d: {"compute": d.utilization_ratio, "memory": d.memory_utilization_ratio},
        ),
        one("rig_device_memory_used_bytes", "gauge", "Memory in use.", lambda d: d.memory_used_bytes),
        one("rig_device_memory_size_bytes", "gauge", "Memory on the device.", lambda d: d.memory_size_bytes),
        by(
            "clock",
            "rig_device_clock_hertz",
            "gauge",
            "Clock frequency.",
            lambda d: {"core": d.core_clock_hertz, "memory": d.memory_clock_hertz},
        ),
        states(
            "reason",
            "rig_device_throttled",
            "Why the device runs below its clocks now; all 0 if it does not.",
            ThrottleReason,
            lambda d: d.throttle_reasons,
        ),
        one("rig_device_pcie_link_width", "gauge", "PCIe lanes in use.", lambda d: d.pcie_link_width),
        one(
            "rig_device_pcie_link_width_max",
            "gauge",
            "PCIe lanes that card and slot could use together. A riser with one lane leaves the others unused.",
            lambda d: d.pcie_link_width_max,
        ),
        one("rig_device_pcie_link_generation", "gauge", "PCIe generation in use.", lambda d: d.pcie_link_generation),
        one(
            "rig_device_performance_state",
            "gauge",
            "Performance state; 0 is the fastest.",
            lambda d: d.performance_state,
        ),
        one(
            "rig_device_pcie_replays_total",
            "counter",
            "Transfers that PCIe had to repeat: many of them tell of a bad riser. Read once a minute.",
            lambda d: d.pcie_replays_total,
        ),
        by(
            "severity",
            "rig_device_ecc_errors_total",
            "counter",
            "Errors of memory: over the card's life where it counts them (NVML: aggregate), else since its driver was "
            "loaded (volatile). Read once a minute.",
            lambda d: {"corrected": d.ecc_corrected_errors_total, "uncorrected": d.ecc_uncorrected_errors_total},
        ),
        by(
            "severity",
            "rig_device_remapped_rows",
            "gauge",
            "Rows of memory that spare ones stand in for, by the errors they had. Read once a minute.",
            lambda d: {"corrected": d.remapped_rows_corrected, "uncorrected": d.remapped_rows_uncorrected},
        ),
        one(
            "rig_device_remapped_rows_pending",
            "gauge",
            "1 if rows of memory wait for the next reset to be replaced.",
            lambda d: flag(d.remapped_rows_pending),
        ),
        one(
            "rig_device_remapped_rows_failed",
            "gauge",
            "1 if a row of memory could not be replaced.",
            lambda d: flag(d.remapped_rows_failed),
        ),
        one("rig_device_chips", "gauge", "Chips of a hashboard that work.", lambda d: d.chips),
        one(
            "rig_device_chips_expected",
            "gauge",
            "Chips that a hashboard was built with, or started with.",
            lambda d: d.chips_expected,
        ),
        by(
            "xid",
            "rig_device_xid_errors_total",
            "counter",
            "Errors that NVIDIA's driver told of since the agent started, by number. Absent until the first one: watch"
            " the time of the last one, which is kept over restarts; 0 where an earlier run was told of it.",
            lambda d: {str(x.xid): x.errors_total for x in d.xid_errors or ()},
        ),
        by(
            "xid",
            "rig_device_xid_last_timestamp_seconds",
            "gauge",
            "When the error was last told of, to the tick.",
            lambda d: {str(x.xid): x.last_at.timestamp() for x in d.xid_errors or ()},
        ),
    ),
)

POWER_LIMITS: Section[float] = Section(
    title="Devices",
    keys=("device",),
    told_by="device",
    subjects=lambda s: (((label,), watts) for label, watts in s.power_limits_desired_watts.items()),
    specs=(
        one(
            "rig_device_power_limit_desired_watts",
            "gauge",
            "What the power limit should be, as configured (expected.power_limits).",
            lambda watts: watts,
        ),
    ),
)

LAST_READ: Section[Device] = Section(
    title="Devices",
    keys=("device",),
    told_by="device",
    subjects=_devices,
    specs=(
        one(
            "rig_device_last_read_timestamp_seconds",
            "gauge",
            "When the device was last asked and answered.",
            lambda d: timestamp(d.read_at) if d.answered else None,
        ),
    ),
)
