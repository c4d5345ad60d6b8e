"""``/api/v1/books/{year}``: what a tax year of the books adds up to."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.asked_wrongly import AskedWrongly, NotShown
from miner_agent.face.books_desk import YearQuestion
from miner_agent.face.known import Known
from miner_agent.text import LABEL_LENGTH
from miner_agent.views.book_year_view import BookYearView
from miner_agent.views.figures import NOT_SHOWN, Circumstances


def _make(_known: Known, at: Circumstances, parameters: Mapping[str, str]) -> YearQuestion:
    if not at.sees_money:
        raise NotShown(NOT_SHOWN)
    for name, text in parameters.items():
        if len(text) > LABEL_LENGTH:
            raise AskedWrongly(f"{name}: that is longer than {LABEL_LENGTH} characters")
    return YearQuestion(year=parameters["year"].replace("-", "/"), book=parameters.get("book"))


BOOK_YEAR = ApiEndpoint(
    path="books/{year}",
    summary="What a tax year of the books adds up to.",
    view=BookYearView,
    make=_make,
    parameters=("book",),
)
