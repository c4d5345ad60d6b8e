"""What one source gave when it was asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeAlias, TypeVar

from miner_agent.errors import SourceError
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState, DeviceWork, ReadError
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.made_in_c import made_in_c


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPool:
    """One of the pools that a miner is set up with, the one in use and those behind it."""

    number: int  # its place in the miner's list, as the miner counts
    pool: str | None = None  # scheme, host and port; no user, no password
    active: bool | None = None  # work comes from it now
    alive: bool | None = None  # it answers, as the miner last knew
    is_fee: bool = False  # it pays the program's author
    accepted_shares_total: int | None = None
    rejected_shares_total: int | None = None
    stale_shares_total: int | None = None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One algorithm that a miner works on. Dual mining is two of them, never one sum."""

    algorithm: str | None = None  # behind the drivers in our spelling, whatever the miner calls it
    algorithm_told: str | None = None  # as the miner calls it, once that is no longer the same field
    coin: str | None = None
    hashes_per_second: float | None = None
    hashrate_window_seconds: float | None = None  # what the hashrate is the mean of, where that is known
    nominal_hashes_per_second: float | None = None  # what it should be, as rated or as set up, by its firmware
    accepted_shares_total: int | None = None
    rejected_shares_total: int | None = None
    stale_shares_total: int | None = None
    invalid_shares_total: int | None = None
    hardware_errors_total: int | None = None  # results that the miner's own check found wrong
    found_blocks_total: int | None = None  # shares that were blocks: what a solo miner waits for
    best_difficulty: float | None = None  # of the best share ever, over restarts
    session_best_difficulty: float | None = None  # of the best one since the program started
    share_difficulty: float | None = None
    hashes_per_difficulty: float | None = None  # what one unit of share_difficulty takes, as this program counts it
    accepted_difficulty_total: float | None = None  # the sum over accepted shares, where the miner keeps it
    pool: str | None = None  # scheme, host and port; no user, no password
    account_hash: str | None = None  # of the account that is mined for: the account itself goes no further
    worker: str | None = None
    dev_fee: bool | None = None  # it works for the program's author now, in no pool of the owner; None: not told
    devices: tuple[DeviceWork, ...] = ()
    pools: tuple[ListedPool, ...] = ()  # all that it knows, where it lists them


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedWorker:
    """What a proxy or a pool of one's own says of all that mines through it under one name."""

    name: str
    hashes_per_second: float | None = None
    accepted_shares_total: int | None = None
    rejected_shares_total: int | None = None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class MinerSnapshot:
    """What one mining program says of itself at one moment."""

    software: str
    software_version: str | None = None
    uptime_seconds: float | None = None
    started_at: datetime | None = None  # by the clock of its machine, where it tells this in place of an uptime
    pool_connection_seconds: float | None = None  # 0.0 is "not connected"
    paused: bool | None = None
    product: str | None = None  # the machine, where the program is its firmware
    power_watts: float | None = None  # the whole machine, as its firmware says
    fan_speeds_rpm: tuple[float | None, ...] = ()
    ambient_temperature_celsius: float | None = None
    liquid_temperature_celsius: float | None = None  # of what cools it; where in its circuit is not told
    boards_expected: int | None = None  # as many as it was built with
    fans_expected: int | None = None  # as configured, or as many as have turned: no driver tells it
    faults: tuple[FirmwareFault, ...] | None = None  # () is "said: none"
    workloads: tuple[Workload, ...] = ()
    devices: tuple[DeviceReading, ...] = ()
    workers_connected: int | None = None  # to a proxy, or a pool of one's own: miners that mine through it
    workers: tuple[ConnectedWorker, ...] = ()


def boards_there(miner: MinerSnapshot) -> int | None:
    """How many hashboards a machine has that are not lost; ``None`` where it tells of none."""
    states = [device.state for device in miner.devices if device.kind is DeviceKind.HASHBOARD]
    return sum(state is not DeviceState.LOST for state in states) if states else None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """What a meter at the wall measures: everything behind it together."""

    power_watts: float | None = None  # below zero: more is fed in than drawn
    energy_joules_total: float | None = None  # the meter's own counter of what was drawn
    voltage_volts: float | None = None
    current_amperes: float | None = None
    product: str | None = None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class SensorReading:
    """The devices that one collector found, and what it could not read of them."""

    driver_version: str | None = None
    devices: tuple[DeviceReading, ...] = ()
    read_errors: tuple[ReadError, ...] = ()


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureReading:
    """One of the board's temperature sensors, by the names that the kernel gives it."""

    chip: str
    sensor: str
    temperature_celsius: float | None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class FilesystemReading:
    """One mounted file system."""

    mountpoint: str
    size_bytes: int | None = None
    available_bytes: int | None = None
    read_only: bool


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class HostReading:
    """The machine that the agent runs on."""

    operating_system: str | None = None
    kernel: str | None = None
    cpu_model: str | None = None
    booted_at: datetime | None = None
    cpu_count: int | None = None  # logical processors
    cpu_utilization_ratio: float | None = None  # of all of them, since the last tick
    load1: float | None = None
    load5: float | None = None
    load15: float | None = None
    memory_size_bytes: int | None = None
    memory_available_bytes: int | None = None
    swap_used_bytes: int | None = None
    filesystems: tuple[FilesystemReading, ...] | None = None  # None: the disks did not answer in time
    temperatures: tuple[TemperatureReading, ...] = ()
    devices: tuple[DeviceReading, ...] = ()  # the processors, and cards without a collector of their own
    read_errors: tuple[ReadError, ...] = ()


Reading: TypeAlias = MinerSnapshot | SensorReading | HostReading | MeterReading


SourceKind: TypeAlias = Literal["collector", "miner", "meter"]


AnyReading = TypeVar("AnyReading", bound=Reading, covariant=True)


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[AnyReading]):
    """What asking one source gave: a reading or an error, never both, never an old one."""

    source: str
    kind: SourceKind
    asked_at: datetime
    duration_seconds: float
    reading: AnyReading | None = None
    error: SourceError | None = None
    stuck: bool = False  # over its deadline, and the call has still not come back
    local: bool = True  # it is on this machine
    dropped: tuple[ReadError, ...] = ()  # values that could not be true

    def __post_init__(self) -> None:
        if (self.reading is None) == (self.error is None):
            raise ValueError(f"{self.source}: an outcome holds a reading or an error")
