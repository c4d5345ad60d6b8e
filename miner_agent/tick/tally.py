"""What the agent counts from tick to tick. Pure: frozen values and durations in, frozen values out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from operator import attrgetter

from miner_agent.model.devices import DeviceKind
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.readings import Outcome, Reading
from miner_agent.model.snapshot import Inventory
from miner_agent.model.status import DeviceStatus, SourceStatus
from miner_agent.tick.device_counts import DeviceCounts

_KIND = attrgetter("reading.kind")


class Tally:
    """Counters of sources and devices since the agent started."""

    __slots__ = ("_devices", "_expected", "_kinds", "_sources")

    def __init__(self) -> None:
        self._sources: dict[str, SourceStatus] = {}
        self._devices = DeviceCounts()
        self._kinds: list[DeviceKind] = []  # of the devices of the last tick
        self._expected: dict[DeviceKind, int] = {}

    def count(
        self,
        outcomes: Iterable[Outcome[Reading]],
        inventory: Inventory,
        *,
        elapsed_seconds: float,
        restarts: Mapping[str, int],
        reading_seconds: Mapping[str, float],
    ) -> None:
        """Take one tick in.

        Args:
            outcomes: what each source gave.
            inventory: what is made of them.
            elapsed_seconds: since the last tick, on a monotonic clock. [s]
            restarts: of the process that reads a source.
            reading_seconds: of the processor, for what each source answered. [s]
        """
        kinds = list(map(_KIND, inventory.devices))
        if kinds != self._kinds:
            self._kinds = kinds
            for kind, count in Counter(kinds).items():
                self._expected[kind] = max(count, self._expected.get(kind, 0))
        answers = tuple(outcomes)
        cut = self._devices.follow(answers, inventory, elapsed_seconds=elapsed_seconds)
        for outcome in answers:
            left_out = inventory.left_out.get(outcome.source, 0) + cut.get(outcome.source, 0)
            self._count_source(
                outcome, left_out, restarts.get(outcome.source, 0), reading_seconds.get(outcome.source, 0.0)
            )
        asked = {outcome.source for outcome in answers}
        for gone in self._sources.keys() - asked:  # a new configuration does not name it
            del self._sources[gone]

    @property
    def sources(self) -> tuple[SourceStatus, ...]:
        return tuple(self._sources.values())

    @property
    def devices(self) -> tuple[DeviceStatus, ...]:
        return self._devices.statuses

    @property
    def devices_expected(self) -> dict[DeviceKind, int]:
        return dict(self._expected)

    def _count_source(self, outcome: Outcome[Reading], left_out: int, restarts: int, reading_seconds: float) -> None:
        status = self._sources.get(outcome.source) or SourceStatus(source=outcome.source, kind=outcome.kind)
        self._sources[outcome.source] = copied_with(
            status,
            last_success_at=outcome.asked_at if outcome.error is None else status.last_success_at,
            requests_total=status.requests_total + 1,
            failures_total=status.failures_total + (outcome.error is not None),
            restarts_total=restarts,
            series_dropped_total=status.series_dropped_total + left_out,
            reading_seconds_total=status.reading_seconds_total + reading_seconds,
        )
