"""A counter that outlives the agent, as it stands on disk.

What of it is shown was on disk before. Whoever reads it over any end of the agent never sees it fall: Prometheus takes
a counter that fell for one that began again at zero, and books all that it ever counted once more.
"""

from dataclasses import dataclass
from typing import TypeAlias

CounterKey: TypeAlias = tuple[str, str]
"""Of a counter of one rig: the device and the source. What miners do is counted by miner, or miner and algorithm."""

MILLI_SHARES = ("expected_shares", "proven_shares", "awaited_shares", "answered_shares")
RESTARTS = "restarts"
"""What is counted beside energy, in the place of its source: in thousandths of a share, and one by one."""

LARGEST = 2**62  # what every database holds, twice


@dataclass(frozen=True, slots=True)
class KeptCounter:
    """One counter in its smallest unit, such as millijoules: whole numbers, which every disk and page hold exactly."""

    counted: int
    floor: int = 0  # what earlier runs may have shown
    ceiling: int = 0  # what this run may show: never below the floor

    @property
    def shown(self) -> int:
        """What may be shown of it."""
        return min(max(self.counted, self.floor), self.ceiling)
