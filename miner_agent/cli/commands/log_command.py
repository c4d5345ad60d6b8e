"""``miner-agent log``: what the agent's own log says about last night and last year."""

import os
import re
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner_agent.cli.support.options import config_option, json_option

if TYPE_CHECKING:
    from miner_agent.storage.telemetry.log import TelemetryLog
    from miner_agent.storage.telemetry.questions import PeriodStats

SPAN = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
YEARS = range(1970, 9999)
HISTORY_COLUMNS = (
    "date",
    "coin",
    "price",
    "difficulty",
    "coins_per_hash_per_second_per_day",
    "reward",
    "tariff",
    "currency",
)
SPAN_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

since_option = click.option("--since", default="24h", show_default=True, help="A span back from now, or a time.")
until_option = click.option("--until", default=None, help="A time; without it: now.")
zone_option = click.option("--zone", default="UTC", show_default=True, help="Time zone of days, such as Europe/Berlin.")
rig_option = click.option("--rig", default=None, help="A machine behind the gateway, by its name in the configuration.")
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")


@click.group("log")
def command() -> None:
    """Ask the log: hashrate, power, energy, temperature and uptime; markets and advice.

    \b
    Example:
      miner-agent log stats --since 30d --by day
    """


@command.command("stats")
@config_option
@since_option
@until_option
@click.option("--by", type=click.Choice(["hour", "day", "month", "total"]), default="total", show_default=True)
@zone_option
@rig_option
@json_option
@csv_option
def stats(
    config_path: Path | None,
    since: str,
    until: str | None,
    by: str,
    zone: str,
    rig: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Sum up each device, each meter and each algorithm over a time, on this machine and behind the gateway.

    \b
    Example:
      miner-agent log stats --since 7d --by day --csv
    """
    start, end, place = _span(since, until, zone)
    with _open(config_path) as log:
        periods = log.stats(start, end, by, zone=place)  # type: ignore[arg-type]
    if rig is not None:
        periods = tuple(_only(period, rig) for period in periods)
    if as_json:
        _print_json([asdict(period) for period in periods])
        return
    devices = [(period, device) for period in periods for device in period.devices]
    meters = [(period, meter) for period in periods for meter in period.meters]
    works = [(period, work) for period in periods for work in period.works]
    if as_csv:
        _print_stats_csv([*devices, *meters, *works], place)
        return
    from miner_agent.cli.support.log_tables import show_stats

    show_stats(devices, meters, works, place)


@command.command("show")
@click.argument("device")
@config_option
@since_option
@until_option
@click.option("--step", default="15m", show_default=True, help="How far apart: 1m, 15m, 1h, 1d.")
@zone_option
@rig_option
@json_option
@csv_option
def show(
    device: str,
    config_path: Path | None,
    since: str,
    until: str | None,
    step: str,
    zone: str,
    rig: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print the course of one device or meter, by the name that `log stats` shows.

    \b
    Example:
      miner-agent log show cpu0 --since 12h --step 15m
    """
    from miner_agent.assembly import configured

    start, end, place = _span(since, until, zone)
    rig = rig or configured.rig_name(configured.load_config(config_path, os.environ))
    with _open(config_path) as log:
        points = log.show(start, end, device, _length(step, "--step"), rig=rig)
    if as_json:
        _print_json([asdict(point) for point in points])
        return
    columns = [field.name for field in fields(points[0]) if field.name != "works"] if points else []
    if as_csv:
        from exporters.csv import render

        rows = [[_in_zone(getattr(point, name), place) for name in columns] for point in points]
        click.echo(render(columns, rows), nl=False)
        return
    from miner_agent.cli.support.log_tables import show_course

    show_course(points, place)


@command.command("market")
@config_option
@click.option("--since", default="400d", show_default=True, help="A span back from now, or a time.")
@until_option
def market(config_path: Path | None, since: str, until: str | None) -> None:
    """Print what coins were worth and how hard they were, day by day, as CSV: a history for `stress` and `backtest`.

    \b
    Example:
      miner-agent log market --since 90d
    """
    from exporters.csv import render

    start, end, _ = _span(since, until, "UTC")
    with _open(config_path) as log:
        days = log.market_days(start, end)
    rows = [
        (
            row.day.isoformat(),
            row.coin,
            row.price.amount,
            row.difficulty,
            row.coins_per_hash_per_second_per_day,
            row.block_reward_coins,
            None if row.price_per_kilowatt_hour is None else row.price_per_kilowatt_hour.amount,
            row.price.currency,
        )
        for row in days
    ]
    click.echo(render(HISTORY_COLUMNS, rows), nl=False)


@command.command("decisions")
@config_option
@since_option
@until_option
@zone_option
@json_option
def decisions(config_path: Path | None, since: str, until: str | None, zone: str, *, as_json: bool) -> None:
    """Print what was advised, and why; with `--json` also from which figures.

    \b
    Example:
      miner-agent log decisions --since 7d
    """
    start, end, place = _span(since, until, zone)
    with _open(config_path) as log:
        found = log.decisions(start, end)
    if as_json:
        _print_json([asdict(one) for one in found])
        return
    for one in found:
        at = one.decided_at.astimezone(place)
        click.echo(f"{at:%Y-%m-%d %H:%M}  {one.part}: {one.reason}: {one.sentence}")
    if not found:
        click.echo("nothing was advised in that time", err=True)


def _only(period: "PeriodStats", rig: str) -> "PeriodStats":
    return replace(
        period,
        devices=tuple(device for device in period.devices if device.rig == rig),
        works=tuple(work for work in period.works if work.rig == rig),
    )


def _open(config_path: Path | None) -> "_Opened":
    from miner_agent.assembly import configured
    from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
    from miner_agent.storage.telemetry.log import TelemetryLog

    loaded = configured.load_config(config_path, os.environ)
    path = configured.state_directory(loaded, os.environ) / TELEMETRY_FILE
    _refuse_what_is_anothers(path)
    log = TelemetryLog.open_read_only(path)
    if log.immutable:
        click.echo("the disk is read-only: the newest ticks may be missing", err=True)
    return _Opened(log)


def _refuse_what_is_anothers(path: Path) -> None:
    """Say as whom to ask, where this user may not read the log."""
    import pwd

    from miner_agent.errors import NotPermitted

    try:
        if not path.exists() or os.access(path, os.R_OK):
            return
        owner_id = path.stat().st_uid
    except PermissionError:
        owner_id = path.parent.stat().st_uid
    try:
        owner = pwd.getpwuid(owner_id).pw_name
    except KeyError:
        owner = f"#{owner_id}"
    raise NotPermitted(f"{path}: only {owner} may read it; ask as that user: sudo -u {owner} miner-agent log stats")


class _Opened:
    """The log, closed with the block."""

    def __init__(self, log: "TelemetryLog") -> None:
        self._log = log

    def __enter__(self) -> "TelemetryLog":
        return self._log

    def __exit__(self, *_: object) -> None:
        self._log.close()


def _span(since: str, until: str | None, zone: str) -> tuple[datetime, datetime, tzinfo]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        place: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"{zone!r} is no time zone, such as Europe/Berlin", param_hint="--zone") from None
    end = datetime.now(UTC) if until is None else _moment(until, place, "--until")
    start = _before(end, since) if SPAN.fullmatch(since) else _moment(since, place, "--since")
    if start >= end:
        raise click.BadParameter(f"{since!r} is not before the end", param_hint="--since")
    return start, end, place


def _before(end: datetime, since: str) -> datetime:
    try:
        return _in_reach(end - _length(since, "--since"), since, "--since")
    except OverflowError:
        raise _out_of_reach(since, "--since") from None


def _length(text: str, option: str) -> timedelta:
    found = SPAN.fullmatch(text)
    if found is None or not int(found[1]):
        raise click.BadParameter(f"{text!r} is no span, such as 90m, 24h, 30d or 52w", param_hint=option)
    return timedelta(**{SPAN_UNITS[found[2]]: int(found[1])})


def _moment(text: str, zone: tzinfo, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is neither a span (24h) nor a time (2026-01-31T06:00)", param_hint=option
        ) from None
    return _in_reach(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone), text, option)


def _in_reach(moment: datetime, text: str, option: str) -> datetime:
    """That moment, where it can be told in every zone; datetime itself ends with the years 1 and 9999."""
    if moment.year not in YEARS:
        raise _out_of_reach(text, option)
    return moment


def _out_of_reach(text: str, option: str) -> click.BadParameter:
    return click.BadParameter(
        f"{text!r} lies outside the years {YEARS[0]} to {YEARS[-1]}; no log reaches there. Try 52w", param_hint=option
    )


def _print_json(found: list[dict[str, Any]]) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


def _print_stats_csv(entries: list[tuple[Any, Any]], zone: tzinfo) -> None:
    from exporters.csv import render

    columns = list(dict.fromkeys(field.name for _, entry in entries for field in fields(entry)))
    rows = [
        [period.start.astimezone(zone), period.end.astimezone(zone), *(getattr(entry, name, None) for name in columns)]
        for period, entry in entries
    ]
    click.echo(render(["start", "end", *columns], rows), nl=False)


def _in_zone(value: Any, zone: tzinfo) -> Any:
    return value.astimezone(zone) if isinstance(value, datetime) else value
