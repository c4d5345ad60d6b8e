"""What is counted of each device from tick to tick: how often it was lost, how long throttled, what could not be read.

Errors tell of what a source says, so that a source makes the names under which they are counted. It has room for so
many of its own, and takes none of another's; what finds no room is counted too. What is gone for a day is forgotten.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter

from miner_agent.model.devices import DeviceReading, DeviceState, ReadError, ReadErrorReason, ThrottleReason
from miner_agent.model.readings import HostReading, Outcome, Reading, SensorReading
from miner_agent.model.snapshot import Device, Inventory
from miner_agent.model.status import DeviceStatus

ERRORS_A_SOURCE = 500  # a quarter of its page: the errors of one bad answer must leave room for what it reads later
ERRORS_A_DEVICE = 64
FORGOTTEN_AFTER_SECONDS = 86_400.0
_COUNTED_BY = attrgetter("label", "source", "reading.state", "reading.throttle_reasons")
_WITH_READ_ERRORS = (SensorReading, HostReading)
_LABEL, _THROTTLED_BY = itemgetter(0), itemgetter(3)


@dataclass(slots=True)
class _Counted:
    """Of one device, or of what a source says beside its devices."""

    source: str  # whose it is
    seen_seconds: float = 0.0  # when an error was last counted for it, or it was last there and is there no more
    lost_total: int | None = None
    is_lost: bool = False
    throttled_seconds: dict[ThrottleReason, float] = field(default_factory=dict)
    errors: dict[tuple[str, ReadErrorReason], int] = field(default_factory=dict)


class DeviceCounts:
    """The counters of all devices since the agent started. Fed once a tick."""

    __slots__ = ("_counted", "_counted_by", "_now_seconds", "_sources", "_statuses")

    def __init__(self) -> None:
        self._counted: dict[str, _Counted] = {}
        self._now_seconds = 0.0  # of ticks, from the first one on
        self._counted_by: list[tuple[str, str, DeviceState | None, tuple[ThrottleReason, ...] | None]] = []
        self._sources: tuple[str, ...] = ()
        self._statuses: tuple[DeviceStatus, ...] | None = None  # None: something has been counted since they were made

    @property
    def statuses(self) -> tuple[DeviceStatus, ...]:
        if self._statuses is None:
            self._statuses = tuple(
                DeviceStatus(
                    device=label,
                    source=counted.source,
                    lost_total=counted.lost_total,
                    throttled_seconds_total=dict(counted.throttled_seconds),
                    read_errors_total=dict(counted.errors),
                )
                for label, counted in self._counted.items()
            )
        return self._statuses

    def follow(
        self, outcomes: Iterable[Outcome[Reading]], inventory: Inventory, *, elapsed_seconds: float
    ) -> Mapping[str, int]:
        """Take one tick in. Gives how many errors of each source found no room.

        Args:
            outcomes: of all sources that there are; what belonged to others is forgotten.
            inventory: the devices of the tick.
            elapsed_seconds: since the last tick, on a monotonic clock.
        """
        self._count_states(inventory, elapsed_seconds)
        errors = {outcome.source: _errors(outcome) for outcome in outcomes}
        cut = self._count_errors(errors, inventory) if any(errors.values()) else {}
        self._forget(errors.keys())
        return cut

    def _count_states(self, inventory: Inventory, elapsed_seconds: float) -> None:
        """Of devices that are as they were, and whose clocks nothing holds down, there is nothing new to count."""
        before_seconds, self._now_seconds = self._now_seconds, self._now_seconds + elapsed_seconds
        before, self._counted_by = self._counted_by, list(map(_COUNTED_BY, inventory.devices))
        if self._counted_by == before and not any(map(_THROTTLED_BY, before)):
            return
        self._statuses = None
        for label, *_ in before:
            if label in self._counted:
                self._counted[label].seen_seconds = before_seconds
        for device in inventory.devices:
            self._follow(device, elapsed_seconds)

    def _count_errors(self, errors: Mapping[str, Iterable[ReadError]], inventory: Inventory) -> Mapping[str, int]:
        """``errors``: by source."""
        self._statuses = None
        owners = {device.label: device.source for device in inventory.devices}
        used, cut = Counter[str](), Counter[str]()
        for counted in self._counted.values():
            used[counted.source] += len(counted.errors)
        for source, told in errors.items():
            for error in told:
                label = _label(error, source, owners, inventory)
                cut[source] += not self._count(label, error, source, used)
        return cut

    def _follow(self, device: Device, elapsed_seconds: float) -> None:
        reading = device.reading
        counted = self._counted.get(device.label)
        if counted is None:
            if reading.state is None:
                return  # its source tells no states, so there is nothing to count
            counted = self._counted[device.label] = _Counted(device.source)
        counted.source = device.source
        if reading.state is not None:
            _count_state(counted, reading, reading.state, elapsed_seconds)

    def _count(self, label: str, error: ReadError, source: str, used: Counter[str]) -> bool:
        """Count an error, where there is room for it. ``used``: the kinds of errors that each source has told of."""
        counted = self._counted.get(label)
        key = (error.quantity, error.reason)
        if counted is None or key not in counted.errors:
            if used[source] >= ERRORS_A_SOURCE or (counted is not None and len(counted.errors) >= ERRORS_A_DEVICE):
                return False
            used[source] += 1
            counted = counted or self._counted.setdefault(label, _Counted(source))
        counted.errors[key] = counted.errors.get(key, 0) + 1
        counted.seen_seconds = self._now_seconds
        return True

    def _forget(self, sources: Iterable[str]) -> None:
        """What is gone for long, and what belonged to a source that a new configuration does not name."""
        before, self._sources = self._sources, tuple(sources)
        stays = {*self._sources, *map(_LABEL, self._counted_by)}
        if self._sources == before and self._counted.keys() <= stays:
            return
        longest_ago = self._now_seconds - FORGOTTEN_AFTER_SECONDS
        gone = [
            label
            for label, counted in self._counted.items()
            if counted.source not in sources or (counted.seen_seconds < longest_ago and label not in stays)
        ]
        for label in gone:
            self._statuses = None
            del self._counted[label]


def _count_state(counted: _Counted, reading: DeviceReading, state: DeviceState, elapsed_seconds: float) -> None:
    is_lost = state is DeviceState.LOST
    counted.lost_total = (counted.lost_total or 0) + (is_lost and not counted.is_lost)
    counted.is_lost = is_lost
    if reading.throttle_reasons is not None:
        seconds = counted.throttled_seconds = counted.throttled_seconds or dict.fromkeys(ThrottleReason, 0)
        for reason in reading.throttle_reasons:
            seconds[reason] += elapsed_seconds


def _errors(outcome: Outcome[Reading]) -> tuple[ReadError, ...]:
    reading = outcome.reading
    failed = reading.read_errors if isinstance(reading, _WITH_READ_ERRORS) else ()
    return (*failed, *outcome.dropped)


def _label(error: ReadError, source: str, owners: Mapping[str, str], inventory: Inventory) -> str:
    """The name under which an error is counted: none that another source has a right to."""
    if error.device_index is None:
        is_own = owners.get(error.device) == source or error.device.startswith(f"{source}/")
        return error.device if is_own else source
    label = inventory.labels.get((source, error.device_index))
    if label is None:
        return source  # the inventory did not take it
    return label if owners[label] == source else f"{source}/{error.device_index}"
