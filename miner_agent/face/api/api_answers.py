"""Answers for all paths of the API: a document, or a problem in the form of RFC 9457."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from http import HTTPStatus
from types import MappingProxyType

import msgspec

from miner_agent.face.api import ENDPOINTS
from miner_agent.face.api.api_endpoint import PREFIX, ApiEndpoint
from miner_agent.face.asked_wrongly import AskedWrongly
from miner_agent.face.known import Known
from miner_agent.face.past.log_question import LogQuestion
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.views.figures import Circumstances
from miner_agent.web.inquiry import Inquiry, Reply

ROOT = "/api/"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
JSON, PROBLEM = "application/json", "application/problem+json"
_NOTHING_YET = "No tick is complete yet. Try again in a few seconds."


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no document."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class ApiAnswers:
    """The endpoints by their paths."""

    def __init__(self, past: PastDesk, endpoints: Sequence[ApiEndpoint] = ENDPOINTS) -> None:
        self._past = past
        self._endpoints = {PREFIX + one.path: one for one in endpoints}
        self._encoder = msgspec.json.Encoder()

    def answer(self, asked: Inquiry, known: Known | None, at: Circumstances | None) -> Reply | Future[Reply] | None:
        """The document; ``None`` where the path is none of the API."""
        if not asked.path.startswith(ROOT):
            return None
        endpoint = self._endpoints.get(asked.path)
        if endpoint is None:
            there = " ".join(self._endpoints)
            return problem(404, f"There is no such document. Those that there are: {there}")
        strange = next((name for name, _ in asked.query if name not in endpoint.parameters), None)
        if strange is not None:
            takes = ", ".join(endpoint.parameters) or "none"
            return problem(400, f"{endpoint.path} does not take the parameter {strange!a:.64}; it takes {takes}")
        if known is None or at is None:
            return problem(503, _NOTHING_YET)
        try:
            made = endpoint.make(known, at, dict(asked.query))
        except AskedWrongly as error:
            return problem(400, str(error))
        if isinstance(made, LogQuestion):
            return self._past.ask(made, self._document, problem, form=JSON)
        return self._document(made)

    def _document(self, made: msgspec.Struct | list[msgspec.Struct]) -> Reply:
        return Reply(media_type=JSON, body=self._encoder.encode(made))


def problem(status: int, detail: str, headers: Mapping[str, str] = NO_HEADERS) -> Reply:
    """An answer that says what is wrong, for programs."""
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Reply(status=status, media_type=PROBLEM, body=msgspec.json.encode(told), headers=headers)
