"""Where miners mine to, and whether that is where their owner wants."""

from exporters.metric_table import Section, info, one
from miner_agent.model.snapshot import PoolWatch

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
    ),
)
