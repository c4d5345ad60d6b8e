"""``miner-agent hardware``: the table of devices, and lists of benchmarks for a file of the user's."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.given_twice import refuse_given_twice
from miner_agent.cli.support.options import FILE, Name, config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calculators.equipment.hardware import Hardware, HardwareKind

FIRST_DAY = date(2009, 1, 3)
EARLIEST_ZONE = timedelta(hours=14)  # where a day begins first


class _ListsOtherwise(click.Group):
    """What follows is a part of a device's name, where it is no command: ``hardware 3080``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        if not named and not ctx.resilient_parsing:
            refuse_given_twice(self.commands["list"], "list", ctx, args)
        return super().parse_args(ctx, args if named else ["list", *args])


@click.group("hardware", cls=_ListsOtherwise)
def command() -> None:
    """The table of devices, and lists of benchmarks for a file of your own. `hardware 3080` is `hardware list 3080`.

    \b
    Example:
      miner-agent hardware 3080
    """


@command.command("list")
@click.argument("search", required=False)
@click.option("--algorithm", help="Only what mines this one.")
@click.option("--kind", type=click.Choice(["gpu", "cpu", "asic"]))
@config_option
@click.option("--catalog", "catalog_file", type=FILE, metavar="FILE", help="Your own tables.")
@json_option
def listed(
    search: str | None,
    algorithm: str | None,
    kind: str | None,
    config_path: Path | None,
    catalog_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """List the devices that are known: what they do on which algorithm, what they draw, who measured it.

    SEARCH is a part of a name, as `profit --hardware` takes it. docs/coins-and-hardware.md tells how to add a device.

    \b
    Example:
      miner-agent hardware list 3080
    """
    from calculators.equipment.rigs import HardwareNames, name_key
    from miner_agent.cli.support.market_inputs import catalog_file_of
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.tables.hardware_table import load_hardware
    from miner_agent.tables.spellings import load_algorithms

    file = catalog_file_of(catalog_file, configuration(config_path))
    known = load_hardware(file)
    mined = None
    if algorithm is not None:
        algorithms = load_algorithms(file)
        mined = algorithms.known(algorithm)
        if mined is None:
            from calculators.nearest_words import suggestion

            hint = suggestion(algorithm, algorithms.names)
            raise click.BadParameter(f"{algorithm[:40]!r} is not known; {hint}", param_hint="--algorithm")
    wanted = name_key(search or "")
    found = [
        device
        for device in known.values()
        if any(wanted in name_key(name) for name in (device.slug, device.name, *device.aliases))
        and kind in {None, device.kind}
        and (mined is None or any(figure.algorithm == mined for figure in device.benchmarks))
    ]
    if as_json:
        print_json(found)
        return
    _show(found, mined)
    near = None if found or search is None else HardwareNames(known).nearest(search)
    tell(f"{len(found)} of {len(known)} devices{f'; did you mean {near}?' if near else ''}", err=True)


@command.command("import")
@click.argument("list_file", type=FILE, metavar="FILE")
@click.option("--dated", required=True, metavar="DAY", help="The day of its figures, such as 2026-06-01.")
@click.option("--source", type=Name(), help="Whose they are; without it: the name of the file.")
@click.option("--algorithm", help="Of figures that name none.")
@click.option("--device", type=Name(), help="Whose figures they are, where the list names no device.")
@click.option("--kind", type=click.Choice(["gpu", "cpu", "asic"]), help="Of devices that are in no table.")
@click.option("--into", type=FILE, metavar="FILE", help="Your own tables, new or not; what they say of a device stays.")
@config_option
@click.option("--catalog", "catalog_file", type=FILE, metavar="FILE", help="Your own tables, for names in them.")
def import_list(
    list_file: Path,
    dated: str,
    source: str | None,
    algorithm: str | None,
    device: str | None,
    kind: "HardwareKind | None",
    into: Path | None,
    config_path: Path | None,
    catalog_file: Path | None,
) -> None:
    """Take over a list of benchmarks: into a file of your own with --into, else it is printed as such a file.

    Known are the forms of 2cryptocalc, hashrate.no, WhatToMine, 0esc and asic-dex, as CSV or JSON:
    docs/coins-and-hardware.md tells their columns. What cannot be taken over is said.

    \b
    Example:
      miner-agent hardware import gpus.csv --dated 2026-06-01 --into mine.toml
    """
    from calculators.told_figures import counted
    from miner_agent.cli.support.hardware_lists import append, devices_in, read_list
    from miner_agent.cli.support.market_inputs import catalog_file_of
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.cli.support.output_files import write
    from miner_agent.errors import ConfigError
    from miner_agent.tables.coin_table import load_coins
    from miner_agent.tables.hardware_import import ListOrigin, imported, toml_of
    from miner_agent.tables.hardware_table import load_hardware
    from miner_agent.tables.spellings import load_algorithms
    from miner_agent.text import clean_text

    day = _day_of_figures(dated, datetime.now(UTC))
    there = into if into is not None and os.path.lexists(into) else None
    own = there or catalog_file_of(catalog_file, configuration(config_path))
    said = clean_text(source or list_file.name, length=200)
    origin = ListOrigin(source=said, dated=day, device=device, kind=kind, algorithm=algorithm)
    found = imported(
        read_list(list_file),
        origin=origin,
        hardware=load_hardware(own),
        coins=load_coins(own),
        algorithms=load_algorithms(own),
    )
    for sentence in found.left_out:
        tell(f"left out: {sentence}", err=True)
    if not found.devices:
        first = "it holds none that is told" if not found.left_out else found.left_out[0]
        raise ConfigError(f"{said}: no figure of it can be taken over, and nothing is written; {first}")
    kept = devices_in(there) if into is not None else frozenset()
    fresh = [each for each in found.devices if each.slug not in kept]
    for each in found.devices:
        if each.slug in kept:
            tell(f"left out: {each.slug}: your file says what it does", err=True)
    if into is None:
        click.echo(toml_of(fresh, origin), nl=False)
    elif fresh:
        text = toml_of(fresh, origin)
        append(into, text) if there else write(into, text)
    figure_count = sum(len(each.figures) for each in fresh)
    tell(f"{counted(figure_count, 'figure')} of {counted(len(fresh), 'device')}", err=True)


def _day_of_figures(text: str, now: datetime) -> date:
    """A day on which somebody may have measured: from Bitcoin's first on, and not one that is still to come.

    Raises:
        click.BadParameter: it is none.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text[:40]!r} is no day; write 2026-06-01", param_hint="--dated") from None
    last = (now + EARLIEST_ZONE).date()
    if not FIRST_DAY <= day <= last:
        flaw = "is still to come" if day > last else "is before anything was mined"
        raise click.BadParameter(f"{day} {flaw}; write the day on which its figures were told", param_hint="--dated")
    return day


def _show(devices: "Iterable[Hardware]", algorithm: str | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from miner_agent.cli.support.fitted_tables import print_table
    from miner_agent.cli.support.plain_lines import number, plain_console, scaled

    table = Table("device", "algorithm", "name", "hashrate", "power", "dated", "source", box=None, pad_edge=False)
    for device in devices:
        for figure in device.benchmarks:
            if algorithm in {None, figure.algorithm}:
                cells = (
                    *(device.slug, figure.algorithm, device.name, scaled(figure.hashes_per_second, "H/s")),
                    *(number(figure.power_watts, " W"), f"{figure.dated}", figure.source),
                )
                table.add_row(*(Text(cell) for cell in cells))
    if table.row_count:
        print_table(plain_console(), table, keys=2)
