"""Answers for all paths of the API: a document, or a problem in the form of RFC 9457."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import cast

import msgspec

from miner_agent.face.api import ENDPOINTS
from miner_agent.face.api.api_endpoint import FORMAT, FORMATS, PREFIX, ApiEndpoint
from miner_agent.face.api.rows_csv import CSV, csv_of
from miner_agent.face.asked_wrongly import AskedWrongly, NothingThere, NotShown
from miner_agent.face.desks import Desks
from miner_agent.face.known import Known
from miner_agent.face.question_desk import RETRY, AskedLater
from miner_agent.views.encoded import json_bytes
from miner_agent.views.figures import Circumstances
from miner_agent.views.problem_view import Problem
from miner_agent.web.inquiry import Inquiry, Reply

ROOT = "/api/"
OPENAPI = f"{PREFIX}openapi.json"
DESCRIPTION = Path(__file__).with_name("openapi-v1.json")
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
JSON, PROBLEM = "application/json", "application/problem+json"
_NOTHING_YET = "No tick is complete yet. Try again in a few seconds."


class ApiAnswers:
    """The endpoints by their paths."""

    def __init__(self, desks: Desks, endpoints: Sequence[ApiEndpoint] = ENDPOINTS) -> None:
        self._desks = desks
        self._endpoints = tuple(endpoints)
        self._patterns = {one.path: one.pattern for one in endpoints}

    def answer(self, asked: Inquiry, known: Known | None, at: Circumstances | None) -> Reply | Future[Reply] | None:
        """The document; ``None`` where the path is none of the API."""
        if not asked.path.startswith(ROOT):
            return None
        if asked.path == OPENAPI:
            return self._description(asked)
        found = self._found(asked.path)
        if found is None:
            there = " ".join((*(PREFIX + one.path for one in self._endpoints), OPENAPI))
            return problem(404, f"There is no such document. Those that there are: {there}")
        endpoint, in_path = found
        if (wrong := _wrong_in(asked.query, endpoint)) is not None:
            return problem(400, wrong)
        if known is None or at is None:
            return problem(503, _NOTHING_YET, RETRY)
        parameters = dict(asked.query)
        form = parameters.pop(FORMAT, "json")
        try:
            made = endpoint.make(known, at, parameters | in_path)
        except AskedWrongly as error:
            return problem(400, str(error))
        except NothingThere as error:
            return problem(404, str(error.args[0]))
        except NotShown as error:
            return problem(403, str(error))
        tell = partial(_as_csv, endpoint) if form == "csv" else _as_json
        if isinstance(made, AskedLater):
            return self._desks.ask(made, tell, problem, form=form)
        return tell(made)

    @staticmethod
    def _description(asked: Inquiry) -> Reply:
        if asked.query:
            return problem(400, f"{OPENAPI} takes no parameter")
        return Reply(media_type=JSON, body=msgspec.json.format(DESCRIPTION.read_bytes(), indent=-1))

    def _found(self, path: str) -> tuple[ApiEndpoint, dict[str, str]] | None:
        """Whose path that is, and what stands in the place of its parameters."""
        for endpoint in self._endpoints:
            if (fits := self._patterns[endpoint.path].fullmatch(path)) is not None:
                return endpoint, fits.groupdict()
        return None


def _wrong_in(query: Sequence[tuple[str, str]], endpoint: ApiEndpoint) -> str | None:
    """What is wrong with the parameters, in one sentence; ``None``: nothing."""
    names = [name for name, _ in query]
    for name, value in query:
        if name not in endpoint.takes:
            takes = ", ".join(endpoint.takes) or "none"
            return f"{endpoint.path} does not take the parameter {name[:40]!a}; it takes {takes}"
        if names.count(name) > 1:
            return f"{name} is given {names.count(name)} times; give it once"
        if name == FORMAT and value not in FORMATS:
            return f"{FORMAT}: {value[:40]!a} is none that there is; there are {', '.join(FORMATS)}"
    return None


def _as_json(made: msgspec.Struct | list[msgspec.Struct]) -> Reply:
    return Reply(media_type=JSON, body=json_bytes(made))


def _as_csv(endpoint: ApiEndpoint, made: msgspec.Struct | list[msgspec.Struct]) -> Reply:
    row = cast("type[msgspec.Struct]", endpoint.row)  # else the format would have been refused
    named = {"content-disposition": f'inline; filename="{endpoint.path}.csv"'}
    return Reply(media_type=CSV, body=csv_of(row, endpoint.rows(made)).encode(), headers=named)


def problem(status: int, detail: str, headers: Mapping[str, str] = NO_HEADERS) -> Reply:
    """An answer that says what is wrong, for programs."""
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Reply(status=status, media_type=PROBLEM, body=json_bytes(told), headers=headers)
