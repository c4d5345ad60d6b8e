"""A counter that outlives the agent, as it stands on disk.

What of it is shown was on disk before. Whoever reads it over any end of the agent never sees it fall: Prometheus takes
a counter that fell for one that began again at zero, and books all that it ever counted once more.
"""

from dataclasses import dataclass
from typing import TypeAlias

CounterKey: TypeAlias = tuple[str, str]
"""Of a counter of one rig: the device and the source. What miners do is counted by miner, or miner and algorithm."""

EXPECTED_SHARES, PROVEN_SHARES, AWAITED_SHARES, ANSWERED_SHARES = MILLI_SHARES = (
    *("expected_shares", "proven_shares"),
    *("awaited_shares", "answered_shares"),  # expected in any way, and so far when the last one was accepted
)
RESTARTS = "restarts"
"""What is counted beside energy, in the place of its source: in thousandths of a share, and one by one."""


def workload_label(miner: str, algorithm: str) -> str:
    """What stands for one algorithm of one miner in the place of a device."""
    return f"{miner} {algorithm}"


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
