"""What an endpoint of the API is: where it is, what it takes, and the view that it tells."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec

from miner_agent.face.known import Known
from miner_agent.face.question_desk import AskedLater
from miner_agent.views.figures import Circumstances

PREFIX = "/api/v1/"
FORMAT, FORMATS = "format", ("json", "csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiEndpoint:
    """One document of the API, made from what is known, or by what the log answers.

    ``make`` touches nothing; it raises AskedWrongly where the parameters are none that there can be.
    """

    path: str  # below PREFIX; what stands in braces is a parameter
    summary: str
    view: Any  # the type that is told: a struct, or a list of one
    make: Callable[[Known, Circumstances, Mapping[str, str]], msgspec.Struct | list[msgspec.Struct] | AskedLater]
    parameters: tuple[str, ...] = ()
    row: type[msgspec.Struct] | None = None  # of which its CSV has a line each; None: it has no CSV
    rows: Callable[[Any], Sequence[msgspec.Struct]] = attrgetter("rows")  # those lines, of what is told

    @property
    def takes(self) -> tuple[str, ...]:
        """Every parameter that may stand behind the path."""
        return self.parameters if self.row is None else (*self.parameters, FORMAT)

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a path looks like that is meant, with its parameters as groups."""
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(PREFIX + self.path)))
