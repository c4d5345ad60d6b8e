"""``/api/v1/stats``: what periods of the log add up to, by device, meter and algorithm."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.face.past.stats_question import PARAMETERS, StatsQuestion, stats_question
from miner_agent.views.figures import Circumstances
from miner_agent.views.stats_view import StatsRow, StatsView, stats_rows


def _make(known: Known, _at: Circumstances, parameters: Mapping[str, str]) -> StatsQuestion:
    return stats_question(known, parameters)


STATS = ApiEndpoint(
    path="stats",
    summary="What periods of the log add up to, by device, meter and algorithm.",
    view=StatsView,
    make=_make,
    parameters=PARAMETERS,
    row=StatsRow,
    rows=stats_rows,
)
