"""What a counter can have gone up by since the last look: one digit too many looks like a leap. Pure.

A number with one digit too many is six to eleven times what it should be. A counter that is still small may grow so
much in truth; then what can have happened in that time decides.
"""

from dataclasses import dataclass

from miner_agent.model.devices import DeviceWork
from miner_agent.model.readings import ConnectedWorker, ListedPool, MinerSnapshot, Workload

LEAP = 5.0
"""So many times itself, and no counter of some age grows between two looks."""
Counting = Workload | DeviceWork | ConnectedWorker | ListedPool


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast something comes to one device at most."""

    at_once: float
    a_second: float


SHARES = Pace(at_once=10.0, a_second=2.0)  # pools ask for one in three to twenty seconds; at first for more
PACES: dict[str, Pace] = {
    "hardware_errors_total": Pace(at_once=100.0, a_second=100.0),  # a chip that fails tells of each result
    "found_blocks_total": Pace(at_once=2.0, a_second=0.1),
}
"""By field; whatever is not in it is shares, or their difficulty."""


def devices_behind(miner: MinerSnapshot) -> int:
    """How many devices bring shares through it, as far as it says."""
    return max(1, len(miner.devices), len(miner.workers), miner.workers_connected or 0)


def most_gained(work: Counting, name: str, *, seconds: float, devices: int, difficulty: float | None) -> float | None:
    """What can have come to a counter in that time; ``None`` where nothing says how much a share is.

    Args:
        work: what has the counter.
        name: of its field.
        seconds: since the last look.
        devices: that work on it.
        difficulty: of a share, on average until the last look.
    """
    pace = PACES.get(name, SHARES)
    most = pace.at_once + pace.a_second * seconds * max(1, devices)
    if name != "accepted_difficulty_total":
        return most
    told = [each for each in (difficulty, getattr(work, "share_difficulty", None)) if each is not None]
    return most * max(told) if told else None


def leaps(before: float | None, now: float | None, most: float | None = None) -> bool:
    """Whether that looks like one digit too many.

    >>> leaps(45, 445, most=20.0), leaps(45, 50, most=20.0), leaps(3, 20, most=20.0), leaps(1000, 1500, most=20.0)
    (True, False, False, False)
    """
    if not before or now is None or now < LEAP * before:
        return False
    return most is None or now - before > most
