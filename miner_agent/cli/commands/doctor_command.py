"""``miner-agent doctor``: what is well, what is missing, and how to mend it."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import config_option, json_option
from miner_agent.errors import AgentError, ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miner_agent.assembly.machines import ThisMachine
    from miner_agent.config.configuration import Config, HttpTable
    from miner_agent.look.doctor import Check
    from miner_agent.look.running_agent import ToldVerdict

FINDINGS = 3
SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")


@click.command("doctor")
@config_option
@json_option
def command(config_path: Path | None, *, as_json: bool) -> None:
    """Look at every source, port, permission, disk, clock and version. Reads only.

    The exit code is 3 if something is to be mended.

    \b
    Example:
      miner-agent doctor
    """
    import platform
    from dataclasses import asdict

    from miner_agent import drivers
    from miner_agent.assembly import looks
    from miner_agent.assembly.machines import ThisMachine
    from miner_agent.collectors import programs
    from miner_agent.look import discovery, doctor

    rig = ThisMachine(config_path, os.environ)
    loaded, config_error = _loaded(rig)
    snapshot = looks.look_at_machine(rig, loaded, clock=lambda: datetime.now(UTC))
    known = tuple(drivers.load(name) for name in drivers.names())
    running = programs.programs(discovery.process_names(known), procfs=loaded.collectors.procfs)
    listening = programs.listeners(procfs=loaded.collectors.procfs)
    state = _state_directory(loaded)
    checks = doctor.examine(
        doctor.Facts(
            snapshot=snapshot,
            rigs=looks.look_at_rigs(loaded, datetime.now(UTC)),
            agent=_asked(loaded.http),
            configured=frozenset(miner.driver for miner in loaded.miners if miner.rig is None),
            programs=running,
            silent=discovery.silent(running, listening, known),
            unclear=discovery.unclear(running, known),
            listeners=listening,
            drivers=known,
            config_error=config_error,
            alerts=loaded.alerts,
            state_directory=None if state is None else str(state),
            state_writable=state is not None and _writable(state),
            state_free_bytes=None if state is None else _free_bytes(state),
            clock_synchronized=SYNCHRONIZED.exists() if SYNCHRONIZED.parent.is_dir() else None,
            as_root=os.geteuid() == 0,
            python_version=platform.python_version(),
            kernel=platform.release(),
        )
    )
    if as_json:
        print_json([asdict(check) | {"good": check.good} for check in checks])
    else:
        _show(checks)
    if not all(check.good for check in checks):
        raise click.exceptions.Exit(FINDINGS)


def _loaded(rig: "ThisMachine") -> "tuple[Config, str | None]":
    """The configuration, or what the environment alone says, or nothing says; and why it is not the whole."""
    from miner_agent import drivers
    from miner_agent.config import loading
    from miner_agent.config.configuration import Config

    try:
        return rig.load(), None
    except AgentError as error:
        try:
            return loading.load((), environment=os.environ, known_drivers=drivers.names()), str(error)
        except AgentError:
            return Config(), str(error)


def _state_directory(loaded: "Config") -> Path | None:
    from miner_agent.config.state_folder import state_directory

    try:
        return state_directory(loaded, os.environ)
    except ConfigError:  # without a home there is no usual place
        return None


def _asked(http: "HttpTable") -> "tuple[ToldVerdict, ...] | None":
    from miner_agent.look.running_agent import ask_agent

    try:
        return ask_agent(http.listen.host, http.listen.port, socket_path=http.socket)
    except SourceError:
        return None


def _show(checks: "Sequence[Check]") -> None:
    for check in checks:
        tell(f"{'ok ' if check.good else '-> '} {check.area}: {check.subject}: {check.said}", hang=6)
        if check.mend is not None:
            tell(f"      {check.mend}")
    found = sum(not check.good for check in checks)
    click.echo(f"{found} to mend" if found else "all is well", err=True)


def _writable(directory: Path) -> bool:
    """Whether this user could keep something there, or make the directory."""
    return os.access(_nearest(directory), os.W_OK | os.X_OK)


def _free_bytes(directory: Path) -> int | None:
    import shutil

    try:
        return shutil.disk_usage(_nearest(directory)).free
    except OSError:
        return None


def _nearest(directory: Path) -> Path:
    """The directory, or the first above it that this user can see."""
    return next(path for path in (directory, *directory.parents) if os.path.exists(path))  # noqa: PTH110 - no error
