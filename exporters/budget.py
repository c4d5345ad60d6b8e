"""Holds every source to so many series a page, whatever a broken or hostile one says."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from exporters import metrics

if TYPE_CHECKING:
    from exporters.prometheus import Family

SERIES_A_SOURCE = 2000
_ALWAYS_THERE = frozenset(spec.name for spec in metrics.MINER_OUTCOME)


class Budget:
    """Counts what it leaves out, page by page, by source."""

    def __init__(self) -> None:
        self._dropped: Counter[str] = Counter()

    def held(self, families: list["Family"], source_of: Mapping[str, str]) -> list["Family"]:
        """The families of one page, without what a source says beyond its budget: the last of it goes."""
        if sum(len(family.samples) for family in families) > SERIES_A_SOURCE:
            told: Counter[str] = Counter()
            families = [self._cut(family, source_of, told) for family in families]
        return [self._counted(family) for family in families if family.samples] if self._dropped else families

    def _cut(self, family: "Family", source_of: Mapping[str, str], told: Counter[str]) -> "Family":
        """``family`` as far as it fits. ``told``: how much of its budget each source has used."""
        if family.spec.name in _ALWAYS_THERE or not {"miner", "device"} & set(family.keys):
            return family
        is_work = "miner" in family.keys
        kept = []
        for sample in family.samples:
            key = sample[0]
            source = key[family.keys.index("miner")] if is_work else source_of.get(key[0], key[0])
            told[source] += 1
            if told[source] <= SERIES_A_SOURCE:
                kept.append(sample)
            else:
                self._dropped[source] += 1
        return family if len(kept) == len(family.samples) else replace(family, samples=kept)

    def _counted(self, family: "Family") -> "Family":
        if family.spec.name != metrics.SERIES_DROPPED.name:
            return family
        added = [(key, labels, value + self._dropped[key[0]]) for key, labels, value in family.samples]
        return replace(family, samples=added)
