"""``/api/v1/series``: one quantity of all devices over a time, column by column; as CSV a line a value."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.face.past.series_question import PARAMETERS, SeriesQuestion, series_question
from miner_agent.views.figures import Circumstances
from miner_agent.views.series_view import SeriesPoint, SeriesView, series_points


def _make(known: Known, _at: Circumstances, parameters: Mapping[str, str]) -> SeriesQuestion:
    return series_question(known, parameters)


SERIES = ApiEndpoint(
    path="series",
    summary="One quantity of all devices over a time, column by column; as CSV a line a value.",
    view=SeriesView,
    make=_make,
    parameters=PARAMETERS,
    row=SeriesPoint,
    rows=series_points,
)
