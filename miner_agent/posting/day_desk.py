"""Answers whoever keeps the book: which days of a rig are over and in the log, and the sealed record of one."""

import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from calculators.books.tax_year import day_of
from calculators.local_time import day_bounds, zone_named
from miner_agent import __version__
from miner_agent.bookkeeping.event_body import canonical
from miner_agent.posting.day_record import sealed_day
from miner_agent.posting.logged_days import LOOKED_BACK, SETTLED, logged_days
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.text import clean_text

KEPT = 64  # answers, each of some kilobytes
KEPT_SECONDS = 1800.0  # a clock that was set back may bring something into a day that was told already
LONGEST_ASKED = 64  # characters of a time zone or a rig


class DayDesk:
    """Looks into the log for each question, and knows for a while what it said. For one thread."""

    def __init__(
        self,
        state_directory: Path,
        *,
        rig: Callable[[], str],
        now: Callable[[], datetime | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            state_directory: where the log is.
            rig: the name of this machine's own, of which days are told where none is asked for.
            now: this moment, by a clock that can be believed; ``None``: there is none.
            monotonic: a clock that is never set.
        """
        self._file, self._rig, self._now, self._monotonic = state_directory / TELEMETRY_FILE, rig, now, monotonic
        self._kept: OrderedDict[tuple[str, str, str], tuple[float, bytes]] = OrderedDict()

    def answer(self, day: str | None, rig: str | None, time_zone: str | None) -> bytes:
        """The record of a day as JSON; without a day the list of those that there are.

        Args:
            day: such as 2026-05-05.
            rig: one that this agent reads for others; ``None``: its own.
            time_zone: whose days are meant; ``None``: those of UTC.

        Raises:
            LookupError: there is no such day; the sentence says why.
            AgentError: the log cannot be read.
        """
        now = self._now()
        if now is None:
            raise LookupError("The clock of this rig cannot be believed yet, so that no day is known to be over.")
        name = rig or self._rig()
        if max(len(name), len(time_zone or "")) > LONGEST_ASKED:
            raise LookupError(f"A rig and a time zone have names of at most {LONGEST_ASKED} characters.")
        try:
            zone = zone_named(time_zone or "UTC")
        except ValueError as error:
            raise LookupError(f"There is no such time zone: {error}.") from None
        over = day_of(now - SETTLED, zone)
        asked = None if day is None else _day_in(day)
        if asked is not None and not over - LOOKED_BACK <= asked < over:
            raise LookupError(f"{asked} is not over, or too long ago: days up to the one before {over} are told.")
        key = (f"{asked or f'before {over}'}", name, zone.key)
        kept_at, kept = self._kept.get(key, (0.0, None))
        if kept is not None and self._monotonic() - kept_at < KEPT_SECONDS:
            return kept
        told = self._listed(name, zone, over) if asked is None else self._record(name, asked, zone)
        self._kept[key] = self._monotonic(), told
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return told

    def _listed(self, rig: str, zone: ZoneInfo, over: date) -> bytes:
        with closing(TelemetryLog.open_read_only(self._file)) as log:
            days = logged_days(log, over - LOOKED_BACK, over, zone, rig=rig)
        return canonical({"rig": rig, "time_zone": zone.key, "days": [day.isoformat() for day in days]}).encode()

    def _record(self, rig: str, day: date, zone: ZoneInfo) -> bytes:
        start, end = day_bounds(day, zone)
        with closing(TelemetryLog.open_read_only(self._file)) as log:
            hours = log.stats(start, end, "hour", zone=zone, rig=rig)
            unplaced = log.unplaced(start, end, rig=rig)
        if not unplaced and not any(hour.devices or hour.meters for hour in hours):
            raise LookupError(f"The log holds nothing of the rig {clean_text(rig)} on {day}.")
        return sealed_day(rig, day, zone, hours=hours, unplaced=unplaced, version=__version__)


def _day_in(told: str) -> date:
    try:
        return datetime.strptime(told, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise LookupError("That is no day; write it as 2026-05-05.") from None
