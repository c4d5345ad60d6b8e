"""What the agent counts from tick to tick. Pure: frozen values and durations in, frozen values out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from miner_agent.model.devices import DeviceKind, DeviceState, ReadError, ReadErrorReason, ThrottleReason
from miner_agent.model.readings import HostReading, MinerSnapshot, Outcome, Reading, SensorReading
from miner_agent.model.snapshot import Device, Inventory
from miner_agent.model.status import DeviceStatus, SourceStatus

START_TIME_JITTER = timedelta(seconds=5)  # uptimes are whole seconds, and answers take time
QUANTITIES_PER_DEVICE = 64
ERROR_BOOKS = 512  # no hostile source makes more of them than that


class Tally:
    """Counters of sources and devices since the agent started."""

    def __init__(self) -> None:
        self._sources: dict[str, SourceStatus] = {}
        self._lost: Counter[str] = Counter()
        self._gone: set[str] = set()
        self._throttled: dict[str, Counter[ThrottleReason]] = {}
        self._errors: dict[str, Counter[tuple[str, ReadErrorReason]]] = {}
        self._known: dict[str, None] = {}
        self._started: dict[str, datetime] = {}
        self._expected: dict[DeviceKind, int] = {}

    def count(
        self,
        outcomes: Iterable[Outcome[Reading]],
        inventory: Inventory,
        *,
        elapsed_seconds: float,
        restarts: Mapping[str, int],
    ) -> None:
        """Take one tick in. ``elapsed_seconds`` since the last one, on a monotonic clock."""
        there: Counter[DeviceKind] = Counter()
        for device in inventory.devices:
            self._count_device(device, elapsed_seconds)
            there[device.reading.kind] += 1
        for kind, count in there.items():
            self._expected[kind] = max(count, self._expected.get(kind, 0))
        asked = set()
        for outcome in outcomes:
            asked.add(outcome.source)
            self._count_source(outcome, inventory, restarts.get(outcome.source, 0))
        for gone in self._sources.keys() - asked:  # a new configuration does not name it
            del self._sources[gone]
            self._started.pop(gone, None)

    @property
    def sources(self) -> tuple[SourceStatus, ...]:
        return tuple(self._sources.values())

    @property
    def devices(self) -> tuple[DeviceStatus, ...]:
        return tuple(
            DeviceStatus(
                device=label,
                lost_total=self._lost.get(label),
                throttled_seconds_total=dict(self._throttled.get(label, {})),
                read_errors_total=dict(self._errors.get(label, {})),
            )
            for label in self._known
        )

    @property
    def miners_started_at(self) -> dict[str, datetime]:
        return dict(self._started)

    @property
    def devices_expected(self) -> dict[DeviceKind, int]:
        return dict(self._expected)

    def _count_device(self, device: Device, elapsed_seconds: float) -> None:
        label, reading = device.label, device.reading
        if reading.state is None:
            return  # its source tells no states, so there is nothing to count
        self._known.setdefault(label)
        self._lost.setdefault(label, 0)
        if reading.state is DeviceState.LOST:
            self._lost[label] += label not in self._gone
            self._gone.add(label)
        else:
            self._gone.discard(label)
        if reading.throttle_reasons is not None:
            counted = self._throttled.setdefault(label, Counter(dict.fromkeys(ThrottleReason, 0)))
            for reason in reading.throttle_reasons:
                counted[reason] += elapsed_seconds  # type: ignore[assignment]

    def _count_source(self, outcome: Outcome[Reading], inventory: Inventory, restarts: int) -> None:
        status = self._sources.get(outcome.source) or SourceStatus(source=outcome.source, kind=outcome.kind)
        self._sources[outcome.source] = replace(
            status,
            last_success_at=outcome.asked_at if outcome.error is None else status.last_success_at,
            requests_total=status.requests_total + 1,
            failures_total=status.failures_total + (outcome.error is not None),
            restarts_total=restarts,
            series_dropped_total=status.series_dropped_total + inventory.left_out.get(outcome.source, 0),
        )
        failed = outcome.reading.read_errors if isinstance(outcome.reading, SensorReading | HostReading) else ()
        for error in (*failed, *outcome.dropped):
            self._count_error(error)
        if isinstance(outcome.reading, MinerSnapshot) and outcome.reading.uptime_seconds is not None:
            started = outcome.asked_at - timedelta(seconds=outcome.reading.uptime_seconds)
            known = self._started.get(outcome.source)
            if known is None or abs(started - known) > START_TIME_JITTER:
                self._started[outcome.source] = started
        else:
            self._started.pop(outcome.source, None)

    def _count_error(self, error: ReadError) -> None:
        if error.device not in self._errors and len(self._errors) >= ERROR_BOOKS:
            return
        counted = self._errors.setdefault(error.device, Counter())
        key = (error.quantity, error.reason)
        if key in counted or len(counted) < QUANTITIES_PER_DEVICE:
            counted[key] += 1
        self._known.setdefault(error.device)
