"""The machine that the agent runs on: its load, disks and board sensors."""

import msgspec

from miner_agent.model.readings import HostReading, Outcome, Reading
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import Circumstances, Figure, Moment, Perhaps, figures_of

NO_HOST = "nobody reads this machine itself"
NO_READING = "the collector of this machine gave no reading"
NO_DISKS = "the disks did not answer in time"


class FilesystemView(msgspec.Struct, frozen=True, kw_only=True):
    """One mounted file system."""

    mountpoint: str
    read_only: bool
    size_bytes: Figure
    available_bytes: Figure


class BoardTemperatureView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the board's sensors, by the names that the kernel gives it."""

    chip: str
    sensor: str
    temperature_celsius: Figure


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """The machine as of the tick."""

    operating_system: str | None
    kernel: str | None
    cpu_model: str | None
    booted_at: Moment | None
    cpu_count: Figure
    cpu_utilization_ratio: Figure
    load1: Figure
    load5: Figure
    load15: Figure
    memory_size_bytes: Figure
    memory_available_bytes: Figure
    swap_used_bytes: Figure
    filesystems: list[FilesystemView] | None
    filesystems_reason: str | None  # why there are none
    temperatures: list[BoardTemperatureView]


def host_view(snapshot: RigSnapshot, at: Circumstances) -> Perhaps[HostView]:
    """The machine; of a rig behind the gateway there is none."""
    outcome = next((one for one in snapshot.outcomes if one.source == "host" and one.kind == "collector"), None)
    told = next((one for one in snapshot.outcomes if isinstance(one.reading, HostReading)), outcome)
    if told is None:
        return Perhaps(value=None, reason=NO_HOST)
    if not isinstance(told.reading, HostReading):
        return Perhaps(value=None, reason=NO_READING)
    return Perhaps(value=_host_view(told, told.reading, at))


def _host_view(outcome: Outcome[Reading], host: HostReading, at: Circumstances) -> HostView:
    source, taken_at = outcome.source, outcome.asked_at
    disks = None
    if host.filesystems is not None:
        disks = [
            FilesystemView(
                mountpoint=disk.mountpoint,
                read_only=disk.read_only,
                **figures_of(FilesystemView, disk, source=source, taken_at=taken_at, at=at),
            )
            for disk in {each.mountpoint: each for each in host.filesystems}.values()
        ]
    boards = {(each.chip, each.sensor): each for each in host.temperatures}
    return HostView(
        operating_system=host.operating_system,
        kernel=host.kernel,
        cpu_model=host.cpu_model,
        booted_at=host.booted_at,
        filesystems=disks,
        filesystems_reason=NO_DISKS if disks is None else None,
        temperatures=[
            BoardTemperatureView(
                chip=board.chip,
                sensor=board.sensor,
                **figures_of(BoardTemperatureView, board, source=source, taken_at=taken_at, at=at),
            )
            for board in boards.values()
        ],
        **figures_of(HostView, host, source=source, taken_at=taken_at, at=at),
    )
