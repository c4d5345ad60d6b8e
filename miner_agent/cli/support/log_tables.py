"""What the log answers, as tables for people."""

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.local_time import wall_minute
from calculators.units import KILOWATT_HOUR
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.held_time import held_sentence
from miner_agent.cli.support.plain_lines import (
    ABSENT,
    kilowatt_hours,
    number,
    percent,
    plain_console,
    print_line,
    scaled,
)
from miner_agent.storage.telemetry.log_answers import DeviceStats, HeldTime, MeterStats, PeriodStats, Point, WorkStats


def show_stats(
    devices: Sequence[tuple[PeriodStats, DeviceStats]],
    meters: Sequence[tuple[PeriodStats, MeterStats]],
    works: Sequence[tuple[PeriodStats, WorkStats]],
    zone: tzinfo,
    held: HeldTime,
    console: Console | None = None,
) -> None:
    """Print what of the time the log holds; then devices, meters and algorithms, period by period.

    Of several rigs it is said whose they are.
    """
    out = console or plain_console()
    if not held.whole:
        print_line(out, held_sentence(held, zone))
    if not devices and not meters and not works:
        return
    rigs = {device.rig for _, device in devices} | {meter.rig for _, meter in meters} | {work.rig for _, work in works}
    of_which = ("rig",) if len(rigs) > 1 else ()

    def head(period: PeriodStats, rig: str) -> tuple[str, ...]:
        return (wall_minute(period.start, zone), *((rig,) if of_which else ()))

    table = _table("from", *of_which, "device", "up", "power", "highest power", "energy", "core", "highest core")
    for period, device in devices:
        _add(
            table,
            *head(period, device.rig),
            device.device,
            percent(device.uptime_ratio),
            number(device.power_watts_mean, " W"),
            number(device.power_watts_max, " W"),
            _energy(device.energy_joules),
            number(device.core_temperature_celsius_mean, " °C"),
            number(device.core_temperature_celsius_max, " °C"),
        )
    if devices:
        print_table(out, table, keys=2 + len(of_which))
    table = _table("from", *of_which, "meter", "up", "power", "lowest power", "highest power", "energy")
    for period, meter in meters:
        _add(
            table,
            *head(period, meter.rig),
            meter.meter,
            percent(meter.uptime_ratio),
            number(meter.wall_power_watts_mean, " W"),
            number(meter.wall_power_watts_min, " W"),
            number(meter.wall_power_watts_max, " W"),
            _energy(meter.wall_energy_joules),
        )
    if meters:
        print_table(out, table, keys=2 + len(of_which))
    table = _table("from", *of_which, "miner", "algorithm", "hashrate", "known", "accepted", "rejected")
    for period, work in works:
        _add(
            table,
            *head(period, work.rig),
            work.miner,
            work.algorithm,
            scaled(work.hashes_per_second_mean, "H/s"),
            percent(work.reported_ratio),
            number(work.accepted_shares),
            number(work.rejected_shares),
        )
    if works:
        print_table(out, table, keys=2 + len(of_which))


def show_course(points: Sequence[Point], zone: tzinfo, console: Console | None = None) -> None:
    """Print the course of one device."""
    out = console or plain_console()
    if not points:
        out.print("The log holds nothing of that device in that time.")
        return
    table = _table("from", "up", "power", "energy", "core", "memory", "fan", "in use", "hashrate")
    for point in points:
        works = (f"{work.algorithm} {scaled(work.hashes_per_second_mean, 'H/s')}" for work in point.works)
        _add(
            table,
            wall_minute(point.start, zone),
            percent(point.uptime_ratio),
            number(point.power_watts_mean, " W"),
            _energy(point.energy_joules, decimals=4),
            number(point.core_temperature_celsius_mean, " °C"),
            number(point.memory_temperature_celsius_mean, " °C"),
            percent(point.fan_ratio_mean),
            percent(point.utilization_ratio_mean),
            ", ".join(works) or ABSENT,
        )
    print_table(out, table)


def _energy(joules: float | None, *, decimals: int = 3) -> str:
    return kilowatt_hours(None if joules is None else joules / KILOWATT_HOUR, decimals=decimals)


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False)


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))
