"""``miner-agent config``: is the configuration right, and what does it come to."""

import os
import sys
from pathlib import Path

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import config_option, json_option


@click.group("config")
def command() -> None:
    """Check the configuration, or show what is in force.

    \b
    Example:
      miner-agent config check
    """


@command.command("check")
@config_option
@json_option
def check(config_path: Path | None, *, as_json: bool) -> None:
    """Say what is wrong with the configuration, if anything is. Asks no miner.

    \b
    Example:
      miner-agent config check --config /etc/miner-agent/config.toml
    """
    from calculators.told_figures import counted
    from exporters.alerts import ALERTS
    from exporters.alerts.rule_changes import overridden
    from miner_agent.assembly import configured, web_access
    from miner_agent.cli.support.running_demo import is_of_demo

    loaded = configured.load_config(config_path, os.environ)
    configured.read_named_files(loaded)
    overridden(ALERTS, loaded.alerts.rules, place=loaded.origins)
    said = None if is_of_demo(loaded.agent.state_directory) else web_access.told_of_money(loaded)
    if as_json:
        told = {"sources": loaded.sources, "miners": len(loaded.miners), "meters": len(loaded.meters)}
        print_json({**told, "said_of_money": said or None})
        return
    where = ", ".join(loaded.sources) or "no file, defaults"
    meters = f", {counted(len(loaded.meters), 'meter')}" if loaded.meters else ""
    tell(f"good: {where}; {counted(len(loaded.miners), 'miner')}{meters}")
    if said:
        tell(said)


@command.command("show")
@config_option
def show(config_path: Path | None) -> None:
    """Print the configuration in force. Secrets stand in files, and their names are shown; of accounts, fingerprints.

    \b
    Example:
      miner-agent config show
    """
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.config.rendered import shown_config
    from miner_agent.config.words import within

    click.echo(within(sys.stdout.encoding, shown_config(configuration(config_path))), nl=False)
