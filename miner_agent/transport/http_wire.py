"""Over HTTP: one request and its whole answer, on a connection of its own."""

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial

import h11

from miner_agent.errors import AuthRefused, BadPayload, Challenged, Refused
from miner_agent.sources.driver import HttpLogin
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.plain_head import head_size, plain_length
from miner_agent.transport.wire import Connection, filled

HEAD_BYTES = 16 << 10  # status line and headers, with every "100 Continue" before them; also the trailers
FRAME_SHARE = 1.5  # of a body in chunks, what comes with its frame
PIECES = 4_096  # of a body: a million chunks of one byte would keep a core busy for seconds


async def ask_http(
    line: Connection, path: str, authorization: str | None = None, *, once: bool = False
) -> bytes | None:
    """The body that stands at ``path``; ``None`` where nothing does (status 404).

    ``once``: this authorization serves one request.
    """
    asked = line.endpoint, path, authorization
    sent = _spelled_get(*asked) if once else _kept_get(*asked)
    return await _exchange(line, sent, lambda: _sent(_get(*asked))[0])


def authorized(line: Connection, authorization: str | None) -> Callable[[str], Awaitable[bytes | None]]:
    """``ask_http`` for every path alike."""
    return partial(ask_http, line, authorization=authorization)


async def log_in(line: Connection, login: HttpLogin, password: str) -> bytes | None:
    """The answer to a login; ``None`` where its path is not known."""
    (body,) = filled((login.body,), password)
    headers = [*_headers(line.endpoint), ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    request = h11.Request(method="POST", target=login.path, headers=headers)
    return await _exchange(line, _sent(request, body)[1], lambda: _sent(request, body)[0])


async def tell(line: Connection, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> h11.Response:
    """Send ``body``, and read the head of what answers it: what stands behind that is not waited for."""
    length = [("Content-Length", str(len(body)))] if body or method != "GET" else []
    headers = [*_headers(line.endpoint), *headers, *length]
    connection, sent = _sent(h11.Request(method=method, target=target, headers=headers), body)
    try:
        await line.connect()
        await line.send(sent)
        while not isinstance(event := _next_event(line, connection), h11.Response):
            if event is h11.NEED_DATA:
                await _feed(line, connection, HEAD_BYTES, "header")
        return event
    finally:
        line.close()


async def _exchange(line: Connection, sent: bytes, begun: Callable[[], h11.Connection]) -> bytes | None:
    """``begun``: what h11 needs to know of the request, where the answer is not a plain one."""
    try:
        await line.connect()
        await line.send(sent)
        opening, end = await _opening(line)
        length = None if end is None else plain_length(opening[:end])
        if end is not None and length is not None:
            return await _plain_body(line, opening[end : end + length], length)
        connection = begun()
        connection.receive_data(bytes(opening))
        if opening and line.closed_by_peer:
            connection.receive_data(b"")
        return await _http_answer(line, connection)
    finally:
        line.close()


async def _opening(line: Connection) -> tuple[bytearray, int | None]:
    """What came until the head was whole, and where that ends; ``None`` where it never was."""
    opening = bytearray()
    while line.received_bytes < HEAD_BYTES:
        searched = len(opening)
        data = await line.receive(HEAD_BYTES - line.received_bytes)
        opening += data
        if (end := head_size(opening, searched=searched)) is not None:
            return opening, end
        if not data:
            break
    return opening, None


async def _plain_body(line: Connection, body: bytearray, length: int) -> bytes:
    """``body``: what of it came with the head."""
    line.hold(length)
    pieces = 1
    while len(body) < length:
        data = await line.receive(length - len(body))
        if not data:
            raise line.cut_short()
        body += data
        pieces += 1
        _refuse_pieces(line, pieces)
    return bytes(body)  # what follows is nobody's: the connection ends with this answer


def _refuse_pieces(line: Connection, pieces: int) -> None:
    if pieces > PIECES:
        raise BadPayload(f"{line.endpoint}: number of chunks", pieces, f"at most {PIECES}")


def _sent(request: h11.Request, body: bytes = b"") -> tuple[h11.Connection, bytes]:
    """A connection on which the whole request has been sent, and its bytes."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
    head = connection.send(request) or b""
    rest = connection.send(h11.Data(body)) if body else None
    connection.send(h11.EndOfMessage())
    return connection, head + (rest or b"")


def _get(endpoint: Endpoint, path: str, authorization: str | None) -> h11.Request:
    headers = _headers(endpoint)
    if authorization is not None:
        headers.append(("Authorization", authorization))
    return h11.Request(method="GET", target=path, headers=headers)


def _spelled_get(endpoint: Endpoint, path: str, authorization: str | None) -> bytes:
    return _sent(_get(endpoint, path, authorization))[1]


_kept_get = lru_cache(maxsize=16_384)(_spelled_get)


def _headers(endpoint: Endpoint) -> list[tuple[str, str]]:
    return [
        ("Host", endpoint.authority),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", "miner-agent"),
        ("Connection", "close"),
    ]


async def _http_answer(line: Connection, connection: h11.Connection) -> bytes | None:
    body = bytearray()
    pieces, limit_bytes = 0, HEAD_BYTES
    while True:
        event = _next_event(line, connection)
        if event is h11.NEED_DATA:
            what = "header" if limit_bytes == HEAD_BYTES else "answer with its chunk headers"
            await _feed(line, connection, limit_bytes, what)
        elif isinstance(event, h11.Response):
            if event.status_code == 404:
                return None
            _refuse_unless_readable(line, event)
            limit_bytes = HEAD_BYTES + int(FRAME_SHARE * line.allowance.most_bytes)
        elif isinstance(event, h11.Data):
            body += event.data
            pieces += 1
            line.hold(len(body))
            _refuse_pieces(line, pieces)
        elif isinstance(event, h11.EndOfMessage):
            return bytes(body)  # what follows is nobody's: the connection ends with this answer


async def _feed(line: Connection, connection: h11.Connection, limit_bytes: int, what: str) -> None:
    """Hand what comes next to ``connection``; ``what`` must be over within the limit."""
    if line.received_bytes >= limit_bytes:
        raise BadPayload(f"{line.endpoint}: length of the {what}", line.received_bytes, "its end by then")
    connection.receive_data(await line.receive(limit_bytes - line.received_bytes))


def _next_event(line: Connection, connection: h11.Connection) -> object:
    try:
        return connection.next_event()
    except h11.RemoteProtocolError as error:
        if line.closed_by_peer:
            raise line.cut_short() from None
        raise BadPayload(f"{line.endpoint}: answer", line.heard(str(error)), "HTTP/1.1") from None


def _refuse_unless_readable(line: Connection, response: h11.Response) -> None:
    """Only a plain 200 is an answer. Redirects are not followed: the address is the owner's to say."""
    status = f"status {response.status_code}"
    if response.status_code in {401, 403}:
        said = f"{line.endpoint}: it refused the token ({status}). XMRig does so too when it has none configured"
        if line.endpoint.token is None:
            said = f"{line.endpoint}: it wants a token ({status})"
        wanted = [value.decode("latin-1") for name, value in response.headers if name == b"www-authenticate"]
        raise Challenged(said, tuple(wanted)) if response.status_code == 401 else AuthRefused(said)
    if 300 <= response.status_code < 400:
        raise Refused(f"{line.endpoint}: it answered with a redirect ({status}), and redirects are not followed")
    if response.status_code != 200:
        reason = line.heard(response.reason.decode("latin-1"))
        raise Refused(f"{line.endpoint}: it answered with {status}{reason and f' ({reason})'}")
    for name, value in response.headers:
        if name == b"content-encoding" and value.lower() not in {b"", b"identity"}:
            encoding = line.heard(value.decode("latin-1"))
            raise Refused(f"{line.endpoint}: its answer is encoded ({encoding}), though only plain was accepted")
        if name == b"content-length":
            line.hold(int(value))
