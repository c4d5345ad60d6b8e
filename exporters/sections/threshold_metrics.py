"""From which temperature on a sensor is to be told of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from exporters.metric_table import Labels, Section, several
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.model.temperature_limits import TemperatureThreshold, slowdowns_of

_Levels: TypeAlias = dict[tuple[str, str], float | None]
"""By sensor and level."""


def _of_devices(snapshot: RigSnapshot) -> Iterator[tuple[Labels, _Levels]]:
    judged = _judged(snapshot.device_thresholds)
    for device in snapshot.inventory.devices:
        own: _Levels = {(sensor, "slowdown"): celsius for sensor, celsius in slowdowns_of(device.reading).items()}
        own["core", "shutdown"] = device.reading.shutdown_temperature_celsius
        yield (device.label,), {**judged.get(device.label, {}), **own}


def _judged(thresholds: Iterable[TemperatureThreshold]) -> Mapping[str, _Levels]:
    found: defaultdict[str, _Levels] = defaultdict(dict)
    for one in thresholds:
        found[one.subject][one.sensor, "warning"] = one.limits.warning_celsius
        found[one.subject][one.sensor, "critical"] = one.limits.critical_celsius
    return found


DEVICE_THRESHOLDS: Section[_Levels] = Section(
    title="Devices",
    keys=("device",),
    told_by="device",
    subjects=_of_devices,
    specs=(
        several(
            "rig_device_temperature_threshold_celsius",
            "gauge",
            "Temperature at which the card lowers its clocks (slowdown) or switches itself off (shutdown), and from "
            "which on its owner is to be told of it (warning, critical): as configured, else 10 and 4 below slowdown, "
            "else as is usual for its kind. Absent where nobody knows.",
            ("sensor", "level"),
            lambda levels: levels.items(),
        ),
    ),
)

MINER_THRESHOLDS: Section[_Levels] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=lambda s: (((miner,), levels) for miner, levels in _judged(s.miner_thresholds).items()),
    specs=(
        several(
            "rig_miner_temperature_threshold_celsius",
            "gauge",
            "From which temperature on the owner of a machine is to be told of its room (ambient) or of what cools it "
            "(liquid): as configured, else as is usual.",
            ("sensor", "level"),
            lambda levels: levels.items(),
        ),
    ),
)
