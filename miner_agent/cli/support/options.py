"""Options that several commands share."""

from pathlib import Path

import click

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Configuration file. Without it: $MINER_AGENT_CONFIG, the user's, /etc/miner-agent/config.toml, none.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
