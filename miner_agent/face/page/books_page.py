"""The page *Books*: how they stand, what pools paid, and what a tax year adds up to."""

from collections.abc import Mapping

from miner_agent.face.books_desk import year_question
from miner_agent.face.known import Known
from miner_agent.face.page.page_kind import AskedFirst, Filling, PageKind
from miner_agent.views.book_year_view import BookYearView
from miner_agent.views.figures import Circumstances
from miner_agent.views.ledger_view import ledger_view

_YEARS = 3


def _make(known: Known, at: Circumstances, parameters: Mapping[str, str]) -> Filling | AskedFirst:
    this_year = at.taken_at.year
    ledger = ledger_view(known.snapshot, at)
    shared: Filling = {
        "ledger": ledger,
        "sees_money": at.sees_money,
        "years": [this_year - back for back in range(_YEARS)],
        "told_year": None,
    }
    if "year" not in parameters or ledger.value is None:
        return shared

    def fill(answer: BookYearView) -> Filling:
        return {**shared, "told_year": answer}

    return AskedFirst(question=year_question(parameters), fill=fill)


BOOKS = PageKind(path="/books", title="Books", template="books.html", make=_make, parameters=("year", "book"))
