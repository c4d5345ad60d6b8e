"""What became of the shares of the last hour: handed in, accepted, stale, rejected, invalid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from miner_agent.model.readings import Workload
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import Circumstances, Figure, figure

WINDOW = timedelta(hours=1)
NOTED_EVERY = timedelta(minutes=1)
NOT_YET = "the agent has watched for less than a minute"
NOT_COUNTED = "its miner does not count them"

Key = tuple[str, str]  # miner and algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesSeen:
    """What the miners had counted at one moment; ``None`` where a miner does not count."""

    at: datetime
    counts: dict[Key, tuple[int | None, ...]]  # in the order of KINDS


KINDS = ("accepted", "stale", "rejected", "invalid")


def with_shares_of(snapshot: RigSnapshot, before: Sequence[SharesSeen]) -> tuple[SharesSeen, ...]:
    """What was counted in the last hour, about a minute apart, and now.

    The newest one is replaced by the next until it is a minute from the one before it. A clock that was set back
    begins anew: what was seen then is of another time.
    """
    now = snapshot.taken_at
    since = now - WINDOW - NOTED_EVERY
    kept = [one for one in before if since <= one.at < now]
    if len(kept) > 1 and kept[-1].at - kept[-2].at < NOTED_EVERY:
        kept.pop()
    counts = {(one.miner, one.algorithm): _counted(one.workload) for one in snapshot.inventory.workloads}
    return (*kept, SharesSeen(at=now, counts=counts))


def _counted(work: Workload) -> tuple[int | None, ...]:
    return (
        work.accepted_shares_total,
        work.stale_shares_total,
        work.rejected_shares_total,
        work.invalid_shares_total,
    )


class ShareFunnelView(msgspec.Struct, frozen=True, kw_only=True):
    """One algorithm of one miner, over the window. Ratios are of all that were handed in."""

    miner: str
    algorithm: str
    window_seconds: Figure
    submitted_shares: Figure
    accepted_shares: Figure
    stale_shares: Figure
    rejected_shares: Figure
    invalid_shares: Figure
    accepted_ratio: Figure
    refused_ratio: Figure  # stale, rejected and invalid together


def share_funnel_views(seen: Sequence[SharesSeen], at: Circumstances) -> list[ShareFunnelView]:
    """Every workload of now, the one with the largest part refused first."""
    if not seen:
        return []
    views = [_view(key, seen, at) for key in seen[-1].counts]
    return sorted(views, key=lambda one: -(one.refused_ratio.value or 0.0))


def _view(key: Key, seen: Sequence[SharesSeen], at: Circumstances) -> ShareFunnelView:
    told = [one for one in seen if key in one.counts]
    accepted, stale, rejected, invalid = (_gained(key, place, told) for place in range(len(KINDS)))
    span_seconds = (told[-1].at - told[0].at).total_seconds()
    known = [one for one in (accepted, stale, rejected, invalid) if one is not None]
    submitted = sum(known) if accepted is not None else None
    refused = None if submitted is None or accepted is None else submitted - accepted
    reason = NOT_YET if len(told) < 2 else NOT_COUNTED

    def count(name: str, value: float | None, why: str = reason) -> Figure:
        return figure(name, value, source=key[0], taken_at=told[-1].at, at=at, reason=why)

    return ShareFunnelView(
        miner=key[0],
        algorithm=key[1],
        window_seconds=count("window_seconds", span_seconds if len(told) > 1 else None),
        submitted_shares=count("submitted_shares", submitted),
        accepted_shares=count("accepted_shares", accepted),
        stale_shares=count("stale_shares", stale),
        rejected_shares=count("rejected_shares", rejected),
        invalid_shares=count("invalid_shares", invalid),
        accepted_ratio=count("accepted_ratio", _part(accepted, submitted), "no share was handed in"),
        refused_ratio=count("refused_ratio", _part(refused, submitted), "no share was handed in"),
    )


def _part(some: int | None, whole: int | None) -> float | None:
    return some / whole if some is not None and whole else None


def _gained(key: Key, place: int, seen: Sequence[SharesSeen]) -> int | None:
    """How many came in the window; a count that fell is of a miner that was started anew."""
    counts = [one.counts[key][place] for one in seen]
    known = [one for one in counts if one is not None]
    return sum(_steps(known)) if len(known) > 1 else None


def _steps(counts: Sequence[int]) -> Iterator[int]:
    for before, now in pairwise(counts):
        yield now - before if now >= before else now
