"""The desks behind a face, of which one at most has something to tell."""

from pathlib import Path

from miner_agent.face.books_desk import BooksDesk
from miner_agent.face.desks import Desks
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.face.question_desk import QuestionDesk
from miner_agent.face.supposing_desk import SupposingDesk


def desks(
    past: QuestionDesk | None = None, supposing: QuestionDesk | None = None, books: QuestionDesk | None = None
) -> Desks:
    """Those, and in the place of what is left away one that knows nothing."""
    return Desks(
        past=past or PastDesk(Path("there-is-none.db")),
        supposing=supposing or SupposingDesk(lambda _inputs: None),
        books=books or BooksDesk(Path("there-is-none")),
    )
