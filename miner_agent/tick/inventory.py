"""Gives every device one name, so that a miner's card and its driver's card are one device everywhere.

And bounds what a hostile or broken source can make of it: so many devices and workloads at a time, so many names ever.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from miner_agent.model.devices import METERS, DeviceKind, DeviceReading, DeviceState, ReadErrorReason, own_label
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.readings import (
    ConnectedWorker,
    HostReading,
    MeterReading,
    MinerSnapshot,
    Outcome,
    Reading,
    SensorReading,
    Workload,
)
from miner_agent.model.snapshot import (
    Device,
    DeviceContribution,
    Inventory,
    MinerFault,
    MinerPool,
    MinerWorker,
    MinerWorkload,
    OtherWorkers,
)
from miner_agent.tick.mistakes import STRICT, Costing
from miner_agent.tick.precedence import with_what_others_tell
from miner_agent.tick.watch import host_and_port, split_place

UNKNOWN_ALGORITHM = "unknown"
DEVICES_A_SOURCE = 64
WORKLOADS_A_MINER = 8
WORKERS_A_MINER = 64  # that mine through it and are shown by name, where the configuration says nothing else
NAMES_A_WORKER = 4  # ever, for each that may be shown
STAYS_SHOWN = 1.1  # as much faster another one must be to take a place among those that are shown
FAULTS_A_MINER = 16
POOLS_A_WORKLOAD = 8
PARTS_A_DEVICE = 16
DOMAINS_A_PART = 16
NAMES_EVER_A_SOURCE = 256
_GONE = (DeviceState.LOST, DeviceState.HUNG, DeviceState.DISABLED)


@dataclass(slots=True)
class DeviceNames:
    """The names of earlier ticks: a card keeps its name while its collector gives no reading."""

    at_address: dict[str, Device] = field(default_factory=dict)  # of cards that a collector has read
    ever: dict[str, set[str]] = field(default_factory=dict)  # by source
    workers: dict[str, frozenset[str]] = field(default_factory=dict)  # that were shown in the last tick, by miner

    def admits(self, source: str, name: str, *, most: int = NAMES_EVER_A_SOURCE) -> bool:
        """Whether a source may use this name: a known one, or a new one within its bound."""
        known = self.ever.get(source)
        if known is None:
            known = self.ever[source] = set()
        if name in known:
            return True
        if len(known) >= most:
            return False
        known.add(name)
        return True

    def fastest(self, miner: str, workers: Mapping[str, ConnectedWorker], most: int) -> frozenset[str]:
        """The names of the fastest workers. Two that are about as fast do not take each other's place at every tick."""
        before, room = self.workers.get(miner, frozenset()), max(NAMES_EVER_A_SOURCE, NAMES_A_WORKER * most)

        def pace(name: str) -> float:
            return (workers[name].hashes_per_second or 0.0) * (STAYS_SHOWN if name in before else 1.0)

        first = heapq.nlargest(most, workers, key=pace)
        shown = frozenset(name for name in first if self.admits(f"{miner}'s workers", name, most=room))
        self.workers[miner] = shown
        return shown


def take_inventory(
    outcomes: Iterable[Outcome[Reading]],
    names: DeviceNames | None = None,
    costs: Costing = STRICT,
    workers_shown: Mapping[str, int] | None = None,
) -> Inventory:
    """The devices of one tick by name, and which of them works on what. ``names`` is kept up to date.

    A device that a collector reads is the collector's; its miner adds what the collector does not tell of it. Only a
    miner on this machine can mean one of this machine's cards by its address. Of two miners on one card the first one
    comes first. What a source says twice, beyond its bounds, or under another one's name is left out and counted.
    """
    answers = sorted(outcomes, key=lambda outcome: outcome.kind)  # collectors before miners
    taking = _Taking(names or DeviceNames(), frozenset(outcome.source for outcome in answers))
    for outcome in answers:
        if outcome.reading is not None and not isinstance(outcome.reading, MeterReading):
            with costs.of(outcome.source):
                labels = taking.devices_of(outcome, outcome.reading)
                if isinstance(outcome.reading, MinerSnapshot):
                    taking.workloads_of(outcome.source, outcome.reading, labels)
                    most = (workers_shown or {}).get(outcome.source, WORKERS_A_MINER)
                    taking.workers_of(outcome.source, outcome.reading, most)
                    taking.faults_of(outcome.source, outcome.reading, labels)
    return Inventory(
        devices=tuple(taking.devices.values()),
        workloads=tuple(taking.workloads.values()),
        contributions=tuple(taking.contributions.values()),
        workers=tuple(taking.workers.values()),
        other_workers=tuple(taking.other_workers),
        faults=tuple(taking.faults.values()),
        pools=tuple(taking.pools.values()),
        labels=taking.labels,
        left_out=dict(taking.left_out),
    )


_WithDevices = MinerSnapshot | SensorReading | HostReading


class _Taking:
    def __init__(self, names: DeviceNames, sources: frozenset[str]) -> None:
        self.devices: dict[str, Device] = {}
        self.workloads: dict[tuple[str, str], MinerWorkload] = {}
        self.contributions: dict[tuple[str, str, str], DeviceContribution] = {}
        self.workers: dict[tuple[str, str], MinerWorker] = {}
        self.other_workers: list[OtherWorkers] = []
        self.faults: dict[tuple[str, str | None, str], MinerFault] = {}
        self.pools: dict[tuple[str, str, int], MinerPool] = {}
        self.labels: dict[tuple[str, int], str] = {}
        self.left_out: Counter[str] = Counter()
        self._names, self._sources = names, sources
        self._at_address: dict[str, Device] = dict(names.at_address)
        self._refused: dict[str, set[str]] = {}  # what the first source of a device told and could not be true

    def devices_of(self, outcome: Outcome[Reading], reading: _WithDevices) -> dict[int, str]:
        """Take the devices of one source; the name of each by the source's own number."""
        source, driver_version = outcome.source, getattr(reading, "driver_version", None)
        labels: dict[int, str] = {}
        for device in reading.devices:
            label, index = self._label(device, outcome), device.index
            known = self.devices.get(label)
            if (
                index in labels
                or (known is not None and known.source == source)
                or self._is_anothers(label, device, source)
                or len(labels) >= DEVICES_A_SOURCE
                or not self._names.admits(source, label)
            ):
                self.left_out[source] += 1
                continue
            labels[index] = self.labels[source, index] = label
            if known is None:
                self._add(label, device, outcome, driver_version)
            elif outcome.local:  # another machine knows nothing of this one's cards, whatever it calls its own
                told = with_what_others_tell(known.reading, device, self._refused.get(label, ()))
                answered = known.answered or (told is not known.reading and told.state is None)
                self.devices[label] = copied_with(known, reading=told, answered=answered)
        return labels

    def _is_anothers(self, label: str, device: DeviceReading, source: str) -> bool:
        """Whether a meter is called so; or another source or its device, where the source chose that text itself."""
        first = label.partition("/")[0]
        return first == METERS or (first in self._sources and first != source and label == device.uuid)

    def _add(self, label: str, device: DeviceReading, outcome: Outcome[Reading], driver_version: str | None) -> None:
        source, address = outcome.source, device.pci_address
        if device.parts:
            device = self._with_room(device, source)
        self.devices[label] = taken = Device(
            label=label,
            source=source,
            read_at=outcome.asked_at,
            answered=_answered(device, outcome),
            driver_version=driver_version,
            reading=device,
        )
        if outcome.dropped:
            self._refused[label] = {
                error.quantity
                for error in outcome.dropped
                if error.device_index == device.index and error.reason is ReadErrorReason.IMPLAUSIBLE
            }
        if address is not None and outcome.local:
            self._at_address[address] = taken
            if outcome.kind == "collector":
                self._names.at_address[address] = taken

    def _with_room(self, device: DeviceReading, source: str) -> DeviceReading:
        """The device with no more parts than there is room for, each number once."""
        parts = {part.number: part for part in reversed(device.parts) if 0 <= part.number < PARTS_A_DEVICE}
        self._leave_out(source, len(device.parts) - len(parts))
        kept = (
            copied_with(part, domain_hashes_per_second=part.domain_hashes_per_second[:DOMAINS_A_PART])
            for _, part in sorted(parts.items())
        )
        return copied_with(device, parts=tuple(kept))

    def workloads_of(self, source: str, snapshot: MinerSnapshot, labels: dict[int, str]) -> None:
        """Take what one miner works on."""
        taken = 0
        for workload in snapshot.workloads:
            algorithm = workload.algorithm or UNKNOWN_ALGORITHM
            twice = (source, algorithm) in self.workloads
            if twice or taken >= WORKLOADS_A_MINER or not self._names.admits(source, f"algorithm {algorithm}"):
                self.left_out[source] += 1
                continue
            taken += 1
            told = workload.algorithm_told
            if told is not None and not self._names.admits(f"{source}'s words for algorithms", told):
                workload = copied_with(workload, algorithm_told=None)  # noqa: PLW2901 - it makes up words, and is not shown
            self.workloads[source, algorithm] = MinerWorkload(
                miner=source, algorithm=algorithm, snapshot=snapshot, workload=workload
            )
            self._pools_of(source, algorithm, workload)
            for work in workload.devices:
                label = labels.get(work.device_index)
                if label is None or (source, label, algorithm) in self.contributions:
                    self.left_out[source] += 1
                    continue
                self.contributions[source, label, algorithm] = DeviceContribution(
                    miner=source, device=label, algorithm=algorithm, work=work
                )

    def _pools_of(self, source: str, algorithm: str, workload: Workload) -> None:
        for position, listed in enumerate(workload.pools):
            key, place = (source, algorithm, listed.number), host_and_port(listed.pool)
            told = f"{listed.number} {place}"
            if key in self.pools or position >= POOLS_A_WORKLOAD or not self._names.admits(f"{source}'s pools", told):
                self.left_out[source] += 1
                continue
            host, port = split_place(place)
            self.pools[key] = MinerPool(miner=source, algorithm=algorithm, host=host, port=port, listed=listed)

    def workers_of(self, source: str, snapshot: MinerSnapshot, most: int) -> None:
        """Take those that mine through one miner: the fastest by name, and what the others do together."""
        by_name: dict[str, ConnectedWorker] = {}
        for worker in snapshot.workers:
            by_name.setdefault(worker.name, worker)
        if not by_name:
            return
        shown = self._names.fastest(source, by_name, most)
        for name in filter(shown.__contains__, by_name):
            self.workers[source, name] = MinerWorker(miner=source, worker=by_name[name])
        self._leave_out(source, len(snapshot.workers) - len(by_name))
        rest = [worker.hashes_per_second for name, worker in by_name.items() if name not in shown]
        if rest:
            known = [rate for rate in rest if rate is not None]
            whole = sum(known) if len(known) == len(rest) else None
            self.other_workers.append(OtherWorkers(miner=source, names=len(rest), hashes_per_second=whole))

    def _leave_out(self, source: str, count: int) -> None:
        if count:
            self.left_out[source] += count

    def faults_of(self, source: str, snapshot: MinerSnapshot, labels: dict[int, str]) -> None:
        """Take what the firmware of one miner finds wrong."""
        taken = 0
        for fault in snapshot.faults or ():
            device = labels.get(fault.device_index) if fault.device_index is not None else None
            twice = (source, device, fault.code) in self.faults
            told = f"{fault.code} {fault.words}"
            if twice or taken >= FAULTS_A_MINER or not self._names.admits(f"{source}'s faults", told):
                self.left_out[source] += 1
                continue
            taken += 1
            self.faults[source, device, fault.code] = MinerFault(miner=source, device=device, fault=fault)

    def _label(self, device: DeviceReading, outcome: Outcome[Reading]) -> str:
        if not outcome.local:
            # an address is unique in one machine only, and this is another one
            return device.uuid or f"{outcome.source}/{device.pci_address or device.index}"
        own = own_label(device, outcome.source)
        there = self._at_address.get(device.pci_address or "")
        if there is None or there.label == own or own in self.devices:
            return own
        differ = device.uuid is not None and there.reading.uuid is not None and device.uuid != there.reading.uuid
        return own if differ else there.label


def _answered(device: DeviceReading, outcome: Outcome[Reading]) -> bool:
    """Whether the device gave something in this tick, beside its name."""
    if device.state is not None:
        return device.state not in _GONE
    if outcome.kind == "miner" or device.kind is DeviceKind.CPU:
        return True
    told = (device.core_temperature_celsius, device.power_watts, device.core_clock_hertz, device.memory_used_bytes)
    return any(value is not None for value in told)
