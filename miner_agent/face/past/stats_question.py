"""What periods of a time add up to: what ``log stats`` tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec

from calculators.local_time import zone_named
from miner_agent.face.asked_wrongly import AskedWrongly
from miner_agent.face.known import Known
from miner_agent.face.past.asked_time import asked_time
from miner_agent.face.past.log_question import LogQuestion, known_rig
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.questions import By, calendar_periods
from miner_agent.views.stats_view import PeriodView, StatsView

PARAMETERS = ("from", "to", "by", "zone", "rig")
MOST_PERIODS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsQuestion(LogQuestion):
    """What ``/api/v1/stats`` asks."""

    rig: str
    own_rig: str
    by: By
    zone: ZoneInfo
    start: datetime
    end: datetime

    def answer(self, log: TelemetryLog) -> StatsView:
        """Raises NothingThere: there is no such rig."""
        rig = known_rig(log, self.rig, self.own_rig)
        periods = log.stats(self.start, self.end, self.by, zone=self.zone, rig=rig)
        return StatsView(
            rig=rig,
            source="log",
            starts_at=self.start,
            ends_at=self.end,
            by=self.by,
            time_zone=self.zone.key,
            periods=[msgspec.convert(period, PeriodView, from_attributes=True) for period in periods],
        )


def stats_question(known: Known, parameters: Mapping[str, str]) -> StatsQuestion:
    """What these parameters ask.

    Raises:
        AskedWrongly: one of them is none that there is; the sentence says which.
    """
    by = next((word for word in get_args(By) if word == parameters.get("by", "total")), None)
    if by is None:
        raise AskedWrongly(f"by: {parameters['by'][:40]!a} is no period; there are {', '.join(get_args(By))}")
    try:
        zone = zone_named(parameters.get("zone", "UTC"))
    except ValueError as error:
        raise AskedWrongly(f"zone: {error}") from None
    start, end = asked_time(parameters, known.snapshot.taken_at, zone, parts=MOST_PERIODS)
    if sum(1 for _ in islice(calendar_periods(start, end, by, zone), MOST_PERIODS + 1)) > MOST_PERIODS:
        raise AskedWrongly(f"by: these are more than {MOST_PERIODS} periods; ask for longer ones or a shorter time")
    own = known.snapshot.rig
    return StatsQuestion(rig=parameters.get("rig", own), own_rig=own, by=by, zone=zone, start=start, end=end)
