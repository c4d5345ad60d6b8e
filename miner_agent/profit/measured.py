"""This rig as it is measured: what its miners say they do, what its meter, its machines and its cards say they draw.

What miners do with devices of one model and for the same is a part of the rig. What it could mine otherwise, and
devices that mine nothing at the moment, have the figures of the table of hardware.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from calculators.earnings.sum_sheet import Term, identifier
from calculators.equipment.hardware import Hardware, HardwareKind
from calculators.equipment.rigs import HardwareNames
from miner_agent.model.algorithms import Algorithms
from miner_agent.model.devices import DeviceKind
from miner_agent.model.snapshot import Device, MinerWorkload, RigSnapshot
from miner_agent.profit.counted_once import counted_once
from miner_agent.profit.measured_power import MEASURED, Drawn, drawn_by, metered, power_of, power_terms, summed
from miner_agent.profit.rig_figures import Power, Rig, RigPart, Work, as_second, rig_of
from miner_agent.profit.usual import usual_program_fee

MOST_AT_ONCE = 2  # algorithms on one device


def rig_as_measured(snapshot: RigSnapshot, *, hardware: Mapping[str, Hardware], algorithms: Algorithms) -> Rig:
    """What each part of a rig does now, and what its devices would do on other algorithms.

    Args:
        snapshot: one tick.
        hardware: the table of hardware, for what nobody mines.
        algorithms: what they are called.
    """
    problems = [str(outcome.error) for outcome in snapshot.outcomes if outcome.kind == "miner" and outcome.error]
    look = _Look(snapshot, hardware)
    running = counted_once(_running(snapshot, algorithms, problems), problems)
    units = list(look.units(running, problems))
    groups: dict[tuple[str | None, tuple[str, ...]], list[_Unit]] = {}
    for unit in units:
        groups.setdefault((unit.model, tuple(unit.works)), []).append(unit)
    drawn = [summed([unit.drawn for unit in group]) for group in groups.values()]
    problems += [
        f"{'+'.join(names)}: {each.unknown}" for (_, names), each in zip(groups, drawn, strict=True) if each.unknown
    ]
    by_meter, meters_problem = metered(snapshot, drawn)
    problems += [meters_problem] if meters_problem else []
    parts = [
        look.part(group, power_of(each, by_meter[place] if by_meter else None))
        for place, (group, each) in enumerate(zip(groups.values(), drawn, strict=True))
    ]
    parts += look.others({label for unit in units for label in unit.devices}, problems)
    return Rig(name=snapshot.rig, parts=_told_apart(parts), problems=tuple(dict.fromkeys(problems)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """What one miner does with devices of one model."""

    miner: str
    software: str
    product: str | None  # what a machine calls itself
    model: str | None  # its slug; None: not in the table
    devices: frozenset[str]  # their labels
    machine: bool  # the miner is a machine's own firmware
    works: Mapping[str, float]  # hashes a second by algorithm: of two they are mined at once
    drawn: Drawn


def _running(
    snapshot: RigSnapshot, algorithms: Algorithms, problems: list[str]
) -> dict[str, list[tuple[str, MinerWorkload]]]:
    """What each miner mines, with our word for its algorithm."""
    found: dict[str, list[tuple[str, MinerWorkload]]] = {}
    for each in snapshot.inventory.workloads:
        algorithm = algorithms.known(each.algorithm)
        if algorithm is None:
            problems.append(
                f"{each.miner}: its algorithm, {each.algorithm}, is in no table; a file of your own can add it"
            )
        elif not each.workload.hashes_per_second:
            problems.append(f"{each.miner}: it tells no hashrate on {algorithm} yet")
        else:
            found.setdefault(each.miner, []).append((algorithm, each))
    return found


class _Look:
    """One tick, and the table of hardware."""

    def __init__(self, snapshot: RigSnapshot, hardware: Mapping[str, Hardware]) -> None:
        self._snapshot, self._hardware = snapshot, hardware
        self._names = HardwareNames(hardware)
        self._devices = {device.label: device for device in snapshot.inventory.devices}
        self._on_processors = {
            figure.algorithm for one in hardware.values() if one.kind == "cpu" for figure in one.benchmarks
        }

    def units(self, running: Mapping[str, Sequence[tuple[str, MinerWorkload]]], problems: list[str]) -> Iterable[_Unit]:
        """What each miner does, by model where it tells what each device does."""
        named = {miner: {name: self._named(work) for name, work in works} for miner, works in running.items()}
        taken = {label for by_algorithm in named.values() for labels in by_algorithm.values() for label in labels}
        for miner, works in running.items():
            by_devices: dict[frozenset[str], list[tuple[str, MinerWorkload]]] = {}
            for algorithm, work in works:
                devices = named[miner][algorithm] or self._of_kind(algorithm) - taken
                by_devices.setdefault(devices, []).append((algorithm, work))
            for devices, at_once in by_devices.items():
                taken |= devices
                if len(at_once) > MOST_AT_ONCE:
                    problems.append(f"{miner}: it mines {len(at_once)} algorithms at once; two of them are told")
                yield from self._by_model(miner, devices, at_once[:MOST_AT_ONCE], alone=len(by_devices) == 1)

    def part(self, group: Sequence[_Unit], power: Power | None) -> RigPart:
        """What some units do now, and what their devices would do otherwise."""
        miners, algorithms = [unit.miner for unit in group], list(group[0].works)
        first, *seconds = (self._work(group, algorithm, power) for algorithm in algorithms)
        if seconds:
            first = replace(first, second=as_second(seconds[0]))
        model = None if group[0].model is None else self._hardware[group[0].model]
        count = sum(1 if unit.machine else len(unit.devices) or 1 for unit in group)
        if model is None:
            return RigPart(
                name=", ".join(miners),
                slug="+".join(miners),
                works=(first,),
                device_count=count,
                kind=self._kind(group[0], first.algorithm),
            )
        (listed,) = rig_of([(count, model)], told_by="found here").parts
        others = (replace(work, notes=()) for work in listed.works if work.algorithm != first.mined_as)
        return replace(listed, works=(first, *others))

    def others(self, mining: Collection[str], problems: list[str]) -> list[RigPart]:
        """Devices that mine nothing at the moment, by the table of hardware."""
        found: Counter[str] = Counter()
        for label, device in self._devices.items():
            if not device.answered or device.reading.name is None or device.reading.kind is DeviceKind.HASHBOARD:
                continue
            slug, problem = self._model_of(device)
            if problem is not None and device.reading.kind is DeviceKind.GPU:  # a processor often mines nothing
                problems.append(problem)
            if slug is not None and label not in mining:
                found[slug] += 1
        listed = rig_of(((count, self._hardware[slug]) for slug, count in found.items()), told_by="found here")
        return [replace(part, works=tuple(replace(work, notes=()) for work in part.works)) for part in listed.parts]

    def _by_model(
        self, miner: str, devices: frozenset[str], at_once: Sequence[tuple[str, MinerWorkload]], *, alone: bool
    ) -> Iterable[_Unit]:
        """One unit of each model; one of all where the miner does not tell what each device does."""
        said = at_once[0][1].snapshot
        models: dict[str | None, set[str]] = {}
        for label in devices:
            models.setdefault(self._model_of(self._devices[label])[0], set()).add(label)
        machine = all(self._devices[label].reading.kind is DeviceKind.HASHBOARD for label in devices)
        if machine:
            models = {self._model(said.product)[0]: set(devices)}
        parts = self._shares(miner, models, at_once) if len(models) > 1 else None
        if parts is None:
            slug = next(iter(models)) if len(models) == 1 else None
            models, parts = {slug: set(devices)}, {slug: dict.fromkeys((name for name, _ in at_once), 1.0)}
        for model, labels in models.items():
            share = parts[model]
            yield _Unit(
                miner=miner,
                software=said.software,
                product=said.product,
                model=model,
                devices=frozenset(labels),
                machine=machine,
                works={name: (work.workload.hashes_per_second or 0.0) * share[name] for name, work in at_once},
                drawn=drawn_by(
                    miner,
                    labels,
                    self._devices,
                    machine_watts=said.power_watts if alone else None,
                    part=share[at_once[0][0]],
                ),
            )

    def _shares(
        self, miner: str, models: Mapping[str | None, set[str]], at_once: Sequence[tuple[str, MinerWorkload]]
    ) -> dict[str | None, dict[str, float]] | None:
        """What part of each algorithm's hashrate is of each model; ``None`` where the miner does not tell it."""
        found: dict[str | None, dict[str, float]] = {model: {} for model in models}
        for name, work in at_once:
            told = {
                each.device: each.work.hashes_per_second or 0.0
                for each in self._snapshot.inventory.contributions
                if each.miner == miner and each.algorithm == work.algorithm
            }
            total = math.fsum(told.values())
            if total <= 0 or any(not told.get(label) for labels in models.values() for label in labels):
                return None
            for model, labels in models.items():
                found[model][name] = math.fsum(told[label] for label in labels) / total
        return found

    def _work(self, group: Sequence[_Unit], algorithm: str, power: Power | None) -> Work:
        at = self._snapshot.taken_at
        terms = [
            Term(
                name=f"hashes_per_second_of_{identifier(unit.miner)}",
                value=unit.works[algorithm],
                unit="H/s",
                source=f"{MEASURED}: {unit.software}",
                taken_at=at,
            )
            for unit in group
        ]
        total = math.fsum(unit.works[algorithm] for unit in group)
        formula = " + ".join(term.name for term in terms)
        return Work(
            algorithm=algorithm,
            hashes_per_second=total,
            power=power,
            program_fee_ratio=usual_program_fee(self._kind(group[0], algorithm), group[0].software, group[0].product),
            measured=True,
            devices=", ".join(unit.miner for unit in group),
            hash_terms=(*terms, Term(name="hashes_per_second", value=total, unit="H/s", formula=formula)),
            power_terms=power_terms(power, self._snapshot),
        )

    def _kind(self, unit: _Unit, algorithm: str) -> HardwareKind:
        if unit.model is not None:
            return self._hardware[unit.model].kind
        return "asic" if unit.machine else "cpu" if algorithm in self._on_processors else "gpu"

    def _named(self, work: MinerWorkload) -> frozenset[str]:
        """The devices that a miner names, for this algorithm or at all."""
        named = {
            each.device
            for each in self._snapshot.inventory.contributions
            if each.miner == work.miner and each.algorithm == work.algorithm and each.device in self._devices
        }
        return frozenset(named or {label for label, each in self._devices.items() if each.source == work.miner})

    def _of_kind(self, algorithm: str) -> frozenset[str]:
        """All devices of the kind that such an algorithm takes."""
        kind = DeviceKind.CPU if algorithm in self._on_processors else DeviceKind.GPU
        return frozenset(label for label, device in self._devices.items() if device.reading.kind is kind)

    def _model_of(self, device: Device) -> tuple[str | None, str | None]:
        return self._model(device.reading.name)

    def _model(self, name: str | None) -> tuple[str | None, str | None]:
        """A device's slug, or why there is none."""
        if name is None:
            return None, None
        try:
            return self._names.find(name).slug, None
        except ValueError as error:
            return None, str(error)


def _told_apart(parts: Sequence[RigPart]) -> tuple[RigPart, ...]:
    """Parts of one model, such as two miners' cards, get names of their own."""
    for field in ("name", "slug"):
        times = Counter(getattr(part, field) for part in parts)
        parts = [part if times[name := getattr(part, field)] == 1 else _named(part, field, name) for part in parts]
    return tuple(parts)


def _named(part: RigPart, field: str, name: str) -> RigPart:
    change: dict[str, Any] = {field: f"{name} ({_doing(part)})"}
    return replace(part, **change)


def _doing(part: RigPart) -> str:
    """What it does now; no two parts of one model do the same."""
    return "idle" if part.doing is None else part.doing.mined_as
