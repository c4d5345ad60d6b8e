"""The alerts' own clock: it goes on over restarts, by as much as can be believed, and nobody sets it. Pure.

Within one boot the steady clock tells how long the agent was gone. After a reboot only the wall clock can tell, which
is believed within bounds: one that says less than before, or days more, has been set.
"""

from datetime import datetime, timedelta

from msgspec import structs

from miner_agent.alarms.life_cycle import AlertMoment
from miner_agent.model.alerting import AlertStanding
from miner_agent.storage.kept_alerts.standings import LastLook

LONGEST_GAP = timedelta(hours=24)
SHORTEST_STEP = timedelta(seconds=30)  # less is slewed, or tells nobody of another time


def gap_seconds(left: LastLook | None, *, boot_id: str | None, now: datetime, steady_seconds: float) -> float:
    """For how long nobody looked. [s]

    Args:
        left: the last look of the last run; ``None``: there was none.
        boot_id: of this boot; ``None``: nothing tells it from others.
        now: wall clock.
        steady_seconds: of the clock that begins with the boot. [s]
    """
    if left is None:
        return 0.0
    if boot_id is not None and left.boot_id == boot_id and steady_seconds >= left.steady_seconds:
        return steady_seconds - left.steady_seconds
    return min(max((now - left.at).total_seconds(), 0.0), LONGEST_GAP.total_seconds())


class AlertClock:
    """Seconds that go on where the last run left them."""

    def __init__(self, left: LastLook | None, gap_seconds: float, *, steady_seconds: float) -> None:
        """``steady_seconds``: of the clock that begins with the boot, now. [s]"""
        self._offset_seconds = (0.0 if left is None else left.alerts_seconds) + gap_seconds - steady_seconds

    def seconds(self, steady_seconds: float) -> float:
        """What it says when the clock of the boot says that. [s]"""
        return self._offset_seconds + steady_seconds


class WallSteps:
    """Finds where the wall clock was set between two looks: moments that were read before are to be moved by it."""

    def __init__(self) -> None:
        self._last: AlertMoment | None = None

    def step(self, at: AlertMoment) -> timedelta:
        """By how much it was set since the last look; nothing where it ran on."""
        last, self._last = self._last, at
        if last is None:
            return timedelta()
        step = at.now - last.now - timedelta(seconds=at.seconds - last.seconds)
        return step if abs(step) >= SHORTEST_STEP else timedelta()


def moved_by(step: timedelta, standing: AlertStanding, at: AlertMoment) -> AlertStanding:
    """The alert with its moments moved by a step of the wall clock, where that brings them nearer to how long it lasts.

    What an earlier boot noted is right already where a clock without a battery only gets its time again.
    """
    ago = timedelta(seconds=at.seconds - standing.since_seconds)
    amiss = at.now - standing.since - ago
    if abs(amiss - step) >= abs(amiss):
        return standing
    ended = None if standing.ended is None else standing.ended + step
    return structs.replace(standing, since=standing.since + step, ended=ended)
