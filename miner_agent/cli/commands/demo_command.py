"""``miner-agent demo``: the whole agent on a rig that does not exist."""

import os
from pathlib import Path

import click

from miner_agent.cli.support.options import table_option


@click.command("demo")
@table_option
def command(*, table: bool) -> None:
    """Run the agent on a simulated rig: eight cards, two miners and a meter, with faults every minute.

    Nothing of this machine is read and nothing is kept. A round of faults takes ten minutes: a fan stands still, a card
    falls off the bus, a miner hangs, mines for somebody else, restarts, a meter is silent, a pool refuses shares.

    \b
    Example:
      miner-agent demo --table
    """
    from tempfile import TemporaryDirectory

    from miner_agent.cli.support.reading_tables import show_first
    from miner_agent.service import daemon, logs
    from miner_agent.simulate.simulated_machine import DemoRig

    logs.set_up(journal="JOURNAL_STREAM" in os.environ)
    with TemporaryDirectory(prefix="miner-agent-demo-") as state:
        daemon.run(DemoRig(Path(state), os.environ), os.environ, on_tick=show_first() if table else None)
