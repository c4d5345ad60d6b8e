"""Decides what is written of the counters that outlive the agent. Pure.

What is counted is written each tick and outlives the agent, however that ends: it is with the kernel. Only a power cut
takes such a write back. So nothing is shown above a ceiling that has safely reached the disk, which costs a wait once a
minute: whoever starts after a power cut shows that ceiling until as much is counted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from miner_agent.model.kept_counter import LARGEST, MILLI_SHARES, RESTARTS, CounterKey, KeptCounter

RigCounterKey: TypeAlias = tuple[str, str, str]
"""Rig, device and source."""
THIS_MACHINE = ""  # among the names of rigs

SYNCED_EVERY_SECONDS = 60.0
LEAD_SECONDS = 180.0  # for which a ceiling lasts at the pace of the last minute
SHORTEST_SECONDS = 10.0  # over which a pace is judged: counters move in steps
LEAST_LEADS = dict.fromkeys(MILLI_SHARES, 10_000) | {RESTARTS: 0}  # what is rare waits for the disk each time
LEAST_LEAD_MILLIJOULES = 1_000_000  # of all others


@dataclass(frozen=True, slots=True)
class CounterPage:
    """What is to be written at once, and whether to wait until the disk has it."""

    rows: dict[RigCounterKey, KeptCounter]
    synced: bool
    told_by: Mapping[RigCounterKey, str] = field(default_factory=dict)  # of those that were counted in this run


class CounterBook:
    """What this run and the earlier ones have counted, and how much of it is on disk."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[CounterKey, KeptCounter]] = {}  # by rig
        self._told: dict[RigCounterKey, int] = {}  # and not written since
        self._told_by: dict[str, dict[CounterKey, str]] = {}  # the source by rig, of all that were counted in this run
        self._at_sync: dict[RigCounterKey, int] = {}  # what was counted when ceilings were set last
        self._synced_at_seconds: float | None = None  # None: the file that is open was not synced by this run

    def open(
        self, rows: Mapping[RigCounterKey, KeptCounter], shown: Mapping[RigCounterKey, int] = MappingProxyType({})
    ) -> int:
        """Go on with a file that holds these rows; how many of them are older than what was ``shown``.

        The first one says what earlier runs have counted. A later one may be new, or an old copy: this run knows
        better, and writes what it lacks. Where the first is an old copy, or new, only what was shown last proves it:
        a file of its own run holds at least that.
        """
        for key, row in rows.items():
            if self._of(key) is None:
                self._keep(key, row)
                self._at_sync[key] = row.counted
        raised = 0
        for key, value in shown.items():
            known = self._of(key) or KeptCounter(0)
            if value > max(known.counted, known.floor):
                self._keep(key, KeptCounter(value, known.floor, max(known.ceiling, value)))
                self._at_sync[key] = value
                raised += 1
        for key, kept in self._all():
            if rows.get(key) != kept:
                self._told.setdefault(key, kept.counted)
        self._synced_at_seconds = None
        return raised

    def tell(
        self, rig: str, counted: Mapping[CounterKey, int], told_by: Mapping[CounterKey, str] = MappingProxyType({})
    ) -> None:
        """Note what a rig has counted, to be written, and by which sources. What is on disk is never lowered."""
        self._told_by.setdefault(rig, {}).update(told_by)
        on_disk = self._kept.get(rig, {})
        for key, value in counted.items():
            kept = on_disk.get(key)
            if kept is None or value > kept.counted:
                self._told[rig, *key] = value

    @property
    def is_behind(self) -> bool:
        """Whether something is to be written."""
        return bool(self._told)

    def kept(self, rig: str) -> Mapping[CounterKey, KeptCounter]:
        """What is on disk of a rig."""
        return dict(self._kept.get(rig, {}))

    def next_page(self, at_seconds: float) -> CounterPage:
        """What to write now, at that moment of a clock that is never set."""
        rows = {key: self._row(key, counted) for key, counted in self._told.items()}
        before = self._synced_at_seconds
        is_due = before is None or at_seconds - before >= SYNCED_EVERY_SECONDS
        if not is_due and not any(self._nears_its_ceiling(key, row) for key, row in rows.items()):
            return CounterPage(rows, synced=False, told_by=self._sources(rows))
        pace_seconds = SHORTEST_SECONDS if before is None else max(at_seconds - before, SHORTEST_SECONDS)
        rows = {key: self._with_new_ceiling(key, row, pace_seconds) for key, row in rows.items()}
        for key, kept in self._all():
            if key not in rows and (row := self._with_new_ceiling(key, kept, pace_seconds)).ceiling < kept.ceiling:
                rows[key] = row
        return CounterPage(rows, synced=True, told_by=self._sources(rows))

    def written(self, page: CounterPage, at_seconds: float) -> None:
        """Note that a page is on disk, as safely as it asked for."""
        for key, row in page.rows.items():
            self._keep(key, row)
            if key in self._told and self._told[key] <= row.counted:  # less may have been told meanwhile
                del self._told[key]
        if page.synced:
            self._synced_at_seconds = at_seconds
            self._at_sync = {key: kept.counted for key, kept in self._all()}

    def _sources(self, rows: Iterable[RigCounterKey]) -> dict[RigCounterKey, str]:
        told_by = {key: self._told_by.get(key[0], {}).get(key[1:]) for key in rows}
        return {key: source for key, source in told_by.items() if source is not None}

    def _row(self, key: RigCounterKey, counted: int) -> KeptCounter:
        kept = self._of(key)
        return KeptCounter(counted) if kept is None else KeptCounter(counted, kept.floor, kept.ceiling)

    def _nears_its_ceiling(self, key: RigCounterKey, row: KeptCounter) -> bool:
        """Whether half of the way to it is gone since it was set."""
        return 2 * row.counted >= row.ceiling + self._at_sync.get(key, 0)

    def _with_new_ceiling(self, key: RigCounterKey, row: KeptCounter, pace_seconds: float) -> KeptCounter:
        """As high as is needed and no higher: that is how long a counter stands still after a power cut."""
        grown = row.counted - self._at_sync.get(key, row.counted)
        least = LEAST_LEADS.get(key[2], LEAST_LEAD_MILLIJOULES)
        lead = max(int(grown * LEAD_SECONDS / pace_seconds), least) if least else 0
        return KeptCounter(row.counted, row.floor, min(max(row.counted, row.floor) + lead, LARGEST))

    def _all(self) -> Iterator[tuple[RigCounterKey, KeptCounter]]:
        for rig, counters in self._kept.items():
            for (device, source), kept in counters.items():
                yield (rig, device, source), kept

    def _of(self, key: RigCounterKey) -> KeptCounter | None:
        rig, device, source = key
        return self._kept.get(rig, {}).get((device, source))

    def _keep(self, key: RigCounterKey, kept: KeptCounter) -> None:
        rig, device, source = key
        self._kept.setdefault(rig, {})[device, source] = kept
