"""Devices of a rig, as their drivers or miners report them, and the work they do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from miner_agent.model.made_in_c import made_in_c


class DeviceKind(StrEnum):
    """What a device is."""

    GPU = "gpu"
    CPU = "cpu"
    HASHBOARD = "hashboard"
    METER = "meter"  # in the log and the energy counters only: no inventory holds one


class DeviceState(StrEnum):
    """How a device is, worst first where several hold."""

    LOST = "lost"
    RESET_REQUIRED = "reset_required"
    HUNG = "hung"
    SLOW = "slow"
    DEGRADED = "degraded"
    THROTTLED = "throttled"
    ASLEEP = "asleep"
    DISABLED = "disabled"
    OK = "ok"


class ThrottleReason(StrEnum):
    """Why a device runs below its clocks."""

    POWER_CAP = "power_cap"
    HW_THERMAL = "hw_thermal"
    SW_THERMAL = "sw_thermal"
    HW_POWER_BRAKE = "hw_power_brake"
    SYNC = "sync"
    OTHER = "other"


class ReadErrorReason(StrEnum):
    """Why one quantity of a device is absent although the device answers."""

    UNSUPPORTED = "unsupported"
    LOST = "lost"
    TIMEOUT = "timeout"
    PERMISSION = "permission"
    IMPLAUSIBLE = "implausible"
    PARSE = "parse"
    OTHER = "other"


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class ReadError:
    """One quantity that could not be read, or was impossible, in one tick."""

    device: str  # by its source's name for it; the source itself where it is none of a device
    device_index: int | None = None  # the source's own number of it, where that is all that is known
    quantity: str
    reason: ReadErrorReason
    hint: str | None = None  # a sentence for the log: what its owner can do


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class XidErrors:
    """How often one card reported one of NVIDIA's error numbers since the agent started, and when last.

    None since then: an earlier run was told of it.
    """

    xid: int
    errors_total: int
    last_at: datetime


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePart:
    """A board or a chip of a device whose other quantities are told of the whole. Never to be added to its device."""

    number: int
    hashes_per_second: float | None = None
    core_temperature_celsius: float | None = None  # the mean of its chips
    hotspot_temperature_celsius: float | None = None  # its hottest chip
    chips: int | None = None  # that tell their temperature
    errors_total: int | None = None  # transfers that failed (Avalon), results that were wrong (AxeOS)
    domain_hashes_per_second: tuple[float | None, ...] = ()  # of each part of a chip that has a supply of its own


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReading:
    """One card, processor or hashboard at one moment, as its driver or its miner reports it."""

    index: int
    kind: DeviceKind = DeviceKind.GPU
    state: DeviceState | None = None
    name: str | None = None
    vendor: str | None = None
    uuid: str | None = None
    pci_address: str | None = None  # 0000:01:00.0
    serial: str | None = None
    firmware_version: str | None = None
    core_temperature_celsius: float | None = None  # of a hashboard: the sensor on its board
    memory_temperature_celsius: float | None = None
    hotspot_temperature_celsius: float | None = None  # of a hashboard: its hottest chip
    vrm_temperature_celsius: float | None = None
    inlet_temperature_celsius: float | None = None
    outlet_temperature_celsius: float | None = None
    slowdown_temperature_celsius: float | None = None  # the driver lowers clocks here
    memory_slowdown_temperature_celsius: float | None = None
    hotspot_slowdown_temperature_celsius: float | None = None
    shutdown_temperature_celsius: float | None = None  # the card switches itself off here
    fan_ratio: float | None = None  # as commanded, not as measured; the highest of its fans
    fan_ratios: tuple[float | None, ...] = ()  # each fan, where the source tells them apart
    fan_speed_rpm: float | None = None  # of several fans the slowest that is to turn
    fan_speeds_rpm: tuple[float | None, ...] = ()  # each fan, where the source tells them apart
    voltage_volts: float | None = None  # of a card: its core's; of a hashboard: what feeds its chips
    power_watts: float | None = None
    power_limit_watts: float | None = None
    power_limit_default_watts: float | None = None
    power_limit_min_watts: float | None = None
    power_limit_max_watts: float | None = None
    energy_joules_total: float | None = None  # the device's own counter
    core_clock_hertz: float | None = None
    memory_clock_hertz: float | None = None
    utilization_ratio: float | None = None
    memory_utilization_ratio: float | None = None
    memory_used_bytes: int | None = None
    memory_size_bytes: int | None = None
    throttle_reasons: tuple[ThrottleReason, ...] | None = None  # () is "said: none"
    pcie_link_width: int | None = None  # lanes
    pcie_link_width_max: int | None = None  # as many as card and slot can use together
    pcie_link_generation: int | None = None
    performance_state: int | None = None  # 0 is the fastest
    pcie_replays_total: int | None = None
    ecc_corrected_errors_total: int | None = None
    ecc_uncorrected_errors_total: int | None = None
    remapped_rows_corrected: int | None = None  # rows of memory replaced after errors that were corrected
    remapped_rows_uncorrected: int | None = None
    remapped_rows_pending: bool | None = None  # more are replaced at the next reset
    remapped_rows_failed: bool | None = None  # there were no spare rows left
    chips: int | None = None  # of a hashboard: that answer
    chips_expected: int | None = None  # as many as the board was built or set up with
    parts: tuple[DevicePart, ...] = ()  # what is told of each of its boards or chips
    xid_errors: tuple[XidErrors, ...] | None = None  # () is "said: none yet"; a lost card keeps its own


def own_label(device: DeviceReading, source: str) -> str:
    """The one name of a device, as far as its own source knows: UUID, else PCI address, else SOURCE/N; cpu0."""
    if device.kind is DeviceKind.CPU:
        return f"cpu{device.index}"
    return device.uuid or device.pci_address or f"{source}/{device.index}"


METERS = "meter"  # a miner cannot be called so


def meter_label(name: str) -> str:
    """The name of a meter among those of devices, where the log and the energy counters keep both."""
    return f"{METERS}/{name}"


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceWork:
    """What one device contributes to one workload."""

    device_index: int
    hashes_per_second: float | None = None
    nominal_hashes_per_second: float | None = None  # what it should be, as rated or as set up
    accepted_shares_total: int | None = None
    rejected_shares_total: int | None = None
    stale_shares_total: int | None = None
    invalid_shares_total: int | None = None
    hardware_errors_total: int | None = None  # results that the miner's own check found wrong
