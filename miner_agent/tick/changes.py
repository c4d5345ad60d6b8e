"""Says in the log what has changed from tick to tick, and nothing of what stays as it is.

What ails a rig is told when it begins and when it is over, a line each. What a source that gives no reading would say
is not known: it is neither. Nor is what a rig shows that stands still as planned. What comes and goes is told once an
hour, and when it has stayed away for a while.
"""

import logging
from dataclasses import dataclass
from typing import TypeAlias

from miner_agent.model.health import Ailment, Symptom
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.tick.told_lines import ToldLines

UNSTEADY_BEGINNINGS = 4  # so many within an hour
UNSTEADY_SECONDS = 3600.0
CALM_SECONDS = 600.0
LINGERS_SECONDS = {Ailment.DEVICE_THROTTLED: 60.0}
"""A card that is too hot slows down and speeds up again by the second: it is over when it stays away that long."""
RESTARTS_TOLD = 3  # within an hour: the verdict tells of more

OVER: dict[Ailment, str] = {
    Ailment.DEVICE_LOST: "answers again",
    Ailment.DEVICE_HUNG: "does not hang any more",
    Ailment.DEVICE_SLOW: "answers in time again",
    Ailment.DEVICE_RESET_REQUIRED: "needs no reset any more",
    Ailment.DEVICE_DEGRADED: "works as it should again",
    Ailment.DEVICE_SILENT: "gives values again",
    Ailment.DEVICE_MISSING: "is there again",
    Ailment.DEVICE_THROTTLED: "runs at its clocks again",
    Ailment.DEVICE_FAN_STOPPED: "its fan turns again, or it has cooled down",
    Ailment.DEVICE_MEMORY_FAILING: "its memory is whole again",
    Ailment.DEVICE_CHIPS_MISSING: "all of its chips work again",
    Ailment.DEVICE_DRIVER_ERROR: "its driver has told of no error for a while",
    Ailment.DEVICE_NOT_MINING: "works again",
    Ailment.DEVICE_FAULT: "its firmware does not tell of that fault any more",
    Ailment.MINER_DOWN: "gives readings again",
    Ailment.MINER_RESTARTS: "has not been started anew so often for a while",
    Ailment.MINER_NO_HASHRATE: "mines again",
    Ailment.MINER_FAN_STOPPED: "turns again",
    Ailment.MINER_FAULT: "its firmware does not tell of that fault any more",
    Ailment.MINER_POOL_LOST: "is connected to a pool again",
    Ailment.MINER_POOL_DIFFERS: "mines to where it should again",
    Ailment.MINER_SHARES_REFUSED: "its pool accepts shares again",
    Ailment.MINER_SHARES_MISSING: "a share was accepted again",
    Ailment.METER_DOWN: "gives readings again",
    Ailment.COLLECTOR_DOWN: "gives readings again",
    Ailment.DISK_READ_ONLY: "takes writes again",
    Ailment.DISK_FULL: "has room again",
    Ailment.DATABASE_UNWRITTEN: "is written again",
}

_Key: TypeAlias = tuple[Ailment, str, str]


@dataclass(slots=True)
class _Told:
    """What was said of one symptom."""

    symptom: Symptom
    is_there: bool = False
    is_unsteady: bool = False
    there_seconds: float = 0.0  # when it last was
    said_seconds: float = 0.0  # when it was last told to begin
    begun_seconds: tuple[float, ...] = ()  # the last ones; a deque of none takes 760 bytes, for each of a thousand rigs


class Changes:
    """Of one rig. Fed once a tick."""

    __slots__ = ("_lines", "_told")

    def __init__(self) -> None:
        self._lines = ToldLines()
        self._told: dict[_Key, _Told] = {}

    def say(self, snapshot: RigSnapshot) -> None:
        """A line for everything that began, changed or ended since the last tick."""
        clock = snapshot.clock
        now_seconds = snapshot.taken_at.timestamp() if clock is None else clock.monotonic_seconds
        self._lines.end_hours(now_seconds)
        there = {(one.ailment, one.subject, one.part): one for one in snapshot.verdict.symptoms}
        for key, symptom in there.items():
            self._see(self._told.setdefault(key, _Told(symptom)), symptom, now_seconds)
        answered = {outcome.source: outcome.error is None for outcome in snapshot.outcomes}
        answered[""] = True  # the agent itself
        planned = {(one.ailment, one.subject, one.part) for one in snapshot.verdict.planned}
        for key in self._told.keys() - there.keys() - planned:
            self._miss(key, self._told[key], answered, now_seconds)
        for miner in snapshot.past.restarted:
            if snapshot.past.restarts_last_hour.get(miner, 0) <= RESTARTS_TOLD:
                since = snapshot.miners_started_at.get(miner)
                at = "" if since is None else f" at {since:%H:%M:%S} UTC"
                self._lines.say(logging.INFO, miner, f"{miner}: was started anew{at}", now_seconds)

    def _see(self, told: _Told, symptom: Symptom, now_seconds: float) -> None:
        is_new = not told.is_there or told.symptom.detail != symptom.detail
        told.symptom, told.is_there, told.there_seconds = symptom, True, now_seconds
        if not is_new:
            return
        begun = told.begun_seconds = (*told.begun_seconds, now_seconds)[-UNSTEADY_BEGINNINGS:]
        if told.is_unsteady and now_seconds - told.said_seconds < UNSTEADY_SECONDS:
            return
        told.is_unsteady = len(begun) == UNSTEADY_BEGINNINGS and now_seconds - begun[0] <= UNSTEADY_SECONDS
        told.said_seconds = now_seconds
        often = "; it comes and goes, and is told once an hour until it stays away" if told.is_unsteady else ""
        line = f"{_name(symptom)}: {symptom.said}{often}"
        self._lines.say(logging.WARNING, symptom.source or symptom.subject, line, now_seconds)

    def _miss(self, key: _Key, told: _Told, answered: dict[str, bool], now_seconds: float) -> None:
        symptom = told.symptom
        if symptom.source not in answered:  # a new configuration does not name it
            del self._told[key]
            return
        calm_seconds = now_seconds - told.there_seconds
        if told.is_there and (not answered[symptom.source] or calm_seconds < LINGERS_SECONDS.get(symptom.ailment, 0.0)):
            return
        was_there, told.is_there = told.is_there, False
        if told.is_unsteady and calm_seconds < CALM_SECONDS:
            return
        if was_there or told.is_unsteady:
            line = f"{_name(symptom)}: {OVER[symptom.ailment]}"
            self._lines.say(logging.INFO, symptom.source or symptom.subject, line, now_seconds)
            told.is_unsteady = False
        if calm_seconds > UNSTEADY_SECONDS:
            del self._told[key]


def _name(symptom: Symptom) -> str:
    return f"{symptom.subject} ({symptom.part})" if symptom.part else symptom.subject
