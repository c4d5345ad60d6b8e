"""Turns a tick into rows of fixed-point integers. Pure; what cannot be stored is left out and counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Protocol, TypeAlias

from calculators.local_time import EPOCH
from miner_agent.model.counting import gained
from miner_agent.model.devices import DeviceReading, DeviceState, DeviceWork, ThrottleReason
from miner_agent.model.readings import Workload
from miner_agent.model.snapshot import Device, DeviceEnergy, RigSnapshot, TickClock

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
_shares: Callable[[Workload | DeviceWork], Shares] = attrgetter(
    *("accepted_shares_total", "rejected_shares_total", "stale_shares_total", "invalid_shares_total")
)
_NULL = float("nan")
"""SQLite keeps it as NULL. For ``None`` the driver looks each time for somebody to adapt it, in vain."""
_NOT_TOLD = (_NULL,) * 8
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
    rowing = _Rowing(names, last_totals, taken_at_ms)
    ticks = [rowing.add(snapshot) for snapshot in snapshots]
    return Rows(ticks[0], rowing.devices, rowing.works, rowing.unplaced, rowing.totals, rowing.dropped)


def milliseconds(moment: datetime) -> int:
    """A moment as the log keeps it. Refuses times without a zone."""
    return (moment - EPOCH) // _MILLISECOND


def moment(taken_at_ms: int) -> datetime:
    """A moment of the log as the rest of the agent knows it."""
    return EPOCH + timedelta(milliseconds=taken_at_ms)


class _Rowing:
    """The work of one tick; counts what it has to leave out."""

    def __init__(self, names: RowNames, last_totals: Mapping[int, Totals], taken_at_ms: int) -> None:
        self._names, self._last, self._taken_at = names, last_totals, taken_at_ms
        self._started_ms: Mapping[str, int] = {}
        self.devices: list[Row] = []
        self.works: list[Row] = []
        self.unplaced: list[Row] = []
        self.totals: dict[int, Totals] = {}
        self.dropped = 0

    def add(self, snapshot: RigSnapshot) -> Row:
        """Make the rows of one rig; that of its tick is given back."""
        names, rig, inventory = self._names, snapshot.rig, snapshot.inventory
        energies = _preferred_energy((*snapshot.energy, *snapshot.meter_energy))
        for device in (*inventory.devices, *snapshot.meters):
            number, energy = names.device_id(rig, device), energies.get(device.label)
            self.devices.append(self._device(number, device, energy))
            if energy is not None and energy.joules_since_last_tick is None and energy.added_joules > 0:
                self._add_unplaced(number, energy.added_joules)
        self._started_ms = {miner: milliseconds(at) for miner, at in snapshot.miners_started_at.items()}
        for whole in inventory.workloads:
            number = names.workload_id(rig, whole.miner, None, whole.algorithm)
            self._add_work(number, whole.miner, whole.workload.hashes_per_second, _shares(whole.workload))
        for part in inventory.contributions:
            number = names.workload_id(rig, part.miner, part.device, part.algorithm)
            accepted, rejected, _, invalid = _shares(part.work)
            self._add_work(number, part.miner, part.work.hashes_per_second, (accepted, rejected, None, invalid))
        return self._tick(snapshot.clock)

    def _tick(self, clock: TickClock | None) -> Row:
        if clock is None:
            return (self._taken_at, None, None, None, None)
        return (
            self._taken_at,
            clock.boot_id,
            self._fixed(clock.monotonic_seconds, 1000),
            self._fixed(clock.interval_seconds, 1000),
            int(clock.clock_ok),
        )

    def _device(self, number: int, device: Device, energy: DeviceEnergy | None) -> Row:
        reading, joules = device.reading, None if energy is None else energy.joules_since_last_tick
        return (
            self._taken_at,
            number,
            int(device.answered),
            _NULL if reading.state is None else STATE_CODES[reading.state],
            *self._all_fixed((*_before_energy(reading), joules, *_behind_energy(reading))),
            _throttle_mask(reading),
        )

    def _add_unplaced(self, number: int, joules: float) -> None:
        if millijoules := self._fixed(joules, 1000):
            self.unplaced.append((self._taken_at, number, millijoules))

    def _add_work(self, number: int, miner: str, hashes_per_second: float | None, told: Shares) -> None:
        rate = self._real(hashes_per_second)
        if told == NO_SHARES:
            self.totals[number] = self._last.get(number, _NEVER_TOLD)
            self.works.append((self._taken_at, number, rate, *_NOT_TOLD))
            return
        totals = tuple(map(self._counter, told))
        gains = self._gained(number, miner, totals)
        counts = [_NULL if count is None else count for pair in zip(totals, gains, strict=True) for count in pair]
        self.works.append((self._taken_at, number, rate, *counts))

    def _gained(self, workload: int, miner: str, totals: Shares) -> Shares:
        """What came to each counter since it was last written. Notes where they stand."""
        last = self._last.get(workload, _NEVER_TOLD)
        if totals == NO_SHARES:
            self.totals[workload] = last
            return NO_SHARES
        started_ms = self._started_ms.get(miner)
        restarted = started_ms is not None and started_ms > last.taken_at_ms - START_JITTER_MS
        if totals == last.shares and last.fallen_from == NO_SHARES and not restarted:
            self.totals[workload] = Totals(totals, self._taken_at)
            return tuple([None if total is None else 0 for total in totals])
        steps = [
            _step(total, before, fallen_from, restarted=restarted)
            for total, before, fallen_from in zip(totals, last.shares, last.fallen_from, strict=True)
        ]
        gains, shares, fallen = zip(*steps, strict=True)
        self.totals[workload] = Totals(shares, self._taken_at, fallen)
        return gains

    def _all_fixed(self, values: _Values) -> Sequence[float | None]:
        """Those of a device, all at once where none of them is to be left out."""
        try:
            fixed = [
                _NULL if value is None else round(value * factor)
                for value, factor in zip(values, _FACTORS, strict=True)
            ]
        except (OverflowError, ValueError):  # one is infinite, or not a number
            pass
        else:
            if max(0, *map(abs, fixed)) < _LARGEST:  # of which NULL is never the largest
                return fixed
        return [self._fixed(value, factor) for value, factor in zip(values, _FACTORS, strict=True)]

    def _fixed(self, value: float | None, factor: float) -> int | None:
        if value is None:
            return None
        scaled = value * factor
        if -_LARGEST <= scaled <= _LARGEST:  # false for what is not a number
            return round(scaled)
        self.dropped += 1
        return None

    def _counter(self, value: int | None) -> int | None:
        if value is None or 0 <= value <= _LARGEST_COUNTER:
            return value
        self.dropped += 1
        return None

    def _real(self, value: float | None) -> float | None:
        if value is None:
            return None
        if -_LARGEST_REAL <= value <= _LARGEST_REAL:
            return float(value)
        self.dropped += 1
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


def _preferred_energy(energy: Sequence[DeviceEnergy]) -> dict[str, DeviceEnergy]:
    """By device; the card's own counter before what was integrated."""
    integrated = {one.device: one for one in energy if one.source != "hardware"}
    return integrated | {one.device: one for one in energy if one.source == "hardware"}


def _throttle_mask(reading: DeviceReading) -> float:
    reasons = reading.throttle_reasons
    if not reasons:
        return _NULL if reasons is None else 0
    return sum(map(THROTTLE_BITS.__getitem__, set(reasons)))
