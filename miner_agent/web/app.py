"""The web application: pages of metrics, this machine's and those of rigs behind the gateway, and how the agent is.

A scrape touches nothing: it gets bytes that are made of the last tick, once. Nothing here changes anything, so there
are no methods but GET and HEAD, no cookies and no CORS.
"""

import json
from collections.abc import Sequence
from functools import lru_cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from miner_agent.web.day_pages import RETRY_SECONDS, DayPages
from miner_agent.web.faced import Faced
from miner_agent.web.guard import Guard, GuardedApp, header, sees_money
from miner_agent.web.inquiry import Face
from miner_agent.web.pages import Pages, Rendered, RigPage, RigPages
from miner_agent.web.security_headers import SECURITY_HEADERS

TEXT_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"

PIECE_BYTES = 256 * 1024

_JSON_HEADERS = {**SECURITY_HEADERS, "content-type": "application/json"}
_UNKNOWN: dict[str, object] = {"verdict": "unknown", "symptoms_total": 0, "symptoms": []}

_NO_PAGE_YET = "There is no page of metrics yet: the first reading has not ended. Try again in a few seconds."
_NO_PAGE_OF_RIG_YET = "There is no page of this rig yet: its first answer has not come. Try again in a few seconds."
_NO_DAYS = "This agent keeps no days."
_RIGS_NAMED = 100
_ERROR_SENTENCES = {
    404: "There is no such page. The pages are / /metrics /-/healthy /-/ready /-/verdict /-/days /rigs /sd",
}


def build_app(
    pages: Pages,
    *,
    guard: Guard | None = None,
    rigs: RigPages | None = None,
    days: DayPages | None = None,
    face: Face | None = None,
) -> Starlette:
    """The application that serves ``pages``.

    Args:
        pages: what is served.
        rigs: the pages of rigs behind the gateway.
        days: what is told of days that are over; none: nothing is.
        guard: says who may ask; none: whoever calls it by a loopback name.
        face: answers for every other path; none: there is no other.
    """

    # All handlers are coroutines: Starlette would run plain functions in a pool of threads.
    async def ready(_request: Request) -> Response:
        reason, verdict = pages.reason_not_ready(), pages.verdict
        if reason is not None:
            return plain_answer(503, reason)
        return plain_answer(200, "ready" if verdict is None else f"ready\n{verdict.in_short}")

    async def tell_verdict(_request: Request) -> Response:
        verdict = pages.verdict
        if verdict is None:
            return _json(_UNKNOWN | {"why": pages.reason_not_ready() or "there is no verdict"})
        return Response(verdict.body, headers=_JSON_HEADERS)

    others = rigs or RigPages(lambda: 0.0)

    async def list_rigs(_request: Request) -> Response:
        return _json([_listed(others, name, known) for name, known in others.known().items()])

    async def discover(request: Request) -> Response:
        return _json([_target(request.headers["host"], name) for name in others.names])

    async def tell_days(request: Request) -> Response:
        if days is None:
            return plain_answer(404, _NO_DAYS)
        asked = request.query_params
        status, told = await days.told(request.path_params.get("day"), asked.get("rig"), asked.get("time_zone"))
        if isinstance(told, bytes):
            return Response(told, headers=_JSON_HEADERS)
        return plain_answer(status, told, {"retry-after": str(RETRY_SECONDS)} if status == 503 else None)

    app = Starlette(
        routes=[
            Route("/metrics", _Metrics(pages), methods=["GET"]),
            Route("/-/healthy", _healthy, methods=["GET"]),
            Route("/-/ready", ready, methods=["GET"]),
            Route("/-/verdict", tell_verdict, methods=["GET"]),
            Route("/-/days", tell_days, methods=["GET"]),
            Route("/-/day/{day}", tell_days, methods=["GET"]),
            Route("/rigs", list_rigs, methods=["GET"]),
            Route("/rigs/{name}/metrics", _RigMetrics(others), methods=["GET"]),
            Route("/sd", discover, methods=["GET"]),
            *([] if face is None else [Route("/{path:path}", Faced(face), methods=["GET"])]),
        ],
        middleware=[Middleware(GuardedApp, guard=guard or Guard(), refuse=plain_answer)],
        exception_handlers={HTTPException: _http_error, Exception: _bug},
    )
    app.router.redirect_slashes = False
    return app


def prefers_openmetrics(accept: str) -> bool:
    """Whether an Accept header asks for OpenMetrics 1.0.0 at least as much as for the text format.

    A version that is left out means ours; another one is another format, which we do not speak.

    >>> prefers_openmetrics("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5")
    True
    >>> prefers_openmetrics("application/openmetrics-text;version=0.0.1,text/plain;q=0.5")
    False
    >>> prefers_openmetrics("*/*")
    False
    """
    qualities: dict[str, float] = {}
    for entry in accept.lower().split(","):
        media_type, parameters = _media_range(entry)
        if media_type == "application/openmetrics-text" and parameters.get("version", "1.0.0") != "1.0.0":
            continue
        quality = _quality(parameters.get("q", "1"))
        qualities[media_type] = max(quality, qualities.get(media_type, 0.0))
    openmetrics = qualities.get("application/openmetrics-text", 0.0)
    wildcard = qualities.get("text/*", qualities.get("*/*", 0.0))
    return openmetrics > 0.0 and openmetrics >= qualities.get("text/plain", wildcard)


def _media_range(entry: str) -> tuple[str, dict[str, str]]:
    media_type, *parameters = (part.strip() for part in entry.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return media_type, {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _quality(text: str) -> float:
    """A weight of RFC 9110 section 12.4.2; what is none counts as "not wanted"."""
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


@lru_cache(maxsize=16)  # a scraper sends the same header each time
def _openmetrics_wanted(accept: bytes) -> bool:
    return prefers_openmetrics(accept.decode("latin-1"))


class _Metrics:
    """The page of metrics, as bare ASGI: this is the one path that is asked all day."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._pages.current
        if page is None:
            await plain_answer(503, _NO_PAGE_YET)(scope, receive, send)
        else:
            await _send_in_its_format(scope, send, page)


class _RigMetrics:
    """The same for one rig behind the gateway: a thousand of them are asked all day."""

    def __init__(self, rigs: RigPages) -> None:
        self._rigs = rigs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            page = self._rigs.current(scope["path_params"]["name"])
        except KeyError:
            await plain_answer(404, _no_such_rig(self._rigs.names))(scope, receive, send)
            return
        if page is None:
            await plain_answer(503, _NO_PAGE_OF_RIG_YET)(scope, receive, send)
        else:
            await _send_in_its_format(scope, send, page)


async def _send_in_its_format(scope: Scope, send: Send, page: Rendered) -> None:
    page = page if sees_money(scope) else page.public
    if _openmetrics_wanted(header(scope, b"accept")):
        await _send_page(send, _OPENMETRICS_HEADERS, page.openmetrics)
    else:
        await _send_page(send, _TEXT_HEADERS, page.text)


def _no_such_rig(names: Sequence[str]) -> str:
    if not names:
        return "There is no such rig: the configuration names none. A miner of another machine has the key rig."
    more = f" and {len(names) - _RIGS_NAMED} more (/rigs has all)" if len(names) > _RIGS_NAMED else ""
    return f"There is no such rig. The rigs are {' '.join(names[:_RIGS_NAMED])}{more}"


def _path_of(name: str) -> str:
    return f"/rigs/{name}/metrics"  # a rig's name holds nothing that an URL would have to quote


def _target(host: str, name: str) -> dict[str, object]:
    """One entry of Prometheus' HTTP service discovery: reached as whoever asks has reached us."""
    return {"targets": [host.removesuffix(":")], "labels": {"__metrics_path__": _path_of(name), "rig": name}}


def _listed(rigs: RigPages, name: str, known: RigPage | None) -> dict[str, object]:
    """One entry of the list; ``up`` is null, and the verdict unknown, where the rig has not been read in its time."""
    fresh = known is not None and rigs.is_fresh(known)
    return {
        "rig": name,
        "metrics": _path_of(name),
        "up": known.up if known is not None and fresh else None,
        "reason": known.reason if known is not None and fresh else None,
        "dead": known.dead if known is not None else None,
        "asked_at": known.asked_at.isoformat() if known is not None else None,
        **(known.verdict() if known is not None and fresh else _UNKNOWN),
    }


def _json(found: object) -> Response:
    return Response(json.dumps(found), headers=_JSON_HEADERS)


def _raw_headers(content_type: str) -> list[tuple[bytes, bytes]]:
    headers = {"content-type": content_type, **SECURITY_HEADERS}
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


_TEXT_HEADERS = _raw_headers(TEXT_CONTENT_TYPE)
_OPENMETRICS_HEADERS = _raw_headers(OPENMETRICS_CONTENT_TYPE)


async def _send_page(send: Send, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    start: Message = {
        "type": "http.response.start",
        "status": 200,
        "headers": [*headers, (b"content-length", b"%d" % len(body))],
    }
    await send(start)
    # The host leaves the body out for HEAD. It buffers a piece per client; small pages are one piece.
    sent = 0
    while len(body) - sent > PIECE_BYTES:
        piece = body[sent : sent + PIECE_BYTES]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        sent += PIECE_BYTES
    await send({"type": "http.response.body", "body": body[sent:]})


def plain_answer(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    """A sentence for people."""
    return PlainTextResponse(f"{sentence}\n", status, {**SECURITY_HEADERS, **(headers or {})})


async def _healthy(_request: Request) -> Response:
    return plain_answer(200, "ok")


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return plain_answer(status, _ERROR_SENTENCES.get(status, "This cannot be answered."))


async def _bug(_request: Request, _error: Exception) -> Response:
    """Starlette raises the error again after this answer, so that the host logs it."""
    return plain_answer(500, "The agent failed to answer; its log says why.")
