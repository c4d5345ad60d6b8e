"""Which rig is meant: the one on the command line, else this machine."""

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from calculators.earnings.sum_sheet import Term
from calculators.equipment.rigs import parse_rig
from calculators.nearest_words import suggestion
from calculators.written_numbers import HASHRATE_UNITS, NotWritten, quantity
from miner_agent.cli.support.running_demo import is_of_demo, with_demo
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.settings import Settings
from miner_agent.errors import NotPermitted, SourceError
from miner_agent.model.algorithms import Algorithms
from miner_agent.profit.rig_figures import Power, Rig, RigPart, Work, as_second, one_part, rig_of
from miner_agent.profit.usual import usual_program_fee

FEWEST_BARE = 1000
"""[H/s]"""
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
        rig = one_part((), name="this rig")
    else:
        rig = _measured(config_path, settings, now)
    if said.hashrates:
        rig = _with_hashrates(rig, said.hashrates, settings.algorithms)
    if said.watts is not None:
        rig = _with_watts(rig, said.watts)
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
    if not rig.parts:
        said = "; ".join(rig.problems[:3])
        nothing = said or "no miner answers here, and no card is known"
        named = f"{nothing}. Name a rig instead, {NAMED}"
        if is_of_demo(loaded.agent.state_directory):
            raise SourceError(f"{named}. What the demo's own rig leaves, its agent says: miner-agent top")
        raise SourceError(with_demo(named, "takes its market and tariff for that"))
    return rig


def _with_hashrates(rig: Rig, told: Collection[str], algorithms: Algorithms) -> Rig:
    """The rig with own figures in the place of what was known of their algorithms."""
    parts = list(rig.parts)
    for text in told:
        pairs = [_named_rate(each, text, algorithms) for each in text.split("+")]
        if len(pairs) > 2:
            raise click.BadParameter(
                f"{text[:60]!r}: at most two algorithms are mined at once", param_hint="--hashrate"
            )
        name = "+".join(algorithm for algorithm, _ in pairs)
        able = [part for part in parts if any(work.mined_as == name for work in part.works)] or parts
        if len(able) > 1:
            named = " and ".join(part.name for part in able)
            raise click.BadParameter(
                f"{text[:60]!r} may be of {named}; name one of them alone with --hardware", param_hint="--hashrate"
            )
        place = parts.index(able[0])
        parts[place] = _told(parts[place], pairs)
    return replace(rig, parts=tuple(parts))


def _named_rate(text: str, whole: str, algorithms: Algorithms) -> tuple[str, float]:
    name, _, rate = text.partition("=")
    algorithm = algorithms.known(name.strip())
    if algorithm is not None and not rate.strip():
        flaw = f"tells no hashrate; write {name.strip()}=140M"
        raise click.BadParameter(f"{whole[:60]!r} {flaw}", param_hint="--hashrate")
    if algorithm is None:
        how = "write it as kawpow=140M, two at once as etchash=60M+blake3=1G"
        hint = suggestion(name, algorithms.names, otherwise=how)
        raise click.BadParameter(f"{whole[:60]!r} names no algorithm; {hint}", param_hint="--hashrate")
    return algorithm, hashrate_of(rate)


def _told(part: RigPart, pairs: Sequence[tuple[str, float]]) -> RigPart:
    """A part with one own figure, or with two that are mined at once."""
    first, *seconds = (_work_of(part, algorithm, rate) for algorithm, rate in pairs)
    if seconds:
        first = replace(first, second=as_second(seconds[0]))
    works = {work.mined_as: work for work in part.works}
    works[first.mined_as] = first
    return replace(part, works=tuple(works.values()))


def _work_of(part: RigPart, algorithm: str, hashes_per_second: float) -> Work:
    known = next((work for work in part.works if work.algorithm == algorithm), None)
    return Work(
        algorithm=algorithm,
        hashes_per_second=hashes_per_second,
        power=known.power if known else None,
        program_fee_ratio=known.program_fee_ratio if known else usual_program_fee(part.kind),
        power_is_modelled=known.power_is_modelled if known else False,
        devices=known.devices if known else part.name,
        count_terms=known.count_terms if known else (),
        hash_terms=(Term(name="hashes_per_second", value=hashes_per_second, unit="H/s", source="--hashrate"),),
        power_terms=known.power_terms if known else (),
    )


def hashrate_of(text: str) -> float:
    """``140M``, ``140 MH/s`` or ``1.4e8``, in hashes a second. A few of nothing are rather meant in another unit.

    Raises:
        click.BadParameter: it is no hashrate, or one below ``FEWEST_BARE`` without its unit.
    """
    try:
        rate = float(quantity(text, units=HASHRATE_UNITS))
    except NotWritten as error:
        flaw = error.flaw if error.guessed else " is no hashrate; write 140M or 140MH/s"
        raise click.BadParameter(f"{text[:40]!r}{flaw}", param_hint="--hashrate") from None
    if not 0 < rate <= 1e30:
        raise click.BadParameter(f"{text[:40]!r} is no hashrate; write 140M or 140MH/s", param_hint="--hashrate")
    if rate < FEWEST_BARE and text.strip()[-1:] in "0123456789.":
        meant = f"{text.strip()[:40]}"
        flaw = f"is {meant} hashes a second; write {meant}M, {meant}G or {meant}T, or {meant}H/s if that is meant"
        raise click.BadParameter(f"{text[:40]!r} {flaw}", param_hint="--hashrate")
    return rate


def _with_watts(rig: Rig, watts: float) -> Rig:
    """The rig with what it draws at the wall in all, of which each part has as much as of the most that they draw."""
    most = [max((_watts(work) for work in part.works), default=0.0) for part in rig.parts]
    if len(most) > 1 and not all(most):
        silent = rig.parts[most.index(0)].name
        raise click.BadParameter(
            f"they cannot be shared out: no power of {silent} is known; name it alone with --hardware",
            param_hint="--watts",
        )
    shares = [each / sum(most) for each in most] if len(most) > 1 else [1.0]
    source = "--watts" if len(most) == 1 else "--watts, by what each part draws at most"
    parts = tuple(
        replace(part, works=tuple(_drawing(work, watts * share, source) for work in part.works))
        for part, share in zip(rig.parts, shares, strict=True)
    )
    return replace(rig, parts=parts)


def _watts(work: Work) -> float:
    return 0.0 if work.power is None else work.power.board_watts + work.power.wall_watts


def _drawing(work: Work, watts: float, source: str) -> Work:
    return replace(
        work,
        power=Power(wall_watts=watts, whole=True),
        power_terms=(Term(name="wall_watts", value=watts, unit="W", source=source),),
        notes=tuple(note for note in work.notes if "tells no watts" not in note),
    )
