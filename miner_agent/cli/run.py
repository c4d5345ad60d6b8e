"""``miner-agent run``: the service itself."""

import os
from pathlib import Path

import click

from miner_agent.cli._options import config_option


@click.command("run")
@config_option
@click.option("--table", is_flag=True, help="Print the readings of the first tick as a table.")
def command(config_path: Path | None, *, table: bool) -> None:
    """Read this rig and serve its metrics until stopped.

    SIGTERM ends it within 5 seconds, SIGHUP loads the configuration again.

    \b
    Example:
      miner-agent run --table
    """
    from miner_agent import daemon, logs
    from miner_agent.model import RigSnapshot

    logs.set_up(journal="JOURNAL_STREAM" in os.environ)
    shown = False

    def show_first(snapshot: RigSnapshot) -> None:
        nonlocal shown
        if not shown:
            from miner_agent.cli._table import show

            shown = True
            show(snapshot)

    daemon.run(config_path, os.environ, on_tick=show_first if table else None)
