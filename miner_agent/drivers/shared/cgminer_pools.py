"""The pools in an answer of the cgminer family: which is worked for, and how each of them does."""

from collections.abc import Iterable

from miner_agent.drivers.shared.cards import amount
from miner_agent.model.readings import ListedPool
from miner_agent.sources.payload import Doc, numbered
from miner_agent.text import pool_address

ALIVE = {"alive": True, "dead": False, "deed": False, "rejecting": False}  # one that is disabled is neither


def is_fee_pool(pool: Doc) -> bool:
    """Whether a pool in the list works for the author of the firmware instead of its owner."""
    names = (pool.text_or_none("URL"), pool.private_text_or_none("User"))
    return any(name is not None and name.lower().startswith("devfee") for name in names)


def active_pool(pools: Iterable[Doc]) -> Doc | None:
    """The owner's pool that is worked for: of those with an open connection the first by priority."""
    active = [pool for pool in pools if not is_fee_pool(pool) and is_active(pool)]
    if len(active) <= 1:
        return active[0] if active else None
    order = [0.0 if pool.value_at("Priority") is None else amount(pool, "Priority") for pool in active]
    known = [priority for priority in order if priority is not None]
    return active[order.index(min(known))] if len(known) == len(order) else None


def works_for_fee(pools: list[Doc], active: Doc | None) -> bool | None:
    """Whether the author of the firmware is worked for now; ``None`` where that is not told."""
    if active is not None:
        return False
    return True if any(is_fee_pool(pool) and is_active(pool) for pool in pools) else None


def is_active(pool: Doc) -> bool:
    """Whether its connection is open, as far as that is told."""
    stratum = pool.at("Stratum Active")
    if stratum.value is not None:
        return stratum.truth_or_none() is True
    return pool.text_or_none("Status") == "Alive"


def pool_of(pool: Doc | None) -> str | None:
    return None if pool is None else pool_address(pool.private_text_or_none("URL"))


def pools_listed(pools: list[Doc]) -> tuple[ListedPool, ...]:
    """All of them, in the order of their numbers."""
    active = active_pool(pools)
    return tuple(
        _listed(number, pool, active) for number, pool in sorted(numbered(pools, "POOL"), key=lambda one: one[0])
    )


def _is_used(pool: Doc, active: Doc | None) -> bool | None:
    """Whether it is the one; not known of a pool that tells no status."""
    return None if pool.text_or_none("Status") is None else pool is active


def _listed(number: int, pool: Doc, active: Doc | None) -> ListedPool:
    is_open = pool.at("Stratum Active")
    return ListedPool(
        number=number,
        pool=pool_of(pool),
        active=is_open.truth_or_none() if is_open.value is not None else _is_used(pool, active),
        alive=ALIVE.get((pool.text_or_none("Status") or "").lower()),
        is_fee=is_fee_pool(pool),
        accepted_shares_total=pool.count_or_none("Accepted"),
        rejected_shares_total=pool.count_or_none("Rejected"),
        stale_shares_total=pool.count_or_none("Stale"),
    )
