"""The mounted disks: which there are, how full, and whether they take writes.

Whether a file system is read-only is read off its own options, not off those of the mount: a service that may write
nowhere has every disk mounted read-only for itself. The kernel tells of new mounts and of those that are gone, and not
that a disk became read-only behind them: whether the one or the other is so is seen by asking the disk.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from miner_agent.collectors.host.kernel_files import KeptTable
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
    is_kept_from_writes: bool  # read-only for this service, whatever it is for others


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
        is_kept_from_writes="ro" in places[5].split(","),
    )


def _is_disk(mount: Mount) -> bool:
    if mount.kind in IMAGE_TYPES:
        return False
    if mount.mountpoint == "/":
        return mount.kind != "tmpfs"
    return mount.source.startswith("/dev/") or mount.kind == "zfs"


class Disks:
    """Reads every disk, and the table of mounts where it may have changed. Used by one thread, which may hang."""

    def __init__(self, mountinfo: Path) -> None:
        """``mountinfo``: the table, ``/proc/self/mountinfo``."""
        self._table = KeptTable(mountinfo)
        self._mounts: Sequence[tuple[Mount, str]] = ()
        self._identities: Sequence[int | None] = ()  # of the file systems, when the table was read

    def read(self) -> tuple[FilesystemReading, ...] | None:
        """``None`` where the table cannot be read. A dead network disk keeps it from returning."""
        is_as_read = self._table.is_as_read()
        if not is_as_read and not self._read_table():
            return None
        usages = [_usage(mount) for mount, _ in self._mounts]
        if is_as_read and not self._shows(usages):
            if not self._read_table():
                return None
            usages = [_usage(mount) for mount, _ in self._mounts]
        self._identities = [None if usage is None else usage.f_fsid for usage in usages]
        return tuple([_filesystem(*named, usage) for named, usage in zip(self._mounts, usages, strict=True)])

    def close(self) -> None:
        self._table.close()

    def _read_table(self) -> bool:
        try:
            self._mounts = _named(self._table.read())
        except OSError:
            return False
        self._identities = (None,) * len(self._mounts)  # until all of them were asked
        return True

    def _shows(self, usages: Sequence[os.statvfs_result | None]) -> bool:
        """Whether the table shows what is there, as far as it is not told of: that a disk takes no writes any more, or
        that its folder is another one.
        """
        return all(
            usage is not None
            and usage.f_fsid == identity
            and not mount.is_kept_from_writes
            and bool(usage.f_flag & os.ST_RDONLY) == mount.read_only
            for (mount, _), usage, identity in zip(self._mounts, usages, self._identities, strict=True)
        )


@lru_cache(maxsize=2)  # it hardly ever changes
def _named(table: bytes) -> Sequence[tuple[Mount, str]]:
    mounts = parse(table.decode("utf-8", "surrogateescape"))
    names = clean_apart((mount.mountpoint for mount in mounts), length=MOUNTPOINT_LENGTH)
    return tuple((mount, names[mount.mountpoint]) for mount in mounts)


def _usage(mount: Mount) -> os.statvfs_result | None:
    try:
        return os.statvfs(mount.mountpoint)
    except OSError:
        return None


def _filesystem(mount: Mount, name: str, usage: os.statvfs_result | None) -> FilesystemReading:
    return FilesystemReading(
        mountpoint=name,
        size_bytes=None if usage is None else usage.f_blocks * usage.f_frsize,
        available_bytes=None if usage is None else usage.f_bavail * usage.f_frsize,
        read_only=mount.read_only,
    )
