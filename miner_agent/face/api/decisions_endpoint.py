"""``/api/v1/decisions``: what was advised in a time, and from what."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.face.past.changes_question import PARAMETERS
from miner_agent.face.past.decisions_question import DecisionsQuestion, decisions_question
from miner_agent.views.decision_view import DecisionsView, DecisionView
from miner_agent.views.figures import Circumstances


def _make(known: Known, at: Circumstances, parameters: Mapping[str, str]) -> DecisionsQuestion:
    return decisions_question(known, parameters, sees_money=at.sees_money)


def _rows(told: DecisionsView) -> list[DecisionView]:
    return told.rows or []


DECISIONS = ApiEndpoint(
    path="decisions",
    summary="What was advised in a time, and from what.",
    view=DecisionsView,
    make=_make,
    parameters=PARAMETERS,
    row=DecisionView,
    rows=_rows,
)
