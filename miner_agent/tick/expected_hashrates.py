"""What each workload of a tick, and each device's part of it, should make."""

from collections.abc import Iterator, Sequence

from miner_agent.model.devices import DeviceKind
from miner_agent.model.hashrate_expectations import Asked, HashrateExpectations
from miner_agent.model.kept_counter import workload_label
from miner_agent.model.snapshot import DeviceContribution, ExpectedHashrate, MinerWorkload, RigSnapshot
from miner_agent.tick.energy_counters import GAP_INTERVALS
from miner_agent.tick.usual_hashrates import STARTING_SECONDS, UsualHashrates


def expected_hashrates(
    snapshot: RigSnapshot, usual: UsualHashrates, expectations: HashrateExpectations
) -> tuple[ExpectedHashrate, ...]:
    """What is to be expected, and what is learnt in this tick.

    Args:
        snapshot: of the tick, with its verdict: what is ill shows nothing that is usual.
        usual: what is learnt; this tick is taken in.
        expectations: what is known beside it.
    """
    usual.keep_only({outcome.source for outcome in snapshot.outcomes})
    look = _Look(snapshot, usual)
    return tuple(
        ExpectedHashrate(
            miner=entry.miner,
            algorithm=entry.algorithm,
            device=asked.device,
            source=told[0],
            hashes_per_second=told[1],
        )
        for entry in snapshot.inventory.workloads
        for asked in look.asked_of(entry)
        if (told := expectations.of(asked)) is not None
    )


class _Look:
    """What one tick tells of all workloads."""

    def __init__(self, snapshot: RigSnapshot, usual: UsualHashrates) -> None:
        self._usual = usual
        self._devices = {device.label: device for device in snapshot.inventory.devices}
        self._parts: dict[tuple[str, str], list[DeviceContribution]] = {}
        for part in snapshot.inventory.contributions:
            self._parts.setdefault((part.miner, part.algorithm), []).append(part)
        at_work = {part.device for part in snapshot.inventory.contributions}
        self._idle = sorted({*self._devices, *(label for label, _ in snapshot.past.missing)} - at_work)
        symptoms = snapshot.verdict.symptoms
        self._ill = {symptom.subject for symptom in symptoms}
        self._ill_sources = {symptom.source for symptom in symptoms}  # a card that is gone stands in no workload
        clock = snapshot.clock
        self._at_seconds = 0.0 if clock is None else clock.monotonic_seconds
        self._longest_seconds = 0.0 if clock is None else GAP_INTERVALS * clock.interval_seconds

    def asked_of(self, entry: MinerWorkload) -> Iterator[Asked]:
        """Of the workload, and of each device that works on it."""
        workload, label = entry.workload, workload_label(entry.miner, entry.algorithm)
        parts = self._parts.get((entry.miner, entry.algorithm), [])
        sources = {entry.miner, *(self._devices[part.device].source for part in parts)}
        is_usual = _is_usual(entry)
        devices = tuple(self._asked_of_part(entry, part, is_usual=is_usual) for part in parts)
        gone = [device for device in self._idle if self._usual.knows(f"{label} {device}")]
        yield Asked(
            algorithm=entry.algorithm,
            miner=entry.miner,
            models=self._models(entry, parts, gone),
            parts=(*devices, *(self._asked_of_gone(entry, device) for device in gone)),
            learnt_hashes_per_second=self._learnt(
                label, workload.hashes_per_second, is_usual=is_usual and not self._ill_sources & sources
            ),
            nominal_hashes_per_second=workload.nominal_hashes_per_second,
        )
        yield from devices

    def _asked_of_part(self, entry: MinerWorkload, part: DeviceContribution, *, is_usual: bool) -> Asked:
        return Asked(
            algorithm=entry.algorithm,
            device=part.device,
            called=self._called(entry, part.device),
            models=() if self._is_board(part) else self._models(entry, [part]),
            learnt_hashes_per_second=self._learnt(
                f"{workload_label(entry.miner, entry.algorithm)} {part.device}",
                part.work.hashes_per_second,
                is_usual=is_usual and not {entry.miner, part.device} & self._ill,
            ),
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

    def _learnt(self, key: str, hashes_per_second: float | None, *, is_usual: bool) -> float | None:
        return self._usual.learn(
            key,
            hashes_per_second if is_usual else None,
            at_seconds=self._at_seconds,
            longest_seconds=self._longest_seconds,
        )

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
