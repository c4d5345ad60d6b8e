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
    from miner_agent.look.check import Check
    from miner_agent.look.running_agent import ToldVerdict

FINDINGS = 3
LOOKED_AT = "note: this machine is looked at, and the agent that answers on it"
SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
MARKS = {"broken": "BROKEN", "risk": "risk  ", "note": "note  ", "good": "ok    "}


@click.command("doctor")
@config_option
@json_option
def command(config_path: Path | None, *, as_json: bool) -> None:
    """Look at the rig and at its whole set-up: sources, ports, disk, clock, versions; service, exposure, prices, books.

    Reads only: no message is sent, and of a feed nothing but whether it is reached is tried. The exit code is 3 if
    something is to be mended.

    \b
    Example:
      miner-agent doctor
    """
    import platform

    from miner_agent import drivers
    from miner_agent.assembly import looks
    from miner_agent.assembly.machines import ThisMachine
    from miner_agent.cli.support.running_demo import with_demo
    from miner_agent.cli.support.set_up_facts import set_up_facts
    from miner_agent.collectors import programs
    from miner_agent.look import discovery, doctor
    from miner_agent.look.check import in_groups
    from miner_agent.look.service_unit import read_unit
    from miner_agent.look.setup_checks import examine_set_up

    if config_path is None and (note := with_demo(LOOKED_AT)) != LOOKED_AT:
        tell(note, err=True)
    rig = ThisMachine(config_path, os.environ)
    loaded, config_error = _loaded(rig)
    snapshot = looks.look_at_machine(rig, loaded, clock=lambda: datetime.now(UTC))
    known = tuple(drivers.load(name) for name in drivers.names())
    running = programs.programs(discovery.process_names(known), procfs=loaded.collectors.procfs)
    listening = programs.listeners(procfs=loaded.collectors.procfs)
    state, unit, agent = _state_directory(loaded), read_unit(), _asked(loaded.http)
    found = doctor.examine(
        doctor.Facts(
            snapshot=snapshot,
            rigs=looks.look_at_rigs(loaded, datetime.now(UTC)),
            agent=agent,
            configured=frozenset(miner.driver for miner in loaded.miners if miner.rig is None),
            programs=running,
            silent=discovery.silent(running, listening, known),
            unclear=discovery.unclear(running, known),
            listeners=listening,
            drivers=known,
            config_error=config_error,
            state_directory=None if state is None else str(state),
            state_writable=state is not None and _writable(state),
            state_free_bytes=None if state is None else _free_bytes(state),
            clock_synchronized=SYNCHRONIZED.exists() if SYNCHRONIZED.parent.is_dir() else None,
            as_root=os.geteuid() == 0 and (unit is None or not unit.installed),
            python_version=platform.python_version(),
            kernel=platform.release(),
        )
    )
    around = set_up_facts(loaded, state=state, unit=unit, agent_answers=agent is not None, now=datetime.now(UTC))
    groups = in_groups((*found, *examine_set_up(around)))
    checks = [check for _, those in groups for check in those]
    if as_json:
        print_json([_document(group, check) for group, those in groups for check in those])
    else:
        _show(groups)
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
            return loading.load(
                (), environment=os.environ, known_drivers=drivers.names(), products=drivers.products
            ), str(error)
        except AgentError:
            return Config(), str(error)


def _state_directory(loaded: "Config") -> Path | None:
    from miner_agent.config.state_folder import state_directory

    try:
        return state_directory(loaded, os.environ)
    except ConfigError:  # without a home there is no usual place
        return None


def _asked(http: "HttpTable") -> "tuple[ToldVerdict, ...] | None":
    from miner_agent.look.agent_line import AgentLine
    from miner_agent.look.running_agent import ask_agent

    try:
        return ask_agent(AgentLine(http.listen.host, http.listen.port, socket_path=http.socket))
    except SourceError:
        return None


def _document(group: str, check: "Check") -> dict[str, object]:
    told = {"group": group, "area": check.area, "subject": check.subject, "level": check.level}
    return told | {"said": check.said, "mend": check.mend, "good": check.good}


def _show(groups: "Sequence[tuple[str, Sequence[Check]]]") -> None:
    for number, (group, checks) in enumerate(groups):
        tell(f"{chr(10) if number else ''}{group}")
        for check in checks:
            tell(f"  {MARKS[check.level]} {check.subject}: {check.said}", hang=len(MARKS["good"]) + 1)
            if check.mend is not None:
                tell(f"{' ' * (len(MARKS['good']) + 3)}-> {check.mend}", hang=3)
    found = sum(not check.good for _, checks in groups for check in checks)
    tell(f"{found} to mend" if found else "all is well", err=True)


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
