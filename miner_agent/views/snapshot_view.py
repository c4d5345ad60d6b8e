"""Everything of one tick: what ``/api/v1/snapshot`` and ``once --json`` tell."""

from datetime import datetime

import msgspec

from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.device_view import DeviceView, device_views
from miner_agent.views.figures import Circumstances
from miner_agent.views.power_view import PowerView, power_view
from miner_agent.views.source_view import SourceView, source_view
from miner_agent.views.verdict_view import VerdictView, verdict_view


class SnapshotView(msgspec.Struct, frozen=True, kw_only=True):
    """One rig as of one tick."""

    rig: str
    taken_at: datetime
    stale: bool
    reason: str | None  # why it is
    verdict: VerdictView
    power: PowerView
    devices: list[DeviceView]
    sources: list[SourceView]


def snapshot_view(snapshot: RigSnapshot, at: Circumstances) -> SnapshotView:
    """When, which rig, how it is, what it draws, and what every source says."""
    return SnapshotView(
        rig=snapshot.rig,
        taken_at=snapshot.taken_at,
        stale=at.stale_because is not None,
        reason=at.stale_because,
        verdict=verdict_view(snapshot.verdict),
        power=power_view(snapshot, at),
        devices=device_views(snapshot, at),
        sources=[source_view(outcome, at) for outcome in snapshot.outcomes],
    )
