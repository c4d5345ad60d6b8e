"""``/api/v1/changes``: what changed in a time."""

from collections.abc import Mapping
from operator import attrgetter

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.face.past.changes_question import PARAMETERS, ChangesQuestion, changes_question
from miner_agent.views.change_view import ChangesView, ChangeView
from miner_agent.views.figures import Circumstances


def _make(known: Known, at: Circumstances, parameters: Mapping[str, str]) -> ChangesQuestion:
    return changes_question(known, parameters, sees_money=at.sees_money)


CHANGES = ApiEndpoint(
    path="changes",
    summary="What changed in a time: restarts, pauses, algorithms, advice, prices of energy.",
    view=ChangesView,
    make=_make,
    parameters=PARAMETERS,
    row=ChangeView,
    rows=attrgetter("changes"),
)
