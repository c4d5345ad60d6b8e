"""Turns a tick into rows of fixed-point integers. Pure; what cannot be stored is left out and counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol, TypeAlias

from calculators.local_time import EPOCH
from miner_agent.model.counting import gained
from miner_agent.model.devices import DeviceReading, DeviceState, DeviceWork, ThrottleReason
from miner_agent.model.readings import Workload
from miner_agent.model.snapshot import Device, DeviceEnergy, RigSnapshot

Row: TypeAlias = tuple[Any, ...]
Shares: TypeAlias = tuple[int | None, ...]
"""Accepted, rejected, stale and invalid."""

NO_SHARES: Shares = (None, None, None, None)
START_JITTER_MS = 5000  # uptimes are whole seconds, and answers take time

STATE_CODES: Mapping[DeviceState, int] = {
    DeviceState.OK: 0,
    DeviceState.LOST: 1,
    DeviceState.RESET_REQUIRED: 2,
    DeviceState.HUNG: 3,
    DeviceState.DEGRADED: 4,
    DeviceState.THROTTLED: 5,
    DeviceState.ASLEEP: 6,
    DeviceState.DISABLED: 7,
    DeviceState.SLOW: 8,
}
"""Codes are stored: they are added to, never changed."""

THROTTLE_BITS: Mapping[ThrottleReason, int] = {
    ThrottleReason.POWER_CAP: 1,
    ThrottleReason.HW_THERMAL: 2,
    ThrottleReason.SW_THERMAL: 4,
    ThrottleReason.HW_POWER_BRAKE: 8,
    ThrottleReason.SYNC: 16,
    ThrottleReason.OTHER: 32,
}
_BEFORE_ENERGY: Mapping[str, float] = {
    "core_temperature_celsius": 10,
    "memory_temperature_celsius": 10,
    "hotspot_temperature_celsius": 10,
    "fan_ratio": 1000,
    "fan_speed_rpm": 1,
    "power_watts": 1000,
    "power_limit_watts": 1000,
}
"""What is written of a reading, in the order of its columns, and by what it is multiplied."""
_BEHIND_ENERGY: Mapping[str, float] = {
    "utilization_ratio": 1000,
    "memory_utilization_ratio": 1000,
    "core_clock_hertz": 1e-6,
    "memory_clock_hertz": 1e-6,
    "memory_used_bytes": 2**-20,
}
_FACTORS = (*_BEFORE_ENERGY.values(), 1000, *_BEHIND_ENERGY.values())
_Values: TypeAlias = tuple[float | None, ...]
_before_energy: Callable[[DeviceReading], _Values] = attrgetter(*_BEFORE_ENERGY)
_behind_energy: Callable[[DeviceReading], _Values] = attrgetter(*_BEHIND_ENERGY)
_MILLISECOND = timedelta(milliseconds=1)
_LARGEST = 2**40  # a gigawatt in mW, 34 years in ms; a year of sums of it still fits 64 bits
_LARGEST_COUNTER = 2**62
_LARGEST_REAL = 1e30


class RowNames(Protocol):
    """Gives the small numbers under which devices and workloads stand in the log."""

    def device_id(self, rig: str, device: Device) -> int: ...

    def workload_id(self, rig: str, miner: str, device: str | None, algorithm: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Totals:
    """Where the share counters of one workload stood when they were last told."""

    shares: Shares = NO_SHARES
    taken_at_ms: int = 0
    fallen_from: Shares = NO_SHARES  # what they have fallen from without a restart, until they are there again


_NEVER_TOLD = Totals()


@dataclass(slots=True)
class Rows:
    """The rows of one tick."""

    tick: Row
    devices: list[Row]
    works: list[Row]
    unplaced: list[Row]  # energy over a gap
    totals: dict[int, Totals]  # share counters by workload, for the next tick to subtract from
    dropped_values: int  # not finite, or too large for a database


def rows_of(
    snapshots: Sequence[RigSnapshot], names: RowNames, last_totals: Mapping[int, Totals], *, taken_at_ms: int
) -> Rows:
    """The rows of one tick, of one or several rigs. ``last_totals``: the share counters of before, by workload."""
    rows = [_Rowing(snapshot, names, last_totals, taken_at_ms).rows() for snapshot in snapshots]
    return Rows(
        tick=rows[0].tick,
        devices=[row for one in rows for row in one.devices],
        works=[row for one in rows for row in one.works],
        unplaced=[row for one in rows for row in one.unplaced],
        totals={workload: totals for one in rows for workload, totals in one.totals.items()},
        dropped_values=sum(one.dropped_values for one in rows),
    )


def milliseconds(moment: datetime) -> int:
    """A moment as the log keeps it. Refuses times without a zone."""
    return (moment - EPOCH) // _MILLISECOND


def moment(taken_at_ms: int) -> datetime:
    """A moment of the log as the rest of the agent knows it."""
    return EPOCH + timedelta(milliseconds=taken_at_ms)


class _Rowing:
    """The work of one tick; counts what it has to leave out."""

    def __init__(
        self, snapshot: RigSnapshot, names: RowNames, last_totals: Mapping[int, Totals], taken_at_ms: int
    ) -> None:
        self._snapshot, self._names, self._last = snapshot, names, last_totals
        self._taken_at = taken_at_ms
        self._dropped = 0
        self._totals: dict[int, Totals] = {}

    def rows(self) -> Rows:
        snapshot = self._snapshot
        energies = _preferred_energy((*snapshot.energy, *snapshot.meter_energy))
        devices = [(one, energies.get(one.label)) for one in (*snapshot.inventory.devices, *snapshot.meters)]
        rows = [self._device(device, energy) for device, energy in devices]
        works = [self._work(one.miner, None, one.algorithm, one.workload) for one in snapshot.inventory.workloads]
        works += [
            self._work(one.miner, one.device, one.algorithm, one.work) for one in snapshot.inventory.contributions
        ]
        unplaced = [
            (self._taken_at, self._names.device_id(snapshot.rig, device), millijoules)
            for device, energy in devices
            if energy is not None and energy.joules_since_last_tick is None and energy.added_joules > 0
            if (millijoules := self._fixed(energy.added_joules, 1000))
        ]
        return Rows(self._tick(), rows, works, unplaced, self._totals, self._dropped)

    def _tick(self) -> Row:
        clock = self._snapshot.clock
        if clock is None:
            return (self._taken_at, None, None, None, None)
        return (
            self._taken_at,
            clock.boot_id,
            self._fixed(clock.monotonic_seconds, 1000),
            self._fixed(clock.interval_seconds, 1000),
            int(clock.clock_ok),
        )

    def _device(self, device: Device, energy: DeviceEnergy | None) -> Row:
        reading, joules = device.reading, None if energy is None else energy.joules_since_last_tick
        return (
            self._taken_at,
            self._names.device_id(self._snapshot.rig, device),
            int(device.answered),
            None if reading.state is None else STATE_CODES[reading.state],
            *self._all_fixed((*_before_energy(reading), joules, *_behind_energy(reading))),
            _throttle_mask(reading),
        )

    def _work(self, miner: str, device: str | None, algorithm: str, work: Workload | DeviceWork) -> Row:
        workload = self._names.workload_id(self._snapshot.rig, miner, device, algorithm)
        totals = (
            self._counter(work.accepted_shares_total),
            self._counter(work.rejected_shares_total),
            self._counter(work.stale_shares_total) if isinstance(work, Workload) else None,
            self._counter(work.invalid_shares_total),
        )
        gains = self._gained(workload, miner, totals)
        return (
            self._taken_at,
            workload,
            self._real(work.hashes_per_second),
            *chain.from_iterable(zip(totals, gains, strict=True)),
        )

    def _gained(self, workload: int, miner: str, totals: Shares) -> Shares:
        """What came to each counter since it was last written. Notes where they stand."""
        last = self._last.get(workload, _NEVER_TOLD)
        if totals == NO_SHARES:
            self._totals[workload] = last
            return NO_SHARES
        started_at = self._snapshot.miners_started_at.get(miner)
        restarted = started_at is not None and milliseconds(started_at) > last.taken_at_ms - START_JITTER_MS
        if totals == last.shares and last.fallen_from == NO_SHARES and not restarted:
            self._totals[workload] = Totals(totals, self._taken_at)
            return tuple([None if total is None else 0 for total in totals])
        steps = [
            _step(total, before, fallen_from, restarted=restarted)
            for total, before, fallen_from in zip(totals, last.shares, last.fallen_from, strict=True)
        ]
        gains, shares, fallen = zip(*steps, strict=True)
        self._totals[workload] = Totals(shares, self._taken_at, fallen)
        return gains

    def _all_fixed(self, values: _Values) -> list[int | None]:
        """Those of a device, all at once where none of them is to be left out."""
        try:
            fixed = [
                None if value is None else round(value * factor) for value, factor in zip(values, _FACTORS, strict=True)
            ]
        except (OverflowError, ValueError):  # one is infinite, or not a number
            pass
        else:
            if max(map(abs, filter(None, fixed)), default=0) < _LARGEST:
                return fixed
        return [self._fixed(value, factor) for value, factor in zip(values, _FACTORS, strict=True)]

    def _fixed(self, value: float | None, factor: float) -> int | None:
        if value is None:
            return None
        scaled = value * factor
        if -_LARGEST <= scaled <= _LARGEST:  # false for what is not a number
            return round(scaled)
        self._dropped += 1
        return None

    def _counter(self, value: int | None) -> int | None:
        if value is None or 0 <= value <= _LARGEST_COUNTER:
            return value
        self._dropped += 1
        return None

    def _real(self, value: float | None) -> float | None:
        if value is None:
            return None
        if -_LARGEST_REAL <= value <= _LARGEST_REAL:
            return float(value)
        self._dropped += 1
        return None


def _step(
    total: int | None, before: int | None, fallen_from: int | None, *, restarted: bool
) -> tuple[int | None, int | None, int | None]:
    """What came to a counter, where it stands, and what it has fallen from and may come back to."""
    if total is None or before is None:
        return None, before if total is None else total, fallen_from
    if total < before and not restarted:
        return 0, total, max(before, fallen_from or 0)
    if fallen_from is not None and fallen_from <= total:
        before, fallen_from = fallen_from, None
    gain = gained(before, total, restarted=restarted)
    return min(gain, _LARGEST), total, None if restarted else fallen_from


def _preferred_energy(energy: tuple[DeviceEnergy, ...]) -> dict[str, DeviceEnergy]:
    """By device; the card's own counter before what was integrated."""
    ordered = sorted(energy, key=lambda one: one.source == "hardware")
    return {one.device: one for one in ordered}


def _throttle_mask(reading: DeviceReading) -> int | None:
    reasons = reading.throttle_reasons
    return sum(map(THROTTLE_BITS.__getitem__, set(reasons))) if reasons is not None else None
