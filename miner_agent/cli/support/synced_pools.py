"""What came of asking pools, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from miner_agent.cli.support.ledger_tables import booked_document, booked_lines
from miner_agent.payouts.syncing import PoolSynced
from miner_agent.text import clean_text


def synced_lines(one: PoolSynced, *, dry_run: bool) -> list[str]:
    """Of one pool; why it was not read is said elsewhere."""
    name = clean_text(one.name if one.name == one.pool else f"{one.name} ({one.pool})")
    if one.booked is None:
        return [f"{name}: nothing booked"]
    counted, *others = booked_lines(one.booked, "", dry_run=True)
    told = counted if dry_run else counted.replace("would be booked", "booked")
    return [f"{name}: {told}", *(f"{name}: {line}" for line in others)]


def synced_document(done: Sequence[PoolSynced], book: str, *, dry_run: bool) -> dict[str, Any]:
    """Of all of them."""
    pools = []
    for one in done:
        told: dict[str, Any] = {"name": one.name, "pool": one.pool, "is_read": one.is_read}
        told["error"] = None if one.error is None else {"kind": one.error.kind, "sentence": str(one.error)}
        told["notes"] = list(one.notes)
        if one.booked is not None:
            counted = booked_document(one.booked, book, dry_run=dry_run)
            told |= {key: counted[key] for key in ("added", "known", "linked", "open")}
        pools.append(told)
    return {"book": book, "dry_run": dry_run, "pools": pools}
