"""Lines of the log about sources: so many of each an hour. What is over is counted, and told when the hour is over."""

import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)
LINES_A_SOURCE = 64  # each of as many devices as a source may have can fall ill
HOUR_SECONDS = 3600.0


@dataclass(slots=True)
class _Hour:
    begun_seconds: float
    lines: int = 0
    left_out: int = 0


class ToldLines:
    """Of one rig. Moments are seconds on a monotonic clock."""

    __slots__ = ("_hours",)

    def __init__(self) -> None:
        self._hours: dict[str, _Hour] = {}

    def say(self, level: int, source: str, line: str, now_seconds: float) -> None:
        """Log it, where this source has had no more than its lines within the hour."""
        hour = self._hours.setdefault(source, _Hour(now_seconds))
        if hour.lines < LINES_A_SOURCE:
            hour.lines += 1
            log.log(level, "%s", line)
            return
        if not hour.left_out:
            log.warning("%s: %d lines within an hour; more are counted only", source, LINES_A_SOURCE)
        hour.left_out += 1

    def end_hours(self, now_seconds: float) -> None:
        """Begin anew with each source whose hour is over, and tell how many lines it has left out."""
        for source, hour in tuple(self._hours.items()):
            if now_seconds - hour.begun_seconds >= HOUR_SECONDS:
                del self._hours[source]
                if hour.left_out:
                    log.warning("%s: more lines that were left out within an hour: %d", source, hour.left_out)
