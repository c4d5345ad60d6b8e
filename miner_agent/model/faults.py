"""What a machine's firmware finds wrong with itself."""

from dataclasses import dataclass
from enum import StrEnum


class FaultSeverity(StrEnum):
    """How bad it is, as the firmware or its maker says."""

    FAULT = "fault"
    WARNING = "warning"  # the machine goes on as it should, or did when it was last looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareFault:
    """One of them, for as long as the firmware tells of it."""

    code: str  # the firmware's own: a number, or a word
    words: str | None = None  # what it means; None: not known
    severity: FaultSeverity = FaultSeverity.FAULT
    device_index: int | None = None  # the board, by its source's number; None: the whole machine, or not told

    @property
    def said(self) -> str:
        """A sentence about it."""
        return f"its firmware tells of {self.severity} {self.code}{f': {self.words}' if self.words else ''}"
