"""What a page for people is: where it is, its template, and the views that this is filled with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from miner_agent.face.known import Known
from miner_agent.views.figures import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKind:
    """One page."""

    path: str
    title: str
    template: str  # in templates/
    make: Callable[[Known, Circumstances, Mapping[str, str]], Mapping[str, object]]  # what stands in it, by name
    parameters: tuple[str, ...] = ()
