"""Cards, processors and hashboards, each quantity with who says it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from miner_agent.model.devices import DevicePart, XidErrors
from miner_agent.model.readings import HostReading, SensorReading
from miner_agent.model.snapshot import Device, DeviceEnergy, RigSnapshot
from miner_agent.model.status import DeviceStatus
from miner_agent.model.temperature_limits import TemperatureThreshold
from miner_agent.views.figures import Circumstances, Figure, Moment, figure, figures_of
from miner_agent.views.work_view import DeviceWorkView, device_work_views

UNREAD = {
    "unsupported": "the device does not have it",
    "lost": "the device is lost",
    "timeout": "it did not come in time",
    "permission": "the agent may not read it",
    "implausible": "what was read cannot be true",
    "parse": "what was read makes no sense",
    "other": "it could not be read",
}
"""Why a quantity is absent although its device answers, by the word of the metric."""
NO_ENERGY = "what it has drawn is not known"
NOT_EXPECTED = "the configuration does not say it: [expected]"
NOT_COUNTED = "its source tells no states"


class ThresholdView(msgspec.Struct, frozen=True, kw_only=True):
    """From which temperature of one sensor on somebody is to be told."""

    sensor: str
    warning_celsius: float | None
    critical_celsius: float | None


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """A board or a chip of a device of which more is told than of the whole. Never to be added to its device."""

    number: int
    hashes_per_second: Figure
    core_temperature_celsius: Figure
    hotspot_temperature_celsius: Figure
    chips: Figure
    errors_total: Figure
    domain_hashes_per_second: list[float | None]


class XidView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the error numbers of NVIDIA's driver."""

    xid: int
    errors_total: int
    last_at: Moment


class ReadErrorView(msgspec.Struct, frozen=True, kw_only=True):
    """How often one quantity could not be read."""

    quantity: str
    reason: str
    errors_total: int


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """One device under its one name."""

    device: str
    kind: str
    index: int
    name: str | None
    vendor: str | None
    serial: str | None
    pci_address: str | None
    driver_version: str | None
    firmware_version: str | None
    state: str | None
    source: str
    taken_at: Moment
    answered: bool
    stale: bool
    throttle_reasons: list[str] | None  # [] is "said: none"
    work: list[DeviceWorkView]  # by miner and algorithm; never to be added up over algorithms
    core_temperature_celsius: Figure
    memory_temperature_celsius: Figure
    hotspot_temperature_celsius: Figure
    vrm_temperature_celsius: Figure
    inlet_temperature_celsius: Figure
    outlet_temperature_celsius: Figure
    slowdown_temperature_celsius: Figure
    memory_slowdown_temperature_celsius: Figure
    hotspot_slowdown_temperature_celsius: Figure
    shutdown_temperature_celsius: Figure
    fan_ratio: Figure
    fan_speed_rpm: Figure
    voltage_volts: Figure
    power_watts: Figure
    power_limit_watts: Figure
    power_limit_default_watts: Figure
    power_limit_min_watts: Figure
    power_limit_max_watts: Figure
    power_limit_desired_watts: Figure
    energy_joules_total: Figure  # since it was first seen, over all restarts
    core_clock_hertz: Figure
    memory_clock_hertz: Figure
    utilization_ratio: Figure
    memory_utilization_ratio: Figure
    memory_used_bytes: Figure
    memory_size_bytes: Figure
    pcie_link_width: Figure
    pcie_link_width_max: Figure
    pcie_link_generation: Figure
    pcie_replays_total: Figure
    performance_state: Figure
    ecc_corrected_errors_total: Figure
    ecc_uncorrected_errors_total: Figure
    remapped_rows_corrected: Figure
    remapped_rows_uncorrected: Figure
    remapped_rows_pending: Figure
    remapped_rows_failed: Figure
    chips: Figure
    chips_expected: Figure
    lost_total: Figure
    fan_ratios: list[float | None]  # each fan, where its source tells them apart
    fan_speeds_rpm: list[float | None]
    throttled_seconds_total: dict[str, float]  # by reason, since the agent started
    thresholds: list[ThresholdView]
    parts: list[PartView]
    xid_errors: list[XidView]
    read_errors: list[ReadErrorView]


class _Known:
    """What a snapshot holds of its devices beside their readings, by their names."""

    def __init__(self, snapshot: RigSnapshot, at: Circumstances) -> None:
        self.unread = _unread(snapshot)
        self.work: defaultdict[str, list[DeviceWorkView]] = defaultdict(list)
        for told in device_work_views(snapshot, at):
            self.work[told.device].append(told)
        self.energy: Mapping[str, DeviceEnergy] = {one.device: one for one in snapshot.energy}
        self.counted: Mapping[str, DeviceStatus] = {one.device: one for one in snapshot.devices}
        self.desired_watts = snapshot.power_limits_desired_watts
        self.thresholds = thresholds_by_subject(snapshot.device_thresholds)


def device_views(snapshot: RigSnapshot, at: Circumstances) -> list[DeviceView]:
    """Every device of the rig, in the order of its inventory."""
    known = _Known(snapshot, at)
    return [_device_view(device, known, at) for device in snapshot.inventory.devices]


def thresholds_by_subject(thresholds: Iterable[TemperatureThreshold]) -> dict[str, list[ThresholdView]]:
    """The limits of each device's or machine's sensors."""
    found: dict[str, list[ThresholdView]] = {}
    for one in thresholds:
        view = ThresholdView(
            sensor=one.sensor,
            warning_celsius=one.limits.warning_celsius,
            critical_celsius=one.limits.critical_celsius,
        )
        found.setdefault(one.subject, []).append(view)
    return found


def _device_view(device: Device, known: _Known, at: Circumstances) -> DeviceView:
    reading, label = device.reading, device.label
    figures = figures_of(
        DeviceView, reading, source=device.source, taken_at=device.read_at, at=at, reasons=known.unread.get(label)
    )
    energy, counted = known.energy.get(label), known.counted.get(label)
    figures["energy_joules_total"] = figure(
        "energy_joules_total",
        None if energy is None else energy.joules_total,
        source=None if energy is None else energy.source,
        taken_at=device.read_at,
        at=at,
        reason=NO_ENERGY,
    )
    figures["power_limit_desired_watts"] = figure(
        "power_limit_desired_watts",
        known.desired_watts.get(label),
        source="configuration",
        taken_at=at.taken_at,
        at=at,
        reason=NOT_EXPECTED,
    )
    figures["lost_total"] = figure(
        "lost_total",
        None if counted is None else counted.lost_total,
        source="agent",
        taken_at=at.taken_at,
        at=at,
        reason=NOT_COUNTED,
    )
    throttled = {} if counted is None else counted.throttled_seconds_total
    errors = {} if counted is None else counted.read_errors_total
    return DeviceView(
        device=label,
        kind=reading.kind.value,
        index=reading.index,
        name=reading.name,
        vendor=reading.vendor,
        serial=reading.serial,
        pci_address=reading.pci_address,
        driver_version=device.driver_version,
        firmware_version=reading.firmware_version,
        state=None if reading.state is None else reading.state.value,
        source=device.source,
        taken_at=device.read_at,
        answered=device.answered,
        stale=at.stale,
        throttle_reasons=None if reading.throttle_reasons is None else [one.value for one in reading.throttle_reasons],
        work=known.work.get(label, []),
        fan_ratios=list(reading.fan_ratios),
        fan_speeds_rpm=list(reading.fan_speeds_rpm),
        throttled_seconds_total={reason.value: seconds for reason, seconds in throttled.items()},
        thresholds=known.thresholds.get(label, []),
        parts=[_part_view(part, device, at) for part in reading.parts],
        xid_errors=[_xid_view(one) for one in reading.xid_errors or ()],
        read_errors=[
            ReadErrorView(quantity=quantity, reason=reason.value, errors_total=total)
            for (quantity, reason), total in errors.items()
        ],
        **figures,
    )


def _part_view(part: DevicePart, device: Device, at: Circumstances) -> PartView:
    return PartView(
        number=part.number,
        domain_hashes_per_second=list(part.domain_hashes_per_second),
        **figures_of(PartView, part, source=device.source, taken_at=device.read_at, at=at),
    )


def _xid_view(errors: XidErrors) -> XidView:
    return XidView(xid=errors.xid, errors_total=errors.errors_total, last_at=errors.last_at)


def _unread(snapshot: RigSnapshot) -> dict[str, dict[str, str]]:
    """Why quantities are absent, by device and by name."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    labels = snapshot.inventory.labels
    for outcome in snapshot.outcomes:
        told = outcome.reading.read_errors if isinstance(outcome.reading, SensorReading | HostReading) else ()
        for error in (*told, *outcome.dropped):
            index = error.device_index
            label = error.device if index is None else labels.get((outcome.source, index), error.device)
            found[label][error.quantity] = UNREAD[error.reason.value]
    return found
