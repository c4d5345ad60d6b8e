"""The page *Books*: how they stand, what pools paid, and where a tax year comes from."""

from collections.abc import Mapping

from miner_agent.face.known import Known
from miner_agent.face.page.page_kind import PageKind
from miner_agent.views.figures import Circumstances
from miner_agent.views.ledger_view import ledger_view

_YEARS = 3


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    this_year = at.taken_at.year
    return {
        "ledger": ledger_view(known.snapshot, at),
        "sees_money": at.sees_money,
        "years": [this_year - back for back in range(_YEARS)],
    }


BOOKS = PageKind(path="/books", title="Books", template="books.html", make=_make)
