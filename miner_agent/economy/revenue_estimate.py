"""What the rig was estimated to earn since the agent started: to be compared with what was paid."""

from collections import defaultdict

from calculators.money import Money
from calculators.units import SECONDS_PER_DAY
from miner_agent.model.snapshot import TickClock

LONGEST_STEP_SECONDS = 300.0  # over a longer gap nobody knows what was mined


class RevenueEstimate:
    """Adds up revenue from tick to tick, by a monotonic clock."""

    def __init__(self) -> None:
        self.total: defaultdict[str, float] = defaultdict(float)
        """By currency."""
        self._last_seconds: float | None = None

    def add(self, revenue_per_day: Money | None, clock: TickClock | None) -> None:
        """The time since the last tick, at what the rig earns now; where that is not known nothing is made up."""
        step_seconds = self._step_seconds(clock)
        if revenue_per_day is not None and float(revenue_per_day) > 0:
            self.total[revenue_per_day.currency] += float(revenue_per_day) * step_seconds / SECONDS_PER_DAY

    def pass_over(self, clock: TickClock | None) -> None:
        """A tick of which nobody knows what it earned."""
        self._step_seconds(clock)

    def _step_seconds(self, clock: TickClock | None) -> float:
        if clock is None:
            return 0.0
        before, self._last_seconds = self._last_seconds, clock.monotonic_seconds
        step = 0.0 if before is None else clock.monotonic_seconds - before
        return step if 0 < step <= LONGEST_STEP_SECONDS else 0.0
