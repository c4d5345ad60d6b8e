"""Keeps the energy that each device has drawn, over restarts and gaps. Pure.

A card's own counter comes first; without one its power is integrated. Over a gap nothing is made up: what was drawn
meanwhile is not known, and the total goes on from where it stood.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from calculators.energy import integrated_joules
from miner_agent.model import Device, DeviceEnergy, DeviceReading

Source = Literal["hardware", "integrated"]
GAP_INTERVALS = 2.5  # a reading may be missed once before what lies between two readings counts as a gap
HIGHEST_WATTS = 100_000.0  # a counter that went faster than that was another card's, or broken


@dataclass(frozen=True, slots=True)
class _Last:
    """What a device showed when it was last read."""

    at_seconds: float
    power_watts: float | None
    counter_joules: float | None


class EnergyMeter:
    """Totals by device and source, from one tick to the next."""

    def __init__(self, totals_joules: Mapping[tuple[str, str], float] | None = None) -> None:
        self._totals: dict[tuple[str, str], float] = dict(totals_joules or {})
        self._last: dict[str, _Last] = {}

    @property
    def totals_joules(self) -> dict[tuple[str, str], float]:
        """What must survive a restart. [J] by device and source."""
        return dict(self._totals)

    def add(self, totals_joules: Mapping[tuple[str, str], float]) -> None:
        """Go on from what an earlier run has counted."""
        for key, joules in totals_joules.items():
            self._totals[key] = self._totals.get(key, 0.0) + joules

    def follow(
        self, devices: Iterable[Device], *, at_seconds: float, interval_seconds: float
    ) -> tuple[DeviceEnergy, ...]:
        """Take one tick in.

        Args:
            devices: the inventory of the tick.
            at_seconds: when it was read, on a clock that runs on while the machine sleeps and is never set. [s]
            interval_seconds: time from tick to tick as configured. [s]
        """
        found = []
        for device in devices:
            energy = self._follow(device, at_seconds, GAP_INTERVALS * interval_seconds)
            if energy is not None:
                found.append(energy)
        return tuple(found)

    def _follow(self, device: Device, at_seconds: float, gap_seconds: float) -> DeviceEnergy | None:
        reading, last = device.reading, self._last.get(device.label)
        if reading.power_watts is None and reading.energy_joules_total is None:
            self._last.pop(device.label, None)
            return None
        self._last[device.label] = _Last(at_seconds, reading.power_watts, reading.energy_joules_total)
        source: Source = "integrated" if reading.energy_joules_total is None else "hardware"
        drawn = None
        if last is not None and at_seconds > last.at_seconds:
            drawn = _drawn(reading, last, at_seconds - last.at_seconds, gap_seconds)
        key = (device.label, source)
        self._totals[key] = self._totals.get(key, 0.0) + (drawn or 0.0)
        return DeviceEnergy(
            device=device.label, source=source, joules_total=self._totals[key], joules_since_last_tick=drawn
        )


def _drawn(reading: DeviceReading, last: _Last, seconds: float, gap_seconds: float) -> float | None:
    """Energy since the last reading. A counter bridges a gap; power does not."""
    if reading.energy_joules_total is not None:
        if last.counter_joules is None:
            return None
        grown = reading.energy_joules_total - last.counter_joules
        return grown if 0 <= grown <= HIGHEST_WATTS * seconds else None  # it fell: the driver was loaded anew
    if reading.power_watts is None or last.power_watts is None or seconds > gap_seconds:
        return None
    return integrated_joules(first_watts=last.power_watts, last_watts=reading.power_watts, seconds=seconds)
