"""What each command needs of the configuration, and what becomes of it where this user may not read that."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import click

from miner_agent import drivers
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.errors import NotPermitted


class Need(Enum):
    """How much of the configuration."""

    NOTHING = "has no --config"
    NAMED = "none but the file that --config names"
    SETTINGS = "goes on without, with a note: what it lacks, the command line can say"
    WHOLE = "all of it, but none of the secrets in other files"
    SECRETS = "the secrets too: it asks miners"
    EXAMINED = "the secrets too; what keeps it from being read is one of its findings"


NEEDS: Mapping[str, Need] = {
    "alerts explain": Need.NOTHING,
    "alerts list": Need.SETTINGS,
    "alerts silence": Need.SETTINGS,
    "alerts silences": Need.SETTINGS,
    "alerts test": Need.SECRETS,
    "alerts unsilence": Need.SETTINGS,
    "backtest": Need.SETTINGS,
    "buy": Need.SETTINGS,
    "cloud": Need.SETTINGS,
    "coins": Need.SETTINGS,
    "completion": Need.NOTHING,
    "config check": Need.SECRETS,
    "config show": Need.WHOLE,
    "dashboards export": Need.NOTHING,
    "demo": Need.NAMED,
    "devices forget": Need.SETTINGS,
    "devices list": Need.SETTINGS,
    "dispose": Need.SETTINGS,
    "doctor": Need.EXAMINED,
    "drivers": Need.NOTHING,
    "energy invoice": Need.SETTINGS,
    "energy post": Need.SETTINGS,
    "energy report": Need.SETTINGS,
    "expense add": Need.SETTINGS,
    "fleet energy": Need.NOTHING,
    "fleet profit": Need.NOTHING,
    "fleet status": Need.NOTHING,
    "fleet worst": Need.NOTHING,
    "hardware import": Need.SETTINGS,
    "hardware list": Need.SETTINGS,
    "hardware-asset add": Need.SETTINGS,
    "hardware-asset sell": Need.SETTINGS,
    "history import": Need.SETTINGS,
    "history sample": Need.NOTHING,
    "hours": Need.SETTINGS,
    "init": Need.NOTHING,
    "ledger amend": Need.SETTINGS,
    "ledger backup": Need.SETTINGS,
    "ledger cancel": Need.SETTINGS,
    "ledger give-up": Need.NOTHING,
    "ledger close-year": Need.SETTINGS,
    "ledger forget": Need.SETTINGS,
    "ledger import": Need.SETTINGS,
    "ledger list": Need.SETTINGS,
    "ledger reconcile": Need.SECRETS,
    "ledger reopen-year": Need.SETTINGS,
    "ledger restore": Need.SETTINGS,
    "ledger show": Need.SETTINGS,
    "ledger verify": Need.SETTINGS,
    "log cost": Need.SETTINGS,
    "log decisions": Need.SETTINGS,
    "log market": Need.SETTINGS,
    "log show": Need.SETTINGS,
    "log stats": Need.SETTINGS,
    "lots choose": Need.SETTINGS,
    "lots list": Need.SETTINGS,
    "lots order": Need.SETTINGS,
    "mine-or-buy": Need.SETTINGS,
    "once": Need.SECRETS,
    "outlook": Need.SETTINGS,
    "payouts add": Need.SETTINGS,
    "payouts import": Need.SETTINGS,
    "payouts report": Need.SETTINGS,
    "payouts sync": Need.SECRETS,
    "prices import": Need.SETTINGS,
    "profit": Need.SETTINGS,
    "record": Need.NOTHING,
    "replay": Need.NOTHING,
    "rules export": Need.SETTINGS,
    "run": Need.SECRETS,
    "scan": Need.NOTHING,
    "split": Need.SETTINGS,
    "status": Need.SETTINGS,
    "stress": Need.SETTINGS,
    "tariff show": Need.SETTINGS,
    "tax export": Need.SETTINGS,
    "tax form-8949": Need.SETTINGS,
    "tax summary": Need.SETTINGS,
    "top": Need.SETTINGS,
    "transfer": Need.SETTINGS,
    "what-if": Need.SETTINGS,
}
"""By the whole name of the command."""


@dataclass(frozen=True, slots=True)
class Needed:
    """A configuration, and why it is not the one that is there."""

    loaded: Config
    unread: NotPermitted | None = None


def needed(given: Path | None) -> Needed:
    """The configuration for the command that runs, without a look at the miners in it and without their secrets.

    Raises:
        NotPermitted: this user may not read it, and named it, or the command is nothing without it.
        ConfigError: it says something that cannot be done.
    """
    context = click.get_current_context()
    known: dict[Path | None, Needed] = context.meta.setdefault(__name__, {})
    if given not in known:
        known[given] = _read(given, NEEDS[_command(context)])
    return known[given]


def configuration(given: Path | None) -> Config:
    """The same, for whom it is enough that a note is said."""
    return needed(given).loaded


def _read(given: Path | None, need: Need) -> Needed:
    try:
        return Needed(_loaded(loading.search(given=given, environment=os.environ)))
    except NotPermitted as error:
        if need is not Need.SETTINGS or given is not None or os.environ.get("MINER_AGENT_CONFIG"):
            raise
        tell(f"note: this goes on without the configuration: {error}", err=True)
        return Needed(_loaded(()), unread=error)


def _loaded(paths: tuple[Path, ...]) -> Config:
    return loading.load(paths, environment=os.environ, known_drivers=drivers.names(), products=drivers.products)


def _command(context: click.Context) -> str:
    names: list[str] = []
    while context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return " ".join(names)
