"""What the agent knows: frozen values whose names carry their units.

``None`` is "the source did not say"; ``0`` is "the source said zero". A source that fails gives no values at all:
its ``Outcome`` holds the error in the reading's place.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

from miner_agent.errors import SourceError
from miner_agent.model_economy import Economy


class DeviceKind(StrEnum):
    """What a device is."""

    GPU = "gpu"
    CPU = "cpu"
    HASHBOARD = "hashboard"
    METER = "meter"  # in the log and the energy counters only: no inventory holds one


class DeviceState(StrEnum):
    """How a device is, worst first where several hold."""

    LOST = "lost"
    RESET_REQUIRED = "reset_required"
    HUNG = "hung"
    DEGRADED = "degraded"
    THROTTLED = "throttled"
    ASLEEP = "asleep"
    DISABLED = "disabled"
    OK = "ok"


class ThrottleReason(StrEnum):
    """Why a device runs below its clocks."""

    POWER_CAP = "power_cap"
    HW_THERMAL = "hw_thermal"
    SW_THERMAL = "sw_thermal"
    HW_POWER_BRAKE = "hw_power_brake"
    SYNC = "sync"
    OTHER = "other"


class ReadErrorReason(StrEnum):
    """Why one quantity of a device is absent although the device answers."""

    UNSUPPORTED = "unsupported"
    LOST = "lost"
    TIMEOUT = "timeout"
    PERMISSION = "permission"
    IMPLAUSIBLE = "implausible"
    PARSE = "parse"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadError:
    """One quantity that could not be read, or was impossible, in one tick."""

    device: str
    quantity: str
    reason: ReadErrorReason
    hint: str | None = None  # a sentence for the log: what its owner can do


@dataclass(frozen=True, slots=True, kw_only=True)
class XidErrors:
    """How often one card reported one of NVIDIA's error numbers since the agent started, and when last."""

    xid: int
    errors_total: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReading:
    """One card, processor or hashboard at one moment, as its driver or its miner reports it."""

    index: int
    kind: DeviceKind = DeviceKind.GPU
    state: DeviceState | None = None
    name: str | None = None
    vendor: str | None = None
    uuid: str | None = None
    pci_address: str | None = None  # 0000:01:00.0
    serial: str | None = None
    firmware_version: str | None = None
    core_temperature_celsius: float | None = None  # of a hashboard: the sensor on its board
    memory_temperature_celsius: float | None = None
    hotspot_temperature_celsius: float | None = None  # of a hashboard: its hottest chip
    vrm_temperature_celsius: float | None = None
    inlet_temperature_celsius: float | None = None
    outlet_temperature_celsius: float | None = None
    slowdown_temperature_celsius: float | None = None  # the driver lowers clocks here
    shutdown_temperature_celsius: float | None = None  # the card switches itself off here
    fan_ratio: float | None = None  # as commanded, not as measured; the highest of its fans
    fan_ratios: tuple[float | None, ...] = ()  # each fan, where the source tells them apart
    fan_speed_rpm: float | None = None
    voltage_volts: float | None = None  # of a card: its core's; of a hashboard: what feeds its chips
    power_watts: float | None = None
    power_limit_watts: float | None = None
    power_limit_default_watts: float | None = None
    power_limit_min_watts: float | None = None
    power_limit_max_watts: float | None = None
    energy_joules_total: float | None = None  # the device's own counter
    core_clock_hertz: float | None = None
    memory_clock_hertz: float | None = None
    utilization_ratio: float | None = None
    memory_utilization_ratio: float | None = None
    memory_used_bytes: int | None = None
    memory_size_bytes: int | None = None
    throttle_reasons: tuple[ThrottleReason, ...] | None = None  # () is "said: none"
    pcie_link_width: int | None = None  # lanes
    pcie_link_generation: int | None = None
    performance_state: int | None = None  # 0 is the fastest
    pcie_replays_total: int | None = None
    ecc_corrected_errors_total: int | None = None
    ecc_uncorrected_errors_total: int | None = None
    remapped_rows_corrected: int | None = None  # rows of memory replaced after errors that were corrected
    remapped_rows_uncorrected: int | None = None
    remapped_rows_pending: bool | None = None  # more are replaced at the next reset
    remapped_rows_failed: bool | None = None  # there were no spare rows left
    chips: int | None = None  # of a hashboard: that answer
    chips_expected: int | None = None  # as many as the board was built or set up with
    xid_errors: tuple[XidErrors, ...] | None = None  # () is "said: none yet"; a lost card keeps its own


def own_label(device: DeviceReading, source: str) -> str:
    """The one name of a device, as far as its own source knows: UUID, else PCI address, else SOURCE/N; cpu0."""
    if device.kind is DeviceKind.CPU:
        return f"cpu{device.index}"
    return device.uuid or device.pci_address or f"{source}/{device.index}"


METERS = "meter"  # a miner cannot be called so


def meter_label(name: str) -> str:
    """The name of a meter among those of devices, where the log and the energy counters keep both."""
    return f"{METERS}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceWork:
    """What one device contributes to one workload."""

    device_index: int
    hashes_per_second: float | None = None
    accepted_shares_total: int | None = None
    rejected_shares_total: int | None = None
    stale_shares_total: int | None = None
    invalid_shares_total: int | None = None
    hardware_errors_total: int | None = None  # results that the miner's own check found wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One algorithm that a miner works on. Dual mining is two of them, never one sum."""

    algorithm: str | None = None
    coin: str | None = None
    hashes_per_second: float | None = None
    hashrate_window_seconds: float | None = None  # what the hashrate is the mean of, where that is known
    accepted_shares_total: int | None = None
    rejected_shares_total: int | None = None
    stale_shares_total: int | None = None
    invalid_shares_total: int | None = None
    hardware_errors_total: int | None = None  # results that the miner's own check found wrong
    share_difficulty: float | None = None
    hashes_per_difficulty: float | None = None  # what one unit of share_difficulty takes, as this program counts it
    accepted_difficulty_total: float | None = None  # the sum over accepted shares, where the miner keeps it
    pool: str | None = None  # scheme, host and port; no user, no password
    account_hash: str | None = None  # of the account that is mined for: the account itself goes no further
    worker: str | None = None
    dev_fee: bool | None = None  # it works for the program's author now, in no pool of the owner; None: not told
    devices: tuple[DeviceWork, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedWorker:
    """What a proxy or a pool of one's own says of all that mines through it under one name."""

    name: str
    hashes_per_second: float | None = None
    accepted_shares_total: int | None = None
    rejected_shares_total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerSnapshot:
    """What one mining program says of itself at one moment."""

    software: str
    software_version: str | None = None
    uptime_seconds: float | None = None
    pool_connection_seconds: float | None = None  # 0.0 is "not connected"
    paused: bool | None = None
    product: str | None = None  # the machine, where the program is its firmware
    power_watts: float | None = None  # the whole machine, as its firmware says
    fan_speeds_rpm: tuple[float | None, ...] = ()
    ambient_temperature_celsius: float | None = None
    workloads: tuple[Workload, ...] = ()
    devices: tuple[DeviceReading, ...] = ()
    workers_connected: int | None = None  # to a proxy, or a pool of one's own: miners that mine through it
    workers: tuple[ConnectedWorker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """What a meter at the wall measures: everything behind it together."""

    power_watts: float | None = None  # below zero: more is fed in than drawn
    energy_joules_total: float | None = None  # the meter's own counter of what was drawn
    voltage_volts: float | None = None
    current_amperes: float | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorReading:
    """The devices that one collector found, and what it could not read of them."""

    driver_version: str | None = None
    devices: tuple[DeviceReading, ...] = ()
    read_errors: tuple[ReadError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureReading:
    """One of the board's temperature sensors, by the names that the kernel gives it."""

    chip: str
    sensor: str
    temperature_celsius: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesystemReading:
    """One mounted file system."""

    mountpoint: str
    size_bytes: int | None = None
    available_bytes: int | None = None
    read_only: bool


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
    devices: tuple[DeviceReading, ...] = ()  # the processors
    read_errors: tuple[ReadError, ...] = ()


Reading: TypeAlias = MinerSnapshot | SensorReading | HostReading | MeterReading
SourceKind: TypeAlias = Literal["collector", "miner", "meter"]
AnyReading = TypeVar("AnyReading", bound=Reading, covariant=True)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of this rig under its one name, whoever reads it."""

    label: str  # UUID, else PCI address, else MINER/N or cpu0
    source: str
    read_at: datetime
    answered: bool  # it gave something in this tick, beside its name
    driver_version: str | None = None
    reading: DeviceReading


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceContribution:
    """What one device does for one algorithm of one miner."""

    device: str
    miner: str
    algorithm: str
    work: DeviceWork


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerWorker:
    """One of those that mine through one miner."""

    miner: str
    worker: ConnectedWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerWorkload:
    """One algorithm of one miner, under names that are unique in the rig."""

    miner: str
    algorithm: str
    snapshot: MinerSnapshot
    workload: Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every device, workload, contribution and connected worker of a tick, each exactly once."""

    devices: tuple[Device, ...] = ()
    workloads: tuple[MinerWorkload, ...] = ()
    contributions: tuple[DeviceContribution, ...] = ()
    workers: tuple[MinerWorker, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)  # by source: what it said twice, or beyond its bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How one source has done since the agent started."""

    source: str
    kind: SourceKind
    last_success_at: datetime | None = None
    requests_total: int = 0
    failures_total: int = 0
    restarts_total: int = 0  # of the process that reads it
    series_dropped_total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """What the agent has counted of one device since it started."""

    device: str
    lost_total: int | None = None  # None: its source tells no states
    throttled_seconds_total: dict[ThrottleReason, float] = field(default_factory=dict)
    read_errors_total: dict[tuple[str, ReadErrorReason], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """One of the agent's databases, and how writing it has gone since the agent started."""

    database: str
    size_bytes: int | None = None
    oldest_sample_at: datetime | None = None
    written_at: datetime | None = None
    write_failures_total: int = 0
    ticks_dropped_total: int | None = None  # None: it has no ticks
    rows_skipped_total: int | None = None  # their key was there already
    values_dropped_total: int | None = None  # not finite, or too large to be kept
    queue_length: int | None = None  # None: it has no queue


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """How reading other machines goes. Of a round: the last one that came to its end, absent before."""

    rigs_configured: int
    rigs_dead: int  # they did not answer at least twice in a row, and are asked ever less often
    rigs_answered: int | None = None  # of the round
    round_duration_seconds: float | None = None  # from its first question to its last answer
    round_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """The agent itself."""

    version: str
    python_version: str
    config_loaded_at: datetime
    config_reload_ok: bool = True
    render_failures_total: int = 0
    late_ticks_total: int = 0
    clock_steps_total: int = 0
    clock_even_seconds: float = 0.0  # for how long the wall clock has been possible and even
    log_lines_dropped_total: int = 0
    job_failures_total: dict[str, int] = field(default_factory=dict)
    databases: tuple[DatabaseStatus, ...] = ()
    gateway: GatewayStatus | None = None  # None: it reads no other machine


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEnergy:
    """Energy that one device or meter has drawn, by its own counter or integrated from its power."""

    device: str
    source: Literal["hardware", "integrated"]
    joules_total: float  # since it was first seen; survives restarts of the agent
    joules_since_last_tick: float | None  # None over a gap: what was drawn meanwhile is not known
    added_joules: float = 0.0  # to the total in this tick; what a counter tells of a gap too


PowerSource: TypeAlias = Literal["meter", "psu", "estimate"]
"""Who says what the whole machine draws: meters at the wall, its firmware, or the sum of its cards and processors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RigPower:
    """What the whole machine draws, as one source says. The estimate is below what the wall gives."""

    source: PowerSource
    power_watts: float  # a meter's may be below zero: more is fed in than drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class RigEnergy:
    """Energy that the whole machine has drawn, as one source says."""

    source: PowerSource
    joules_total: float  # while the agent ran; survives its restarts


def preferred_power(power: tuple[RigPower, ...]) -> RigPower | None:
    """The one that profit, energy and books go by: the meters, else the firmware, else the estimate."""
    by_source = {one.source: one for one in power}
    return next((by_source[source] for source in get_args(PowerSource) if source in by_source), None)


def power_difference_watts(power: tuple[RigPower, ...]) -> float | None:
    """What the meters measure beyond the sum of cards and processors: mainboard, fans, losses of power supplies."""
    watts = {one.source: one.power_watts for one in power}
    return watts["meter"] - watts["estimate"] if "meter" in watts and "estimate" in watts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenWork:
    """What the shares that a pool accepted prove of one workload, whatever the miner shows."""

    miner: str
    algorithm: str
    accepted_hashes_total: float  # since the agent first saw it; at least
    last_accepted_at: datetime | None  # to the tick; None: none since then
    share_interval_expected_seconds: float | None  # on average, at the hashrate that the miner shows


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolWatch:
    """Where one workload mines to, and whether its owner wants that."""

    miner: str
    algorithm: str
    host: str | None
    port: str | None
    scheme: str | None
    account_hash: str | None
    is_fee: bool = False  # it works for the author of its program at this moment
    differs: tuple[str, ...] | None = None  # of pool, account, worker; None: nothing to compare


@dataclass(frozen=True, slots=True, kw_only=True)
class TickClock:
    """What is needed to tell later whether the wall clock of a tick can be believed."""

    boot_id: str
    monotonic_seconds: float
    interval_seconds: float
    clock_ok: bool  # since the last tick the wall clock went as far as the monotonic one


@dataclass(frozen=True, slots=True, kw_only=True)
class RigSnapshot:
    """Everything that one tick gave. ``rig`` is for people and JSON; metrics get it from their scraper."""

    taken_at: datetime
    rig: str
    outcomes: tuple[Outcome[Reading], ...]
    inventory: Inventory = Inventory()
    sources: tuple[SourceStatus, ...] = ()
    devices: tuple[DeviceStatus, ...] = ()
    miners_started_at: dict[str, datetime] = field(default_factory=dict)
    devices_expected: dict[DeviceKind, int] = field(default_factory=dict)
    energy: tuple[DeviceEnergy, ...] = ()
    proven: tuple[ProvenWork, ...] = ()
    pools: tuple[PoolWatch, ...] = ()
    meters: tuple[Device, ...] = ()  # those that answered, as if they were devices; never to be added to those
    meter_energy: tuple[DeviceEnergy, ...] = ()
    power: tuple[RigPower, ...] = ()  # of the whole machine; ``preferred_power`` says which to go by
    rig_energy: tuple[RigEnergy, ...] = ()
    clock: TickClock | None = None
    agent: AgentStatus | None = None
    economy: Economy | None = None
