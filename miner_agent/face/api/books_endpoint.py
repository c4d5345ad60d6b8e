"""``/api/v1/books/{year}``: what a tax year of the books adds up to."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.asked_wrongly import NotShown
from miner_agent.face.books_desk import YearQuestion, year_question
from miner_agent.face.known import Known
from miner_agent.views.book_year_view import BookYearView
from miner_agent.views.figures import NOT_SHOWN, Circumstances


def _make(_known: Known, at: Circumstances, parameters: Mapping[str, str]) -> YearQuestion:
    if not at.sees_money:
        raise NotShown(NOT_SHOWN)
    return year_question(parameters)


BOOK_YEAR = ApiEndpoint(
    path="books/{year}",
    summary="What a tax year of the books adds up to.",
    view=BookYearView,
    make=_make,
    parameters=("book",),
)
