"""Reads files of the kernel in the fewest calls.

``Path.read_text`` makes nine: each lets the agent's other threads in, and waits until they let this one in again.
"""

import os
import select
import stat
import threading
from pathlib import Path

ATTRIBUTE_BYTES_MAX = 4096
"""The kernel gives an attribute in sysfs no more: it comes in one piece."""
_PART_BYTES = 1 << 16
_HELD_UP_SECONDS = 0.1


def read_attribute(file: Path) -> bytes:
    """One value of sysfs. Raises OSError."""
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(opened, ATTRIBUTE_BYTES_MAX)
    finally:
        os.close(opened)


def read_table(file: Path) -> bytes:
    """All of a table in ``/proc``, which may come in pieces. Raises OSError."""
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _rest(opened)
    finally:
        os.close(opened)


class KeptTable:
    """A table in ``/proc`` that is read again and again: to open it costs as much as to read it.

    It is kept open where the kernel makes its text, anew for whoever reads from its beginning. A file on a disk, or
    what a container has in its place, is opened each time: by then another one may lie there. Any thread may call
    ``close()``.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._path = str(file)
        self._opened: int | None = None
        self._closed = False
        self._lock = threading.Lock()  # a number that is closed is soon another file's

    def read(self) -> bytes:
        """All of it, as it is now. Raises OSError."""
        with self._lock:
            if self._opened is not None:
                try:
                    return _whole(self._opened)
                except OSError:
                    self._let_go()
            return self._read_anew()

    def is_as_read(self) -> bool:
        """Whether the kernel tells of no change since it was read. Of its tables only that of mounts is told of."""
        with self._lock:
            if self._opened is None:
                return False
            changes = select.poll()
            changes.register(self._opened, select.POLLPRI)
            if changes.poll(0):
                self._let_go()  # of one change it tells once, and the look that follows may fail
                return False
            return True

    def close(self) -> None:
        """Keep nothing open any more; who reads all the same opens it each time. One that hangs is not waited for."""
        self._closed = True
        if self._lock.acquire(timeout=_HELD_UP_SECONDS):
            self._let_go()
            self._lock.release()

    def _read_anew(self) -> bytes:
        opened = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            table = _rest(opened)
            if table and not self._closed and _is_made_by_kernel(opened):
                self._opened = opened
            return table
        finally:
            if self._opened is None:
                os.close(opened)

    def _let_go(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            os.close(opened)


def _is_made_by_kernel(opened: int) -> bool:
    """Of a file with a text: it has no size then."""
    status = os.fstat(opened)
    return stat.S_ISREG(status.st_mode) and status.st_size == 0


def _rest(opened: int) -> bytes:
    parts = []
    while part := os.read(opened, _PART_BYTES):
        parts.append(part)
    return b"".join(parts)


def _whole(opened: int) -> bytes:
    table = b""
    while part := os.pread(opened, _PART_BYTES, len(table)):
        table += part
    return table
