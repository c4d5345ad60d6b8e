"""Which rig is meant: the one on the command line, else this machine."""

import difflib
import os
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from calculators.earnings.sum_sheet import Term
from calculators.equipment.rigs import parse_rig
from calculators.written_numbers import HASHRATE_UNITS, NotWritten, quantity
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.settings import Settings
from miner_agent.errors import NotPermitted, SourceError
from miner_agent.model.algorithms import Algorithms
from miner_agent.profit.rig_figures import Power, Rig, Work, rig_of

NAMED = 'such as with --hardware "6x rtx3080"'


def rig_meant(said: Overrides, config_path: Path | None, settings: Settings, now: datetime) -> Rig:
    """Figures of the command line, hardware that is named, or this machine as it is measured.

    Raises:
        AgentError: it cannot be read.
        click.BadParameter: it is not known.
    """
    if said.hardware is not None:
        try:
            rig = rig_of(parse_rig(said.hardware, settings.hardware), told_by="--hardware")
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--hardware") from None
    elif said.hashrates:
        rig = Rig(name="this rig", works=())
    else:
        rig = _measured(config_path, settings, now)
    if said.hashrates:
        rig = _with_hashrates(rig, said.hashrates, settings.algorithms)
    if said.watts is not None:
        watts = said.watts
        rig = replace(rig, works=tuple(_with_watts(work, watts) for work in rig.works))
    return rig


def _measured(config_path: Path | None, settings: Settings, now: datetime) -> Rig:
    from miner_agent.assembly import looks
    from miner_agent.assembly.machines import ThisMachine
    from miner_agent.profit.measured import rig_as_measured

    machine = ThisMachine(config_path, os.environ)
    try:
        loaded = machine.load()
    except NotPermitted as error:
        raise NotPermitted(f"{error}. Or name a rig in place of this machine's, {NAMED}") from None
    snapshot = looks.look_at_machine(machine, loaded, clock=lambda: now)
    rig = rig_as_measured(snapshot, hardware=settings.hardware, algorithms=settings.algorithms)
    if not rig.works:
        said = "; ".join(rig.problems[:3])
        raise SourceError(f"{said or 'no miner answers here, and no card is known'}. Name a rig instead, {NAMED}")
    return rig


def _with_hashrates(rig: Rig, told: Collection[str], algorithms: Algorithms) -> Rig:
    """The rig with own figures in the place of what was known of their algorithms."""
    works = {work.algorithm: work for work in rig.works}
    for text in told:
        name, equals, rate = text.partition("=")
        algorithm = algorithms.known(name)
        if not equals or algorithm is None:
            near = difflib.get_close_matches(name.lower()[:40], algorithms.names, n=1)
            hint = f"did you mean {near[0]}?" if near else "write it as kawpow=140M"
            raise click.BadParameter(f"{text[:60]!r} names no algorithm; {hint}", param_hint="--hashrate")
        hashes_per_second = hashrate_of(rate)
        known = works.get(algorithm)
        works[algorithm] = Work(
            algorithm=algorithm,
            hashes_per_second=hashes_per_second,
            power=known.power if known else None,
            power_is_modelled=known.power_is_modelled if known else False,
            devices=known.devices if known else rig.name,
            count_terms=known.count_terms if known else (),
            hash_terms=(Term(name="hashes_per_second", value=hashes_per_second, unit="H/s", source="--hashrate"),),
            power_terms=known.power_terms if known else (),
        )
    return replace(rig, works=tuple(works.values()))


def hashrate_of(text: str) -> float:
    """``140M``, ``140 MH/s`` or ``1.4e8``, in hashes a second.

    Raises:
        click.BadParameter: it is no hashrate.
    """
    try:
        rate = float(quantity(text, units=HASHRATE_UNITS))
    except NotWritten as error:
        flaw = error.flaw if error.guessed else " is no hashrate; write 140M or 140MH/s"
        raise click.BadParameter(f"{text[:40]!r}{flaw}", param_hint="--hashrate") from None
    if not 0 < rate <= 1e30:
        raise click.BadParameter(f"{text[:40]!r} is no hashrate; write 140M or 140MH/s", param_hint="--hashrate")
    return rate


def _with_watts(work: Work, watts: float) -> Work:
    return replace(
        work,
        power=Power(wall_watts=watts, whole=True),
        power_terms=(Term(name="wall_watts", value=watts, unit="W", source="--watts"),),
        notes=tuple(note for note in work.notes if "tells no watts" not in note),
    )
