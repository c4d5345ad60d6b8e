"""``miner-agent log``: what the agent's own log says about last night and last year."""

from pathlib import Path
from typing import Any

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.log_spans import span, step_length
from miner_agent.cli.support.options import FILE, Name, config_option, csv_option, json_option
from miner_agent.cli.support.profit_options import amount, currency, tax

since_option = click.option("--since", default="24h", show_default=True, help="A span back from now, or a time.")
until_option = click.option("--until", default=None, help="A time; without it: now.")
zone_option = click.option("--zone", default="UTC", show_default=True, help="Time zone of days, such as Europe/Berlin.")
rig_option = click.option("--rig", type=Name(), help="One machine, this one or one behind the gateway, by its name.")


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
@csv_option()
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
    from miner_agent.cli.support.log_file import opened, refuse_unknown_rig
    from miner_agent.cli.support.needed_config import needed

    start, end, place = span(since, until, zone)
    with opened(needed(config_path)) as log:
        refuse_unknown_rig(log, rig)
        periods = log.stats(start, end, by, zone=place, rig=rig)  # type: ignore[arg-type]
        held = log.held(start, end, rig=rig)
    if as_json:
        print_json(periods)
        return
    devices = [(period, device) for period in periods for device in period.devices]
    meters = [(period, meter) for period in periods for meter in period.meters]
    works = [(period, work) for period in periods for work in period.works]
    if as_csv:
        from miner_agent.cli.support.log_csv import stats_csv

        print_csv(*stats_csv([*devices, *meters, *works], place))
        return
    from miner_agent.cli.support.log_tables import show_stats

    show_stats(devices, meters, works, place, held)


@command.command("show")
@click.argument("device", type=Name())
@config_option
@since_option
@until_option
@click.option("--step", default="15m", show_default=True, help="How far apart: 1m, 15m, 1h, 1d.")
@zone_option
@rig_option
@json_option
@csv_option()
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

    Without --rig it is this machine's, or else the only one of that name.

    \b
    Example:
      miner-agent log show cpu0 --since 12h --step 15m
    """
    from miner_agent.assembly import unsaid
    from miner_agent.cli.support.log_file import opened, refuse_unknown_rig, subject_meant
    from miner_agent.cli.support.needed_config import needed

    start, end, place = span(since, until, zone)
    apart, config = step_length(step, end), needed(config_path)
    with opened(config) as log:
        refuse_unknown_rig(log, rig)
        of_rig, label = subject_meant(log, device, rig, unsaid.rig_name(config.loaded))
        points = log.show(start, end, label, apart, rig=of_rig)
    if as_json:
        print_json(points)
        return
    if as_csv:
        from miner_agent.cli.support.log_csv import course_csv

        print_csv(*course_csv(points, place))
        return
    from miner_agent.cli.support.log_tables import show_course

    show_course(points, place)


@command.command("cost")
@config_option
@click.option("--month", metavar="MONTH", help="last, or such as 2026-10; without it: this one until now.")
@click.option("--tariff", "tariff_file", type=FILE, metavar="FILE", help="File with price slots, or [tariff] in TOML.")
@click.option("--kwh-price", type=amount, metavar="NUMBER", help="One price at any time.")
@click.option("--grid-fee", type=amount, metavar="NUMBER", help="Fees and taxes per kilowatt-hour on top of --tariff.")
@click.option("--vat", "vat_ratio", type=tax, metavar="NUMBER", help="Tax on the sum of both, such as 0.19.")
@click.option("--currency", type=currency, metavar="CODE", help="That money is told in.")
@click.option("--zone", help="Time zone of the month, such as Europe/Berlin; without it: the tariff's.")
@rig_option
@json_option
@csv_option()
def cost(
    config_path: Path | None,
    month: str | None,
    zone: str | None,
    rig: str | None,
    *,
    as_json: bool,
    as_csv: bool,
    **given: Any,
) -> None:
    """Sum up what the energy of a month cost, by device, by meter, by rig and in all.

    Each hour at its own price, by the tariff of the configuration or the one that is named. A rig's energy is what its
    meters measured, else that of its devices together. Standing charges are not in it.

    \b
    Example:
      miner-agent log cost --month last --kwh-price 0.1626
    """
    from miner_agent.cli.support.bill_tables import CSV_COLUMNS, bill_document, bill_rows, show_bill
    from miner_agent.cli.support.energy_bill_input import bill_meant

    bill, place = bill_meant(config_path, month=month, zone=zone, rig=rig, given=given)
    if as_json:
        print_json(bill_document(bill))
    elif as_csv:
        print_csv(CSV_COLUMNS, bill_rows(bill, place))
    else:
        show_bill(bill, place)


@command.command("market")
@config_option
@click.option("--since", default="400d", show_default=True, help="A span back from now, or a time.")
@until_option
@json_option
def market(config_path: Path | None, since: str, until: str | None, *, as_json: bool) -> None:
    """Print what coins were worth and how hard they were, day by day, as CSV: a history for `stress` and `backtest`.

    Of each coin it is the word of one source, the one that told most days; of the others it says how many are left out.

    \b
    Example:
      miner-agent log market --since 90d
    """
    from calculators.told_figures import counted
    from miner_agent.cli.support.history_output import HISTORY_COLUMNS, history_rows
    from miner_agent.cli.support.log_file import opened
    from miner_agent.cli.support.needed_config import needed

    start, end, _ = span(since, until, "UTC")
    with opened(needed(config_path)) as log:
        found = log.market(start, end)
    if (days := len({row.day for row in found.days})) < (asked := (end - start).days):
        tell(f"the log tells {days or 'none'} of the {counted(asked, 'day')}", err=True)
    for coin, sources in found.left_out.items():
        told = ", ".join(f"{source} ({days})" for source, days in sources.items())
        tell(f"left out: {coin}: days that another source told, whose unit may be another: {told}", err=True)
    if as_json:
        print_json(found.days)
    else:
        print_csv(HISTORY_COLUMNS, history_rows(found.days))


@command.command("decisions")
@config_option
@since_option
@until_option
@zone_option
@json_option
@csv_option()
def decisions(
    config_path: Path | None, since: str, until: str | None, zone: str, *, as_json: bool, as_csv: bool
) -> None:
    """Print what was advised, and why; with `--json` also from which figures.

    \b
    Example:
      miner-agent log decisions --since 7d
    """
    from calculators.local_time import wall_minute
    from miner_agent.cli.support.log_file import opened
    from miner_agent.cli.support.needed_config import needed

    start, end, place = span(since, until, zone)
    with opened(needed(config_path)) as log:
        found = log.decisions(start, end)
    if as_json:
        from miner_agent.cli.support.log_csv import decisions_document

        print_json(decisions_document(found))
        return
    if as_csv:
        from miner_agent.cli.support.log_csv import decisions_csv

        print_csv(*decisions_csv(found, place))
        return
    for one in found:
        tell(f"{wall_minute(one.decided_at, place)}  {one.part}: {one.reason}: {one.sentence}")
    if not found:
        tell("nothing was advised in that time", err=True)
