"""Tells whether the wall clock can be believed. Pure: clocks are read elsewhere.

Rigs boot in 1970 with a dead battery and are set right later; clocks are stepped by hand. Nothing is deleted, expired
or closed by a clock that has not run evenly for a day.
"""

from datetime import UTC, datetime, timedelta

FLOOR = datetime(2026, 1, 1, tzinfo=UTC)  # this program is younger
CEILING = datetime(2100, 1, 1, tzinfo=UTC)
STEP_SECONDS = 2.0
TRUSTED_AFTER = timedelta(hours=24)


class ClockWatch:
    """Compares the wall clock with one that is never set."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None
        self._even_since_seconds: float | None = None
        self._now_seconds = 0.0
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
        even = True
        if last is not None:
            step_seconds = (now - last[0]).total_seconds() - (steady_seconds - last[1])
            even = abs(step_seconds) <= STEP_SECONDS
            self.steps_total += not even
        if not possible or not even:
            self._even_since_seconds = steady_seconds if possible else None
        elif self._even_since_seconds is None:
            self._even_since_seconds = steady_seconds
        return possible and even

    @property
    def trusted(self) -> bool:
        """Whether the wall clock has been possible and even for a day."""
        since = self._even_since_seconds
        return since is not None and self._now_seconds - since >= TRUSTED_AFTER.total_seconds()

    @property
    def even_seconds(self) -> float:
        """For how long it has been. [s]"""
        return 0.0 if self._even_since_seconds is None else self._now_seconds - self._even_since_seconds
