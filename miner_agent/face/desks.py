"""Who answers which of the questions that take longer than a moment."""

from concurrent.futures import Future
from dataclasses import dataclass

from miner_agent.face.books_desk import YearQuestion
from miner_agent.face.past.log_question import LogQuestion
from miner_agent.face.question_desk import AskedLater, QuestionDesk, Refuse, Tell
from miner_agent.web.inquiry import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """The desks, each with a thread of its own."""

    past: QuestionDesk  # for a LogQuestion
    supposing: QuestionDesk  # for a SupposedQuestion
    books: QuestionDesk  # for a YearQuestion

    def ask(self, question: AskedLater, tell: Tell, refuse: Refuse, *, form: str) -> Reply | Future[Reply]:
        """As ``QuestionDesk.ask``, of the one who knows."""
        return self._of(question).ask(question, tell, refuse, form=form)

    def forget(self) -> None:
        """What was answered is of another configuration."""
        for desk in (self.past, self.supposing, self.books):
            desk.forget()

    def _of(self, question: AskedLater) -> QuestionDesk:
        if isinstance(question, LogQuestion):
            return self.past
        return self.books if isinstance(question, YearQuestion) else self.supposing
