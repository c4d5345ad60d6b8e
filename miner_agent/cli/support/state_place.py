"""Where the files of the agent's state lie, as far as this user may know that, and whose they are."""

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

from miner_agent.config.state_folder import state_directory
from miner_agent.errors import ConfigError, NotPermitted

if TYPE_CHECKING:
    from miner_agent.cli.support.needed_config import Needed


def state_place(needed: "Needed", name: str, told: str) -> Path:
    """The path of a file in the state directory that is asked.

    Args:
        name: of the file.
        told: what it is, in a sentence.

    Raises:
        NotPermitted: only a configuration that this user may not read could say where it is.
        ConfigError: there is no place for it.
    """
    unread = needed.unread
    try:
        path = state_directory(needed.loaded, os.environ) / name
    except ConfigError:  # without a home there is no usual place
        if unread is None:
            raise
        raise NotPermitted(f"what may say where the {told} is cannot be read: {unread}") from None
    if unread is not None and not os.path.lexists(path):
        raise NotPermitted(f"{path}: there is no {told}, and what may say where it is cannot be read: {unread}")
    return path


def refuse_anothers(path: Path, command: str) -> None:
    """Say as whom to ask, where this user may not read it.

    Raises:
        NotPermitted: another user may.
    """
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
    raise NotPermitted(f"{path}: only {owner} may read it; ask as that user: sudo -u {owner} miner-agent {command}")


def _first_seen_above(path: Path) -> Path:
    return next(directory for directory in path.parents if os.path.exists(directory))  # noqa: PTH110 - no error
