"""The states in which a page is looked at: each profile of the demo, faults, a fresh start, and what is not the present."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from miner_agent.config.configuration import Config
from miner_agent.face.known import Known
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import PROFILES
from miner_agent.simulate.script import NOTHING
from miner_agent.simulate.scripts import alone
from miner_agent.simulate.simulated_course import SimulatedCourse
from tests.hostile_names import NAMES

INTERVAL_SECONDS = 30.0
UNTIL_SECONDS = 1500.0
FAULTS_FROM_SECONDS = 1200.0
OLD = "the last tick is 95 s old"


@dataclass(frozen=True, kw_only=True)
class State:
    """What the agent knows, and why that is not the present."""

    known: Known | None
    reason: str | None = None


def states(folder: Path) -> Mapping[str, Callable[[], State]]:
    """Each by its name; it is played when it is called for."""
    return {
        **{name: partial(_of_profile, folder, name) for name in PROFILES},
        "faults": lambda: State(known=played(folder, "nvidia", Fault.CARD_LOST, Fault.FAN_DEAD, Fault.POOL_SWAPPED)),
        "fresh": lambda: State(known=None, reason="no tick is complete yet"),
        "bare": lambda: State(known=bare(played(folder, "nvidia"))),
        "old": lambda: State(known=played(folder, "amd"), reason=OLD),
        "hostile": lambda: State(known=hostile(played(folder, "nvidia"))),
    }


def _of_profile(folder: Path, name: str) -> State:
    return State(known=played(folder, name))


def played(folder: Path, profile: str, *faults: Fault) -> Known:
    """What an agent knows of a rig after twenty minutes, with these faults towards the end."""
    script = (
        alone(PROFILES[profile], faults, after_seconds=FAULTS_FROM_SECONDS, lasting_seconds=math.inf)
        if faults
        else NOTHING
    )
    market = folder / "-".join((profile, *(one.value for one in faults)))
    market.mkdir(exist_ok=True)
    course = SimulatedCourse(PROFILES[profile], script=script, interval_seconds=INTERVAL_SECONDS, folder=market)
    known: Known | None = None
    for moment in course.until(UNTIL_SECONDS):
        known = Known.after(known, moment.rig, course.loaded)
    assert known is not None
    return known


def bare(known: Known) -> Known:
    """An agent with nothing but the machine it stands on: no miner, no card, no tariff."""
    empty = RigSnapshot(
        taken_at=known.snapshot.taken_at, rig=known.snapshot.rig, outcomes=(), agent=known.snapshot.agent
    )
    return Known(snapshot=empty, loaded=Config())


def hostile(known: Known) -> Known:
    """One whose cards and miners are called as somebody chose who means harm."""
    names = [name for name in NAMES.values() if name.strip()]
    devices = tuple(
        replace(one, reading=replace(one.reading, name=names[place % len(names)]))
        for place, one in enumerate(known.snapshot.inventory.devices * 8)
    )
    workloads = tuple(
        replace(one, miner=names[-1 - place]) for place, one in enumerate(known.snapshot.inventory.workloads)
    )
    inventory = replace(known.snapshot.inventory, devices=devices, workloads=workloads)
    return Known(snapshot=replace(known.snapshot, inventory=inventory), loaded=known.loaded)
