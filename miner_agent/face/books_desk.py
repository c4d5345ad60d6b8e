"""The desk where the books are asked for a tax year: a process of its own reads and adds up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from miner_agent.bookkeeping.year_errand import YearErrand, YearReturn
from miner_agent.errand_process import ErrandProcess
from miner_agent.errors import AgentError, TimedOut
from miner_agent.face.asked_wrongly import NothingThere, NotNow, refuse_longer
from miner_agent.face.question_desk import AskedLater, QuestionDesk
from miner_agent.text import LABEL_LENGTH
from miner_agent.views.book_year_view import BookYearView, book_year_view

CHILD = "miner_agent.bookkeeping.year_child"
ADDED_UP_SECONDS = 20.0
TOOK_TOO_LONG = f"Adding the year up took over {ADDED_UP_SECONDS:.0f} s. Ask for it by miner-agent tax summary."
FAILED = "The books cannot be read. The agent's own log says why."


@dataclass(frozen=True, slots=True, kw_only=True)
class YearQuestion(AskedLater):
    """What a tax year adds up to."""

    year: str
    book: str | None  # None: the only one


def year_question(parameters: Mapping[str, str]) -> YearQuestion:
    """What ``year`` and ``book`` ask. In an address a year that is two stands with a dash: 2025-26.

    Raises:
        AskedWrongly: one of them is longer than any there is.
    """
    refuse_longer(parameters, LABEL_LENGTH)
    return YearQuestion(year=parameters["year"].replace("-", "/"), book=parameters.get("book"))


class BooksDesk(QuestionDesk):
    """Has each year added up that it has not told in the last minute."""

    def __init__(self, state_directory: Path) -> None:
        super().__init__("books", self._told)
        self._state_directory = state_directory
        self._process = ErrandProcess(CHILD, that="adds up")

    def close(self) -> None:
        """Answer no more, and end who adds up."""
        self._process.close()
        super().close()

    def _told(self, question: YearQuestion) -> BookYearView:
        errand = YearErrand(state_directory=str(self._state_directory), year=question.year, book=question.book)
        try:
            answer = self._process.answer(msgspec.json.encode(errand), deadline_seconds=ADDED_UP_SECONDS)
            said = msgspec.json.decode(answer, type=YearReturn)
        except TimedOut:
            raise NotNow(TOOK_TOO_LONG) from None
        except (AgentError, msgspec.DecodeError) as error:
            raise NotNow(FAILED, why=str(error)) from None
        if said.nothing_there is not None:
            raise NothingThere(said.nothing_there)
        if said.summary is None:
            raise NotNow(FAILED, why=said.failed)
        return book_year_view(said.summary)
