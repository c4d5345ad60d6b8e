"""``miner-agent once``: one look at everything, then the end."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.options import Name, config_option, json_option
from miner_agent.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from miner_agent.config.configuration import Config


@click.command("once")
@config_option
@click.option("--rig", type=Name(), help="This machine, or one behind the gateway in its place, by its name.")
@click.option("--rigs", is_flag=True, help="Every machine behind the gateway, a line each, the worst one first.")
@json_option
def command(config_path: Path | None, rig: str | None, *, rigs: bool, as_json: bool) -> None:
    """Ask every source of this machine once and print what it said.

    The exit code is 69 if a source gave no reading; the others are printed all the same. What --json prints is the
    document of /api/v1/snapshot.

    \b
    Example:
      miner-agent once --json
    """
    from miner_agent.assembly import looks, unsaid
    from miner_agent.assembly.machines import ThisMachine

    if rigs and rig is not None:
        raise click.UsageError("--rig and --rigs are two questions; leave one away")
    machine = ThisMachine(config_path, os.environ)
    loaded = machine.load()
    if rigs:
        _look_at_rigs(loaded, as_json=as_json)
        return
    if rig in {None, unsaid.rig_name(loaded)}:
        snapshot = looks.look_at_machine(machine, loaded, clock=lambda: datetime.now(UTC))
    else:
        (snapshot,) = looks.look_at_rigs(loaded, datetime.now(UTC), only=rig)
    if as_json:
        from miner_agent.views.figures import Circumstances
        from miner_agent.views.snapshot_view import snapshot_view

        print_json(snapshot_view(snapshot, Circumstances(taken_at=snapshot.taken_at, sees_money=True)))
    else:
        from calculators.told_figures import counted
        from miner_agent.cli.support.fitted_lines import tell
        from miner_agent.cli.support.reading_tables import show

        show(snapshot)
        behind = {source.rig for source in (*loaded.miners, *loaded.meters)} - {None}
        if snapshot.rig not in behind and behind:
            tell(f"{counted(len(behind), 'machine')} behind this one: miner-agent once --rigs", err=True)
    if any(outcome.error is not None for outcome in snapshot.outcomes):
        raise click.exceptions.Exit(SourceError.exit_code)


def _look_at_rigs(loaded: "Config", *, as_json: bool) -> None:
    from miner_agent.assembly import looks
    from miner_agent.cli.support.rig_rows import rig_rows, show_rigs

    snapshots = looks.look_at_rigs(loaded, datetime.now(UTC))
    if not snapshots:
        raise ConfigError("no machine stands behind this one: no miner and no meter of the configuration has a rig")
    rows = rig_rows(snapshots)
    if as_json:
        print_json(rows)
    else:
        show_rigs(rows)
    if any(row.sources_answered < row.sources for row in rows):
        raise click.exceptions.Exit(SourceError.exit_code)
