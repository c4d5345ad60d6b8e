"""``miner-agent replay``: the whole agent on recorded answers."""

import os
from pathlib import Path

import click

from miner_agent.cli.support.first_table import first_table
from miner_agent.cli.support.options import FILE, table_option


@click.command("replay")
@click.argument("folder", type=FILE)
@table_option
def command(folder: Path, *, table: bool) -> None:
    """Run the agent on the recordings in FOLDER, or in the folders below it. Nothing else is read or kept.

    \b
    Example:
      miner-agent replay tests/captures/xmrig --table
    """
    from miner_agent.assembly.machines import RecordedRig
    from miner_agent.cli.support.passing_folder import passing_folder
    from miner_agent.service import daemon, logs

    logs.set_up(journal="JOURNAL_STREAM" in os.environ)
    with passing_folder("miner-agent-replay-") as state:
        rig = RecordedRig(folder, state, os.environ)
        daemon.run(rig, os.environ, on_tick=first_table(wanted=table))
