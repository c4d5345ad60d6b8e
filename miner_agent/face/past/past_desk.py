"""The desk where the log is asked, for pages and documents: by a connection that only reads, and never for too long."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from miner_agent.errors import AgentError
from miner_agent.face.asked_wrongly import NotNow
from miner_agent.face.past.log_question import LogQuestion
from miner_agent.face.question_desk import QuestionDesk
from miner_agent.storage.telemetry.log import TelemetryLog

ANSWERED_WITHIN_SECONDS = 8.0  # each by itself
TOO_LONG = f"The log did not answer within {ANSWERED_WITHIN_SECONDS:.0f} s. Ask for a shorter time."
UNREADABLE = "The log cannot be read. The agent's own log says why."


class PastDesk(QuestionDesk):
    """Answers a ``LogQuestion``. SQLite looks now and then whether it is over, and ends by itself."""

    def __init__(self, file: Path, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            file: the log.
            monotonic: a clock that is never set.
        """
        super().__init__("past", self._told, monotonic=monotonic)
        self._file = file
        self._until_seconds = 0.0  # by the clock

    def _told(self, question: LogQuestion) -> msgspec.Struct:
        self._until_seconds = self._monotonic() + ANSWERED_WITHIN_SECONDS
        try:
            with closing(TelemetryLog.open_read_only(self._file, is_over=self._is_over)) as log:
                return question.answer(log)
        except AgentError as error:
            if self._is_over():
                raise NotNow(TOO_LONG) from None
            raise NotNow(UNREADABLE, why=str(error)) from None

    def _is_over(self) -> bool:
        return self._monotonic() > self._until_seconds
