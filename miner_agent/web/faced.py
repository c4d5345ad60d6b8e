"""A face behind the web: its questions read from requests, its answers sent with the headers that all carry."""

import asyncio
from concurrent.futures import Future
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from miner_agent.web.guard import header, sees_money
from miner_agent.web.inquiry import Face, Inquiry, Reply
from miner_agent.web.security_headers import PAGE_POLICY, SECURITY_HEADERS

_FACE_HEADERS = {**SECURITY_HEADERS, "content-security-policy": PAGE_POLICY, "cache-control": "private, no-cache"}
_MOST_PARAMETERS = 64
WAITED_SECONDS = 10.0  # for what is told beside the event loop


class Faced:
    """Asks a face for whatever nobody else answers."""

    def __init__(self, face: Face) -> None:
        self._face = face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope)
        told = self._face.answer(asked)
        answered = await self._in_time(asked, told) if isinstance(told, Future) else told
        await _response(answered, header(scope, b"if-none-match").decode("latin-1"))(scope, receive, send)

    async def _in_time(self, asked: Inquiry, told: Future[Reply]) -> Reply:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(told), WAITED_SECONDS)
        except TimeoutError:
            return self._face.late(asked)


def _asked(scope: Scope) -> Inquiry:
    """Every parameter is handed on, so that one that nobody knows can be refused."""
    text = scope["query_string"].decode("latin-1")
    try:
        query = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:  # too many of them
        query = [("", "")]
    return Inquiry(path=scope["path"], query=tuple(query), sees_money=sees_money(scope))


def _response(answered: Reply, if_none_match: str) -> Response:
    headers = {**_FACE_HEADERS, **answered.headers}
    if answered.etag is not None:
        headers["etag"] = answered.etag
        headers["vary"] = "authorization"  # who may see money is told more
        if _matches(answered.etag, if_none_match):
            return Response(status_code=304, headers=headers)
    return Response(answered.body, answered.status, {**headers, "content-type": answered.media_type})


def _matches(etag: str, if_none_match: str) -> bool:
    """Whether the client has that already: RFC 9110 section 13.1.2 compares weakly.

    >>> _matches('"a"', 'W/"a"'), _matches('"a"', '"b", "a"'), _matches('"a"', "*"), _matches('"a"', "")
    (True, True, True, False)
    """
    told = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in told or told == ["*"]
