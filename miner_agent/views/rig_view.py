"""The rigs of this agent: its own and those that it reads for others, the worst first."""

import msgspec

from miner_agent.model.health import WORST_FIRST
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.text import natural_key
from miner_agent.views.figures import Circumstances, Figure, Moment, figure
from miner_agent.views.power_view import power_figure
from miner_agent.views.verdict_view import NOTHING_KNOWN, VerdictView, verdict_view

NO_SNAPSHOT = "of this rig nothing but its page of metrics is known"
NOT_ASKED = "it was not asked in its time"
NO_ANSWER = "its first answer has not come yet"
NO_HASHRATE = "no miner tells it"


class RigView(msgspec.Struct, frozen=True, kw_only=True):
    """One rig in short."""

    rig: str
    own: bool  # it is the machine that the agent runs on
    snapshot: str | None  # where all of it is told
    metrics: str
    up: bool | None  # null: it was not read in its time
    reason: str | None  # why it is not up, or not known, as a word or a sentence
    dead: bool | None  # it has not answered for a while, and is asked ever less often
    taken_at: Moment | None
    stale: bool
    verdict: VerdictView
    devices: int | None
    power_watts: Figure
    hashes_per_second: dict[str, Figure]  # by algorithm, of all its miners


def own_rig_view(snapshot: RigSnapshot, at: Circumstances, *, path: str) -> RigView:
    """The machine that the agent runs on."""
    return RigView(
        rig=snapshot.rig,
        own=True,
        snapshot=path,
        metrics="/metrics",
        up=None if at.stale else any(outcome.error is None for outcome in snapshot.outcomes),
        reason=at.stale_because,
        dead=None,
        taken_at=snapshot.taken_at,
        stale=at.stale,
        verdict=NOTHING_KNOWN if at.stale else verdict_view(snapshot.verdict),
        devices=len(snapshot.inventory.devices),
        power_watts=power_figure(snapshot, at),
        hashes_per_second=hashrates(snapshot, at),
    )


def hashrates(snapshot: RigSnapshot, at: Circumstances) -> dict[str, Figure]:
    """What all miners of a rig make of each algorithm; none where one of them does not tell it."""
    found: dict[str, float | None] = {}
    for one in snapshot.inventory.workloads:
        before, more = found.get(one.algorithm, 0.0), one.workload.hashes_per_second
        found[one.algorithm] = None if before is None or more is None else before + more
    return {
        algorithm: figure(
            "hashes_per_second", total, source="miners", taken_at=snapshot.taken_at, at=at, reason=NO_HASHRATE
        )
        for algorithm, total in found.items()
    }


def worst_first(rigs: list[RigView]) -> list[RigView]:
    """Ill ones, those of which nothing is known, and the others; each by their names."""
    return sorted(rigs, key=_weight)


def _weight(one: RigView) -> tuple[object, ...]:
    return WORST_FIRST.index(one.verdict.verdict), -one.verdict.symptoms_total, natural_key(one.rig)
