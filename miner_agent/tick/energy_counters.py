"""Counts the energy that each device and meter, and the whole machine, has drawn, over restarts and gaps. Pure.

A card's own counter comes first and bridges what could not be read while the agent ran. Without one the power is
integrated, and over a gap nothing is made up: the total goes on from where it stood.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Literal

from calculators.electricity.energy import integrated_joules
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.kept_counter import CounterKey
from miner_agent.model.snapshot import HOST, Device, DeviceEnergy, PowerSource, RigEnergy
from miner_agent.tick.ceilings import of_kind
from miner_agent.tick.lasting_counters import LastingCounters
from miner_agent.tick.mistakes import STRICT, Costing

Source = Literal["hardware", "integrated"]
MILLIJOULES_PER_JOULE = 1000
GAP_INTERVALS = 2.5  # a reading may be missed once before what lies between two readings counts as a gap
HIGHEST_WATTS = 100_000.0  # a counter that went faster than that, or than its kind can, was another card's, or broken
HIGHEST_METER_WATTS = 1_000_000.0  # there may be several machines behind it
COARSEST_METER_JOULES = 3.6e6  # one that counts whole kilowatt-hours goes by one of them at once
_HIGHEST_WATTS = {
    kind: HIGHEST_WATTS if (limits := of_kind(kind, "power_watts")) is None else limits[1] for kind in DeviceKind
}
_SOURCE, _ADDED = attrgetter("source"), attrgetter("added_joules")


@dataclass(slots=True)
class _Last:
    """What a device showed when each of the two was last read."""

    power_watts: float | None = None
    power_at_seconds: float = 0.0
    counter_joules: float | None = None
    counter_at_seconds: float = 0.0


class EnergyMeter:
    """Totals by device and source, from one tick to the next."""

    __slots__ = ("_last", "counters")

    def __init__(self) -> None:
        self.counters = LastingCounters()  # [mJ]
        self._last: dict[str, _Last] = {}

    def of_rig(self, source: PowerSource, parts: Iterable[DeviceEnergy]) -> RigEnergy:
        """What the whole machine has drawn, as that source says: what its parts drew in this tick comes to it.

        It outlives its parts: a total that fell when one is taken away would look like a counter that began again.
        """
        total = self._counted((HOST, source), sum(map(_ADDED, parts)))
        return RigEnergy(source=source, joules_total=total)

    def _counted(self, key: CounterKey, joules: float, told_by: str = "") -> float | None:
        """Count this; what may be shown of that counter. [J]"""
        self.counters.count(key, joules * MILLIJOULES_PER_JOULE, told_by)
        shown = self.counters.shown(key)
        return None if shown is None else shown / MILLIJOULES_PER_JOULE

    def follow(
        self, devices: Iterable[Device], *, at_seconds: float, interval_seconds: float, costs: Costing = STRICT
    ) -> tuple[DeviceEnergy, ...]:
        """Take one tick in.

        Args:
            devices: the inventory of the tick.
            at_seconds: when it was read, on a clock that runs on while the machine sleeps and is never set. [s]
            interval_seconds: time from tick to tick as configured. [s]
            costs: what becomes of a mistake.
        """
        found, gap_seconds = [], GAP_INTERVALS * interval_seconds
        for source, its_devices in groupby(devices, _SOURCE):
            with costs.of(source):
                for device in its_devices:
                    energy = self._follow(device, at_seconds, gap_seconds)
                    if energy is not None:
                        found.append(energy)
        return tuple(found)

    def _follow(self, device: Device, at_seconds: float, gap_seconds: float) -> DeviceEnergy | None:
        label, reading = device.label, device.reading
        last = self._last.get(label)
        if last is None:
            last = self._last[label] = _Last()
        if reading.energy_joules_total is not None or last.counter_joules is not None:
            return self._drawn(device, "hardware", *_by_counter(reading, last, at_seconds, gap_seconds))
        if reading.power_watts is None:
            last.power_watts = None  # a gap
            return None
        return self._drawn(device, "integrated", _by_power(reading, last, at_seconds, gap_seconds))

    def _drawn(self, device: Device, source: Source, joules: float | None, is_of_tick: bool = True) -> DeviceEnergy:  # noqa: FBT001, FBT002
        """``joules`` since it was last read [J], and whether that was one tick ago."""
        added_joules = joules or 0.0
        return DeviceEnergy(
            device=device.label,
            source=source,
            joules_total=self._counted((device.label, source), added_joules, device.source),
            joules_since_last_tick=joules if is_of_tick else None,
            added_joules=added_joules,
        )


def _by_counter(
    reading: DeviceReading, last: _Last, at_seconds: float, gap_seconds: float
) -> tuple[float | None, bool]:
    """Energy since the counter was last read, and whether that was one tick ago. It bridges what could not be read."""
    now = reading.energy_joules_total
    if now is None:
        return None, False
    before, seconds = last.counter_joules, at_seconds - last.counter_at_seconds
    last.counter_joules, last.counter_at_seconds = now, at_seconds
    if before is None or seconds <= 0 or not 0 <= now - before <= _most_joules(reading.kind, seconds):
        return None, False  # the first reading, or it began anew: the driver was loaded, the meter reset
    return now - before, seconds <= gap_seconds


def _most_joules(kind: DeviceKind, seconds: float) -> float:
    """What a counter can have gone by in that time."""
    if kind is DeviceKind.METER:
        return max(HIGHEST_METER_WATTS * seconds, COARSEST_METER_JOULES)
    return _HIGHEST_WATTS[kind] * seconds


def _by_power(reading: DeviceReading, last: _Last, at_seconds: float, gap_seconds: float) -> float | None:
    """Energy since the power was last read; not known over a gap. What a meter sees fed in is not drawn."""
    now = None if reading.power_watts is None else max(0.0, reading.power_watts)
    before, seconds = last.power_watts, at_seconds - last.power_at_seconds
    last.power_watts, last.power_at_seconds = now, at_seconds
    if now is None or before is None or not 0 < seconds <= gap_seconds:
        return None
    return integrated_joules(first_watts=before, last_watts=now, seconds=seconds)
