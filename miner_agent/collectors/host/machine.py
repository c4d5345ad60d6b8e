"""This machine: processors and their energy, memory, load, disks, board temperatures, cards that nobody else reads.

A thread stands beside the one that samples, because a dead disk answers nobody: it asks the board (hwmon and RAPL),
whose sensors send commands to disks too, and the disks. What hangs is absent, and another thread does the rest.

``psutil`` reads ``/proc`` wherever its own setting says, one for the whole process: whoever asks sets it first.
"""

import contextlib
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import psutil

from calculators.units import PERCENT_PER_UNIT
from miner_agent.collectors.host import hwmon, hwmon_cards, kernel_tables, rapl
from miner_agent.collectors.host.aside import Aside, Hands
from miner_agent.collectors.host.disks import Disks
from miner_agent.collectors.host.kernel_files import KeptTable
from miner_agent.errors import BadPayload, SourceError
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.made_in_c import copied_with, made_in_c
from miner_agent.model.readings import FilesystemReading, HostReading
from miner_agent.text import clean_or_none

BOOT_TIME_JITTER_SECONDS = 60
SENSORS_KEPT_SECONDS = 60.0
FIRST_SECONDS = 1.0  # for the board's first answer; later than that, energy is counted from a later tick on
UTILIZATION_SECONDS_MIN = 0.2  # the kernel counts in hundredths of a second: less says nothing

T = TypeVar("T")
_IDLE = slice(kernel_tables.STATES.index("idle"), kernel_tables.STATES.index("iowait") + 1)


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class RawBoard:
    """What the files of hwmon and RAPL said."""

    temperatures: Mapping[hwmon.Sensor, str]  # empty text: cannot be read
    energy: tuple[rapl.Sample, ...] = ()
    cards: tuple[hwmon_cards.HwmonCardSample, ...] = ()
    energy_read_at: float = 0.0  # on a monotonic clock


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class RawHost:
    """What the system said, before anything is made of it."""

    boot_timestamp_seconds: float | None
    cpu_percent: float | None
    load: tuple[float, float, float] | None
    memory_size_bytes: int
    memory_available_bytes: int
    swap_used_bytes: int
    filesystems: tuple[FilesystemReading, ...] | None
    temperatures: Mapping[hwmon.Sensor, str]
    energy: tuple[rapl.Sample, ...] = ()
    cards: tuple[hwmon_cards.HwmonCardSample, ...] = ()
    energy_read_at: float = 0.0  # on a monotonic clock


class Board:
    """Reads the files of hwmon and RAPL, and looks for them anew once a minute. Used by one thread, which may hang."""

    def __init__(self, sysfs: Path, monotonic: Callable[[], float]) -> None:
        self._sysfs, self._monotonic = sysfs, monotonic
        self._sensors: tuple[hwmon.Sensor, ...] = ()
        self._zones: tuple[rapl.Zone, ...] = ()
        self._cards: tuple[hwmon_cards.HwmonCard, ...] = ()
        self._found_at: float | None = None

    def read(self) -> RawBoard:
        now = self._monotonic()
        if self._found_at is None or now - self._found_at >= SENSORS_KEPT_SECONDS:
            self._sensors, self._zones = hwmon.find(self._sysfs), rapl.find(self._sysfs)
            self._cards = hwmon_cards.find(self._sysfs)
            self._found_at = now
        energy, cards, energy_read_at = rapl.read(self._zones), hwmon_cards.read(self._cards), self._monotonic()
        temperatures = hwmon.read(self._sensors)
        return RawBoard(temperatures=temperatures, energy=energy, cards=cards, energy_read_at=energy_read_at)


class HostCollector:
    """Reads this machine. Making one does not fail: what cannot be read then is told by ``read()``."""

    def __init__(
        self,
        *,
        sysfs: Path = Path("/sys"),
        procfs: Path = Path("/proc"),
        monotonic: Callable[[], float],
    ) -> None:
        self._procfs, self._monotonic = procfs, monotonic
        self._tables = [KeptTable(procfs / name) for name in ("stat", "meminfo", "loadavg")]
        self._stat, self._meminfo, self._loadavg = self._tables
        psutil.PROCFS_PATH = str(procfs)
        self._facts = _facts(procfs)
        self._hands = Hands("disks and board")
        self._mounted = Disks(procfs / "self" / "mountinfo")
        self._disks = Aside(self._hands, self._mounted.read)
        self._board = Aside(self._hands, Board(sysfs, monotonic).read)
        self._no_temperatures: Mapping[hwmon.Sensor, str] = {}  # each sensor that is known, with no text
        # Load and power are differences between two moments: this is the first one.
        self._meter, self._cards = rapl.PackageMeter(), hwmon_cards.HwmonCards()
        self._board.ask()
        self._utilization_since = monotonic()
        self._processor_ticks: Sequence[int] | None = None
        self._boot_timestamp_seconds: float | None = None
        with contextlib.suppress(SourceError):
            stat = self._read_stat()
            self._boot_timestamp_seconds = kernel_tables.boot_timestamp(stat)
            self._processor_ticks = self._spent(stat)
        if (board := self._board_answer(FIRST_SECONDS)) is not None:
            self._meter.open(board.energy, board.energy_read_at)
            self._cards.follow(board.cards, board.energy_read_at, first_index=0)

    @property
    def disks_stuck(self) -> bool:
        """Whether a disk or a sensor of the board keeps its thread waiting beyond the deadline."""
        return self._disks.stuck or self._board.stuck

    def close(self) -> None:
        """End the thread within 0.1 s; one that hangs ends when it wakes. A last ``read()`` may be on its way."""
        self._hands.close()
        self._mounted.close()
        for table in self._tables:
            table.close()

    def read(self, *, disk_deadline_seconds: float) -> RawHost:
        """Ask ``/proc``, then disks and board: these two share ``disk_deadline_seconds``, and who is late is absent.

        Raises:
            SourceError: ``/proc`` cannot be read.
            BadPayload: it can, and does not hold what the kernel writes there.
        """
        psutil.PROCFS_PATH = str(self._procfs)
        memory = _asked(self._meminfo, lambda: kernel_tables.read_memory(self._meminfo))
        stat = self._read_stat()
        cpu_percent = self._cpu_percent(stat)
        deadline = self._monotonic() + disk_deadline_seconds
        self._disks.ask()
        self._board.ask()  # behind the disks: many a sensor takes long, and they would need another thread each time
        board = self._board_answer(deadline - self._monotonic())
        filesystems = self._disks.answer(deadline - self._monotonic())
        if board is None:
            board = RawBoard(temperatures=self._no_temperatures)
        return RawHost(
            boot_timestamp_seconds=self._steady_boot_time(kernel_tables.boot_timestamp(stat)),
            cpu_percent=cpu_percent,
            load=_load(self._loadavg),
            memory_size_bytes=memory.size_bytes,
            memory_available_bytes=memory.available_bytes,
            swap_used_bytes=memory.swap_used_bytes,
            filesystems=filesystems,
            temperatures=board.temperatures,
            energy=board.energy,
            cards=board.cards,
            energy_read_at=board.energy_read_at,
        )

    def _board_answer(self, deadline_seconds: float) -> RawBoard | None:
        try:
            board = self._board.answer(deadline_seconds)
        except OSError:  # the folders themselves
            return None
        if board is not None:
            self._no_temperatures = dict.fromkeys(board.temperatures, "")
        return board

    def _cpu_percent(self, stat: bytes) -> float | None:
        """The share of time in which the processors worked; ``None`` where too little has gone by."""
        now = self._monotonic()
        if now - self._utilization_since < UTILIZATION_SECONDS_MIN:
            return None
        before, self._processor_ticks = self._processor_ticks, None
        self._processor_ticks = self._spent(stat)
        self._utilization_since = now
        return None if before is None else _busy_percent(before, self._processor_ticks)

    def _read_stat(self) -> bytes:
        return _asked(self._stat, self._stat.read)

    def _spent(self, stat: bytes) -> Sequence[int]:
        return _asked(self._stat, lambda: kernel_tables.processor_ticks(stat))

    def _steady_boot_time(self, now: float | None) -> float | None:
        """The kernel derives it from the wall clock, and it wavers: only a step of the clock moves it here."""
        known = self._boot_timestamp_seconds
        if now is not None and (known is None or abs(now - known) > BOOT_TIME_JITTER_SECONDS):
            self._boot_timestamp_seconds = now
        return None if now is None else self._boot_timestamp_seconds

    def parse(self, raw: RawHost) -> HostReading:
        """The reading, with the facts about this machine that do not change."""
        reading = parse(raw, self._facts, self._meter.follow(raw.energy, raw.energy_read_at))
        cards = self._cards.follow(raw.cards, raw.energy_read_at, first_index=len(reading.devices))
        return copied_with(reading, devices=(*reading.devices, *cards)) if cards else reading


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What stays as it is while the machine is up."""

    operating_system: str | None
    kernel: str | None
    cpu_model: str | None
    cpu_count: int | None


def parse(raw: RawHost, facts: HostFacts, energy: rapl.EnergyReading = rapl.NO_ENERGY) -> HostReading:
    """One host reading. Pure."""
    booted = raw.boot_timestamp_seconds
    load1, load5, load15 = raw.load or (None, None, None)
    utilization = None if raw.cpu_percent is None else raw.cpu_percent / PERCENT_PER_UNIT
    return HostReading(
        operating_system=facts.operating_system,
        kernel=facts.kernel,
        cpu_model=facts.cpu_model,
        booted_at=None if booted is None else _moment(round(booted)),
        cpu_count=facts.cpu_count,
        cpu_utilization_ratio=utilization,
        load1=load1,
        load5=load5,
        load15=load15,
        memory_size_bytes=raw.memory_size_bytes,
        memory_available_bytes=raw.memory_available_bytes,
        swap_used_bytes=raw.swap_used_bytes,
        filesystems=raw.filesystems,
        temperatures=hwmon.parse(raw.temperatures),
        devices=_processors(
            hwmon.processor_temperatures(raw.temperatures),
            hwmon.processor_slowdowns(tuple(raw.temperatures)),
            energy.packages,
            facts.cpu_model,
        ),
        read_errors=energy.read_errors,
    )


@lru_cache(maxsize=1)  # it stays as it is
def _moment(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def _processors(
    celsius: Sequence[float | None],
    slowdowns: Sequence[float | None],
    packages: Iterable[rapl.PackageEnergy],
    model: str | None,
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
                slowdown_temperature_celsius=slowdowns[index] if index < len(slowdowns) else None,
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
        cpu_count=_cpu_count(),
    )


def _cpu_model(cpuinfo: Path) -> str | None:
    with contextlib.suppress(OSError):
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in {"model name", "Model"}:
                return clean_or_none(value)
    return None


def _load(table: KeptTable) -> tuple[float, float, float] | None:
    try:
        one, five, fifteen = (float(number) for number in table.read().split()[:3])
    except (OSError, ValueError):
        return None
    return one, five, fifteen


def _cpu_count() -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return psutil.cpu_count()
    return None


def _asked(table: KeptTable, question: Callable[[], T]) -> T:
    """What is made of a table, with its failure in our words."""
    try:
        return question()
    except (OSError, psutil.Error) as error:
        raise SourceError(f"{table.file} cannot be read: {error}. Is the kernel's /proc mounted there?") from error
    except (LookupError, ValueError, TypeError, RuntimeError) as error:
        made = f"what was made of {table.file}"
        raise BadPayload(made, error, "the kernel's own lines; it may be cut short") from error


def _busy_percent(before: Sequence[int], now: Sequence[int]) -> float | None:
    spent = [max(ticks - ticks_before, 0) for ticks_before, ticks in zip(before, now, strict=False)]
    whole, idle = sum(spent), sum(spent[_IDLE])
    return PERCENT_PER_UNIT * (whole - idle) / whole if whole else None
