"""What changed in a time: what the log tells, and what the agent knows since it started."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calculators.money import Money
from miner_agent.face.known import Known
from miner_agent.face.past.asked_time import asked_time
from miner_agent.face.past.log_question import LogQuestion, known_rig
from miner_agent.model.told_quantities import told_duration
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.logged_changes import PARTS, LoggedChange
from miner_agent.views.change_view import ChangesView, ChangeView
from miner_agent.views.figures import NOT_SHOWN

PARAMETERS = ("from", "to", "rig")
MOST_OF_A_KIND = 50
ONE_START = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesQuestion(LogQuestion):
    """What ``/api/v1/changes`` asks."""

    rig: str
    own_rig: str
    start: datetime
    end: datetime
    since_start: tuple[ChangeView, ...]  # what the agent itself knows
    sees_money: bool

    def answer(self, log: TelemetryLog) -> ChangesView:
        """Raises NothingThere: there is no such rig."""
        rig = known_rig(log, self.rig, self.own_rig)
        logged = log.changes(self.start, self.end, rig=rig, of_this_machine=rig == self.own_rig)
        found = [_told(one) for one in logged]
        if self.sees_money:
            found += (
                ChangeView(at=one.decided_at, kind="advice", subject=one.part, said=one.sentence)
                for one in log.decisions(self.start, self.end)
                if one.rig == rig
            )
        if rig == self.own_rig:
            found += (one for one in self.since_start if self.start <= one.at < self.end and not _is_told(one, found))
        kept = _newest(found)
        return ChangesView(
            rig=rig,
            source="log",
            starts_at=self.start,
            ends_at=self.end,
            changes=kept,
            left_out=len(found) - len(kept),
            reason=None if self.sees_money else f"advice: {NOT_SHOWN}",
        )


def changes_question(known: Known, parameters: Mapping[str, str], *, sees_money: bool) -> ChangesQuestion:
    """What these parameters ask.

    Raises:
        AskedWrongly: one of them is none that there is; the sentence says which.
    """
    start, end = asked_time(parameters, known.snapshot.taken_at, UTC, parts=PARTS)
    own = known.snapshot.rig
    return ChangesQuestion(
        rig=parameters.get("rig", own),
        own_rig=own,
        start=start,
        end=end,
        since_start=tuple(_since_start(known)),
        sees_money=sees_money,
    )


def _since_start(known: Known) -> Iterator[ChangeView]:
    if known.snapshot.agent is not None:
        at = known.snapshot.agent.config_loaded_at
        yield ChangeView(at=at, kind="agent_configuration", subject=None, said="the agent read its configuration")
    for miner, at in sorted(known.snapshot.miners_started_at.items()):
        to_the_minute = at.replace(second=0, microsecond=0)  # it is told as an age, which wavers
        yield ChangeView(at=to_the_minute, kind="miner_start", subject=miner, said=f"{miner} started")


def _told(change: LoggedChange) -> ChangeView:
    before, after = _word(change.before), _word(change.after)
    match change.kind:
        case "pause":
            said = f"nothing was read for {'a while' if change.lasted is None else told_duration(change.lasted)}"
        case "boot":
            said = "the machine started anew"
        case "miner_restart":
            said = f"{change.subject} restarted"
        case "algorithm":
            said = f"{change.subject} went over from {before} to {after}"
        case "energy_price":
            said = f"a kilowatt-hour costs {after}, before it {before}"
    return ChangeView(at=change.at, kind=change.kind, subject=change.subject, said=said)


def _is_told(start: ChangeView, logged: Iterable[ChangeView]) -> bool:
    """Whether the log has that start of a miner, a moment later: it notices at the next tick."""
    return any(
        one.kind == "miner_restart" and one.subject == start.subject and abs(one.at - start.at) <= ONE_START
        for one in logged
    )


def _word(told: str | Money | None) -> str:
    return f"{told.amount:f} {told.currency}" if isinstance(told, Money) else told or "nothing"


def _newest(changes: list[ChangeView]) -> list[ChangeView]:
    """Of each kind the newest, in the order of time."""
    counted: Counter[str] = Counter()
    kept = []
    for one in sorted(changes, key=lambda change: change.at, reverse=True):
        counted[one.kind] += 1
        if counted[one.kind] <= MOST_OF_A_KIND:
            kept.append(one)
    return kept[::-1]
