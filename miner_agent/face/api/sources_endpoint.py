"""``/api/v1/sources``: what is asked, and whether it answers."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.figures import Circumstances
from miner_agent.views.rows_view import RowsView, rows_view
from miner_agent.views.source_view import SourceView, source_views


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> RowsView[SourceView]:
    return rows_view(source_views(known.snapshot, at), known.snapshot.rig, at)


SOURCES = ApiEndpoint(
    path="sources",
    summary="What is asked, and whether it answers.",
    view=RowsView[SourceView],
    make=_make,
    row=SourceView,
)
