"""Plays a script on a simulated rig, and what an agent would tell of it at real times."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from exporters.alerts import ALERTS
from exporters.metric_table import Family
from miner_agent.alarms.alert_book import AlertBook
from miner_agent.alarms.life_cycle import AlertMoment
from miner_agent.config.planned_keys import PlannedOff
from miner_agent.model.alerting import Notice
from miner_agent.simulate.profiles import Profile
from miner_agent.simulate.script import Script
from miner_agent.simulate.simulated_course import MONEY_SECONDS, SimulatedCourse, SimulatedMoment, families

EVERY_SECONDS = 60.0


@dataclass
class Played:
    """What was told, and at which second of the script."""

    told: list[tuple[float, Notice]] = field(default_factory=list)

    def states_of(self, *names: str) -> list[str]:
        return [notice.state for _, notice in self.told if notice.key.rule in names]

    @property
    def rules(self) -> set[str]:
        return {notice.key.rule for _, notice in self.told}

    def each_once(self) -> bool:
        """Whether no alert was told twice that it fires, nor its end without that."""
        for fingerprint in {notice.key.fingerprint for _, notice in self.told}:
            states = [notice.state for _, notice in self.told if notice.key.fingerprint == fingerprint]
            if states not in (["firing"], ["firing", "resolved"]):
                return False
        return True


class _Looking:
    """An agent that looks every minute, also where no page comes."""

    def __init__(self) -> None:
        self.book, self.played = AlertBook(ALERTS), Played()
        self._last: tuple[str, Sequence[Family]] | None = None
        self._due = EVERY_SECONDS

    def see(self, moment: SimulatedMoment) -> None:
        while self._last is not None and self._due <= moment.seconds - moment.interval_seconds:
            behind = moment.seconds - self._due
            self._look(AlertMoment(now=moment.now - timedelta(seconds=behind), seconds=self._due))
        self._last = moment.rig.rig, tuple(families(moment.rig))
        at = AlertMoment(now=moment.now, seconds=moment.seconds)
        for name, machine in moment.machines.items():
            self.book.look(name, tuple(families(machine)), at, interval_seconds=moment.interval_seconds)
        self._look(at, moment.interval_seconds)

    def _look(self, at: AlertMoment, interval_seconds: float = EVERY_SECONDS) -> None:
        if self._last is not None:
            rig, page = self._last
            self.book.look(rig, page, at, interval_seconds=interval_seconds)
        self.book.tell(at)
        self.played.told += [(at.seconds, notice) for notice in self.book.taken().notices]
        self._due = at.seconds + EVERY_SECONDS


def play(
    profile: Profile,
    script: Script,
    *,
    seconds: float,
    folder: Path,
    planned_off: tuple[PlannedOff, ...] = (),
    calm_seconds: float = EVERY_SECONDS,
) -> Played:
    """What is told in so many seconds of the script; between its scenes the agent ticks each ``calm_seconds``."""
    looking = _Looking()
    course = SimulatedCourse(
        profile,
        script=script,
        interval_seconds=EVERY_SECONDS,
        calm_seconds=calm_seconds,
        money_seconds=max(MONEY_SECONDS, 9 * calm_seconds),
        folder=folder,
        planned_off=planned_off,
    )
    for moment in course.until(seconds):
        looking.see(moment)
    return looking.played
