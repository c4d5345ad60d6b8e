"""The desk where is asked what profit would be if inputs were others: a process of its own answers each question."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from miner_agent.errand_process import ErrandProcess
from miner_agent.errors import AgentError, TimedOut
from miner_agent.face.asked_wrongly import AskedWrongly, NotNow
from miner_agent.face.question_desk import AskedLater, QuestionDesk
from miner_agent.supposing.supposed_inputs import DEADLINE_SECONDS, SupposedInputs
from miner_agent.views.what_if_view import WhatIfView

CHILD = "miner_agent.supposing.supposing_child"
NO_MONEY = "Nobody computes money here yet: set [tariff] in the configuration, and wait for the first reading."
TOOK_TOO_LONG = f"That took over {DEADLINE_SECONDS:.0f} s and was given up. Ask for fewer values."
FAILED = "That could not be computed. The agent's own log says why."


@dataclass(frozen=True, slots=True)
class SupposedQuestion(AskedLater):
    """What profit would be by these inputs."""

    inputs: SupposedInputs
    keeps_refusals: bool = False  # a page goes on where one field of its form is wrong


class Supposed(msgspec.Struct, frozen=True):
    """What the process says: an answer, or why there is none."""

    answer: WhatIfView | None = None
    refused: str | None = None
    asked_wrongly: bool = False


class SupposingDesk(QuestionDesk):
    """Has each question computed that it has not answered in the last minute."""

    def __init__(self, errand: Callable[[SupposedInputs], bytes | None]) -> None:
        """
        Args:
            errand: for the process, with all that is known by now; ``None``: nobody knows anything of money. It is
                called by the desk's thread.
        """
        super().__init__("supposing", self._told)
        self._errand, self._process = (
            errand,
            ErrandProcess(CHILD, that="computes"),
        )

    def close(self) -> None:
        """Answer no more, and end who computes."""
        self._process.close()
        super().close()

    def _told(self, question: SupposedQuestion) -> WhatIfView | Supposed:
        """Where refusals are kept, what is said as a whole; else the answer."""
        if not question.keeps_refusals:
            return self._answer_of(question.inputs)
        try:
            return Supposed(answer=self._answer_of(question.inputs))
        except AskedWrongly as error:
            return Supposed(refused=str(error))
        except NotNow as error:
            if error.why is not None:
                raise
            return Supposed(refused=str(error))

    def _answer_of(self, inputs: SupposedInputs) -> WhatIfView:
        errand = self._errand(inputs)
        if errand is None:
            raise NotNow(NO_MONEY)
        try:
            said = msgspec.json.decode(self._process.answer(errand, deadline_seconds=DEADLINE_SECONDS), type=Supposed)
        except TimedOut:
            raise NotNow(TOOK_TOO_LONG) from None
        except (AgentError, msgspec.DecodeError) as error:
            raise NotNow(FAILED, why=str(error)) from None
        if said.answer is not None:
            return said.answer
        sentence = said.refused or FAILED
        raise AskedWrongly(sentence) if said.asked_wrongly else NotNow(sentence)
