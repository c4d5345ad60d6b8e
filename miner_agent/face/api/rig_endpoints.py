"""``/api/v1/devices``, ``miners``, ``meters`` and ``sources``: what one tick tells of the rig, a table each."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.device_view import DeviceView, device_views
from miner_agent.views.figures import Circumstances, Row
from miner_agent.views.meter_view import MeterView, meter_views
from miner_agent.views.miner_view import MinerView, miner_views
from miner_agent.views.rows_view import RowsView, rows_view
from miner_agent.views.source_view import SourceView, source_views
from miner_agent.views.work_view import WorkloadView


def _table(
    path: str,
    summary: str,
    view: Any,
    views: Callable[[RigSnapshot, Circumstances], list[Row]],
    *,
    row: type[msgspec.Struct],
    rows: Callable[[Any], Sequence[msgspec.Struct]] = attrgetter("rows"),
) -> ApiEndpoint:
    """One of those tables: ``views`` makes its rows, ``row`` is what its CSV has a line of."""

    def make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> RowsView[Row]:
        return rows_view(views(known.snapshot, at), known.snapshot.rig, at)

    return ApiEndpoint(path=path, summary=summary, view=view, make=make, row=row, rows=rows)


def _workloads(told: RowsView[MinerView]) -> list[WorkloadView]:
    return [workload for miner in told.rows for workload in miner.workloads]


DEVICES = _table("devices", "Cards, processors and hashboards.", RowsView[DeviceView], device_views, row=DeviceView)
MINERS = _table(
    "miners",
    "Mining programs and machines, and what they mine. As CSV a line an algorithm of a miner.",
    RowsView[MinerView],
    miner_views,
    row=WorkloadView,
    rows=_workloads,
)
METERS = _table("meters", "The meters at the wall.", RowsView[MeterView], meter_views, row=MeterView)
SOURCES = _table(
    "sources", "What is asked, and whether it answers.", RowsView[SourceView], source_views, row=SourceView
)
