"""Where miners mine to, and whether that is where their owner wants."""

from collections.abc import Iterator

from exporters.metric_table import Labels, Section, by, flag, info, one
from miner_agent.model.readings import ListedPool
from miner_agent.model.snapshot import MinerPool, PoolWatch, RigSnapshot


def _role(pool: ListedPool) -> str:
    return "fee" if pool.is_fee else "backup" if pool.active is False else "active" if pool.active else ""


def _listed(snapshot: RigSnapshot) -> Iterator[tuple[Labels, MinerPool]]:
    for pool in snapshot.inventory.pools:
        yield (pool.miner, pool.algorithm, str(pool.listed.number)), pool


PLACES: Section[PoolWatch] = Section(
    title="Pools",
    keys=("miner", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((p.miner, p.algorithm), p) for p in s.pools if p.host is not None),
    specs=(
        info(
            "rig_pool_info",
            "The pool that is mined to. The account is a fingerprint, never the account itself; fee is 1 while the "
            "program works for its author.",
            ("host", "port", "scheme", "tls", "account_hash", "fee"),
            lambda p: (
                p.host,
                p.port,
                p.scheme,
                None if p.scheme is None else int("ssl" in p.scheme or "tls" in p.scheme),
                p.account_hash,
                int(p.is_fee),
            ),
        ),
    ),
)

MATCHES: Section[PoolWatch] = Section(
    title="Pools",
    keys=("miner", "algorithm"),
    told_by="miner",
    subjects=lambda s: (((p.miner, p.algorithm), p) for p in s.pools),
    specs=(
        one(
            "rig_pool_config_match",
            "gauge",
            "0 if pool, account or worker is another one than the configuration says, or than was first seen.",
            lambda p: None if p.differs is None else int(not p.differs),
        ),
        by(
            "what",
            "rig_pool_differs",
            "gauge",
            "1 if that (pool, account or worker) is another one; absent where it is not told, and while the "
            "program works for its author.",
            lambda p: {} if p.differs is None else {what: int(what in p.differs) for what in p.compared},
        ),
    ),
)

LISTED: Section[MinerPool] = Section(
    title="Pools that miners are set up with",
    keys=("miner", "algorithm", "pool"),
    told_by="miner",
    subjects=_listed,
    specs=(
        info(
            "rig_pool_listed_info",
            "A pool in the miner's list, by its number there. Its role is active, backup, or fee where it pays the "
            "program's author.",
            ("host", "port", "role"),
            lambda p: (p.host, p.port, _role(p.listed)),
        ),
        one("rig_pool_up", "gauge", "1 if the pool answers, as the miner last knew.", lambda p: flag(p.listed.alive)),
        one("rig_pool_active", "gauge", "1 if work comes from this pool now.", lambda p: flag(p.listed.active)),
        one(
            "rig_pool_shares_accepted_total",
            "counter",
            "Shares that this pool took, since the miner started.",
            lambda p: p.listed.accepted_shares_total,
        ),
        one(
            "rig_pool_shares_rejected_total",
            "counter",
            "Shares that this pool refused, since the miner started.",
            lambda p: p.listed.rejected_shares_total,
        ),
        one(
            "rig_pool_shares_stale_total",
            "counter",
            "Shares that came too late for this pool, since the miner started.",
            lambda p: p.listed.stale_shares_total,
        ),
    ),
)
