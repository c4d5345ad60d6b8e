"""The description of the API, made from the very kinds that it tells: OpenAPI 3.1.

It is made here and kept beside the endpoints: to make it takes ten times the memory that it has, which an agent would keep.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import msgspec

from miner_agent.face.api.api_endpoint import FORMAT, FORMATS, PREFIX, ApiEndpoint
from miner_agent.face.api.rows_csv import CSV
from miner_agent.storage.telemetry.charts import MOST_POINTS, QUANTITIES
from miner_agent.storage.telemetry.questions import By
from miner_agent.views.problem_view import Problem

VERSION = "1.0"
_REF = "#/components/schemas/{name}"
_TEXT: Mapping[str, Any] = {"type": "string"}
PARAMETERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    FORMAT: ("JSON, or the rows as CSV.", {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]}),
    "rig": ("The name of a rig, as /api/v1/rigs tells it.", _TEXT),
    "quantity": ("Which quantity, by its name in the log.", {"type": "string", "enum": list(QUANTITIES)}),
    "device": ("The names of devices, with commas between them; left away: all.", _TEXT),
    "from": ("Since when: a span before the end such as 24h, or a moment.", _TEXT),
    "to": ("Until when; left away: the newest tick.", _TEXT),
    "points": ("How many points at most.", {"type": "integer", "minimum": 1, "maximum": MOST_POINTS}),
    "by": ("Which periods.", {"type": "string", "enum": list(get_args(By))}),
    "zone": ("Whose days are meant, such as Europe/Berlin; left away: those of UTC.", _TEXT),
    "set": ("Inputs that are others, with commas between them, such as kwh_price=0.20,difficulty=+30%.", _TEXT),
    "sweep": ("One or two rows of values, with a comma between them, such as kwh_price=0.05:0.30:0.05.", _TEXT),
    "coin": ("The ticker of a coin; left away: the best one.", _TEXT),
    "year": ("The tax year, such as 2026, or 2025-26 where it does not begin in January; all.", _TEXT),
    "book": ("Which book; left away: the only one.", _TEXT),
}
"""Every parameter that a document takes, by its name: what it means, and what it may be."""
_EXAMPLES = {"from": "24h", "zone": "Europe/Berlin", "year": "2025"}
_REFUSALS = {
    "400": "A parameter is wrong, or there is none of that name.",
    "403": "It is shown to others alone.",
    "404": "There is nothing of what is meant.",
    "503": "It is not known yet, or cannot be told just now.",
}


def described(endpoints: Sequence[ApiEndpoint]) -> dict[str, Any]:
    """All documents, and what is in them."""
    kinds = [*(one.view for one in endpoints), Problem]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    refused = {"application/problem+json": {"schema": schemas[-1]}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "miner-agent",
            "version": VERSION,
            "description": "What an agent knows of its rigs. It only grows. A field is always there; null says that "
            "there is nothing to tell, and a reason beside it says why.",
        },
        "paths": {
            PREFIX + one.path: {"get": _operation(one, schema, refused)}
            for one, schema in zip(endpoints, schemas, strict=False)
        },
        "components": {"schemas": {name: _whole(kind) for name, kind in sorted(components.items())}},
    }


def _operation(endpoint: ApiEndpoint, schema: Any, refused: Any) -> dict[str, Any]:
    in_path = re.findall(r"{(\w+)}", endpoint.path)
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if endpoint.row is not None:
        content[CSV.partition(";")[0]] = {"schema": _TEXT}
    return {
        "operationId": re.sub(r"\W+", "_", endpoint.path).strip("_"),
        "summary": endpoint.summary,
        "parameters": [_parameter(name, "path") for name in in_path]
        + [_parameter(name, "query") for name in endpoint.takes],
        "responses": {
            "200": {"description": endpoint.summary, "content": content},
            **{status: {"description": why, "content": refused} for status, why in _REFUSALS.items()},
        },
    }


def _parameter(name: str, place: str) -> dict[str, Any]:
    meaning, schema = PARAMETERS[name]
    told = {"name": name, "in": place, "required": place == "path", "description": meaning, "schema": schema}
    return told if name not in _EXAMPLES else told | {"example": _EXAMPLES[name]}


def _whole(kind: dict[str, Any]) -> dict[str, Any]:
    """What is told has every field, whatever its kind could be made without."""
    told = kind.get("properties")
    if told is None:
        return kind
    bare = {
        name: {key: held for key, held in one.items() if key != "default"} if isinstance(one, dict) else one
        for name, one in told.items()
    }
    return {**kind, "properties": bare, "required": list(told)}
