"""Opens the log for a question."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from miner_agent.assembly import configured
from miner_agent.cli.support.needed_config import Needed
from miner_agent.config.words import did_you_mean
from miner_agent.errors import ConfigError, NotPermitted
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.text import clean_text


@contextmanager
def opened(needed: Needed) -> Iterator[TelemetryLog]:
    """The log in the state directory, closed with the block.

    Raises:
        NotPermitted: it is another user's, or lies where only a configuration says that is another user's.
        AgentError: it cannot be read.
    """
    path = _place(needed)
    _refuse_what_is_anothers(path)
    log = TelemetryLog.open_read_only(path)
    try:
        if log.immutable:
            click.echo("the disk is read-only: the newest ticks may be missing", err=True)
        yield log
    finally:
        log.close()


def _place(needed: Needed) -> Path:
    """Where the log lies, as far as this user may know that."""
    unread = needed.unread
    try:
        path = configured.state_directory(needed.loaded, os.environ) / TELEMETRY_FILE
    except ConfigError:  # without a home there is no usual place
        if unread is None:
            raise
        raise NotPermitted(f"what may say where the log is cannot be read: {unread}") from None
    if unread is not None and not os.path.lexists(path):
        raise NotPermitted(f"{path}: there is no log, and what may say where it is cannot be read: {unread}")
    return path


def refuse_unknown_rig(log: TelemetryLog, rig: str | None) -> None:
    """Say so, where the log knows others and none of that name.

    Raises:
        click.BadParameter: it does not.
    """
    if rig is not None and (known := log.rigs()) and rig not in known:
        hint = did_you_mean(rig[:64], known)
        raise click.BadParameter(f"{clean_text(rig)!r} is not in the log; {hint}", param_hint="--rig")


def _refuse_what_is_anothers(path: Path) -> None:
    """Say as whom to ask, where this user may not read the log."""
    if os.access(path, os.R_OK):
        return
    try:
        owner_id = path.stat().st_uid
    except PermissionError:
        owner_id = _first_seen_above(path).stat().st_uid
    except OSError:
        return  # it is not there, or no file: opening it says so
    try:
        owner = pwd.getpwuid(owner_id).pw_name
    except KeyError:
        owner = f"#{owner_id}"
    raise NotPermitted(f"{path}: only {owner} may read it; ask as that user: sudo -u {owner} miner-agent log stats")


def _first_seen_above(path: Path) -> Path:
    return next(directory for directory in path.parents if os.path.exists(directory))  # noqa: PTH110 - no error
