"""What each workload of a tick, and each device's part of it, should make."""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from miner_agent.model.devices import DeviceKind
from miner_agent.model.hashrate_expectations import Asked, HashrateExpectations
from miner_agent.model.kept_counter import workload_label
from miner_agent.model.snapshot import DeviceContribution, ExpectedHashrate, MinerWorkload, RigSnapshot
from miner_agent.tick.energy_counters import GAP_INTERVALS
from miner_agent.tick.usual_hashrates import STARTING_SECONDS, UsualHashrates

_OF_WORKLOAD = attrgetter("miner", "algorithm", "snapshot.product", "workload.nominal_hashes_per_second")
_OF_PART = attrgetter("miner", "algorithm", "device", "work.nominal_hashes_per_second")
_OF_DEVICE = attrgetter("label", "reading.kind", "reading.vendor", "reading.name")
Parts = Mapping[tuple[str, str], Sequence[DeviceContribution]]
"""By miner and algorithm."""


class ExpectedHashrates:
    """Of one rig. They are found again where something that they go by has changed."""

    __slots__ = ("_found", "_found_by")

    def __init__(self) -> None:
        self._found: tuple[ExpectedHashrate, ...] = ()
        self._found_by: object = None

    def of(
        self, snapshot: RigSnapshot, usual: UsualHashrates, expectations: HashrateExpectations
    ) -> tuple[ExpectedHashrate, ...]:
        """What is to be expected, and what is learnt in this tick.

        Args:
            snapshot: of the tick, with its verdict: what is ill shows nothing that is usual.
            usual: what is learnt; this tick is taken in.
            expectations: what is known beside it.
        """
        usual.keep_only(tuple([outcome.source for outcome in snapshot.outcomes]))
        inventory = snapshot.inventory
        parts: dict[tuple[str, str], list[DeviceContribution]] = {}
        for part in inventory.contributions:
            parts.setdefault((part.miner, part.algorithm), []).append(part)
        learnt = _learn(snapshot, parts, usual)
        by = (
            expectations,
            learnt,
            usual.keys_changed_total,
            snapshot.past.missing,
            list(map(_OF_WORKLOAD, inventory.workloads)),
            list(map(_OF_PART, inventory.contributions)),
            list(map(_OF_DEVICE, inventory.devices)),
        )
        if by != self._found_by:
            self._found = tuple(_Look(snapshot, parts, learnt, usual).expected(expectations))
            self._found_by = by
        return self._found


def _learn(snapshot: RigSnapshot, parts: Parts, usual: UsualHashrates) -> dict[str, float | None]:
    """What each workload, and each device's part of it, usually makes, by key. [H/s]"""
    symptoms, clock, learnt = snapshot.verdict.symptoms, snapshot.clock, dict[str, float | None]()
    ill = {symptom.subject for symptom in symptoms}
    ill_sources = {symptom.source for symptom in symptoms}  # a card that is gone stands in no workload
    owners = {device.label: device.source for device in snapshot.inventory.devices} if ill else {}
    at_seconds = 0.0 if clock is None else clock.monotonic_seconds
    longest_seconds = 0.0 if clock is None else GAP_INTERVALS * clock.interval_seconds
    for entry in snapshot.inventory.workloads:
        label, is_usual, is_well = workload_label(entry.miner, entry.algorithm), _is_usual(entry), True
        for part in parts.get((entry.miner, entry.algorithm), ()):
            key, rate = f"{label} {part.device}", part.work.hashes_per_second if is_usual else None
            if ill:
                rate = None if entry.miner in ill or part.device in ill else rate
                is_well = is_well and owners[part.device] not in ill_sources
            learnt[key] = usual.learn(key, rate, at_seconds=at_seconds, longest_seconds=longest_seconds)
        is_well = is_well and entry.miner not in ill_sources
        rate = entry.workload.hashes_per_second if is_usual and is_well else None
        learnt[label] = usual.learn(label, rate, at_seconds=at_seconds, longest_seconds=longest_seconds)
    return learnt


class _Look:
    """What one tick tells of all workloads."""

    def __init__(
        self, snapshot: RigSnapshot, parts: Parts, learnt: Mapping[str, float | None], usual: UsualHashrates
    ) -> None:
        self._usual, self._parts, self._learnt = usual, parts, learnt
        self._workloads = snapshot.inventory.workloads
        self._devices = {device.label: device for device in snapshot.inventory.devices}
        at_work = {part.device for part in snapshot.inventory.contributions}
        self._idle = sorted({*self._devices, *(label for label, _ in snapshot.past.missing)} - at_work)

    def expected(self, expectations: HashrateExpectations) -> Iterator[ExpectedHashrate]:
        for entry in self._workloads:
            for asked in self._asked_of(entry):
                told = expectations.of(asked)
                if told is not None:
                    source, hashes_per_second = told
                    yield ExpectedHashrate(
                        miner=entry.miner,
                        algorithm=entry.algorithm,
                        device=asked.device,
                        source=source,
                        hashes_per_second=hashes_per_second,
                    )

    def _asked_of(self, entry: MinerWorkload) -> Iterator[Asked]:
        """Of the workload, and of each device that works on it."""
        label = workload_label(entry.miner, entry.algorithm)
        parts = self._parts.get((entry.miner, entry.algorithm), ())
        devices = tuple(self._asked_of_part(entry, part) for part in parts)
        gone = [device for device in self._idle if self._usual.knows(f"{label} {device}")]
        yield Asked(
            algorithm=entry.algorithm,
            miner=entry.miner,
            models=self._models(entry, parts, gone),
            parts=(*devices, *(self._asked_of_gone(entry, device) for device in gone)),
            learnt_hashes_per_second=self._learnt[label],
            nominal_hashes_per_second=entry.workload.nominal_hashes_per_second,
        )
        yield from devices

    def _asked_of_part(self, entry: MinerWorkload, part: DeviceContribution) -> Asked:
        return Asked(
            algorithm=entry.algorithm,
            device=part.device,
            called=self._called(entry, part.device),
            models=() if self._is_board(part) else self._models(entry, [part]),
            learnt_hashes_per_second=self._learnt[f"{workload_label(entry.miner, entry.algorithm)} {part.device}"],
            nominal_hashes_per_second=part.work.nominal_hashes_per_second,
        )

    def _asked_of_gone(self, entry: MinerWorkload, device: str) -> Asked:
        """Of a device that has worked on it, and works on nothing now: it takes nothing along of what is expected."""
        return Asked(algorithm=entry.algorithm, device=device, called=self._called(entry, device))

    def _called(self, entry: MinerWorkload, label: str) -> str:
        device = self._devices.get(label)  # one that is missing is called as its machine is
        names = () if device is None else (device.reading.vendor, device.reading.name)
        return " | ".join(filter(None, (*names, entry.snapshot.product)))

    def _name(self, label: str) -> str | None:
        device = self._devices.get(label)
        return None if device is None else device.reading.name

    def _is_board(self, part: DeviceContribution) -> bool:
        return self._devices[part.device].reading.kind is DeviceKind.HASHBOARD

    def _models(
        self, entry: MinerWorkload, parts: Sequence[DeviceContribution], gone: Sequence[str] = ()
    ) -> tuple[str | None, ...]:
        """What works on it, by name: of a machine the whole, which has no figures for one board."""
        if all(map(self._is_board, parts)):
            return (entry.snapshot.product,)
        return tuple(map(self._name, (*(part.device for part in parts), *gone)))


def _is_usual(entry: MinerWorkload) -> bool:
    """Whether it is as at any time: not paused, not at work for its author, and not just started."""
    uptime_seconds = entry.snapshot.uptime_seconds
    has_started = uptime_seconds is None or uptime_seconds >= STARTING_SECONDS
    return has_started and not entry.snapshot.paused and not entry.workload.dev_fee
