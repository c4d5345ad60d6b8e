"""The page *Now*: how the rig is, worst first."""

from collections.abc import Mapping

from miner_agent.face.known import Known
from miner_agent.face.page.page_kind import PageKind
from miner_agent.views.figures import Circumstances
from miner_agent.views.snapshot_view import snapshot_view


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    return {"snapshot": snapshot_view(known.snapshot, at)}


NOW = PageKind(path="/", title="Now", template="now.html", make=_make)
