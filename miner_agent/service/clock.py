"""Tells whether the wall clock can be believed. Pure: clocks are read elsewhere.

Rigs boot in 1970 with a dead battery and are set right later; clocks are stepped by hand. Nothing is deleted, expired
or closed by a clock that has not run evenly for a day. That day adds up over restarts, or a rig that restarts daily
would never delete anything: within one boot the steady clock tells what the wall clock should say by now, and after a
reboot it has to say a time within a day of where the last run left it, once it is set.
"""

from datetime import UTC, datetime, timedelta

from miner_agent.model.clock_mark import ClockMark

FLOOR = datetime(2026, 1, 1, tzinfo=UTC)  # this program is younger
CEILING = datetime(2100, 1, 1, tzinfo=UTC)
STEP_SECONDS = 2.0
TRUSTED_AFTER = timedelta(hours=24)
_TRUSTED_AFTER_SECONDS = TRUSTED_AFTER.total_seconds()
SET_AFTER = timedelta(minutes=10)  # of running evenly: by then a clock that is set at boot is set
LONGEST_OFF = timedelta(hours=24)  # by which the clock may go on after a reboot; what it deletes is that much younger


class ClockWatch:
    """Compares the wall clock with one that is never set."""

    def __init__(self, boot_id: str | None = None) -> None:
        """``boot_id`` tells this boot of the machine from every other; ``None``: nothing does."""
        self._boot_id = boot_id
        self._last: tuple[datetime, float] | None = None
        self._even_since_seconds: float | None = None
        self._earlier_seconds = 0.0  # of running evenly, before
        self._unconnected: ClockMark | None = None  # of another boot, as long as this clock may yet be set
        self._now_seconds = 0.0
        self.is_restored = False
        self.steps_total = 0

    def see(self, now: datetime, steady_seconds: float) -> bool:
        """Take a pair of readings in; whether the wall clock went as far as the steady one since the last pair.

        Args:
            now: wall clock.
            steady_seconds: a clock that runs on while the machine sleeps and is never set. [s]
        """
        last, self._last = self._last, (now, steady_seconds)
        self._now_seconds = steady_seconds
        possible = FLOOR <= now < CEILING
        even = last is None or _is_even(last, self._last)
        self.steps_total += not even
        if not possible or not even:
            self._even_since_seconds = steady_seconds if possible else None
            self._earlier_seconds = 0.0
        elif self._even_since_seconds is None:
            self._even_since_seconds = steady_seconds
        self._connect(now)
        return possible and even

    def restore(self, mark: ClockMark | None) -> None:
        """Go on from where the last run left the clock, if it left anything: once a pair of readings was seen."""
        if self._last is None:
            return
        self.is_restored = True
        if mark is None:
            return
        if self._boot_id is None or mark.boot_id != self._boot_id:
            self._unconnected = mark
            self._connect(self._last[0])
        elif self._even_since_seconds is not None and not self.steps_total and _is_even(mark.pair, self._last):
            self._earlier_seconds = mark.even_seconds + self._even_since_seconds - mark.steady_seconds

    def mark(self) -> ClockMark | None:
        """What the next run is to go on from; ``None``: what the last run left holds yet."""
        if not self.is_restored or self._unconnected or self._last is None or self._even_since_seconds is None:
            return None
        return ClockMark(
            boot_id=self._boot_id, at=self._last[0], steady_seconds=self._last[1], even_seconds=self.even_seconds
        )

    @property
    def trusted(self) -> bool:
        """Whether the wall clock has been possible and even for a day."""
        return self._even_since_seconds is not None and self.even_seconds >= _TRUSTED_AFTER_SECONDS

    @property
    def even_seconds(self) -> float:
        """For how long it has been. [s]"""
        since = self._even_since_seconds
        return 0.0 if since is None else self._now_seconds - since + self._earlier_seconds

    def _connect(self, now: datetime) -> None:
        """Take over what was known before the reboot, once this clock has run evenly for long enough."""
        mark, since = self._unconnected, self._even_since_seconds
        if mark is None or since is None:
            return
        ran = timedelta(seconds=self._now_seconds - since)
        if ran >= SET_AFTER:
            self._unconnected = None
            self._earlier_seconds = mark.even_seconds if abs(now - ran - mark.at) <= LONGEST_OFF else 0.0


def _is_even(before: tuple[datetime, float], after: tuple[datetime, float]) -> bool:
    step_seconds = (after[0] - before[0]).total_seconds() - (after[1] - before[1])
    return abs(step_seconds) <= STEP_SECONDS
