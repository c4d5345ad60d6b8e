"""``/api/v1/snapshot``: everything of the last tick."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.figures import Circumstances
from miner_agent.views.snapshot_view import SnapshotView, snapshot_view


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> SnapshotView:
    return snapshot_view(known.snapshot, at)


SNAPSHOT = ApiEndpoint(path="snapshot", summary="Everything of the last tick.", view=SnapshotView, make=_make)
