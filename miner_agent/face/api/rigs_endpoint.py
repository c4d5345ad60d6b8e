"""``/api/v1/rigs``: the rigs of this agent in short, and ``/api/v1/rigs/{rig}/snapshot``: all of one of them."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.face.told_rigs import rig_views, snapshot_of
from miner_agent.views.figures import Circumstances
from miner_agent.views.rig_view import RigView
from miner_agent.views.rows_view import RowsView, rows_view
from miner_agent.views.snapshot_view import SnapshotView


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> RowsView[RigView]:
    return rows_view(rig_views(known, at), known.snapshot.rig, at)


def _make_snapshot(known: Known, at: Circumstances, parameters: Mapping[str, str]) -> SnapshotView:
    return snapshot_of(known, parameters["rig"], at)


RIGS = ApiEndpoint(
    path="rigs", summary="The rigs of this agent, the worst first.", view=RowsView[RigView], make=_make, row=RigView
)
RIG_SNAPSHOT = ApiEndpoint(
    path="rigs/{rig}/snapshot",
    summary="Everything of the last look at one rig.",
    view=SnapshotView,
    make=_make_snapshot,
)
