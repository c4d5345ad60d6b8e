"""Cards, processors and hashboards, each quantity with who says it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from miner_agent.model.readings import HostReading, SensorReading
from miner_agent.model.snapshot import Device, RigSnapshot
from miner_agent.views.figures import Circumstances, Figure, figure, quantity_names

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


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """One device under its one name."""

    device: str
    kind: str
    index: int
    name: str | None
    vendor: str | None
    pci_address: str | None
    state: str | None
    source: str
    taken_at: datetime
    answered: bool
    stale: bool
    throttle_reasons: list[str] | None
    hashes_per_second: dict[str, Figure]  # by the algorithm that it works on
    core_temperature_celsius: Figure
    memory_temperature_celsius: Figure
    hotspot_temperature_celsius: Figure
    fan_ratio: Figure
    fan_speed_rpm: Figure
    power_watts: Figure
    power_limit_watts: Figure
    core_clock_hertz: Figure
    memory_clock_hertz: Figure
    utilization_ratio: Figure


QUANTITIES = quantity_names(DeviceView)


def device_views(snapshot: RigSnapshot, at: Circumstances) -> list[DeviceView]:
    """Every device of the rig, in the order of its inventory."""
    unread = _unread(snapshot)
    work: dict[str, dict[str, Figure]] = {}
    for one in snapshot.inventory.contributions:
        work.setdefault(one.device, {})[one.algorithm] = figure(
            "hashes_per_second", one.work.hashes_per_second, source=one.miner, taken_at=snapshot.taken_at, at=at
        )
    return [_device_view(device, unread, work.get(device.label, {}), at) for device in snapshot.inventory.devices]


def _device_view(
    device: Device, unread: Mapping[tuple[str, str], str], work: dict[str, Figure], at: Circumstances
) -> DeviceView:
    reading = device.reading
    figures = {
        name: figure(
            name,
            getattr(reading, name),
            source=device.source,
            taken_at=device.read_at,
            at=at,
            reason=unread.get((device.label, name)),
        )
        for name in QUANTITIES
    }
    return DeviceView(
        device=device.label,
        kind=reading.kind.value,
        index=reading.index,
        name=reading.name,
        vendor=reading.vendor,
        pci_address=reading.pci_address,
        state=None if reading.state is None else reading.state.value,
        source=device.source,
        taken_at=device.read_at,
        answered=device.answered,
        stale=at.stale_because is not None,
        throttle_reasons=None if reading.throttle_reasons is None else [one.value for one in reading.throttle_reasons],
        hashes_per_second=work,
        **figures,
    )


def _unread(snapshot: RigSnapshot) -> dict[tuple[str, str], str]:
    """Why a quantity of a device is absent, by both."""
    found: dict[tuple[str, str], str] = {}
    for outcome in snapshot.outcomes:
        told = outcome.reading.read_errors if isinstance(outcome.reading, SensorReading | HostReading) else ()
        for error in (*told, *outcome.dropped):
            label = error.device
            if error.device_index is not None:
                label = snapshot.inventory.labels.get((outcome.source, error.device_index), label)
            found[label, error.quantity] = UNREAD[error.reason.value]
    return found
