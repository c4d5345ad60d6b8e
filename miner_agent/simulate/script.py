"""What goes wrong on the simulated rig, and when: one round of ten minutes, again and again."""

from dataclasses import dataclass
from enum import StrEnum

ROUND_SECONDS = 600.0


class Fault(StrEnum):
    """What can go wrong."""

    FAN_STANDS = "a fan stands still"
    CARD_LOST = "a card falls off the bus"
    MINER_HANGS = "a miner's API hangs"
    THEFT = "a miner mines for somebody else"
    XID = "a card reports an error"
    MINER_RESTARTS = "a miner restarts"
    METER_SILENT = "the meter does not answer"
    REJECTS = "the pool refuses shares"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One fault, from one second of the round to another."""

    fault: Fault
    begins_seconds: float
    ends_seconds: float
    card: int | None = None  # by its number, from 0
    miner: str | None = None


SCRIPT = (
    Scene(fault=Fault.FAN_STANDS, begins_seconds=40, ends_seconds=160, card=5),
    Scene(fault=Fault.CARD_LOST, begins_seconds=180, ends_seconds=240, card=2),
    Scene(fault=Fault.MINER_HANGS, begins_seconds=260, ends_seconds=300, miner="lolminer"),
    Scene(fault=Fault.THEFT, begins_seconds=320, ends_seconds=380, miner="trex"),
    Scene(fault=Fault.XID, begins_seconds=400, ends_seconds=401, card=0),
    Scene(fault=Fault.MINER_RESTARTS, begins_seconds=430, ends_seconds=431, miner="trex"),
    Scene(fault=Fault.METER_SILENT, begins_seconds=450, ends_seconds=490),
    Scene(fault=Fault.REJECTS, begins_seconds=510, ends_seconds=560, miner="lolminer"),
)


def playing(seconds: float, script: tuple[Scene, ...] = SCRIPT) -> tuple[Scene, ...]:
    """The scenes that are on at that second since the start.

    >>> [scene.fault.name for scene in playing(200.0)], playing(170.0)
    (['CARD_LOST'], ())
    """
    moment = seconds % ROUND_SECONDS
    return tuple(scene for scene in script if scene.begins_seconds <= moment < scene.ends_seconds)
