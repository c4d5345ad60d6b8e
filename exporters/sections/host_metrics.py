"""The machine that the agent runs on: its load, disks and board sensors."""

from collections.abc import Iterable, Iterator

from exporters.metric_table import Labels, Section, info, one, timestamp
from miner_agent.model.readings import FilesystemReading, HostReading, TemperatureReading
from miner_agent.model.snapshot import RigSnapshot


def _hosts(snapshot: RigSnapshot) -> Iterator[tuple[Labels, HostReading]]:
    for outcome in snapshot.outcomes:
        if isinstance(outcome.reading, HostReading):
            yield (), outcome.reading


def _filesystems(snapshot: RigSnapshot) -> Iterable[tuple[Labels, FilesystemReading]]:
    """Each mount point once."""
    return {(disk.mountpoint,): disk for _, host in _hosts(snapshot) for disk in host.filesystems or ()}.items()


def _temperatures(snapshot: RigSnapshot) -> Iterable[tuple[Labels, TemperatureReading]]:
    """Each sensor once."""
    return {(board.chip, board.sensor): board for _, host in _hosts(snapshot) for board in host.temperatures}.items()


HOST: Section[HostReading] = Section(
    title="Host",
    keys=(),
    subjects=_hosts,
    specs=(
        info(
            "rig_host_info",
            "The machine.",
            ("os", "kernel", "cpu"),
            lambda h: (h.operating_system, h.kernel, h.cpu_model),
        ),
        one("rig_host_boot_time_seconds", "gauge", "When the machine started.", lambda h: timestamp(h.booted_at)),
        one(
            "rig_host_cpu_utilization_ratio",
            "gauge",
            "Share of all processors' time in use since the last tick.",
            lambda h: h.cpu_utilization_ratio,
        ),
        one("rig_host_cpus", "gauge", "Logical processors.", lambda h: h.cpu_count),
        one("rig_host_load1", "gauge", "Load average over 1 minute.", lambda h: h.load1),
        one("rig_host_load5", "gauge", "Load average over 5 minutes.", lambda h: h.load5),
        one("rig_host_load15", "gauge", "Load average over 15 minutes.", lambda h: h.load15),
        one("rig_host_memory_size_bytes", "gauge", "Memory of the machine.", lambda h: h.memory_size_bytes),
        one(
            "rig_host_memory_available_bytes",
            "gauge",
            "Memory that a new program could have without swapping.",
            lambda h: h.memory_available_bytes,
        ),
        one("rig_host_swap_used_bytes", "gauge", "Swap space in use.", lambda h: h.swap_used_bytes),
    ),
)

FILESYSTEMS: Section[FilesystemReading] = Section(
    title="File systems",
    keys=("mountpoint",),
    subjects=_filesystems,
    specs=(
        one("rig_host_filesystem_size_bytes", "gauge", "Size of the file system.", lambda f: f.size_bytes),
        one(
            "rig_host_filesystem_avail_bytes",
            "gauge",
            "Space that an ordinary user can still fill.",
            lambda f: f.available_bytes,
        ),
        one(
            "rig_host_filesystem_readonly",
            "gauge",
            "1 if the file system takes no writes.",
            lambda f: int(f.read_only),
        ),
    ),
)

TEMPERATURES: Section[TemperatureReading] = Section(
    title="Board temperatures",
    keys=("chip", "sensor"),
    subjects=_temperatures,
    specs=(
        one(
            "rig_host_temperature_celsius",
            "gauge",
            "Board sensors, by the kernel's names.",
            lambda t: t.temperature_celsius,
        ),
    ),
)
