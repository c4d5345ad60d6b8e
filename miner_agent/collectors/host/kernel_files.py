"""Reads files of the kernel in the fewest calls.

``Path.read_text`` makes nine: each lets the agent's other threads in, and waits until they let this one in again.
"""

import os
from pathlib import Path

ATTRIBUTE_BYTES_MAX = 4096
"""The kernel gives an attribute in sysfs no more: it comes in one piece."""
_PART_BYTES = 1 << 16


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
        parts = []
        while part := os.read(opened, _PART_BYTES):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(opened)
