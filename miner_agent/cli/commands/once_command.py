"""``miner-agent once``: one look at everything, then the end."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.options import Name, config_option, json_option
from miner_agent.errors import SourceError


@click.command("once")
@config_option
@click.option("--rig", type=Name(), help="A machine behind the gateway in this one's place, by its name.")
@json_option
def command(config_path: Path | None, rig: str | None, *, as_json: bool) -> None:
    """Ask every source of this machine once and print what it said.

    The exit code is 69 if a source gave no reading; the others are printed all the same. What --json prints is the
    document of /api/v1/snapshot.

    \b
    Example:
      miner-agent once --json
    """
    from miner_agent.assembly import looks
    from miner_agent.assembly.machines import ThisMachine

    machine = ThisMachine(config_path, os.environ)
    loaded = machine.load()
    if rig is None:
        snapshot = looks.look_at_machine(machine, loaded, clock=lambda: datetime.now(UTC))
    else:
        (snapshot,) = looks.look_at_rigs(loaded, datetime.now(UTC), only=rig)
    if as_json:
        from miner_agent.views.figures import Circumstances
        from miner_agent.views.snapshot_view import snapshot_view

        print_json(snapshot_view(snapshot, Circumstances(taken_at=snapshot.taken_at, sees_money=True)))
    else:
        from miner_agent.cli.support.reading_tables import show

        show(snapshot)
    if any(outcome.error is not None for outcome in snapshot.outcomes):
        raise click.exceptions.Exit(SourceError.exit_code)
