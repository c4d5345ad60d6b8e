"""How a page of metrics gets to who looks for alerts: as what makes it, to be asked for once it is looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from exporters.metric_table import Family

Families: TypeAlias = Callable[[], Sequence[Family]]
"""Makes what a page is made of, in the thread that asks."""


class HandOver(Protocol):
    """Takes a page of a rig. Returns at once."""

    def __call__(
        self, rig: str, families: Families, *, interval_seconds: float, fresh_seconds: float | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class HandedPage:
    """What makes a page, and until when it holds, on the monotonic clock."""

    families: Families
    interval_seconds: float
    fresh_until: float
