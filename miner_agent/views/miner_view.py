"""Mining programs and machines."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, boards_there
from miner_agent.model.snapshot import MinerFault, MinerWorker, OtherWorkers, RigSnapshot
from miner_agent.views.device_view import ThresholdView, thresholds_by_subject
from miner_agent.views.figures import Circumstances, Figure, Moment, figure, figures_of
from miner_agent.views.work_view import WorkloadView, workload_views

NO_READING = "the miner gave no reading"
NOT_STARTED = "when it was started is not known"
NO_RESTARTS = "what was counted before is not known"
NO_BOARDS = "it tells of no boards"


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """What firmware finds wrong with its machine."""

    code: str
    words: str | None
    severity: str
    device: str | None


class WorkerView(msgspec.Struct, frozen=True, kw_only=True):
    """One of those that mine through a miner."""

    worker: str
    hashes_per_second: Figure
    accepted_shares_total: Figure
    rejected_shares_total: Figure


class OtherWorkersView(msgspec.Struct, frozen=True, kw_only=True):
    """Those beyond the ones that are told by name."""

    names: int
    hashes_per_second: Figure


class MinerView(msgspec.Struct, frozen=True, kw_only=True):
    """One miner; what it mines stands in its workloads."""

    miner: str
    up: bool
    reason: str | None  # why it is not up, as a word
    taken_at: Moment
    stale: bool
    software: str | None
    software_version: str | None
    product: str | None
    started_at: Moment | None
    paused: bool | None
    restarts_total: Figure
    pool_connection_seconds: Figure
    power_watts: Figure
    ambient_temperature_celsius: Figure
    liquid_temperature_celsius: Figure
    workers_connected: Figure
    boards: Figure
    boards_expected: Figure
    fans_expected: Figure
    fan_speeds_rpm: list[float | None]
    thresholds: list[ThresholdView]
    faults: list[FaultView] | None  # [] is "said: none"
    workers: list[WorkerView]
    other_workers: list[OtherWorkersView]
    workloads: list[WorkloadView]


class _OfMiners:
    """What a snapshot holds of its miners beside their readings."""

    def __init__(self, snapshot: RigSnapshot, at: Circumstances) -> None:
        self.started_at, self.restarts = snapshot.miners_started_at, snapshot.miner_restarts_total
        self.workloads = _by_miner(workload_views(snapshot, at))
        self.faults = _by_miner(snapshot.inventory.faults)
        self.workers = _by_miner(snapshot.inventory.workers)
        self.others = _by_miner(snapshot.inventory.other_workers)
        self.thresholds = thresholds_by_subject(snapshot.miner_thresholds)


def miner_views(snapshot: RigSnapshot, at: Circumstances) -> list[MinerView]:
    """Every miner that was asked."""
    known = _OfMiners(snapshot, at)
    return [_miner_view(outcome, known, at) for outcome in snapshot.outcomes if outcome.kind == "miner"]


def _miner_view(outcome: Outcome[Reading], known: _OfMiners, at: Circumstances) -> MinerView:
    miner, taken_at = outcome.source, outcome.asked_at
    told = outcome.reading if isinstance(outcome.reading, MinerSnapshot) else None
    figures = figures_of(
        MinerView,
        told or MinerSnapshot(software=""),
        source=miner,
        taken_at=taken_at,
        at=at,
        reason=NO_READING if told is None else None,
    )
    figures["restarts_total"] = figure(
        "restarts_total",
        known.restarts.get(miner),
        source="agent",
        taken_at=at.taken_at,
        at=at,
        reason=NO_RESTARTS,
    )
    figures["boards"] = figure(
        "boards", None if told is None else boards_there(told), source=miner, taken_at=taken_at, at=at, reason=NO_BOARDS
    )
    return MinerView(
        miner=miner,
        up=outcome.error is None,
        reason=None if outcome.error is None else outcome.error.kind,
        taken_at=taken_at,
        stale=at.stale,
        software=None if told is None else told.software,
        software_version=None if told is None else told.software_version,
        product=None if told is None else told.product,
        started_at=known.started_at.get(miner),
        paused=None if told is None else told.paused,
        fan_speeds_rpm=[] if told is None else list(told.fan_speeds_rpm),
        thresholds=known.thresholds.get(miner, []),
        faults=None if told is None or told.faults is None else [_fault_view(one) for one in known.faults[miner]],
        workers=[_worker_view(one, taken_at, at) for one in known.workers.get(miner, [])],
        other_workers=[_others_view(one, taken_at, at) for one in known.others.get(miner, [])],
        workloads=known.workloads.get(miner, []),
        **figures,
    )


class _Mined(Protocol):
    @property
    def miner(self) -> str: ...


_OfMiner = TypeVar("_OfMiner", bound=_Mined)


def _by_miner(several: Iterable[_OfMiner]) -> defaultdict[str, list[_OfMiner]]:
    found: defaultdict[str, list[_OfMiner]] = defaultdict(list)
    for one in several:
        found[one.miner].append(one)
    return found


def _fault_view(one: MinerFault) -> FaultView:
    fault = one.fault
    return FaultView(code=fault.code, words=fault.words, severity=fault.severity.value, device=one.device)


def _worker_view(one: MinerWorker, taken_at: datetime, at: Circumstances) -> WorkerView:
    figures = figures_of(WorkerView, one.worker, source=one.miner, taken_at=taken_at, at=at)
    return WorkerView(worker=one.worker.name, **figures)


def _others_view(one: OtherWorkers, taken_at: datetime, at: Circumstances) -> OtherWorkersView:
    figures = figures_of(OtherWorkersView, one, source=one.miner, taken_at=taken_at, at=at)
    return OtherWorkersView(names=one.names, **figures)
