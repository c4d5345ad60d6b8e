"""From the options and the log to a bill of energy."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from calculators.local_time import day_bounds
from miner_agent.cli.support.log_file import opened, refuse_unknown_rig
from miner_agent.cli.support.market_inputs import Sources
from miner_agent.cli.support.needed_config import needed
from miner_agent.cli.support.tariff_input import prices_and_days, zone_meant
from miner_agent.economy.energy_bill import Bill, energy_bill
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.terms import Terms
from miner_agent.tables.coin_table import load_coins

LAST = "last"
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)


def bill_meant(
    config_path: Path | None, *, month: str | None, zone: str | None, rig: str | None, given: Mapping[str, Any]
) -> tuple[Bill, ZoneInfo]:
    """The bill, and the zone that its times are told in.

    Raises:
        AgentError: the log or the tariff cannot be read.
        click.UsageError: that is no month or zone, or no price is said.
    """
    now = datetime.now(UTC)
    config = needed(config_path)
    terms = Terms.of(config.loaded)
    sources = Sources(config.loaded, load_coins(), now)
    place = zone_meant(zone, terms, given["tariff_file"])
    start, end = _bounds(month, place, now)
    with opened(config) as log:
        refuse_unknown_rig(log, rig)
        hours = log.stats(start, end, "hour", zone=place, rig=rig)
        held = log.held(start, end, rig=rig)
        gaps = log.unplaced(start, end, rig=rig)
        logged = log.energy_prices(start, end)
    found, days = prices_and_days(config, terms, Overrides(**given), sources, logged)
    return energy_bill(hours, found, held=held, days=days, start=start, end=end, unplaced=gaps), place


def _bounds(month: str | None, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """When a month begins and ends there; this one ends now."""
    parts = None if month is None else _MONTH.fullmatch(month)
    try:
        first = now.astimezone(zone).date().replace(day=1) if parts is None else date(int(parts[1]), int(parts[2]), 1)
        if month == LAST:
            first = (first - timedelta(days=1)).replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        start, end = day_bounds(first, zone)[0], day_bounds(following, zone)[0]
    except (ValueError, OverflowError):
        first = None
    if first is None or (month not in {None, LAST} and parts is None):
        raise click.BadParameter(f"{month!r} is no month, such as {LAST} or 2026-10", param_hint="--month")
    if start >= now:
        raise click.BadParameter(f"{first:%Y-%m} is yet to come", param_hint="--month")
    return start, min(end, now)
