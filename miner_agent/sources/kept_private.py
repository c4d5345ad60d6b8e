"""The last look at what a driver hands on: no password in the names of pools and workers, whoever forgot it. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from miner_agent.model.readings import ConnectedWorker, ListedPool, MinerSnapshot, Workload
from miner_agent.text import login_name, pool_address, worker_name

Part = TypeVar("Part")


def without_secrets(snapshot: MinerSnapshot) -> MinerSnapshot:
    """``snapshot`` itself where nothing in it has to go, as of all drivers of ours."""
    workloads = _each(snapshot.workloads, _workload)
    workers = _each(snapshot.workers, _connected)
    if workloads is snapshot.workloads and workers is snapshot.workers:
        return snapshot
    return replace(snapshot, workloads=workloads, workers=workers)


def _workload(told: Workload) -> Workload:
    worker, pool, pools = worker_name(told.worker), pool_address(told.pool), _each(told.pools, _listed)
    if worker == told.worker and pool == told.pool and pools is told.pools:
        return told
    return replace(told, worker=worker, pool=pool, pools=pools)


def _listed(told: ListedPool) -> ListedPool:
    pool = pool_address(told.pool)
    return told if pool == told.pool else replace(told, pool=pool)


def _connected(told: ConnectedWorker) -> ConnectedWorker:
    if ":" not in told.name and "%" not in told.name:  # there are thousands of them
        return told
    name = login_name(told.name)
    return told if name == told.name else replace(told, name=name or "")


def _each(parts: tuple[Part, ...], look: Callable[[Part], Part]) -> tuple[Part, ...]:
    looked = tuple(map(look, parts))
    return parts if all(now is told for now, told in zip(looked, parts, strict=True)) else looked
