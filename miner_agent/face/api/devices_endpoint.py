"""``/api/v1/devices``: cards, processors and hashboards."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.device_view import DeviceView, device_views
from miner_agent.views.figures import Circumstances
from miner_agent.views.rows_view import RowsView, rows_view


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> RowsView[DeviceView]:
    return rows_view(device_views(known.snapshot, at), known.snapshot.rig, at)


DEVICES = ApiEndpoint(
    path="devices", summary="Cards, processors and hashboards.", view=RowsView[DeviceView], make=_make, row=DeviceView
)
