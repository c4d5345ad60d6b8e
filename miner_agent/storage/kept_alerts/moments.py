"""Moments as the database holds them: milliseconds since 1970, within what a calendar can tell."""

from datetime import UTC, datetime

_EARLIEST_MS = 0
_LATEST_MS = 4_102_444_800_000  # the year 2100


def to_ms(moment: datetime) -> int:
    """A moment as a whole number. [ms]"""
    return round(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The moment of a number, whoever wrote it. [ms]"""
    return datetime.fromtimestamp(min(max(milliseconds, _EARLIEST_MS), _LATEST_MS) / 1000, UTC)
