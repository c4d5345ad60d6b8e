"""``/api/v1/miners``: mining programs and machines, and what they mine."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.figures import Circumstances
from miner_agent.views.miner_view import MinerView, miner_views
from miner_agent.views.rows_view import RowsView, rows_view
from miner_agent.views.work_view import WorkloadView


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> RowsView[MinerView]:
    return rows_view(miner_views(known.snapshot, at), known.snapshot.rig, at)


def _workloads(told: RowsView[MinerView]) -> list[WorkloadView]:
    return [workload for miner in told.rows for workload in miner.workloads]


MINERS = ApiEndpoint(
    path="miners",
    summary="Mining programs and machines, and what they mine. As CSV a line an algorithm of a miner.",
    view=RowsView[MinerView],
    make=_make,
    row=WorkloadView,
    rows=_workloads,
)
