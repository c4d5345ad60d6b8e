"""``miner-agent hardware``: the table of devices."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.options import FILE, config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calculators.equipment.hardware import Hardware


@click.command("hardware")
@click.argument("search", required=False)
@click.option("--algorithm", help="Only what mines this one.")
@click.option("--kind", type=click.Choice(["gpu", "cpu", "asic"]))
@config_option
@click.option("--catalog", "catalog_file", type=FILE, metavar="FILE", help="Your own tables.")
@json_option
def command(
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
      miner-agent hardware 3080
    """
    from calculators.equipment.rigs import name_key
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
            from miner_agent.config.words import did_you_mean

            hint = did_you_mean(algorithm.lower()[:40], algorithms.names)
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
    click.echo(f"{len(found)} of {len(known)} devices", err=True)


def _show(devices: "Iterable[Hardware]", algorithm: str | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from miner_agent.cli.support.reading_tables import number, plain_console, scaled

    table = Table("device", "name", "algorithm", "hashrate", "power", "dated", "source", box=None, pad_edge=False)
    for device in devices:
        for figure in device.benchmarks:
            if algorithm in {None, figure.algorithm}:
                cells = (
                    *(device.slug, device.name, figure.algorithm, scaled(figure.hashes_per_second, "H/s")),
                    *(number(figure.power_watts, " W"), f"{figure.dated}", figure.source),
                )
                table.add_row(*(Text(cell) for cell in cells))
    if table.row_count:
        plain_console().print(table)
