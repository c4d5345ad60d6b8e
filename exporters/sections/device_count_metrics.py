"""What is counted of devices, and how many there are."""

from collections import Counter
from datetime import datetime

from exporters.metric_table import Section, by, one, several, timestamp
from miner_agent.model.snapshot import DeviceEnergy, RigSnapshot
from miner_agent.model.status import DeviceStatus


def _detected(snapshot: RigSnapshot) -> dict[str, float | int | None]:
    """Devices that answer, of every kind that there was ever one of."""
    found = Counter({kind.value: 0 for kind in snapshot.devices_expected})
    for device in snapshot.inventory.devices:
        found[device.reading.kind.value] += device.answered
    return {**found}


ENERGY: Section[DeviceEnergy] = Section(
    title="Devices",
    keys=("device",),
    told_by="device",
    subjects=lambda s: (((e.device,), e) for e in s.energy),
    specs=(
        by(
            "source",
            "rig_device_energy_joules_total",
            "counter",
            "Energy drawn while the agent ran, by the device's own counter (hardware) or integrated from its power. "
            "The first bridges readings that failed, the second does not.",
            lambda e: {e.source: e.joules_total},
        ),
    ),
)

COUNTED: Section[DeviceStatus] = Section(
    title="Devices",
    keys=("device",),
    told_by="device",
    subjects=lambda s: (((d.device,), d) for d in s.devices),
    specs=(
        one(
            "rig_device_lost_total",
            "counter",
            "Times the device stopped answering its driver.",
            lambda s: s.lost_total,
        ),
        by(
            "reason",
            "rig_device_throttled_seconds_total",
            "counter",
            "Time spent throttled, by reason.",
            lambda s: s.throttled_seconds_total,
        ),
        several(
            "rig_device_read_errors_total",
            "counter",
            "Reads of one quantity that failed or gave an impossible value.",
            ("quantity", "reason"),
            lambda s: (((quantity, reason), n) for (quantity, reason), n in s.read_errors_total.items()),
        ),
    ),
)

KINDS: Section[RigSnapshot] = Section(
    title="Devices by kind",
    keys=(),
    subjects=lambda s: (((), s),),
    specs=(
        by("kind", "rig_devices_detected", "gauge", "Devices that answer their drivers now.", _detected),
        by(
            "kind",
            "rig_devices_expected",
            "gauge",
            "Devices that there should be: as configured (expected), else those that are there and those that are "
            "remembered, lost ones too, over restarts of the agent. Processors: the most since it started.",
            lambda s: s.devices_expected,
        ),
    ),
)

MISSING: Section[datetime] = Section(
    title="Devices that are missing",
    keys=("device",),
    told_by="device",
    subjects=lambda s: (((label,), moment) for label, moment in s.past.missing_since.items()),
    specs=(
        one(
            "rig_device_missing_since_timestamp_seconds",
            "gauge",
            "Since when a card or board is missing that was there, over restarts of the agent too. Absent where it is "
            "there, or nobody can say.",
            timestamp,
        ),
    ),
)
