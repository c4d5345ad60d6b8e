"""The mounted disks: which there are, how full, and whether they take writes.

Whether a file system is read-only is read off its own options, not off those of the mount: a service that may write
nowhere has every disk mounted read-only for itself.
"""

import contextlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from miner_agent.collectors.host.kernel_files import read_table
from miner_agent.model.readings import FilesystemReading
from miner_agent.text import clean_apart

FILESYSTEMS = 32  # more than that is a machine with other worries; the rest is left out
MOUNTPOINT_LENGTH = 128
IMAGE_TYPES = frozenset({"squashfs", "iso9660", "erofs", "cramfs"})  # always full, always read-only
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One line of the kernel's table of mounts."""

    source: str
    kind: str
    mountpoint: str
    read_only: bool


def parse(mountinfo: str) -> tuple[Mount, ...]:
    """Each disk once, under its shortest mount point, from the text of ``/proc/self/mountinfo``."""
    by_source: dict[str, Mount] = {}
    for line in mountinfo.splitlines():
        mount = _mount(line)
        if mount is not None and _is_disk(mount):
            known = by_source.get(mount.source)
            if known is None or len(mount.mountpoint) < len(known.mountpoint):
                by_source[mount.source] = mount
    return tuple(by_source.values())[:FILESYSTEMS]


def _mount(line: str) -> Mount | None:
    place, separator, file_system = line.partition(" - ")
    places, described = place.split(" "), file_system.split(" ")
    if not separator or len(places) < 6 or len(described) < 3:
        return None
    kind, source, options = described[:3]
    return Mount(
        source=source,
        kind=kind,
        mountpoint=_ESCAPE.sub(lambda found: chr(int(found[1], 8)), places[4]),
        read_only="ro" in options.split(","),
    )


def _is_disk(mount: Mount) -> bool:
    if mount.kind in IMAGE_TYPES:
        return False
    if mount.mountpoint == "/":
        return mount.kind != "tmpfs"
    return mount.source.startswith("/dev/") or mount.kind == "zfs"


def read(mountinfo: Path) -> tuple[FilesystemReading, ...] | None:
    """Every disk; ``None`` where the table of mounts cannot be read. A dead network disk keeps it from returning.

    Args:
        mountinfo: the table, ``/proc/self/mountinfo``.
    """
    try:
        table = read_table(mountinfo)
    except OSError:
        return None
    return tuple([_filesystem(mount, name) for mount, name in _named(table)])


@lru_cache(maxsize=2)  # it hardly ever changes
def _named(table: bytes) -> Sequence[tuple[Mount, str]]:
    mounts = parse(table.decode("utf-8", "surrogateescape"))
    names = clean_apart((mount.mountpoint for mount in mounts), length=MOUNTPOINT_LENGTH)
    return tuple((mount, names[mount.mountpoint]) for mount in mounts)


def _filesystem(mount: Mount, name: str) -> FilesystemReading:
    size = available = None
    with contextlib.suppress(OSError):
        usage = os.statvfs(mount.mountpoint)
        size, available = usage.f_blocks * usage.f_frsize, usage.f_bavail * usage.f_frsize
    return FilesystemReading(
        mountpoint=name,
        size_bytes=size,
        available_bytes=available,
        read_only=mount.read_only,
    )
