"""The mounted disks: which there are, how full, and whether they take writes.

Whether a file system is read-only is read off its own options, not off those of the mount: a service that may write
nowhere has every disk mounted read-only for itself.
"""

import contextlib
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from miner_agent.model import FilesystemReading
from miner_agent.text import clean_text

FILESYSTEMS = 32  # more than that is a machine with other worries; the rest is left out
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


class Disks:
    """Asked in one thread that may hang, because a dead network disk answers nobody; never asked twice at once."""

    def __init__(self, procfs: Path) -> None:
        self._mountinfo = procfs / "self" / "mountinfo"
        self._wanted, self._answered = threading.Semaphore(0), threading.Event()
        self._answer: tuple[FilesystemReading, ...] | None = None
        self._busy = False
        self.stuck = False
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Begin to look, unless the last look has not come back."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="disks", daemon=True)
            self._thread.start()
        if self._busy and not self._answered.is_set():
            self.stuck = True
            return
        self.stuck, self._busy, self._answer = False, True, None
        self._answered.clear()
        self._wanted.release()

    def answer(self, deadline_seconds: float) -> tuple[FilesystemReading, ...] | None:
        """What the disks said to the last question; ``None`` where one of them does not answer."""
        if self.stuck or not self._answered.wait(deadline_seconds):
            return None
        return self._answer

    def _work(self) -> None:
        while True:
            self._wanted.acquire()
            with contextlib.suppress(OSError):
                text = self._mountinfo.read_text(encoding="utf-8", errors="surrogateescape")
                self._answer = tuple(_filesystem(mount) for mount in parse(text))
            self._answered.set()


def _filesystem(mount: Mount) -> FilesystemReading:
    size = available = None
    with contextlib.suppress(OSError):
        usage = os.statvfs(mount.mountpoint)
        size, available = usage.f_blocks * usage.f_frsize, usage.f_bavail * usage.f_frsize
    return FilesystemReading(
        mountpoint=clean_text(mount.mountpoint, length=128),
        size_bytes=size,
        available_bytes=available,
        read_only=mount.read_only,
    )
