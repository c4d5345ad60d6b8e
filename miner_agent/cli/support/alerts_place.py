"""Where the alerts of the agent lie, and for how long they can be silenced."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from miner_agent.assembly import unsaid
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.log_spans import length
from miner_agent.cli.support.needed_config import needed
from miner_agent.cli.support.running_demo import with_demo
from miner_agent.cli.support.state_place import refuse_anothers, state_place
from miner_agent.errors import ConfigError
from miner_agent.model.alerts_status import LOOKED_LATELY
from miner_agent.storage.kept_alerts.alerts_file import Transaction
from miner_agent.storage.kept_alerts.standings import read_look
from miner_agent.storage.sqlite.file_names import ALERTS_FILE

LONGEST_SILENCE = timedelta(days=366)


def alerts_path(config_path: Path | None, command: str) -> Path:
    """The file in the state directory, for a command of that name.

    Raises:
        NotPermitted: it is another user's, or lies where only a configuration says that is another user's.
        ConfigError: nobody keeps alerts there.
    """
    told = needed(config_path)
    path = state_place(told, ALERTS_FILE, "file of alerts")
    if told.unread is None and unsaid.alerts_owner(told.loaded) != "local" and not path.exists():
        raise ConfigError(
            with_demo(
                f"{path}: no alerts are kept here: nobody looks for them, or a Prometheus does; "
                'a channel or alerts.owner = "local" lets the agent do so'
            )
        )
    refuse_anothers(path, command)
    return path


def tell_last_look(connection: Transaction, now: datetime) -> None:
    """Say it where nobody looks: what stands in the file is old then, and no silence is heeded."""
    look = read_look(connection)
    if look is not None and now - look.at <= LOOKED_LATELY:
        return
    since = "yet" if look is None else f"since {look.at:%Y-%m-%d %H:%M} UTC"
    tell(f'no agent has looked for alerts here {since}: is it running, and is alerts.owner "local" there?', err=True)


def silence_span(text: str) -> timedelta:
    """How long a silence lasts.

    Raises:
        click.BadParameter: that is no span, or more than a year.
    """
    span = length(text, "--for")
    if span > LONGEST_SILENCE:
        raise click.BadParameter(
            f"{text!r} is longer than a year; alerts that nobody wants are switched off in the configuration",
            param_hint="--for",
        )
    return span
