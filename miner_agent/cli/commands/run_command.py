"""``miner-agent run``: the service itself."""

import os
from pathlib import Path

import click

from miner_agent.cli.support.first_table import first_table
from miner_agent.cli.support.options import config_option, table_option


@click.command("run")
@config_option
@table_option
def command(config_path: Path | None, *, table: bool) -> None:
    """Read this rig and serve its metrics until stopped.

    SIGTERM ends it within 5 seconds, SIGHUP loads the configuration again.

    \b
    Example:
      miner-agent run --table
    """
    from miner_agent.assembly.machines import ThisMachine
    from miner_agent.service import daemon, logs

    logs.set_up(journal="JOURNAL_STREAM" in os.environ)
    rig = ThisMachine(config_path, os.environ)
    daemon.run(rig, os.environ, on_tick=first_table(wanted=table))
