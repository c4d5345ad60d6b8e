"""Which days that are over stand in the log."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from calculators.local_time import day_bounds
from miner_agent.storage.telemetry.log import TelemetryLog

SETTLED = timedelta(hours=1)  # a day is over when it was so long ago: its last ticks are in the log
LOOKED_BACK = timedelta(days=400)  # for so long the log knows quarters of an hour


def logged_days(log: TelemetryLog, first: date, over: date, zone: ZoneInfo, *, rig: str | None = None) -> list[date]:
    """Days of ``first <= day < over`` of which the log holds anything, of every rig or of one."""
    if first >= over:
        return []
    start, end = day_bounds(first, zone)[0], day_bounds(over, zone)[0]
    periods = log.stats(start, end, "day", zone=zone, rig=rig)
    return [period.start.astimezone(zone).date() for period in periods if period.devices or period.meters]
