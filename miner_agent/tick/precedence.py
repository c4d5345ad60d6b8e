"""Of one device that two sources read, each quantity is the first source's that tells it. Pure."""

from collections.abc import Collection
from itertools import compress
from operator import attrgetter

from miner_agent.model.devices import DeviceReading, DeviceState
from miner_agent.model.made_in_c import copied_with

MEASURED: tuple[str, ...] = (
    "core_temperature_celsius",
    "memory_temperature_celsius",
    "hotspot_temperature_celsius",
    "vrm_temperature_celsius",
    "inlet_temperature_celsius",
    "outlet_temperature_celsius",
    "fan_ratio",
    "fan_ratios",
    "fan_speed_rpm",
    "fan_speeds_rpm",
    "voltage_volts",
    "power_watts",
    "core_clock_hertz",
    "memory_clock_hertz",
    "utilization_ratio",
    "memory_utilization_ratio",
    "memory_used_bytes",
    "memory_size_bytes",
)
"""What another source may add. Names, states, limits and counters are the first one's."""
_MEASURED = attrgetter(*MEASURED)
_UNTOLD: tuple[object, ...] = (None, ())

_UNREADABLE = frozenset(
    {DeviceState.LOST, DeviceState.RESET_REQUIRED, DeviceState.HUNG, DeviceState.ASLEEP, DeviceState.DISABLED}
)


def with_what_others_tell(first: DeviceReading, other: DeviceReading, refused: Collection[str] = ()) -> DeviceReading:
    """``first``, with the quantities that it does not tell and ``other`` does.

    Nothing is added to a card whose driver says that it cannot be read now: a miner repeats what it last read.

    Args:
        first: of the source that comes first, the driver of a card.
        other: of the one behind it, its miner.
        refused: quantities that the first one told and that could not be true; both may ask the same sensor.
    """
    if first.state in _UNREADABLE:
        return first
    barred = set(refused)
    for one, each in (("fan_ratio", "fan_ratios"), ("fan_speed_rpm", "fan_speeds_rpm")):
        if getattr(first, one) is not None or one in refused:  # one quantity in two fields: never half of each
            barred.add(each)
    missing = compress(MEASURED, map(_UNTOLD.__contains__, _MEASURED(first)))
    added = {name: told for name in missing if (told := getattr(other, name)) not in _UNTOLD and name not in barred}
    return copied_with(first, **added) if added else first
