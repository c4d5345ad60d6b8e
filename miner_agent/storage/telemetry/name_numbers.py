"""The numbers by which the log calls devices and workloads."""

from typing import TypeVar

from sqlalchemy import ClauseElement, Table, bindparam, insert, select, update
from sqlalchemy.engine import Connection

from miner_agent.model.snapshot import Device
from miner_agent.storage.sqlite.engine import Prepared
from miner_agent.storage.telemetry.schema import DEVICES, WORKLOADS
from miner_agent.text import clean_or_none, clean_text

MAX_NAMES = 32_768  # of devices, of workloads: a thousand rigs behind a gateway have 4,000 workloads
MAX_TEXT = 128

Key = TypeVar("Key")


class NameNumbers:
    """Looked up once, then remembered, up to a bound."""

    connection: Connection  # of the transaction in progress

    def __init__(self) -> None:
        self._devices: dict[tuple[str, str], int] = {}
        self._workloads: dict[tuple[str, str, str | None, str], int] = {}
        device, workload = DEVICES.c, WORKLOADS.c
        self._find_device = Prepared(
            select(device.id, device.kind, device.name).where(
                device.rig == bindparam("rig"), device.device == bindparam("device")
            )
        )
        self._add_device = Prepared(_insert_returning(DEVICES, "rig", "device", "kind", "name"))
        self._describe_device = Prepared(
            update(DEVICES)
            .where(device.id == bindparam("device_id"))
            .values(kind=bindparam("kind"), name=bindparam("name"))
        )
        self._find_workload = Prepared(
            select(workload.id).where(
                workload.rig == bindparam("rig"),
                workload.miner == bindparam("miner"),
                workload.algorithm == bindparam("algorithm"),
                workload.device.is_not_distinct_from(bindparam("device")),
            )
        )
        self._add_workload = Prepared(_insert_returning(WORKLOADS, "rig", "miner", "device", "algorithm"))

    def forget(self) -> None:
        """Look each up again: some were given out in a transaction that was not kept."""
        self._devices.clear()
        self._workloads.clear()

    def device_id(self, rig: str, device: Device) -> int:
        """That of a device; a new one gets its own."""
        known = self._devices.get((rig, device.label))
        if known is None:
            known = _remember(self._devices, (rig, device.label), self._look_up_device(rig, device))
        return known

    def workload_id(self, rig: str, miner: str, device: str | None, algorithm: str) -> int:
        """That of one algorithm of a miner, or of a device's part in it; a new one gets its own."""
        key = (rig, miner, device, algorithm)
        known = self._workloads.get(key)
        if known is None:
            known = _remember(self._workloads, key, self._look_up_workload(*key))
        return known

    def _look_up_device(self, rig: str, device: Device) -> int:
        named = {"rig": _clean(rig), "device": _clean(device.label)}
        described = {"kind": device.reading.kind.value, "name": clean_or_none(device.reading.name, length=MAX_TEXT)}
        found = self._find_device.run(self.connection, **named).one_or_none()
        if found is None:
            return int(self._add_device.run(self.connection, **named, **described).scalar_one())
        if described["name"] is not None and tuple(found)[1:] != tuple(described.values()):
            self._describe_device.run(self.connection, device_id=found[0], **described)
        return int(found[0])

    def _look_up_workload(self, rig: str, miner: str, device: str | None, algorithm: str) -> int:
        named = {
            "rig": _clean(rig),
            "miner": _clean(miner),
            "device": None if device is None else _clean(device),
            "algorithm": _clean(algorithm),
        }
        found = self._find_workload.run(self.connection, **named).scalar_one_or_none()
        if found is None:
            found = self._add_workload.run(self.connection, **named).scalar_one()
        return int(found)


def _remember(book: dict[Key, int], key: Key, number: int) -> int:
    if len(book) >= MAX_NAMES:
        book.clear()
    book[key] = number
    return number


def _clean(text: str) -> str:
    return clean_text(text, length=MAX_TEXT)


def _insert_returning(table: Table, *columns: str) -> ClauseElement:
    return insert(table).values({name: bindparam(name) for name in columns}).returning(table.c.id)
