"""This rig as it is measured: what its miners say they do, what its meter, its machines and its cards say they draw.

An algorithm that nobody mines at the moment has the figures of the table of hardware, for the cards that are there.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from calculators.earnings.sum_sheet import Term, identifier
from calculators.equipment.hardware import Hardware
from calculators.equipment.rigs import find_hardware
from miner_agent.model.algorithms import Algorithms
from miner_agent.model.devices import DeviceKind
from miner_agent.model.readings import MeterReading
from miner_agent.model.snapshot import Device, MinerWorkload, RigSnapshot
from miner_agent.profit.rig_figures import Power, Rig, Work, rig_of

MEASURED = "measured"


def rig_as_measured(snapshot: RigSnapshot, *, hardware: Mapping[str, Hardware], algorithms: Algorithms) -> Rig:
    """What a rig does now on each algorithm, and what its cards would do on others.

    Args:
        snapshot: one tick.
        hardware: the table of hardware, for the algorithms that nobody mines.
        algorithms: what they are called.
    """
    problems = [str(outcome.error) for outcome in snapshot.outcomes if outcome.kind == "miner" and outcome.error]
    running: dict[str, list[MinerWorkload]] = {}
    for each in snapshot.inventory.workloads:
        algorithm = algorithms.known(each.algorithm)
        if algorithm is None:
            problems.append(
                f"{each.miner}: its algorithm, {each.algorithm}, is in no table; a file of your own can add it"
            )
        elif not each.workload.hashes_per_second:
            problems.append(f"{each.miner}: it tells no hashrate on {algorithm} yet")
        else:
            running.setdefault(algorithm, []).append(each)
    on_processors = {figure.algorithm for one in hardware.values() if one.kind == "cpu" for figure in one.benchmarks}
    drawn = {
        name: _drawn(works, snapshot, DeviceKind.CPU if name in on_processors else DeviceKind.GPU)
        for name, works in running.items()
    }
    problems += [f"{name}: {each.unknown}" for name, each in drawn.items() if each.unknown]
    metered, meters_problem = _metered(snapshot, drawn)
    problems += [meters_problem] if meters_problem else []
    measured = [_work(name, works, drawn[name], metered.get(name), snapshot) for name, works in running.items()]
    listed, unknown = _listed(snapshot.inventory.devices, hardware)
    problems += unknown
    others = [work for work in listed.works if work.algorithm not in running]
    return Rig(name=snapshot.rig, works=(*measured, *others), problems=tuple(dict.fromkeys(problems)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What one algorithm's devices draw, as they or their machines say it."""

    board_watts: float = 0
    wall_watts: float = 0
    unknown: str | None = None  # what of it is not known

    @property
    def watts(self) -> float:
        return self.board_watts + self.wall_watts


def _drawn(works: Sequence[MinerWorkload], snapshot: RigSnapshot, kind: DeviceKind) -> _Drawn:
    board, wall = 0.0, 0.0
    miners = {work.miner: work.snapshot for work in works}
    devices = {device.label: device for device in snapshot.inventory.devices}
    counted: set[str] = set()
    for miner, said in miners.items():
        if said.power_watts is not None:
            wall += said.power_watts
            continue
        own = _devices_of(miner, works, snapshot, devices, kind) - counted
        counted |= own
        watts = [devices[label].reading.power_watts for label in own]
        silent = [label for label in own if devices[label].reading.power_watts is None]
        if not own or silent:
            which = f"of {', '.join(sorted(silent))}" if silent else "of what it mines with"
            return _Drawn(unknown=f"{miner} mines it, and no power {which} is known; say the watts at the wall")
        board += math.fsum(value for value in watts if value is not None)
    return _Drawn(board_watts=board, wall_watts=wall)


def _devices_of(
    miner: str,
    works: Iterable[MinerWorkload],
    snapshot: RigSnapshot,
    devices: Mapping[str, Device],
    kind: DeviceKind,
) -> set[str]:
    """The devices that a miner works with: those that it names, else all of the kind that such an algorithm takes."""
    algorithms = {work.algorithm for work in works if work.miner == miner}
    named = {
        each.device
        for each in snapshot.inventory.contributions
        if each.miner == miner and each.algorithm in algorithms and each.device in devices
    }
    if named:
        return named
    told = {label for label, device in devices.items() if device.source == miner}
    return told or {label for label, device in devices.items() if device.reading.kind is kind}


def _metered(snapshot: RigSnapshot, drawn: Mapping[str, _Drawn]) -> tuple[dict[str, float], str | None]:
    """What a meter at the wall measures, by algorithm: all of it where there is one, else by what the boards draw."""
    watts = [
        outcome.reading.power_watts
        for outcome in snapshot.outcomes
        if isinstance(outcome.reading, MeterReading) and outcome.reading.power_watts is not None
    ]
    if not watts or not drawn:
        return {}, None
    total = math.fsum(watts)
    if total <= 0:
        return {}, "the meter shows that nothing is drawn from the grid; its reading is not used"
    if len(drawn) == 1:
        return {next(iter(drawn)): total}, None
    boards = math.fsum(each.watts for each in drawn.values())
    if boards <= 0 or any(each.unknown for each in drawn.values()):
        return {}, "the meter's watts cannot be shared out: what the single algorithms draw is not known"
    return {name: total * each.watts / boards for name, each in drawn.items()}, None


def _work(
    algorithm: str,
    works: Sequence[MinerWorkload],
    drawn: _Drawn,
    metered_watts: float | None,
    snapshot: RigSnapshot,
) -> Work:
    terms = [
        Term(
            name=f"hashes_per_second_of_{identifier(work.miner)}",
            value=work.workload.hashes_per_second or 0.0,
            unit="H/s",
            source=f"{MEASURED}: {work.snapshot.software}",
            taken_at=snapshot.taken_at,
        )
        for work in works
    ]
    total = math.fsum(work.workload.hashes_per_second or 0.0 for work in works)
    terms.append(
        Term(name="hashes_per_second", value=total, unit="H/s", formula=" + ".join(term.name for term in terms))
    )
    power = _power(drawn, metered_watts)
    return Work(
        algorithm=algorithm,
        hashes_per_second=total,
        power=power,
        measured=True,
        devices=", ".join(work.miner for work in works),
        hash_terms=tuple(terms),
        power_terms=_power_terms(power, snapshot),
        notes=_both_at_once(works, snapshot),
    )


def _power(drawn: _Drawn, metered_watts: float | None) -> Power | None:
    if metered_watts is not None:
        return Power(wall_watts=metered_watts, metered=True)
    if drawn.unknown is not None:
        return None
    return Power(board_watts=drawn.board_watts, wall_watts=drawn.wall_watts)


def _power_terms(power: Power | None, snapshot: RigSnapshot) -> tuple[Term, ...]:
    if power is None:
        return ()
    source = f"{MEASURED}: {'meter at the wall' if power.metered else 'drivers and miners'}"
    return tuple(
        Term(name=name, value=watts, unit="W", source=source, taken_at=snapshot.taken_at)
        for name, watts in (("board_watts", power.board_watts), ("wall_watts", power.wall_watts))
        if watts or (name == "wall_watts" and not power.board_watts)
    )


def _both_at_once(works: Sequence[MinerWorkload], snapshot: RigSnapshot) -> tuple[str, ...]:
    """Cards that mine two algorithms at once draw their power for both."""
    times = Counter(work.miner for work in snapshot.inventory.workloads)
    twice = [work.miner for work in works if times[work.miner] > 1]
    return tuple(f"{miner}: it mines several algorithms at once; each is told with all of its power" for miner in twice)


def _listed(devices: Collection[Device], hardware: Mapping[str, Hardware]) -> tuple[Rig, list[str]]:
    """The rig's cards and machines by the table of hardware."""
    found: Counter[str] = Counter()
    problems: list[str] = []
    for device in devices:
        name = device.reading.name
        if not device.answered or name is None or device.reading.kind is DeviceKind.HASHBOARD:
            continue
        try:
            found[find_hardware(name, hardware).slug] += 1
        except ValueError as error:
            if device.reading.kind is DeviceKind.GPU:  # a processor of a mining rig often mines nothing
                problems.append(str(error))
    rig = rig_of(((count, hardware[slug]) for slug, count in found.items()), told_by="found here")
    works = tuple(replace(work, notes=()) for work in rig.works)
    return replace(rig, works=works), problems
