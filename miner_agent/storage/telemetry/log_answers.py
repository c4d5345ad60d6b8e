"""What the log answers: periods of devices, meters and algorithms, and the course of one device."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from miner_agent.model.made_in_c import made_in_c


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStats:
    """One device over one period. ``None``: not known."""

    rig: str
    device: str
    seen_ratio: float  # of the whole period, that the log holds of it
    uptime_ratio: float  # of the whole period; what the agent did not see counts as down
    power_watts_mean: float | None
    power_watts_min: float | None
    power_watts_max: float | None
    energy_joules: float | None  # of the ticks that know it; what was drawn over a gap is not in it
    core_temperature_celsius_mean: float | None
    core_temperature_celsius_max: float | None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class MeterStats:
    """One meter over one period. What the devices drew is in what it measured: the two have no names in common."""

    rig: str
    meter: str
    seen_ratio: float
    uptime_ratio: float
    wall_power_watts_mean: float | None
    wall_power_watts_min: float | None
    wall_power_watts_max: float | None
    wall_energy_joules: float | None  # of the ticks that know it, as of devices


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStats:
    """One algorithm of one miner over one period. Rates of different algorithms cannot be added."""

    rig: str
    miner: str
    algorithm: str
    reported_ratio: float  # of the period, in which the miner said a hashrate
    hashes_per_second_mean: float | None  # over that part
    accepted_shares: int | None
    rejected_shares: int | None
    stale_shares: int | None
    invalid_shares: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodStats:
    """Everything about one period, ``start <= t < end``."""

    start: datetime
    end: datetime
    devices: tuple[DeviceStats, ...]
    meters: tuple[MeterStats, ...]
    works: tuple[WorkStats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTime:
    """Which hours of a time the log holds anything of."""

    hours_held: int
    hours_asked: int  # that the time falls into
    spans: tuple[tuple[datetime, datetime], ...]  # of hours that follow each other, in order; within that time

    @property
    def whole(self) -> bool:
        return self.hours_held >= self.hours_asked


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedEnergy:
    """What a device or meter drew over a gap, as its own counter says; no tick has it."""

    known_at: datetime  # when the counter was read again
    rig: str
    name: str
    is_meter: bool
    joules: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPoint:
    """What one device did for one algorithm during one step."""

    miner: str
    algorithm: str
    hashes_per_second_mean: float | None
    hashes_per_second_min: float | None
    hashes_per_second_max: float | None
    accepted_shares: int | None
    rejected_shares: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One device during one step, ``start <= t < end``. ``None``: not known."""

    start: datetime
    end: datetime
    uptime_ratio: float
    throttled_ratio: float
    core_temperature_celsius_mean: float | None
    core_temperature_celsius_max: float | None
    memory_temperature_celsius_mean: float | None
    memory_temperature_celsius_max: float | None
    hotspot_temperature_celsius_mean: float | None
    hotspot_temperature_celsius_max: float | None
    fan_ratio_mean: float | None
    power_watts_mean: float | None
    power_watts_min: float | None
    power_watts_max: float | None
    energy_joules: float | None
    utilization_ratio_mean: float | None
    core_clock_hertz_mean: float | None
    memory_clock_hertz_mean: float | None
    works: tuple[WorkPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLine:
    """One device, or what one miner does with one algorithm on one device or (``device`` is ``None``) on all."""

    device: str | None
    miner: str | None
    algorithm: str | None
    values: tuple[float | None, ...]  # a step each; None: nothing was measured in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One quantity over a time: its n-th value is of ``start + n * step`` and the step after it."""

    quantity: str
    start: datetime
    step: timedelta
    points: int
    lines: tuple[ChartLine, ...]  # of what has a value in it
