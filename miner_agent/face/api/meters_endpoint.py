"""``/api/v1/meters``: the meters at the wall."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.figures import Circumstances
from miner_agent.views.meter_view import MeterView, meter_views
from miner_agent.views.rows_view import RowsView, rows_view


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> RowsView[MeterView]:
    return rows_view(meter_views(known.snapshot, at), known.snapshot.rig, at)


METERS = ApiEndpoint(
    path="meters",
    summary="The meters at the wall.",
    view=RowsView[MeterView],
    make=_make,
    row=MeterView,
)
