"""Where a run left the wall clock, for the next one to go on from."""

from dataclasses import dataclass
from datetime import datetime

from miner_agent.model.made_in_c import made_in_c


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMark:
    """Two clocks at one moment, and for how long the first had run as evenly as the second. [s]"""

    boot_id: str | None  # of the second clock, which begins anew with each boot; None: not known
    at: datetime
    steady_seconds: float
    even_seconds: float

    @property
    def pair(self) -> tuple[datetime, float]:
        """Both clocks."""
        return self.at, self.steady_seconds
