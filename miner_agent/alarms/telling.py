"""Decides what is told now: an alert once, its end once, both at most once in ten minutes, and much of it together.

Pure. What is told goes by how an alert stands, not by how it came there: where something kept it from being told, it
is told when nothing does any more and it fires yet, and never where it has ended meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from msgspec import structs

from miner_agent.alarms.life_cycle import TOLD_AGAIN_SECONDS
from miner_agent.model.alerting import AlertKey, AlertStanding, NoticeState

GROUP_WAIT_SECONDS = 30.0
GROUP_INTERVAL_SECONDS = 300.0
MANY = 5  # alerts of one rule at once: more of them wait for the interval


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """What is to be told of an alert, and how it stands once it is."""

    state: NoticeState
    standing: AlertStanding


class Telling:
    """Which alerts wait to be told together, and when many of one rule were told last."""

    def __init__(self, group_wait_seconds: float = GROUP_WAIT_SECONDS) -> None:
        self.group_wait_seconds = group_wait_seconds
        self._since: dict[tuple[AlertKey, NoticeState], float] = {}  # for how long each could have been told
        self._many: dict[tuple[str, NoticeState], float] = {}  # when many of a rule were told last

    def now(
        self,
        standings: Mapping[AlertKey, AlertStanding],
        seconds: float,
        *,
        is_muted: Callable[[AlertStanding], bool],
        has_causes: Callable[[AlertStanding], bool],
    ) -> list[ToldAlert]:
        """What is to be told at this moment.

        Args:
            standings: of all alerts.
            seconds: by the alerts' own clock.
            is_muted: whether something keeps an alert that fires from being told.
            has_causes: whether it may follow from another one, which may come a little later. What is critical and
                may not is told at once; all else waits for more of its kind.
        """
        due = dict(_due(standings.values(), seconds, is_muted))
        self._since = {each: self._since.get(each, seconds) for each in due}
        waited = {each for each, standing in due.items() if self._has_waited(each, standing, seconds, has_causes)}
        flushed = {(key.rule, state) for key, state in waited}
        flushed = {group for group in flushed if self._has_paused(group, seconds)}
        told = [
            ToldAlert(state, _told(standing, state, seconds))
            for (key, state), standing in due.items()
            if (key.rule, state) in flushed and ((key, state) in waited or not has_causes(standing))
        ]
        self._note_many(told, seconds)
        return told

    def _has_waited(
        self,
        each: tuple[AlertKey, NoticeState],
        standing: AlertStanding,
        seconds: float,
        has_causes: Callable[[AlertStanding], bool],
    ) -> bool:
        if each[1] == "firing" and standing.severity == "critical" and not has_causes(standing):
            return True
        return seconds - self._since[each] >= self.group_wait_seconds

    def _has_paused(self, group: tuple[str, NoticeState], seconds: float) -> bool:
        before = self._many.get(group)
        return before is None or seconds - before >= GROUP_INTERVAL_SECONDS

    def _note_many(self, told: Iterable[ToldAlert], seconds: float) -> None:
        counts: dict[tuple[str, NoticeState], int] = {}
        for each in told:
            group = (each.standing.key.rule, each.state)
            counts[group] = counts.get(group, 0) + 1
        self._many = {group: at for group, at in self._many.items() if seconds - at < GROUP_INTERVAL_SECONDS}
        self._many |= {group: seconds for group, count in counts.items() if count >= MANY}


def _due(
    standings: Iterable[AlertStanding], seconds: float, is_muted: Callable[[AlertStanding], bool]
) -> Iterable[tuple[tuple[AlertKey, NoticeState], AlertStanding]]:
    for standing in standings:
        state = _owed(standing, seconds)
        if state is not None and (state == "resolved" or not is_muted(standing)):
            yield (standing.key, state), standing


def _owed(standing: AlertStanding, seconds: float) -> NoticeState | None:
    """What a person who was told the last thing does not know yet, and may be told by now."""
    if standing.stage == "firing" and standing.told is None:
        return "firing" if _is_free(standing.told_firing_seconds, seconds) else None
    if standing.stage == "no_data" and standing.told == "firing":
        return "no_data"
    if standing.stage == "resolved" and standing.told is not None:
        return "resolved" if _is_free(standing.told_resolved_seconds, seconds) else None
    return None


def _is_free(told_seconds: float | None, seconds: float) -> bool:
    return told_seconds is None or seconds - told_seconds >= TOLD_AGAIN_SECONDS


def _told(standing: AlertStanding, state: NoticeState, seconds: float) -> AlertStanding:
    if state == "resolved":
        return structs.replace(standing, told=None, told_resolved_seconds=seconds)
    if state == "firing":
        return structs.replace(standing, told=state, told_firing_seconds=seconds)
    return structs.replace(standing, told=state)
