"""The rigs of an agent, its own and those that it reads for others, as page and API tell them."""

from dataclasses import replace

from miner_agent.face.asked_wrongly import NothingThere
from miner_agent.face.known import Known, OtherRig
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import Circumstances, figure
from miner_agent.views.power_view import power_figure
from miner_agent.views.rig_view import (
    NO_ANSWER,
    NO_SNAPSHOT,
    NOT_ASKED,
    RigView,
    hashrates,
    own_rig_view,
    worst_first,
)
from miner_agent.views.snapshot_view import SnapshotView, snapshot_view
from miner_agent.views.verdict_view import NOTHING_KNOWN, verdict_view

OWN_SNAPSHOT = "/api/v1/snapshot"  # without a name: people call a rig as they like


def rig_views(known: Known, at: Circumstances) -> list[RigView]:
    """All of them, the worst first."""
    own = own_rig_view(known.snapshot, at, path=OWN_SNAPSHOT)
    others = [_other_view(name, rig, at) for name, rig in known.beside.rigs().items()]
    return worst_first([own, *others])


def snapshot_of(known: Known, rig: str, at: Circumstances) -> SnapshotView:
    """All of one rig.

    Raises:
        NothingThere: there is no such rig, or nothing is known of it.
    """
    return snapshot_view(*taken_of(known, rig, at))


def taken_of(known: Known, rig: str, at: Circumstances) -> tuple[RigSnapshot, Circumstances]:
    """What was read of one rig last, and of what moment it is.

    Raises:
        NothingThere: there is no such rig, or nothing is known of it.
    """
    if rig == known.snapshot.rig:
        return known.snapshot, at
    other = known.beside.rigs().get(rig)
    if other is None:
        raise NothingThere(f"There is no rig {rig!a:.64}. /api/v1/rigs has all.")
    if other.snapshot is None:
        raise NothingThere(f"{rig}: {NO_ANSWER if other.page is None else NO_SNAPSHOT}.")
    return other.snapshot, _circumstances(other, at)


def path_of(rig: str) -> str:
    """Where all of another rig is told; its name holds nothing that an URL would have to quote."""
    return f"/api/v1/rigs/{rig}/snapshot"


def _circumstances(other: OtherRig, at: Circumstances) -> Circumstances:
    taken_at = at.taken_at if other.page is None else other.page.asked_at
    return replace(at, taken_at=taken_at, stale_because=None if other.fresh else NOT_ASKED)


def _other_view(name: str, other: OtherRig, at: Circumstances) -> RigView:
    page, snapshot, then = other.page, other.snapshot, _circumstances(other, at)
    unknown = NO_ANSWER if page is None else NO_SNAPSHOT
    return RigView(
        rig=name,
        own=False,
        snapshot=None if snapshot is None else path_of(name),
        metrics=f"/rigs/{name}/metrics",
        up=None if page is None or not other.fresh else page.up,
        reason=NO_ANSWER if page is None else page.reason if other.fresh else NOT_ASKED,
        dead=None if page is None else page.dead,
        taken_at=None if page is None else page.asked_at,
        stale=page is None or not other.fresh,
        verdict=NOTHING_KNOWN if snapshot is None or not other.fresh else verdict_view(snapshot.verdict),
        devices=None if snapshot is None else len(snapshot.inventory.devices),
        power_watts=figure("power_watts", None, source=None, taken_at=None, at=then, reason=unknown)
        if snapshot is None
        else power_figure(snapshot, then),
        hashes_per_second={} if snapshot is None else hashrates(snapshot, then),
    )
