"""A rig of stub cards whose reader runs in a process of its own, at a time that the test sets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from miner_agent.collectors.child.child_process import KeptParts
from miner_agent.collectors.nvml.nvml_answer import PLACE, in_full
from miner_agent.collectors.nvml.nvml_cards import NvmlTracker
from miner_agent.model.devices import DeviceReading, DeviceState
from miner_agent.model.readings import SensorReading
from tests.forks import ROOT, Forks, forking
from tests.nvml_stub import NvmlStub, uuid_of

TICK_SECONDS = 10.0
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LOST, UNKNOWN, TIMEOUT, RESET_REQUIRED = 15, 999, 10, 16
READER = """
import json
from miner_agent.collectors.nvml.nvml_reader import NvmlReader
from tests.collectors.asked_cards import AskedCards

def main(procfs, control):
    os.environ["NVML_STUB_CONTROL"] = control
    now = 0.0
    cards = AskedCards(NvmlReader(procfs=procfs), monotonic=lambda: now)
    for line in sys.stdin:
        if not line.strip():
            return
        now = float(line)
        print(json.dumps(cards.read(10.0)), flush=True)
"""
"""Reads the cards at each time that it is told, until it is told none."""


class Rig:
    """The reader in a process whose clock the test sets, and the tracker here."""

    def __init__(self, stub: NvmlStub, procfs: Path, readers: Forks) -> None:
        self.stub, self.tracker, self.now = stub, NvmlTracker(), 0.0
        self._readers, self._kept = readers, KeptParts()
        readers.begin(procfs, stub.environment()["NVML_STUB_CONTROL"])

    def raw(self, seconds: float = TICK_SECONDS) -> dict[str, Any]:
        """What the reader gives that much later, of each card in full."""
        return in_full_of(self.heard(seconds))

    def heard(self, seconds: float = TICK_SECONDS) -> dict[str, Any]:
        """The same as the agent hears it."""
        self.now += seconds
        return cast("dict[str, Any]", self._kept.beside(json.loads(self._readers.ask(self.now))))

    def tick(self, seconds: float = TICK_SECONDS) -> SensorReading:
        raw = self.heard(seconds)
        return self.tracker.follow(raw, START + timedelta(seconds=self.now))

    def close(self) -> None:
        self.stub.clear()
        assert self._readers.ask("").startswith("ended ")


def in_full_of(heard: dict[str, Any]) -> dict[str, Any]:
    """The same, as a reader would say it that tells nothing but once."""
    raw = {name: told for name, told in heard.items() if name != "kept"}
    if "cards" in raw:
        raw["cards"] = [
            in_full(card, heard["kept"][f"{PLACE}{at}"]) if type(card) is list else card
            for at, card in enumerate(raw["cards"])
        ]
    return raw


@contextmanager
def readers_of(library: Path) -> Iterator[Forks]:
    """Processes that find this library, one at a time."""
    with forking(READER, {"PYTHONPATH": str(ROOT), "LD_LIBRARY_PATH": str(library)}) as readers:
        yield readers


def rig_of(library: Path, directory: Path, *, cards: int, readers: Forks) -> Iterator[Rig]:
    with NvmlStub(library, directory / "control", cards=cards) as stub:
        rig = Rig(stub, directory / "proc", readers)
        yield rig
        rig.close()


def about(number: float) -> Any:
    return pytest.approx(number)


def by_uuid(reading: SensorReading) -> dict[str | None, DeviceReading]:
    found = {device.uuid: device for device in reading.devices}
    assert len(found) == len(reading.devices)
    return found


def card(reading: SensorReading, number: int) -> DeviceReading:
    return by_uuid(reading)[uuid_of(number)]


def states(reading: SensorReading) -> list[DeviceState | None]:
    return [device.state for device in reading.devices]


def told(reading: SensorReading) -> set[tuple[str, str]]:
    return {(error.quantity, error.reason.value) for error in reading.read_errors}


def without_values(device: DeviceReading) -> DeviceReading:
    """What may be left of a card of which nothing could be read."""
    return DeviceReading(
        index=device.index,
        state=device.state,
        name=device.name,
        vendor=device.vendor,
        uuid=device.uuid,
        pci_address=device.pci_address,
        serial=device.serial,
        firmware_version=device.firmware_version,
        xid_errors=device.xid_errors,
    )
