"""One thing that the doctor looked at, and in which order all of them are told: by what they concern, worst first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["broken", "risk", "note", "good"]
"""It does not work, it may go wrong, it is good to know, it is well. The first two are to be mended."""
LEVELS: tuple[Level, ...] = ("broken", "risk", "note", "good")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Configuration": ("configuration",),
    "Health": ("verdict",),
    "Miners and meters": ("miner", "meter", "open port", "version"),
    "This machine": ("collector", "clock", "disk"),
    "Agent and service": ("agent", "service"),
    "Exposure": ("exposure", "secret"),
    "Alerts": ("channel",),
    "Prices": ("feed", "tariff"),
    "Books": ("books",),
}
"""What people call several areas together; of two that are equally bad the first one comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. ``mend``: what to do, where it is not well."""

    area: str
    subject: str
    said: str
    mend: str | None = None
    is_risk: bool = False  # it works, and is to be mended all the same
    is_note: bool = False  # nobody has to do anything

    @property
    def good(self) -> bool:
        return self.mend is None

    @property
    def level(self) -> Level:
        if self.mend is not None:
            return "risk" if self.is_risk else "broken"
        return "note" if self.is_note else "good"


def in_groups(checks: Iterable[Check]) -> list[tuple[str, list[Check]]]:
    """Each group with its checks, the worst first in both.

    >>> well = Check(area="clock", subject="time", said="kept")
    >>> told = [well, Check(area="books", subject="main", said="?", mend="!")]
    >>> [(group, [check.level for check in those]) for group, those in in_groups(told)]
    [('Books', ['broken']), ('This machine', ['good'])]
    """
    group_of = {area: group for group, areas in GROUPS.items() for area in areas}
    found: defaultdict[str, list[Check]] = defaultdict(list)
    for check in sorted(checks, key=_badness):
        found[group_of[check.area]].append(check)
    names = list(GROUPS)
    return sorted(found.items(), key=lambda each: (_badness(each[1][0]), names.index(each[0])))


def _badness(check: Check) -> int:
    return LEVELS.index(check.level)
