"""Opens the log for a question."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from calculators.nearest_words import suggestion
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.needed_config import Needed
from miner_agent.cli.support.state_place import refuse_anothers, state_place
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
    with log_beside(state_place(needed, TELEMETRY_FILE, "log").parent) as log:
        yield log


@contextmanager
def log_beside(directory: Path) -> Iterator[TelemetryLog]:
    """The log in a directory that is known. Raises as ``opened`` does."""
    path = directory / TELEMETRY_FILE
    refuse_anothers(path, "log stats")
    log = TelemetryLog.open_read_only(path)
    try:
        if log.immutable:
            tell("the disk is read-only: the newest ticks may be missing", err=True)
        yield log
    finally:
        log.close()


def refuse_unknown_rig(log: TelemetryLog, rig: str | None) -> None:
    """Say so, where the log knows others and none of that name.

    Raises:
        click.BadParameter: it does not.
    """
    if rig is not None and (known := log.rigs()) and rig not in known:
        hint = suggestion(rig, known)
        raise click.BadParameter(f"{clean_text(rig)!r} is not in the log; {hint}", param_hint="--rig")
