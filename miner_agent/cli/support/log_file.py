"""Opens the log for a question."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from calculators.nearest_words import suggestion
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.needed_config import Needed
from miner_agent.cli.support.running_demo import with_demo
from miner_agent.cli.support.state_place import refuse_anothers, state_place
from miner_agent.errors import StorageError
from miner_agent.model.devices import METERS, meter_label
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.text import clean_text, natural_key


@contextmanager
def opened(needed: Needed) -> Iterator[TelemetryLog]:
    """The log in the state directory, closed with the block.

    Raises:
        NotPermitted: it is another user's, or lies where only a configuration says that is another user's.
        AgentError: there is none, or it cannot be read.
    """
    with log_beside(state_place(needed, TELEMETRY_FILE, "log").parent) as log:
        yield log


@contextmanager
def log_beside(directory: Path) -> Iterator[TelemetryLog]:
    """The log in a directory that is known. Raises as ``opened`` does."""
    path = directory / TELEMETRY_FILE
    refuse_anothers(path, "log stats")
    if not path.exists():
        raise StorageError(with_demo(f"{path}: nothing is recorded here; has the agent run on this machine?"))
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


def subject_meant(log: TelemetryLog, named: str, rig: str | None, own_rig: str) -> tuple[str, str]:
    """The rig and the name in the log of a device or a meter, by the name that ``log stats`` shows.

    Where no rig is named it is this machine's own, or else the only other one that has it: one behind the gateway, or
    this machine by a name that it had before.

    Raises:
        click.BadParameter: the log knows others and none of that name, or several rigs have it.
    """
    every = log.labels()
    if not every:
        return rig or own_rig, named
    known = [(of_rig, label) for of_rig, label in every if rig in {None, of_rig}]
    found = {of_rig: label for of_rig, label in known if label == meter_label(named)}
    found |= {of_rig: label for of_rig, label in known if label == named}
    of_rigs = [own_rig] if own_rig in found else sorted(found, key=natural_key)
    if len(of_rigs) == 1:
        return of_rigs[0], found[of_rigs[0]]
    shown = clean_text(named)
    if of_rigs:
        raise click.BadParameter(f"{shown!r} is of {', '.join(of_rigs)}; --rig says which one", param_hint="DEVICE")
    names = {label.removeprefix(f"{METERS}/") for _, label in known}
    hint = suggestion(named, names, otherwise="`miner-agent log stats` shows those that are")
    where = "in the log" if rig is None else f"in the log of {clean_text(rig)}"
    raise click.BadParameter(f"{shown!r} is not {where}; {hint}", param_hint="DEVICE")
