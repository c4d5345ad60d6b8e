"""What is mined: by each miner on each algorithm, by each device for it, and by who mines through a miner."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from miner_agent.model.snapshot import AwaitedShares, ExpectedHashrate, MinerPool, MinerWorkload, PoolWatch, RigSnapshot
from miner_agent.views.figures import Circumstances, Figure, Moment, figure, figures_of

NOT_EXPECTED = "neither its owner, nor its last days, nor its firmware, nor a table says it"
NOT_PROVEN = "no share was accepted that tells how much work it is"
NOT_AWAITED = "no shares are counted"
_Key = tuple[str, str]


class DeviceWorkView(msgspec.Struct, frozen=True, kw_only=True):
    """What one device does for one algorithm of one miner."""

    device: str
    miner: str
    algorithm: str
    hashes_per_second: Figure
    nominal_hashes_per_second: Figure
    expected_hashes_per_second: Figure
    accepted_shares_total: Figure
    rejected_shares_total: Figure
    stale_shares_total: Figure
    invalid_shares_total: Figure
    hardware_errors_total: Figure


class PoolPlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """Where one workload mines to, and whether its owner wants that."""

    host: str | None
    port: str | None
    scheme: str | None
    account_hash: str | None
    is_fee: bool
    compared: list[str]  # of pool, account and worker: what is both told and wanted
    differs: list[str] | None  # of those; null: nothing to compare


class ListedPoolView(msgspec.Struct, frozen=True, kw_only=True):
    """One pool in the list of one workload."""

    number: int
    host: str | None
    port: str | None
    active: bool | None
    alive: bool | None
    is_fee: bool
    accepted_shares_total: Figure
    rejected_shares_total: Figure
    stale_shares_total: Figure


class WorkloadView(msgspec.Struct, frozen=True, kw_only=True):
    """One algorithm of one miner."""

    miner: str
    algorithm: str
    algorithm_told: str | None  # as the miner calls it
    coin: str | None
    dev_fee: bool | None  # it works for the program's author now
    hashes_per_second: Figure
    hashrate_window_seconds: Figure
    nominal_hashes_per_second: Figure
    expected_hashes_per_second: Figure
    accepted_shares_total: Figure
    rejected_shares_total: Figure
    stale_shares_total: Figure
    invalid_shares_total: Figure
    hardware_errors_total: Figure
    found_blocks_total: Figure
    best_difficulty: Figure
    session_best_difficulty: Figure
    share_difficulty: Figure
    accepted_hashes_total: Figure  # what accepted shares prove, whatever the miner shows
    expected_shares_total: Figure
    proven_shares_total: Figure
    expected_since_accepted: Figure
    share_interval_expected_seconds: Figure
    last_accepted_at: Moment | None  # null: none since the agent started
    pool: PoolPlaceView | None
    listed_pools: list[ListedPoolView]


def device_work_views(snapshot: RigSnapshot, at: Circumstances) -> list[DeviceWorkView]:
    """Every contribution of a device."""
    expected = {
        (one.device, one.miner, one.algorithm): one for one in snapshot.expected_hashrates if one.device is not None
    }
    taken_at = _asked_at(snapshot)
    return [
        DeviceWorkView(
            device=one.device,
            miner=one.miner,
            algorithm=one.algorithm,
            expected_hashes_per_second=_expected(expected.get((one.device, one.miner, one.algorithm)), at),
            **figures_of(DeviceWorkView, one.work, source=one.miner, taken_at=taken_at.get(one.miner), at=at),
        )
        for one in snapshot.inventory.contributions
    ]


class _OfWorkloads:
    """What a snapshot holds of its workloads beside what miners say, by miner and algorithm."""

    def __init__(self, snapshot: RigSnapshot) -> None:
        self.taken_at = _asked_at(snapshot)
        self.expected: Mapping[_Key, ExpectedHashrate] = {
            (one.miner, one.algorithm): one for one in snapshot.expected_hashrates if one.device is None
        }
        self.proven: Mapping[_Key, float] = {
            (one.miner, one.algorithm): one.accepted_hashes_total for one in snapshot.proven
        }
        self.awaited: Mapping[_Key, AwaitedShares] = {(one.miner, one.algorithm): one for one in snapshot.awaited}
        self.places: Mapping[_Key, PoolWatch] = {(one.miner, one.algorithm): one for one in snapshot.pools}
        self.listed: dict[_Key, list[MinerPool]] = {}
        for pool in snapshot.inventory.pools:
            self.listed.setdefault((pool.miner, pool.algorithm), []).append(pool)


def workload_views(snapshot: RigSnapshot, at: Circumstances) -> list[WorkloadView]:
    """Every algorithm of every miner, in the order of the inventory."""
    known = _OfWorkloads(snapshot)
    return [_workload_view(one, known, at) for one in snapshot.inventory.workloads]


def _workload_view(work: MinerWorkload, known: _OfWorkloads, at: Circumstances) -> WorkloadView:
    key, taken_at = (work.miner, work.algorithm), known.taken_at.get(work.miner)
    told, awaited = work.workload, known.awaited.get(key)
    figures = figures_of(WorkloadView, told, source=work.miner, taken_at=taken_at, at=at)
    nothing = AwaitedShares(
        miner=work.miner,
        algorithm=work.algorithm,
        expected_shares_total=None,
        proven_shares_total=None,
        expected_since_accepted=None,
        last_accepted_at=None,
        share_interval_expected_seconds=None,
    )
    figures |= figures_of(
        WorkloadView, awaited or nothing, source="agent", taken_at=at.taken_at, at=at, reason=NOT_AWAITED
    )
    figures["accepted_hashes_total"] = figure(
        "accepted_hashes_total", known.proven.get(key), source="agent", taken_at=at.taken_at, at=at, reason=NOT_PROVEN
    )
    return WorkloadView(
        miner=work.miner,
        algorithm=work.algorithm,
        algorithm_told=told.algorithm_told,
        coin=told.coin,
        dev_fee=told.dev_fee,
        expected_hashes_per_second=_expected(known.expected.get(key), at),
        last_accepted_at=None if awaited is None else awaited.last_accepted_at,
        pool=_place_view(known.places.get(key)),
        listed_pools=[_listed_view(one, taken_at, at) for one in known.listed.get(key, [])],
        **figures,
    )


def _expected(one: ExpectedHashrate | None, at: Circumstances) -> Figure:
    return figure(
        "expected_hashes_per_second",
        None if one is None else one.hashes_per_second,
        source=None if one is None else one.source,
        taken_at=at.taken_at,
        at=at,
        reason=NOT_EXPECTED,
    )


def _place_view(watch: PoolWatch | None) -> PoolPlaceView | None:
    if watch is None:
        return None
    return PoolPlaceView(
        host=watch.host,
        port=watch.port,
        scheme=watch.scheme,
        account_hash=watch.account_hash,
        is_fee=watch.is_fee,
        compared=list(watch.compared),
        differs=None if watch.differs is None else list(watch.differs),
    )


def _listed_view(pool: MinerPool, taken_at: datetime | None, at: Circumstances) -> ListedPoolView:
    listed = pool.listed
    return ListedPoolView(
        number=listed.number,
        host=pool.host,
        port=pool.port,
        active=listed.active,
        alive=listed.alive,
        is_fee=listed.is_fee,
        **figures_of(ListedPoolView, listed, source=pool.miner, taken_at=taken_at, at=at),
    )


def _asked_at(snapshot: RigSnapshot) -> dict[str, datetime]:
    return {outcome.source: outcome.asked_at for outcome in snapshot.outcomes}
