"""What an endpoint of the API is: where it is, what it takes, and the view that it tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from miner_agent.face.known import Known
from miner_agent.face.past.log_question import LogQuestion
from miner_agent.views.figures import Circumstances

PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiEndpoint:
    """One document of the API, made from what is known, or by what the log answers.

    ``make`` touches nothing; it raises AskedWrongly where the parameters are none that there can be.
    """

    path: str  # below PREFIX
    summary: str
    view: Any  # the type that is told: a struct, or a list of one
    make: Callable[[Known, Circumstances, Mapping[str, str]], msgspec.Struct | list[msgspec.Struct] | LogQuestion]
    parameters: tuple[str, ...] = ()
