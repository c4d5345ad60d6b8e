"""Everything that one tick gave, each thing exactly once and under its one name."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from miner_agent.model.devices import (
    DeviceKind,
    DeviceReading,
    DeviceWork,
)
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.finances import Economy
from miner_agent.model.hashrate_expectations import HashrateSource
from miner_agent.model.health import NO_PAST, UNKNOWN, Past, Verdict
from miner_agent.model.made_in_c import copied_with, made_in_c
from miner_agent.model.planned import NOTHING_PLANNED, PlannedState
from miner_agent.model.readings import (
    ConnectedWorker,
    ListedPool,
    MinerSnapshot,
    Outcome,
    Reading,
    Workload,
)
from miner_agent.model.status import AgentStatus, DeviceStatus, SourceStatus
from miner_agent.model.temperature_limits import TemperatureThreshold


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of this rig under its one name, whoever reads it."""

    label: str  # UUID, else PCI address, else MINER/N or cpu0
    source: str
    read_at: datetime
    answered: bool  # it gave something in this tick, beside its name
    driver_version: str | None = None
    reading: DeviceReading


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceContribution:
    """What one device does for one algorithm of one miner."""

    device: str
    miner: str
    algorithm: str
    work: DeviceWork


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class MinerWorker:
    """One of those that mine through one miner."""

    miner: str
    worker: ConnectedWorker


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWorkers:
    """Those that mine through one miner beyond the ones that are shown by name."""

    miner: str
    names: int  # how many there are
    hashes_per_second: float | None  # of all of them; None: one of them does not tell it


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class MinerPool:
    """One pool in the list of one workload, and where it is."""

    miner: str
    algorithm: str
    host: str | None
    port: str | None
    listed: ListedPool


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class MinerFault:
    """One fault that the firmware of one miner tells of."""

    miner: str
    device: str | None  # the board, by its one name
    fault: FirmwareFault


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class MinerWorkload:
    """One algorithm of one miner, under names that are unique in the rig."""

    miner: str
    algorithm: str
    snapshot: MinerSnapshot
    workload: Workload


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every device, workload, contribution, connected worker, pool and fault of a tick, each exactly once."""

    devices: tuple[Device, ...] = ()
    workloads: tuple[MinerWorkload, ...] = ()
    contributions: tuple[DeviceContribution, ...] = ()
    workers: tuple[MinerWorker, ...] = ()  # the fastest of each miner
    other_workers: tuple[OtherWorkers, ...] = ()  # and the rest together
    faults: tuple[MinerFault, ...] = ()
    pools: tuple[MinerPool, ...] = ()
    labels: dict[tuple[str, int], str] = field(default_factory=dict)  # by source and its own number of the device
    left_out: dict[str, int] = field(default_factory=dict)  # by source: what it said twice, or beyond its bounds


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEnergy:
    """Energy that one device or meter has drawn, by its own counter or integrated from its power."""

    device: str
    source: Literal["hardware", "integrated"]
    joules_total: float | None  # since it was first seen, over all restarts, as far as it is on disk; None: not known
    joules_since_last_tick: float | None  # None over a gap: what was drawn meanwhile is not known
    added_joules: float = 0.0  # to the total in this tick; what a counter tells of a gap too


PowerSource: TypeAlias = Literal["meter", "psu", "estimate"]


"""Who says what the whole machine draws: meters at the wall, its firmware, or the sum of its cards and processors."""


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class RigPower:
    """What the whole machine draws, as one source says. The estimate is below what the wall gives."""

    source: PowerSource
    power_watts: float  # a meter's may be below zero: more is fed in than drawn


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class PartialPower:
    """What is known of the draw of cards, boards and processors where something lacks: a part, never the whole."""

    power_watts: float | None  # of those that tell it; None: of none
    lacks: tuple[str, ...]  # devices that draw what nobody tells, and sources that did not answer


HOST = "host"
"""Stands for the whole machine among the names of devices; none has its sources."""


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class RigEnergy:
    """Energy that the whole machine has drawn, as one source says."""

    source: PowerSource
    joules_total: float | None  # while the agent ran, over all restarts, as far as it is on disk; None: not known


def preferred_power(power: tuple[RigPower, ...]) -> RigPower | None:
    """The one that profit, energy and books go by: the meters, else the firmware, else the estimate."""
    by_source = {one.source: one for one in power}
    return next((by_source[source] for source in get_args(PowerSource) if source in by_source), None)


def power_difference_watts(power: tuple[RigPower, ...]) -> float | None:
    """What the meters measure beyond the sum of cards and processors: mainboard, fans, losses of power supplies."""
    watts = {one.source: one.power_watts for one in power}
    return watts["meter"] - watts["estimate"] if "meter" in watts and "estimate" in watts else None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenWork:
    """What the shares that a pool accepted prove of one workload, whatever the miner shows."""

    miner: str
    algorithm: str
    accepted_hashes_total: float  # since the agent first saw it; at least


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedShares:
    """How many shares of one workload were to be expected, and came. Counts go on over restarts of the agent."""

    miner: str
    algorithm: str
    expected_shares_total: float | None  # at the hashrate that the miner shows; None: it does not tell what a share is
    proven_shares_total: float | None  # accepted over the same time
    expected_since_accepted: float | None  # since the last one was accepted
    last_accepted_at: datetime | None  # to the tick; None: none since the agent started
    share_interval_expected_seconds: float | None  # at the hashrate that it shows, else at its own pace by now


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedHashrate:
    """What one workload should make, or one device's part of it."""

    miner: str
    algorithm: str
    device: str | None  # None: all of it
    source: HashrateSource
    hashes_per_second: float


@made_in_c
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
    compared: tuple[str, ...] = ()  # of pool, account, worker: what is both told and wanted
    differs: tuple[str, ...] | None = None  # of those; None: nothing to compare


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class TickClock:
    """What is needed to tell later whether the wall clock of a tick can be believed."""

    boot_id: str
    monotonic_seconds: float
    interval_seconds: float
    clock_ok: bool  # since the last tick the wall clock went as far as the monotonic one


@made_in_c
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
    miner_restarts_total: dict[str, int] = field(
        default_factory=dict
    )  # over all restarts of the agent, as far as on disk
    devices_expected: dict[DeviceKind, int] = field(default_factory=dict)
    power_limits_desired_watts: dict[str, float] = field(default_factory=dict)  # by device
    energy: tuple[DeviceEnergy, ...] = ()
    proven: tuple[ProvenWork, ...] = ()
    awaited: tuple[AwaitedShares, ...] = ()
    expected_hashrates: tuple[ExpectedHashrate, ...] = ()
    pools: tuple[PoolWatch, ...] = ()
    meters: tuple[Device, ...] = ()  # those that answered, as if they were devices; never to be added to those
    meter_energy: tuple[DeviceEnergy, ...] = ()
    power: tuple[RigPower, ...] = ()  # of the whole machine; ``preferred_power`` says which to go by
    partial_power: PartialPower | None = None  # None: the estimate lacks nothing that is known of
    rig_energy: tuple[RigEnergy, ...] = ()
    past: Past = NO_PAST  # what is known from earlier ticks
    verdict: Verdict = UNKNOWN
    device_thresholds: tuple[TemperatureThreshold, ...] = ()
    miner_thresholds: tuple[TemperatureThreshold, ...] = ()
    planned: PlannedState = NOTHING_PLANNED
    clock: TickClock | None = None
    agent: AgentStatus | None = None
    economy: Economy | None = None

    def as_planned(self, planned: PlannedState) -> "RigSnapshot":
        """The same, judged by what is planned for the rig at that moment."""
        if planned == self.planned and not planned.off:
            return self
        verdict = self.verdict.at_rest() if planned.off else self.verdict
        return copied_with(self, planned=planned, verdict=verdict)
