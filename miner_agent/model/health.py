"""How a rig is: well, or ill with what ails it. And what of earlier ticks that is judged by."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from miner_agent.model.made_in_c import made_in_c


class Ailment(StrEnum):
    """What can be wrong with a rig: the bounded values of the label ``reason``."""

    DEVICE_LOST = "device_lost"
    DEVICE_HUNG = "device_hung"
    DEVICE_SLOW = "device_slow"
    DEVICE_RESET_REQUIRED = "device_reset_required"
    DEVICE_DEGRADED = "device_degraded"
    DEVICE_SILENT = "device_silent"
    DEVICE_MISSING = "device_missing"
    DEVICE_THROTTLED = "device_throttled"
    DEVICE_FAN_STOPPED = "device_fan_stopped"
    DEVICE_MEMORY_FAILING = "device_memory_failing"
    DEVICE_CHIPS_MISSING = "device_chips_missing"
    DEVICE_DRIVER_ERROR = "device_driver_error"
    DEVICE_NOT_MINING = "device_not_mining"
    DEVICE_FAULT = "device_fault"
    MINER_DOWN = "miner_down"
    MINER_RESTARTS = "miner_restarts"
    MINER_NO_HASHRATE = "miner_no_hashrate"
    MINER_FAN_STOPPED = "miner_fan_stopped"
    MINER_FAULT = "miner_fault"
    MINER_POOL_LOST = "miner_pool_lost"
    MINER_POOL_DIFFERS = "miner_pool_differs"
    MINER_SHARES_REFUSED = "miner_shares_refused"
    MINER_SHARES_MISSING = "miner_shares_missing"
    METER_DOWN = "meter_down"
    COLLECTOR_DOWN = "collector_down"
    DISK_READ_ONLY = "disk_read_only"
    DISK_FULL = "disk_full"
    DATABASE_UNWRITTEN = "database_unwritten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One thing that is wrong, and with what."""

    ailment: Ailment
    subject: str  # a device, miner, meter, collector or database by its name in metrics, or a mountpoint
    part: str = ""  # of it: an algorithm, a fan, an error
    source: str  # whose reading, or failure, tells of it; empty: the agent itself
    said: str  # a sentence about the subject, without its name
    detail: str = ""  # what makes it another one of the same kind: another error, another pool


Word: TypeAlias = Literal["well", "ill", "unknown"]
WORDS: tuple[Word, ...] = ("well", "ill", "unknown")
WORST_FIRST: tuple[Word, ...] = ("ill", "unknown", "well")


STANDING_STILL = frozenset(
    {
        *(Ailment.MINER_DOWN, Ailment.MINER_NO_HASHRATE, Ailment.MINER_POOL_LOST, Ailment.MINER_SHARES_MISSING),
        *(Ailment.MINER_FAN_STOPPED, Ailment.DEVICE_NOT_MINING),
    }
)
"""What a rig that is off by plan, or does not mine by plan, has to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a rig is as of one tick. Unknown: nothing that mines was read, and nothing is known to be wrong."""

    word: Word = "unknown"
    symptoms: tuple[Symptom, ...] = ()
    planned: tuple[Symptom, ...] = ()  # what would ail it if it were not to stand still now

    @property
    def is_resting(self) -> bool:
        """Whether it stands still as planned."""
        return bool(self.planned)

    def at_rest(self) -> "Verdict":
        """The same of a rig that is to stand still now: what comes of that is nothing wrong."""
        planned = tuple(symptom for symptom in self.symptoms if symptom.ailment in STANDING_STILL)
        symptoms = tuple(symptom for symptom in self.symptoms if symptom.ailment not in STANDING_STILL)
        word: Word = "well" if planned and not symptoms else self.word
        return Verdict(word=word, symptoms=symptoms, planned=planned)


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What of earlier ticks a verdict goes by."""

    missing: tuple[tuple[str, str], ...] = ()  # devices that were there, and the source that does not tell of them now
    missing_since: dict[str, datetime] = field(default_factory=dict)  # by device, of those that are
    fans_stopped: tuple[tuple[str, int], ...] = ()  # miner and fan, of those that have turned before
    restarted: tuple[str, ...] = ()  # miners that were found to be started anew in this tick
    restarts_last_hour: dict[str, int] = field(default_factory=dict)  # by miner
    refused_in_a_row: dict[tuple[str, str], int] = field(default_factory=dict)  # shares, by miner and algorithm
    waited_seconds: dict[tuple[str, str], float] = field(default_factory=dict)  # for a share to be accepted, likewise


NO_PAST, UNKNOWN = Past(), Verdict()
