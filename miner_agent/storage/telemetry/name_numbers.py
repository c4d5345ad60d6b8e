"""The numbers by which the log calls devices and workloads."""

import sqlite3
from typing import TypeVar

from miner_agent.model.snapshot import Device
from miner_agent.text import clean_or_none, clean_text

MAX_NAMES = 32_768  # of devices, of workloads: a thousand rigs behind a gateway have 4,000 workloads
MAX_TEXT = 128

Key = TypeVar("Key")

_FIND_DEVICE = "SELECT id, kind, name FROM devices WHERE rig = ? AND device = ?"
_ADD_DEVICE = "INSERT INTO devices (rig, device, kind, name) VALUES (?, ?, ?, ?) RETURNING id"
_DESCRIBE_DEVICE = "UPDATE devices SET kind = ?, name = ? WHERE id = ?"
_FIND_WORKLOAD = "SELECT id FROM workloads WHERE rig = ? AND miner = ? AND device IS ? AND algorithm = ?"
_ADD_WORKLOAD = "INSERT INTO workloads (rig, miner, device, algorithm) VALUES (?, ?, ?, ?) RETURNING id"


class NameNumbers:
    """Looked up once, then remembered, up to a bound."""

    connection: sqlite3.Connection  # of the transaction in progress

    def __init__(self) -> None:
        self._devices: dict[tuple[str, str], int] = {}
        self._workloads: dict[tuple[str, str, str | None, str], int] = {}

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
        named = (_clean(rig), _clean(device.label))
        described = (device.reading.kind.value, clean_or_none(device.reading.name, length=MAX_TEXT))
        found = self.connection.execute(_FIND_DEVICE, named).fetchone()
        if found is None:
            return _added(self.connection, _ADD_DEVICE, (*named, *described))
        number, *known = found
        if described[1] is not None and tuple(known) != described:
            self.connection.execute(_DESCRIBE_DEVICE, (*described, number))
        return int(number)

    def _look_up_workload(self, rig: str, miner: str, device: str | None, algorithm: str) -> int:
        named = (_clean(rig), _clean(miner), None if device is None else _clean(device), _clean(algorithm))
        found = self.connection.execute(_FIND_WORKLOAD, named).fetchone()
        return _added(self.connection, _ADD_WORKLOAD, named) if found is None else int(found[0])


def _remember(book: dict[Key, int], key: Key, number: int) -> int:
    if len(book) >= MAX_NAMES:
        book.clear()
    book[key] = number
    return number


def _clean(text: str) -> str:
    return clean_text(text, length=MAX_TEXT)


def _added(connection: sqlite3.Connection, statement: str, row: tuple[str | None, ...]) -> int:
    ((number,),) = connection.execute(statement, row).fetchall()  # to its end: before that it is not written
    return int(number)
