"""What was advised in a time: what ``log decisions`` tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from miner_agent.face.known import Known
from miner_agent.face.past.asked_time import asked_time
from miner_agent.face.past.log_question import LogQuestion, known_rig
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.logged_changes import PARTS
from miner_agent.storage.telemetry.market_rows import LoggedDecision
from miner_agent.views.decision_view import DecisionInputView, DecisionsView, DecisionView
from miner_agent.views.figures import NOT_SHOWN, MoneyAmount

MOST_DECISIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsQuestion(LogQuestion):
    """What ``/api/v1/decisions`` asks."""

    rig: str
    own_rig: str
    start: datetime
    end: datetime
    sees_money: bool

    def answer(self, log: TelemetryLog) -> DecisionsView:
        """Raises NothingThere: there is no such rig."""
        rig = known_rig(log, self.rig, self.own_rig)
        found = [one for one in log.decisions(self.start, self.end) if one.rig == rig] if self.sees_money else []
        newest = found[: -MOST_DECISIONS - 1 : -1]
        return DecisionsView(
            rig=rig,
            source="log",
            starts_at=self.start,
            ends_at=self.end,
            rows=[_view(one) for one in newest] if self.sees_money else None,
            left_out=len(found) - len(newest),
            reason=None if self.sees_money else NOT_SHOWN,
        )


def decisions_question(known: Known, parameters: Mapping[str, str], *, sees_money: bool) -> DecisionsQuestion:
    """What these parameters ask.

    Raises:
        AskedWrongly: one of them is none that there is; the sentence says which.
    """
    start, end = asked_time(parameters, known.snapshot.taken_at, UTC, parts=PARTS)
    own = known.snapshot.rig
    return DecisionsQuestion(rig=parameters.get("rig", own), own_rig=own, start=start, end=end, sees_money=sees_money)


def _view(one: LoggedDecision) -> DecisionView:
    return DecisionView(
        decided_at=one.decided_at,
        part=one.part,
        before=one.before,
        after=one.after,
        wanted=one.wanted,
        advice=one.reason,
        refused=one.refused,
        said=one.sentence,
        inputs=[
            DecisionInputView(
                coin=each["coin"],
                algorithm=each["algorithm"],
                revenue_per_day=_amount(each["revenue_per_day"]),
                profit_per_day=_amount(each["profit_per_day"]),
            )
            for each in one.inputs
        ],
    )


def _amount(text: str) -> MoneyAmount:
    """As the log has it: a number and its currency."""
    amount, _, currency = text.partition(" ")
    return MoneyAmount(amount=amount, currency=currency)
