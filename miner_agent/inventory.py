"""Gives every device one name, so that a miner's card and its driver's card are one device everywhere."""

from collections import Counter
from collections.abc import Iterable, Mapping

from miner_agent.model import (
    Device,
    DeviceContribution,
    DeviceReading,
    Inventory,
    MinerSnapshot,
    MinerWorkload,
    Outcome,
    Reading,
    own_label,
)

UNKNOWN_ALGORITHM = "unknown"


def take_inventory(outcomes: Iterable[Outcome[Reading]], known_names: Mapping[str, str] | None = None) -> Inventory:
    """The devices of one tick by name, and which of them works on what.

    ``known_names`` are the names of earlier ticks: a card keeps its name while its collector gives no reading.
    A device that a collector reads is the collector's; what its miner says of it beside the work is left out. Of two
    miners on one card the first one speaks for it. What a source says twice is taken once and counted.
    """
    taking = _Taking(known_names or {})
    for outcome in sorted(outcomes, key=lambda outcome: outcome.kind):  # collectors before miners
        if outcome.reading is not None:
            names = taking.devices_of(outcome, outcome.reading)
            if isinstance(outcome.reading, MinerSnapshot):
                taking.workloads_of(outcome.source, outcome.reading, names)
    return Inventory(
        devices=tuple(taking.devices.values()),
        workloads=tuple(taking.workloads.values()),
        contributions=tuple(taking.contributions.values()),
        repeated=dict(taking.repeated),
        name_at_address=taking.name_at_address,
    )


class _Taking:
    def __init__(self, known_names: Mapping[str, str]) -> None:
        self.devices: dict[str, Device] = {}
        self.workloads: dict[tuple[str, str], MinerWorkload] = {}
        self.contributions: dict[tuple[str, str, str], DeviceContribution] = {}
        self.repeated: Counter[str] = Counter()
        self.name_at_address: dict[str, str] = dict(known_names)
        self._by_address: dict[str, str] = dict(known_names)

    def devices_of(self, outcome: Outcome[Reading], reading: Reading) -> dict[int, str]:
        """Take the devices of one source; the name of each by the source's own number."""
        names: dict[int, str] = {}
        for device in reading.devices:
            label = self._label(device, outcome.source)
            known = self.devices.get(label)
            if device.index in names or (known is not None and known.source == outcome.source):
                self.repeated[outcome.source] += 1
                continue
            names[device.index] = label
            if known is None:
                self.devices[label] = Device(
                    label=label,
                    source=outcome.source,
                    read_at=outcome.asked_at,
                    driver_version=getattr(reading, "driver_version", None),
                    reading=device,
                )
                if device.pci_address is not None:
                    self._by_address[device.pci_address] = label
                    if outcome.kind == "collector":
                        self.name_at_address[device.pci_address] = label
        return names

    def workloads_of(self, source: str, snapshot: MinerSnapshot, names: dict[int, str]) -> None:
        """Take what one miner works on."""
        for workload in snapshot.workloads:
            algorithm = workload.algorithm or UNKNOWN_ALGORITHM
            if (source, algorithm) in self.workloads:
                self.repeated[source] += 1
                continue
            self.workloads[source, algorithm] = MinerWorkload(
                miner=source, algorithm=algorithm, snapshot=snapshot, workload=workload
            )
            for work in workload.devices:
                device = names.get(work.device_index, f"{source}/{work.device_index}")
                if (source, device, algorithm) in self.contributions:
                    self.repeated[source] += 1
                    continue
                self.contributions[source, device, algorithm] = DeviceContribution(
                    miner=source, device=device, algorithm=algorithm, work=work
                )

    def _label(self, device: DeviceReading, source: str) -> str:
        own = own_label(device, source)
        if own in self.devices:
            return own
        return self._by_address.get(device.pci_address or "", own)
