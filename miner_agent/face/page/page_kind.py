"""What a page for people is: where it is, its template, and the views that this is filled with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from miner_agent.face.known import Known
from miner_agent.face.question_desk import AskedLater
from miner_agent.views.figures import Circumstances

Filling: TypeAlias = Mapping[str, object]
"""What stands in a template, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFirst:
    """A page that is filled once somebody else has answered."""

    question: AskedLater
    fill: Callable[[Any], Filling]  # with the view that the question is answered by


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKind:
    """One page."""

    path: str
    title: str
    template: str  # in templates/
    make: Callable[[Known, Circumstances, Mapping[str, str]], Filling | AskedFirst]
    parameters: tuple[str, ...] = ()
