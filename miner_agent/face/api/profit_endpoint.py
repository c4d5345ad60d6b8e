"""``/api/v1/profit``: what the rig earns and costs, and what would earn more."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.figures import Circumstances, Perhaps
from miner_agent.views.profit_view import CandidateView, ProfitView, profit_view


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> Perhaps[ProfitView]:
    return profit_view(known.snapshot.economy, at)


def _candidates(told: Perhaps[ProfitView]) -> list[CandidateView]:
    return [] if told.value is None else told.value.candidates


PROFIT = ApiEndpoint(
    path="profit",
    summary="What the rig earns and costs, and what would earn more. As CSV the ranking.",
    view=Perhaps[ProfitView],
    make=_make,
    row=CandidateView,
    rows=_candidates,
)
