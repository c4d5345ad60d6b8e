"""Whether a miner was started anew since it was last understood: one answer, for start time, counters and log.

Its uptime says so, where it tells one; else its counters, when all of them have fallen together. One answer is not
enough for either: it may be an odd one, and the next one decides. Until then nothing is said.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.tick.mistakes import STRICT, Costing

JITTER_SECONDS = 5.0  # uptimes are whole seconds, and answers take time
MINUTE_SECONDS = 60.0  # some tell their uptime in whole minutes
OFTEN_SECONDS = 3600.0
REMEMBERED = 100  # restarts within that time
KEPT_AN_HOUR = 6  # start times of one miner: a disk is not written for each crash of a loop
DRIFT = 1e-4  # of a clock that nobody sets


class Continuity(Enum):
    """What an answer says of the run of its program."""

    GOES_ON = "goes on"  # the one that answered before
    UNSURE = "unsure"  # it looks like a new one: the next answer decides
    ANEW = "anew"  # started since the last sure answer: what it counts, it has counted since then
    RESET = "reset"  # all of its counters began anew; it does not say when


BEGUN_ANEW = (Continuity.ANEW, Continuity.RESET)


@dataclass(slots=True)
class _Known:
    """What the last sure answers of one miner said."""

    uptime_seconds: float | None = None
    at_seconds: float = 0.0  # when it told its uptime, on a clock that is never set
    late_seconds: float = 0.0  # how long that answer took at most
    in_minutes: bool = True  # every uptime so far was told in whole minutes
    started_at: datetime | None = None
    doubted: bool = False  # the last answer looked like another program's
    compared: bool = False  # with what the last run of the agent knew
    restarts_seconds: tuple[float, ...] = ()  # the last ones


class Restarts:
    """Follows the runs of miners. Fed once a tick."""

    __slots__ = ("_begun_unseen", "_is_held", "_known", "_left", "_now_seconds", "_runs", "_unsaved")

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._runs: dict[str, Continuity] = {}
        self._begun_unseen: list[str] = []
        self._now_seconds = 0.0
        self._left: Mapping[str, str] = {}  # start times by miner, as the last run of the agent knew them
        self._is_held = False
        self._unsaved: dict[str, str] = {}

    def follow(
        self,
        outcomes: Iterable[Outcome[Reading]],
        fell: Collection[str],
        *,
        at_seconds: float,
        costs: Costing = STRICT,
    ) -> Mapping[str, Continuity]:
        """Take one tick in; what each miner's answer says of its run, of those that answered.

        Args:
            outcomes: of all miners that are configured; what is known of others is forgotten.
            fell: miners whose counters have all fallen together.
            at_seconds: of this tick, on a clock that is never set. [s]
            costs: what becomes of a mistake.
        """
        self._now_seconds = at_seconds
        asked = {outcome.source: outcome for outcome in outcomes if outcome.kind == "miner"}
        self._known = {name: self._known.get(name) or _Known() for name in asked}
        self._runs, self._begun_unseen = {}, []
        for name, outcome in asked.items():
            if isinstance(outcome.reading, MinerSnapshot):
                with costs.of(name):
                    known = self._known[name]
                    self._runs[name] = self._seen(known, outcome, outcome.reading, at_seconds, fell=name in fell)
        return self._runs

    def see(self, facts: Mapping[str, str] | None) -> None:
        """Learn the start times that are on disk, by miner; ``None`` while nobody knows: until then none is told."""
        if facts is not None and (self._is_held or not self._known):
            self._left = facts
        self._is_held = facts is None

    def unsaved_facts(self) -> dict[str, str]:
        """Start times that are new since this was last asked."""
        unsaved, self._unsaved = self._unsaved, {}
        return unsaved

    @property
    def started_at(self) -> dict[str, datetime]:
        """Since when each miner runs that answered in the last tick. It stands still until that is started anew."""
        return {
            name: known.started_at
            for name, known in self._known.items()
            if known.started_at is not None and self._runs.get(name, Continuity.UNSURE) is not Continuity.UNSURE
        }

    @property
    def restarted(self) -> tuple[str, ...]:
        """Miners that were found to be started anew in the last tick."""
        return tuple([name for name, run in self._runs.items() if run in BEGUN_ANEW])

    @property
    def begun(self) -> tuple[str, ...]:
        """Those, and what was started anew since the last run of the agent knew it: each start is told once."""
        return (*self.restarted, *self._begun_unseen)

    @property
    def often(self) -> dict[str, int]:
        """How often each miner was started anew within the last hour; those that were."""
        return {name: count for name, known in self._known.items() if (count := self._lately(known))}

    def _lately(self, known: _Known) -> int:
        return sum(self._now_seconds - then <= OFTEN_SECONDS for then in known.restarts_seconds)

    def _seen(
        self, known: _Known, outcome: Outcome[Reading], reading: MinerSnapshot, at_seconds: float, *, fell: bool
    ) -> Continuity:
        uptime_seconds = reading.uptime_seconds
        if _looks_new(known, uptime_seconds, at_seconds, outcome.duration_seconds, fell=fell):
            if not known.doubted:
                known.doubted = True
                return Continuity.UNSURE
            known.restarts_seconds = (*known.restarts_seconds, at_seconds)[-REMEMBERED:]
            known.started_at, known.compared = None, True
            run = Continuity.RESET if uptime_seconds is None else Continuity.ANEW
        else:
            run = Continuity.GOES_ON
        known.doubted = False
        if uptime_seconds is not None:
            known.uptime_seconds, known.at_seconds = uptime_seconds, at_seconds
            known.late_seconds = outcome.duration_seconds
            known.in_minutes = known.in_minutes and uptime_seconds % MINUTE_SECONDS == 0
            if known.started_at is None and not self._is_held:
                left, known.started_at = self._started(outcome, uptime_seconds)
                if not known.compared and left is not None and left < known.started_at:
                    self._begun_unseen.append(outcome.source)
                known.compared = True
                if self._lately(known) <= KEPT_AN_HOUR:
                    self._unsaved[outcome.source] = known.started_at.isoformat()
        return run

    def _started(self, outcome: Outcome[Reading], uptime_seconds: float) -> tuple[datetime | None, datetime]:
        """When the last run of the agent knew it to be started, and when it was: the same for the same run of it."""
        told = outcome.asked_at - timedelta(seconds=uptime_seconds)
        slack_seconds = JITTER_SECONDS + outcome.duration_seconds + DRIFT * uptime_seconds
        slack_seconds += MINUTE_SECONDS * (uptime_seconds % MINUTE_SECONDS == 0)
        left = _moment(self._left.get(outcome.source, ""))
        return left, told if left is None or abs((told - left).total_seconds()) > slack_seconds else left


def _looks_new(
    known: _Known, uptime_seconds: float | None, at_seconds: float, late_seconds: float, *, fell: bool
) -> bool:
    """Whether this program began after the last sure answer: its uptime is shorter than that is ago, and has lost time.

    A clock that was set, here or there, does not look like that, nor does an answer that stands still.
    """
    if uptime_seconds is None or known.uptime_seconds is None:
        return fell
    slack_seconds = JITTER_SECONDS + MINUTE_SECONDS * known.in_minutes + known.late_seconds + late_seconds
    elapsed_seconds = at_seconds - known.at_seconds
    if uptime_seconds > elapsed_seconds + slack_seconds:
        return False
    lost_seconds = known.uptime_seconds + elapsed_seconds - uptime_seconds
    return fell or (uptime_seconds != known.uptime_seconds and lost_seconds > slack_seconds)


def _moment(fact: str) -> datetime | None:
    """A start time as it was kept; ``None`` where it is not one of ours."""
    try:
        moment = datetime.fromisoformat(fact)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
