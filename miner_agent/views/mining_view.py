"""What each miner makes: its hashrate beside what it should make, what its shares prove, and where it mines to."""

from datetime import datetime

import msgspec

from miner_agent.model.efficiency import joules_per_hash
from miner_agent.model.snapshot import AwaitedShares, ExpectedHashrate, MinerWorkload, PoolWatch, RigSnapshot
from miner_agent.views.figures import Circumstances, Figure, figure

NO_EXPECTATION = "nobody has told or learnt yet what it should make"
NO_SHARE = "no share was accepted since the agent started"
TOO_FEW = "its miner does not tell what a share is, or too few have come"
NO_DRAW = "nobody tells what draws the power of this work alone"
FEWEST_EXPECTED = 10.0  # below that many shares, chance says more than the hashrate


class MiningView(msgspec.Struct, frozen=True, kw_only=True):
    """One algorithm of one miner. Counts of shares are since the miner started."""

    miner: str
    algorithm: str
    software: str
    coin: str | None
    pool: str | None
    worker: str | None
    hashes_per_second: Figure
    expected_hashes_per_second: Figure
    of_expected_ratio: Figure
    proven_ratio: Figure  # of the shares that were to be expected at the hashrate that is shown
    last_accepted_at: datetime | None
    last_accepted_age_seconds: Figure
    share_interval_seconds: Figure
    joules_per_hash: Figure
    accepted_shares_total: Figure
    rejected_shares_total: Figure
    stale_shares_total: Figure
    invalid_shares_total: Figure
    differs: list[str]  # of pool, account and worker: what is not as configured


def mining_views(snapshot: RigSnapshot, at: Circumstances) -> list[MiningView]:
    """Every workload, the one furthest below what it should make first."""
    awaited = {(one.miner, one.algorithm): one for one in snapshot.awaited}
    expected = {(one.miner, one.algorithm): one for one in snapshot.expected_hashrates if one.device is None}
    pools = {(one.miner, one.algorithm): one for one in snapshot.pools}
    draws = _draws_watts(snapshot)
    views = [
        _view(one, draws.get(key), awaited.get(key), expected.get(key), pools.get(key), snapshot.taken_at, at)
        for one in snapshot.inventory.workloads
        for key in ((one.miner, one.algorithm),)
    ]
    return sorted(views, key=lambda one: (not one.differs, _or_most(one.of_expected_ratio.value)))


def _or_most(ratio: float | None) -> float:
    return float("inf") if ratio is None else ratio


def _draws_watts(snapshot: RigSnapshot) -> dict[tuple[str, str], float]:
    """What each workload draws that has its machine, or all of its devices, to itself."""
    power = {one.label: one.reading.power_watts for one in snapshot.inventory.devices}
    works: dict[str, set[tuple[str, str]]] = {}
    devices: dict[tuple[str, str], list[str]] = {}
    for one in snapshot.inventory.contributions:
        key = (one.miner, one.algorithm)
        works.setdefault(one.device, set()).add(key)
        devices.setdefault(key, []).append(one.device)
    found: dict[tuple[str, str], float] = {}
    for workload in snapshot.inventory.workloads:
        key, whole = (workload.miner, workload.algorithm), workload.snapshot.power_watts
        if whole is not None and len(workload.snapshot.workloads) == 1:
            found[key] = whole
            continue
        watts = [power.get(device) if len(works[device]) == 1 else None for device in devices.get(key, ())]
        known = [one for one in watts if one is not None]
        if known and len(known) == len(watts):
            found[key] = sum(known)
    return found


def _view(
    one: MinerWorkload,
    draws_watts: float | None,
    awaited: AwaitedShares | None,
    expected: ExpectedHashrate | None,
    pool: PoolWatch | None,
    taken_at: datetime,
    at: Circumstances,
) -> MiningView:
    work, shown = one.workload, one.workload.hashes_per_second
    should = None if expected is None else expected.hashes_per_second
    due, came, accepted_at, interval_seconds = None, None, None, None
    if awaited is not None:
        due, came = awaited.expected_shares_total, awaited.proven_shares_total
        accepted_at, interval_seconds = awaited.last_accepted_at, awaited.share_interval_expected_seconds

    def told(name: str, value: float | None, source: str | None = one.miner, reason: str | None = None) -> Figure:
        return figure(name, value, source=source, taken_at=taken_at, at=at, reason=reason)

    by_whom = None if expected is None else expected.source
    ratio = None if shown is None or not should else shown / should
    proven = None if due is None or came is None or due < FEWEST_EXPECTED else came / due
    age_seconds = None if accepted_at is None else (taken_at - accepted_at).total_seconds()
    return MiningView(
        miner=one.miner,
        algorithm=one.algorithm,
        software=one.snapshot.software,
        coin=work.coin,
        pool=work.pool,
        worker=work.worker,
        hashes_per_second=told("hashes_per_second", shown),
        expected_hashes_per_second=told("expected_hashes_per_second", should, by_whom, NO_EXPECTATION),
        of_expected_ratio=told("of_expected_ratio", ratio, by_whom, NO_EXPECTATION),
        proven_ratio=told("proven_ratio", proven, reason=TOO_FEW),
        last_accepted_at=accepted_at,
        last_accepted_age_seconds=told("last_accepted_age_seconds", age_seconds, reason=NO_SHARE),
        share_interval_seconds=told("share_interval_seconds", interval_seconds),
        joules_per_hash=told("joules_per_hash", joules_per_hash(draws_watts, shown), reason=NO_DRAW),
        accepted_shares_total=told("accepted_shares_total", work.accepted_shares_total),
        rejected_shares_total=told("rejected_shares_total", work.rejected_shares_total),
        stale_shares_total=told("stale_shares_total", work.stale_shares_total),
        invalid_shares_total=told("invalid_shares_total", work.invalid_shares_total),
        differs=list((pool.differs if pool is not None else None) or ()),
    )
