"""Remembers which cards and boards there were, over restarts too: what is not told of any more is missing.

A device that was seen in several ticks is kept on disk under its source. Whoever takes one out waits until it is
forgotten, or has the configuration say that nothing is missed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from miner_agent.model.devices import DeviceKind
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.remembered_devices import KEPT_A_SOURCE, RememberedDevice, devices_in, fact_of, moment_in
from miner_agent.model.snapshot import Inventory

REMEMBERED_SECONDS = 604_800.0  # a week: a device that is gone for longer was taken out
LONGEST_GONE = timedelta(days=3650)  # more is a clock that was not set when the device went
SETTLING_SECONDS = 120.0  # a program that was just started has not found all of its devices yet
LASTING_TICKS = 3  # what is told of so often was no odd answer, and is kept on disk
SAVED_EVERY_SECONDS = 60.0  # what comes and goes must not wear a disk out
NOTHING_LEARNT: frozenset[str] = frozenset()  # one for all: a gateway's rigs have learnt nothing before a restart
MISSED_KINDS = frozenset({DeviceKind.GPU, DeviceKind.HASHBOARD})
_LABEL = attrgetter("label")
_REMEMBERED = attrgetter("label", "source", "reading.kind", "reading.pci_address")
_WHOSE = attrgetter("source", "local")


@dataclass(slots=True)
class _Known:
    """One device."""

    source: str
    kind: DeviceKind
    ticks: int = 0  # in which it was told of
    gone_seconds: float = 0.0  # for how long it had been missing when this run began
    seen_at_seconds: float = 0.0  # when it was last told of, or this run learnt of it
    missing_since: datetime | None = None
    place: str | None = None  # its PCI address in this machine

    @property
    def lasts(self) -> bool:
        return self.ticks >= LASTING_TICKS


class KnownDevices:
    """Of one rig. Fed once a tick."""

    __slots__ = (
        "_changed",
        "_expected",
        "_forgotten",
        "_is_held",
        "_is_read",
        "_known",
        "_learnt",
        "_left",
        "_let_go",
        "_missing",
        "_now_seconds",
        "_saved_at_seconds",
        "_told",
        "remembered_seconds",
    )

    def __init__(self) -> None:
        self.remembered_seconds = REMEMBERED_SECONDS  # after so long a device is no longer missed
        self._known: dict[str, _Known] = {}
        self._left: Mapping[str, str] = {}  # facts by source, as the last run left them: those of all rigs, held once
        self._learnt = NOTHING_LEARNT  # sources whose facts were taken from there
        self._is_held = self._is_read = False
        self._changed = frozenset[str]()  # sources of which the disk does not know all
        self._saved_at_seconds: dict[str, float] = {}
        self._now_seconds = 0.0
        self._told: tuple[object, object] | None = None  # in the last tick; None: not all that is known lasts
        self._expected: Counter[DeviceKind] | None = None  # of the last tick, once somebody has asked
        self._missing: tuple[str, ...] = ()  # in the last tick
        self._forgotten: Mapping[str, str] = {}
        self._let_go: dict[str, datetime] = {}  # devices, and when somebody said that they are no longer missed

    def follow(
        self,
        asked: Mapping[str, Outcome[Reading]],
        inventory: Inventory,
        *,
        at_seconds: float,
        now: datetime | None = None,
    ) -> dict[str, str]:
        """Take one tick in; the devices that are missing, and the source that does not tell of each.

        Args:
            asked: what every source that is configured gave; what is known of others is forgotten.
            inventory: of the tick.
            at_seconds: of this tick, on a clock that is never set. [s]
            now: the same by the wall clock.
        """
        before_seconds, self._now_seconds = self._now_seconds, at_seconds
        left = self._left.keys() - self._learnt
        new = [source for source in asked if source in left] if left else []
        told = list(map(_REMEMBERED, inventory.devices)), list(map(_WHOSE, asked.values()))
        if not new and told == self._told:
            return {}
        if self._told is not None:
            for known in self._known.values():
                known.seen_at_seconds = before_seconds
        self._told = self._expected = None
        for source in new:
            self._learn(source, self._left[source], now)
        self._learnt = self._learnt.union(new) if new else self._learnt
        seen = self._look_at(asked, inventory)
        for label in [label for label, known in self._known.items() if self._is_over(known, asked)]:
            self._changed |= {self._known.pop(label).source}
        missing = self._find_missing(asked, set(map(_LABEL, inventory.devices)), now)
        self._missing = tuple(missing)
        if self._known.keys() <= seen and all(known.lasts for known in self._known.values()):
            self._told = told  # as long as that is told again, nothing is missing, and nothing is new
        return missing

    def _look_at(self, asked: Mapping[str, Outcome[Reading]], inventory: Inventory) -> set[str]:
        """Take in what is told of; the devices that would be missed if they were not told of."""
        seen, counts = set(), Counter(known.source for known in self._known.values())
        for device in inventory.devices:
            if device.reading.kind in MISSED_KINDS:
                seen.add(device.label)
                self._see(device.label, device.source, device.reading.kind, counts)
                if device.reading.pci_address is not None and asked[device.source].local:
                    self._place(device.label, device.reading.pci_address)
        return seen

    def _find_missing(
        self, asked: Mapping[str, Outcome[Reading]], there: set[str], now: datetime | None
    ) -> dict[str, str]:
        missing = {}
        others = self._other_names()
        for label, known in self._known.items():
            if label not in there and label not in others and _has_settled(asked[known.source].reading):
                missing[label] = known.source
                if known.missing_since is None and now is not None:
                    known.missing_since = now
                    self._changed |= {known.source}
        for label in self._let_go.keys() & missing.keys():
            since = self._known[label].missing_since
            if since is not None and since <= self._let_go[label]:
                del missing[label]
                self._changed |= {self._known.pop(label).source}
        return missing

    @property
    def missing_since(self) -> dict[str, datetime]:
        """Since when each of the devices is missing that are."""
        since = {label: self._known[label].missing_since for label in self._missing}
        return {label: moment for label, moment in since.items() if moment is not None}

    @property
    def expected(self) -> Counter[DeviceKind]:
        """How many there should be."""
        if self._expected is None:
            others = self._other_names()
            self._expected = Counter(known.kind for label, known in self._known.items() if label not in others)
        return self._expected

    def see(self, facts: Mapping[str, str] | None) -> None:
        """Learn what is on disk, by source; ``None`` while nobody knows: until then nothing is to be saved."""
        self._is_held = facts is None
        if facts is not None and not self._is_read:
            self._left, self._is_read = facts, True

    def forget(self, forgotten: Mapping[str, str]) -> None:
        """Learn which devices somebody has let go, and when: one that has been missing by then is missed no more."""
        if forgotten is not self._forgotten:
            self._forgotten = forgotten
            self._let_go = dict(_moments(forgotten))

    def unsaved_facts(self) -> dict[str, str]:
        """What is new since this was last asked, by source."""
        if self._is_held or not self._changed:
            return {}
        due = [
            source
            for source in self._changed
            if self._now_seconds - self._saved_at_seconds.get(source, -SAVED_EVERY_SECONDS) >= SAVED_EVERY_SECONDS
        ]
        self._changed -= {*due}
        self._saved_at_seconds |= dict.fromkeys(due, self._now_seconds)
        return self._facts(due) if due else {}

    def _see(self, label: str, source: str, kind: DeviceKind, counts: Counter[str]) -> None:
        """``counts``: how many devices are known of each source."""
        known = self._known.get(label)
        if known is None:
            if counts[source] >= KEPT_A_SOURCE:
                return
            known = self._known[label] = _Known(source, kind)
            counts[source] += 1
        elif known.source != source:
            counts[known.source] -= 1
            counts[source] += 1
        if known.missing_since is not None or known.source != source:
            self._changed |= {known.source, source}
        known.source, known.kind, known.missing_since = source, kind, None
        known.seen_at_seconds, known.gone_seconds = self._now_seconds, 0.0
        known.ticks += 1
        if known.ticks == LASTING_TICKS:
            self._changed |= {source}

    def _place(self, label: str, address: str) -> None:
        known = self._known.get(label)
        if known is not None and known.place != address:
            known.place = address
            twin = self._known.get(address)
            self._changed |= {one.source for one in (known, twin) if one is not None and one.lasts}

    def _other_names(self) -> set[str]:
        """Addresses by which a miner named cards while their driver, which tells their own names, did not answer.

        Two cards with names of their own are two, though one stands where the other one stood: a lost card shifts the
        addresses of those behind it.
        """
        named = {known.place for label, known in self._known.items() if known.place != label}
        return {label for label, known in self._known.items() if known.place == label and label in named}

    def _is_over(self, known: _Known, asked: Mapping[str, object]) -> bool:
        gone_seconds = known.gone_seconds + self._now_seconds - known.seen_at_seconds
        return known.source not in asked or gone_seconds > self.remembered_seconds

    def _facts(self, sources: Iterable[str]) -> dict[str, str]:
        told: dict[str, list[RememberedDevice]] = {source: [] for source in sources}
        others = self._other_names()
        for label, known in self._known.items():
            if known.source in told and known.lasts and label not in others:
                told[known.source].append(
                    RememberedDevice(
                        label=label, kind=known.kind, missing_since=known.missing_since, pci_address=known.place
                    )
                )
        return {source: fact_of(devices) for source, devices in told.items()}

    def _learn(self, source: str, fact: str, now: datetime | None) -> None:
        for told in devices_in(fact):
            label, kind, since = told.label, told.kind, told.missing_since
            if label in self._known:
                continue
            gone = timedelta() if since is None or now is None else now - since
            if not timedelta() <= gone < LONGEST_GONE:
                gone = timedelta()
            self._known[label] = _Known(
                source,
                kind,
                ticks=LASTING_TICKS,
                gone_seconds=gone.total_seconds(),
                seen_at_seconds=self._now_seconds,
                missing_since=since,
                place=told.pci_address,
            )


def _moments(forgotten: Mapping[str, str]) -> Iterator[tuple[str, datetime]]:
    for label, text in forgotten.items():
        with suppress(ValueError, TypeError):
            moment = moment_in(text)
            if moment is not None:
                yield label, moment


def _has_settled(reading: Reading | None) -> bool:
    """Whether what a source leaves out now can be missed."""
    if not isinstance(reading, MinerSnapshot):
        return reading is not None
    return reading.uptime_seconds is None or reading.uptime_seconds >= SETTLING_SECONDS
