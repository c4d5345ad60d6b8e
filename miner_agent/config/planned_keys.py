"""The tables of the configuration that say when a rig is meant to stand still: nobody is to be told of it then."""

from datetime import datetime, time
from typing import Annotated

from msgspec import Meta, Struct

from calculators.local_time import zone_named
from miner_agent.config.key_types import ClockTime, Day, DayName, Entry, RigName, Text
from miner_agent.config.profit_keys import EVERY_DAY
from miner_agent.errors import ConfigError
from miner_agent.model.planned import PlannedState


class Maintenance(Entry, frozen=True, kw_only=True):
    """``[[maintenance]]``: somebody works on a rig."""

    reason: Annotated[str, Meta(min_length=1, max_length=64)]
    rig: RigName | None = None  # None: every rig that this agent reads, and its own
    until: Annotated[datetime, Meta(tz=True)] | None = None  # None: as long as this stands here


class PlannedOff(Entry, frozen=True, kw_only=True):
    """``[[planned_off]]``: hours in which a rig is off or does not mine, by the wall clock of ``zone``.

    Hours past midnight (22:00 to 06:00) are the early and the late hours of each of these days, as in a tariff.
    """

    rig: RigName | None = None
    zone: Text = "UTC"
    days: Annotated[tuple[Day, ...], Meta(min_length=1)] = EVERY_DAY
    start: ClockTime = "00:00"
    end: ClockTime = "00:00"  # 00:00 is the end of the day

    def holds(self, now: datetime) -> bool:
        """Whether it is one of these hours."""
        local = now.astimezone(zone_named(self.zone))
        day: DayName = EVERY_DAY[local.weekday()]
        start, end, at = time.fromisoformat(self.start), time.fromisoformat(self.end), local.time()
        within = (
            at >= start and (at < end or end == time()) if start < end or end == time() else at >= start or at < end
        )
        return day in self.days and within


class Plans(Struct, frozen=True, kw_only=True):
    """Both."""

    maintenance: tuple[Maintenance, ...] = ()
    planned_off: tuple[PlannedOff, ...] = ()

    def at(self, now: datetime, rig: str) -> PlannedState:
        """What is planned for a rig at this moment."""
        reasons = (
            one.reason for one in self.maintenance if one.rig in {None, rig} and (one.until is None or now < one.until)
        )
        return PlannedState(
            off=any(one.rig in {None, rig} and one.holds(now) for one in self.planned_off),
            maintenance=tuple(dict.fromkeys(reasons)),
        )


NO_PLANS = Plans()


def check_plans(plans: Plans) -> None:
    """Raises ConfigError: one names no time zone."""
    for window in plans.planned_off:
        try:
            zone_named(window.zone)
        except ValueError as error:
            raise ConfigError(f"{window.place}: {error}") from None
