"""The page *Books*: how they stand, what pools paid, and what a tax year adds up to."""

from collections.abc import Mapping

from miner_agent.face.asked_wrongly import AskedWrongly
from miner_agent.face.books_desk import YearQuestion
from miner_agent.face.known import Known
from miner_agent.face.page.page_kind import AskedFirst, Filling, PageKind
from miner_agent.text import LABEL_LENGTH
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
    year, book = parameters.get("year"), parameters.get("book")
    if year is None or ledger.value is None:
        return shared
    for name, text in parameters.items():
        if len(text) > LABEL_LENGTH:
            raise AskedWrongly(f"{name}: that is longer than {LABEL_LENGTH} characters")

    def fill(answer: BookYearView) -> Filling:
        return {**shared, "told_year": answer}

    return AskedFirst(question=YearQuestion(year=year.replace("-", "/"), book=book), fill=fill)


BOOKS = PageKind(path="/books", title="Books", template="books.html", make=_make, parameters=("year", "book"))
