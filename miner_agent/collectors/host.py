"""This machine: processors, memory, load, disks, board temperatures and the processors' energy.

``psutil`` reads ``/proc`` wherever its own setting says, one for the whole process: the collector made last sets it.
"""

import contextlib
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from calculators.units import PERCENT_PER_UNIT
from miner_agent.collectors import hwmon, rapl
from miner_agent.collectors.disks import Disks
from miner_agent.model import DeviceKind, DeviceReading, FilesystemReading, HostReading
from miner_agent.text import clean_or_none

BOOT_TIME_JITTER_SECONDS = 60
SENSORS_KEPT_SECONDS = 60.0
COUNTED_AS_USER = frozenset({"guest", "guest_nice"})  # the kernel counts these times twice
IDLE = frozenset({"idle", "iowait"})
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
    energy: tuple[rapl.Sample, ...] = ()
    energy_read_at: float = 0.0  # on a monotonic clock


class HostCollector:
    """Reads this machine. One thread of its own asks the disks: a dead network disk answers nobody."""

    def __init__(
        self,
        *,
        sysfs: Path = Path("/sys"),
        procfs: Path = Path("/proc"),
        monotonic: Callable[[], float],
    ) -> None:
        self._sysfs, self._procfs, self._monotonic = sysfs, procfs, monotonic
        psutil.PROCFS_PATH = str(procfs)
        self._facts = _facts(procfs)
        self._sensors: tuple[tuple[str, str, Path], ...] = ()
        self._zones: tuple[rapl.Zone, ...] = ()
        self._disks = Disks(procfs)
        self._boot_timestamp_seconds = psutil.boot_time()
        # Load and power are differences between two moments: this is the first one.
        self._meter = rapl.Meter()
        self._find_sensors()
        self._processor_seconds, self._utilization_since = _processor_seconds(), monotonic()
        self._meter.open(rapl.read(self._zones), monotonic())

    @property
    def disks_stuck(self) -> bool:
        """Whether a disk has kept its thread waiting since an earlier tick."""
        return self._disks.stuck

    def read(self, *, disk_deadline_seconds: float) -> RawHost:
        """Ask the system. Takes at most ``disk_deadline_seconds`` more than it takes to read memory."""
        if self._monotonic() - self._sensors_found_at >= SENSORS_KEPT_SECONDS:
            self._find_sensors()
        self._disks.ask()
        memory = psutil.virtual_memory()
        return RawHost(
            boot_timestamp_seconds=self._steady_boot_time(),
            cpu_percent=self._cpu_percent(),
            load=_load(self._procfs / "loadavg"),
            memory_size_bytes=memory.total,
            memory_available_bytes=memory.available,
            swap_used_bytes=psutil.swap_memory().used,
            filesystems=self._disks.answer(disk_deadline_seconds),
            temperatures=hwmon.read(self._sensors),
            energy=rapl.read(self._zones),
            energy_read_at=self._monotonic(),
        )

    def _find_sensors(self) -> None:
        self._sensors, self._zones = hwmon.find(self._sysfs), rapl.find(self._sysfs)
        self._sensors_found_at = self._monotonic()

    def _cpu_percent(self) -> float | None:
        """Not psutil's own: it keeps a first moment for each thread, and tells 0 where it has none."""
        now = self._monotonic()
        if now - self._utilization_since < UTILIZATION_SECONDS_MIN:
            return None
        self._utilization_since = now
        before, self._processor_seconds = self._processor_seconds, _processor_seconds()
        return _busy_percent(before, self._processor_seconds)

    def _steady_boot_time(self) -> float:
        """The kernel derives it from the wall clock, and it wavers: only a step of the clock moves it here."""
        now = psutil.boot_time()
        if abs(now - self._boot_timestamp_seconds) > BOOT_TIME_JITTER_SECONDS:
            self._boot_timestamp_seconds = now
        return self._boot_timestamp_seconds

    def parse(self, raw: RawHost) -> HostReading:
        """The reading, with the facts about this machine that do not change."""
        return parse(raw, self._facts, self._meter.follow(raw.energy, raw.energy_read_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What stays as it is while the machine is up."""

    operating_system: str | None
    kernel: str | None
    cpu_model: str | None
    cpu_count: int | None


def parse(raw: RawHost, facts: HostFacts, energy: rapl.EnergyReading = rapl.NO_ENERGY) -> HostReading:
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
        devices=_processors(hwmon.processor_temperatures(temperatures), energy.packages, facts.cpu_model),
        read_errors=energy.read_errors,
    )


def _processors(
    celsius: Sequence[float | None], packages: Iterable[rapl.PackageEnergy], model: str | None
) -> tuple[DeviceReading, ...]:
    """Each processor that a sensor or a counter stands for; one where nothing does."""
    drawn = {energy.package: energy for energy in packages}
    devices = []
    for index in range(max(1, len(celsius), *(package + 1 for package in drawn))):
        energy = drawn.get(index)
        devices.append(
            DeviceReading(
                index=index,
                kind=DeviceKind.CPU,
                name=model,
                core_temperature_celsius=celsius[index] if index < len(celsius) else None,
                power_watts=None if energy is None else energy.power_watts,
                energy_joules_total=None if energy is None else energy.energy_joules_total,
            )
        )
    return tuple(devices)


def _facts(procfs: Path) -> HostFacts:
    system = platform.uname()
    release = {}
    with contextlib.suppress(OSError):
        release = platform.freedesktop_os_release()
    return HostFacts(
        operating_system=clean_or_none(release.get("PRETTY_NAME") or system.system),
        kernel=clean_or_none(system.release),
        cpu_model=_cpu_model(procfs / "cpuinfo"),
        cpu_count=psutil.cpu_count(),
    )


def _cpu_model(cpuinfo: Path) -> str | None:
    with contextlib.suppress(OSError):
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in {"model name", "Model"}:
                return clean_or_none(value)
    return None


def _load(file: Path) -> tuple[float, float, float] | None:
    try:
        one, five, fifteen = (float(number) for number in file.read_text(encoding="ascii").split()[:3])
    except (OSError, ValueError):
        return None
    return one, five, fifteen


def _processor_seconds() -> dict[str, float]:
    """What all processors together have spent on what since the machine started."""
    times = psutil.cpu_times()._asdict()
    return {name: times[name] for name in times if name not in COUNTED_AS_USER}


def _busy_percent(before: Mapping[str, float], now: Mapping[str, float]) -> float | None:
    spent = {name: max(seconds - before.get(name, 0.0), 0.0) for name, seconds in now.items()}
    whole = sum(spent.values())
    idle = sum(spent.get(name, 0.0) for name in IDLE)
    return PERCENT_PER_UNIT * (whole - idle) / whole if whole else None
