"""Holds every source to so many series a page, whatever a broken or hostile one says."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from exporters.metric_table import Family, Labels
from miner_agent.model.snapshot import RigSnapshot

SERIES_A_SOURCE = 4000  # of the 64 devices that a source may have each has 40, and with every counter 55


class Budget:
    """Counts what it leaves out, page by page, by source."""

    def __init__(self) -> None:
        self._dropped: Counter[str] = Counter()

    def held(self, families: Sequence[Family], snapshot: RigSnapshot) -> Sequence[Family]:
        """The families of one page, without what a source says beyond its budget: the last of it goes."""
        if sum(len(family.samples) for family in families) <= SERIES_A_SOURCE:
            return families
        owners, told = _sources_of_devices(snapshot), Counter[str]()
        return [kept for family in families if (kept := self._cut(family, owners, told)).samples]

    def counted(self, snapshot: RigSnapshot) -> RigSnapshot:
        """The snapshot, and in its sources' counters what pages have left out so far."""
        if not self._dropped:
            return snapshot
        sources = (
            replace(one, series_dropped_total=one.series_dropped_total + self._dropped[one.source])
            for one in snapshot.sources
        )
        return replace(snapshot, sources=tuple(sources))

    def _cut(self, family: Family, owners: Mapping[str, str], told: Counter[str]) -> Family:
        """``family`` as far as it fits. ``told``: how much of its budget each source has used."""
        if family.told_by is None:
            return family
        position = family.keys.index(family.told_by)
        kept = []
        for sample in family.samples:
            source = _source(family.told_by, sample[0], position, owners)
            told[source] += 1
            if told[source] <= SERIES_A_SOURCE:
                kept.append(sample)
            else:
                self._dropped[source] += 1
        return family if len(kept) == len(family.samples) else family._replace(samples=kept)


def _source(told_by: str, key: Labels, position: int, owners: Mapping[str, str]) -> str:
    return owners.get(key[position], "") if told_by == "device" else key[position]


def _sources_of_devices(snapshot: RigSnapshot) -> dict[str, str]:
    """Whose each device is, also of those that are gone and still counted."""
    counted = {status.device: status.source for status in snapshot.devices}
    return counted | {device.label: device.source for device in snapshot.inventory.devices}
