"""This machine: processors, memory, load, disks and board temperatures."""

import contextlib
import os
import platform
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import psutil

from calculators.units import PERCENT_PER_UNIT
from miner_agent.collectors import hwmon
from miner_agent.model import DeviceKind, DeviceReading, FilesystemReading, HostReading
from miner_agent.text import clean_or_none, clean_text

FILESYSTEMS = 32  # more than that is a machine with other worries; the rest is left out
IMAGE_TYPES = frozenset({"squashfs", "iso9660", "erofs", "cramfs"})  # always full, always read-only
BOOT_TIME_JITTER_SECONDS = 60
SENSORS_KEPT_SECONDS = 60.0
UTILIZATION_SECONDS_MIN = 0.2  # the kernel counts in hundredths of a second: less says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RawHost:
    """What the system said, before anything is made of it."""

    boot_timestamp_seconds: float
    cpu_percent: float | None
    load: tuple[float, float, float] | None
    memory_size_bytes: int
    memory_available_bytes: int
    swap_used_bytes: int
    filesystems: tuple[FilesystemReading, ...] | None
    temperatures: Mapping[tuple[str, str], str]


class HostCollector:
    """Reads this machine. One thread of its own asks the disks: a dead network disk answers nobody."""

    def __init__(self, *, sysfs: Path = Path("/sys"), monotonic: Callable[[], float]) -> None:
        self._sysfs, self._monotonic = sysfs, monotonic
        self._facts = _facts()
        self._sensors: tuple[tuple[str, str, Path], ...] = ()
        self._sensors_found_at = -SENSORS_KEPT_SECONDS
        self._disks = _Disks()
        self._boot_timestamp_seconds = psutil.boot_time()
        psutil.cpu_percent(None)  # the first answer is 0.0 whatever the truth: it opens the interval
        self._utilization_since = monotonic()

    @property
    def disks_stuck(self) -> bool:
        """Whether a disk has kept its thread waiting since an earlier tick."""
        return self._disks.stuck

    def read(self, *, disk_deadline_seconds: float) -> RawHost:
        """Ask the system. Takes at most ``disk_deadline_seconds`` more than it takes to read memory."""
        if self._monotonic() - self._sensors_found_at >= SENSORS_KEPT_SECONDS:
            self._sensors = hwmon.find(self._sysfs)
            self._sensors_found_at = self._monotonic()
        self._disks.ask()
        memory = psutil.virtual_memory()
        load: tuple[float, float, float] | None = None
        with contextlib.suppress(OSError):
            load = os.getloadavg()
        return RawHost(
            boot_timestamp_seconds=self._steady_boot_time(),
            cpu_percent=self._cpu_percent(),
            load=load,
            memory_size_bytes=memory.total,
            memory_available_bytes=memory.available,
            swap_used_bytes=psutil.swap_memory().used,
            filesystems=self._disks.answer(disk_deadline_seconds),
            temperatures=hwmon.read(self._sensors),
        )

    def _cpu_percent(self) -> float | None:
        now = self._monotonic()
        if now - self._utilization_since < UTILIZATION_SECONDS_MIN:
            return None
        self._utilization_since = now
        return psutil.cpu_percent(None)

    def _steady_boot_time(self) -> float:
        """The kernel derives it from the wall clock, and it wavers: only a step of the clock moves it here."""
        now = psutil.boot_time()
        if abs(now - self._boot_timestamp_seconds) > BOOT_TIME_JITTER_SECONDS:
            self._boot_timestamp_seconds = now
        return self._boot_timestamp_seconds

    def parse(self, raw: RawHost) -> HostReading:
        """The reading, with the facts about this machine that do not change."""
        return parse(raw, self._facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What stays as it is while the machine is up."""

    operating_system: str | None
    kernel: str | None
    cpu_model: str | None
    cpu_count: int | None


def parse(raw: RawHost, facts: HostFacts) -> HostReading:
    """One host reading. Pure."""
    temperatures = hwmon.parse(raw.temperatures)
    load1, load5, load15 = raw.load or (None, None, None)
    utilization = None if raw.cpu_percent is None else raw.cpu_percent / PERCENT_PER_UNIT
    return HostReading(
        operating_system=facts.operating_system,
        kernel=facts.kernel,
        cpu_model=facts.cpu_model,
        booted_at=datetime.fromtimestamp(round(raw.boot_timestamp_seconds), UTC),
        cpu_count=facts.cpu_count,
        cpu_utilization_ratio=utilization,
        load1=load1,
        load5=load5,
        load15=load15,
        memory_size_bytes=raw.memory_size_bytes,
        memory_available_bytes=raw.memory_available_bytes,
        swap_used_bytes=raw.swap_used_bytes,
        filesystems=raw.filesystems,
        temperatures=temperatures,
        devices=tuple(
            DeviceReading(
                index=index, kind=DeviceKind.CPU, name=facts.cpu_model, core_temperature_celsius=celsius
            )
            for index, celsius in enumerate(hwmon.processor_temperatures(temperatures) or (None,))
        ),
    )


def _facts() -> HostFacts:
    system = platform.uname()
    release = {}
    with contextlib.suppress(OSError):
        release = platform.freedesktop_os_release()
    return HostFacts(
        operating_system=clean_or_none(release.get("PRETTY_NAME") or system.system),
        kernel=clean_or_none(system.release),
        cpu_model=_cpu_model(Path("/proc/cpuinfo")),
        cpu_count=psutil.cpu_count(),
    )


def _cpu_model(cpuinfo: Path) -> str | None:
    with contextlib.suppress(OSError):
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in {"model name", "Model"}:
                return clean_or_none(value)
    return None


class _Disks:
    """The mounted disks, asked in one thread that may hang; it is never asked twice at once."""

    def __init__(self) -> None:
        self._wanted, self._answered = threading.Semaphore(0), threading.Event()
        self._answer: tuple[FilesystemReading, ...] | None = None
        self._busy = False
        self.stuck = False
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
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
                self._answer = _filesystems()
            self._answered.set()


class _Partition(Protocol):
    """A mounted disk, as psutil lists it."""

    @property
    def device(self) -> str: ...
    @property
    def mountpoint(self) -> str: ...
    @property
    def opts(self) -> str: ...


def _filesystems() -> tuple[FilesystemReading, ...]:
    """Each disk once, under its shortest mount point."""
    by_device: dict[str, _Partition] = {}
    for part in sorted(psutil.disk_partitions(all=False), key=lambda part: len(part.mountpoint)):
        if part.fstype not in IMAGE_TYPES:
            by_device.setdefault(part.device, part)
    return tuple(_filesystem(part) for part in list(by_device.values())[:FILESYSTEMS])


def _filesystem(part: _Partition) -> FilesystemReading:
    size = available = None
    with contextlib.suppress(OSError):
        usage = os.statvfs(part.mountpoint)
        size, available = usage.f_blocks * usage.f_frsize, usage.f_bavail * usage.f_frsize
    return FilesystemReading(
        mountpoint=clean_text(part.mountpoint, length=128),
        size_bytes=size,
        available_bytes=available,
        read_only="ro" in part.opts.split(","),
    )
