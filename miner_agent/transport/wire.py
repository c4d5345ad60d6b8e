"""One request to one source: bytes out, a whole answer back, within limits that no other side can stretch.

Nothing here has a deadline of its own: ``transport`` cancels from outside, and every wait is a place for it.
"""

import asyncio
import json
import os
import socket
from functools import lru_cache

import h11

from miner_agent.errors import AuthRefused, BadPayload, Refused, Unreachable
from miner_agent.sources.driver import TOKEN, FramedCommand, HttpLogin, TcpCommand
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.names import HostNames, Target, socket_address
from miner_agent.transport.room import Allowance

HEAD_BYTES = 16 << 10  # status line and headers, with every "100 Continue" before them; also the trailers
FRAME_SHARE = 1.5  # of a body in chunks, what comes with its frame
PIECES = 4_096  # of a body: a million chunks of one byte would keep a core busy for seconds
RECEIVE_BYTES = 16 << 10
KERNEL_BUFFER_BYTES = 64 << 10  # else the kernel holds up to 6 MiB for each of a thousand sources
LENGTH_BYTES = 4  # before each framed message
HEARTBEATS = 16  # that may come before a framed answer
SHORTEST_MASKED = 6  # characters; a shorter secret is in every second number, and masking it would destroy the answer


class Connection:
    """What one source is asked over: one connection at a time, each for one request."""

    __slots__ = (
        "_loop",
        "_names",
        "_secrets",
        "_socket",
        "allowance",
        "closed_by_peer",
        "endpoint",
        "lacking",
        "received_bytes",
    )

    def __init__(self, endpoint: Endpoint, names: HostNames, allowance: Allowance) -> None:
        self.endpoint, self.allowance = endpoint, allowance
        self._secrets = [] if endpoint.token is None else [endpoint.token]
        self.lacking = ""  # what has not come yet, for the sentence about a deadline
        self.received_bytes = 0  # over this connection
        self.closed_by_peer = False
        self._loop = asyncio.get_running_loop()
        self._names = names
        self._socket: socket.socket | None = None

    async def connect(self) -> None:
        """Open a connection to the first address that takes one."""
        self.received_bytes, self.closed_by_peer = 0, False
        self.lacking = "its name was not looked up"
        try:
            targets = await self._names.targets(self.endpoint.host)
        except Unreachable as error:
            raise self._unreachable(str(error)) from None
        self.lacking = "no connection"
        reason = "no address"
        for target in targets:
            try:
                await self._connect(target)
            except OSError as error:
                self.close()
                reason = _reason(error)
            else:
                self.lacking = "no answer"
                return
        raise self._unreachable(reason)

    async def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        try:
            await self._loop.sock_sendall(self._connected(), data)
        except OSError as error:
            raise Unreachable(f"{self.endpoint}: no answer ({_reason(error)})") from None

    async def receive(self, limit_bytes: int) -> bytes:
        """What came next, at most ``limit_bytes``; nothing where the other side has closed the connection."""
        if self.received_bytes:
            await asyncio.sleep(0)  # data that is there already is read without a pause: let the others have a turn
        try:
            data = await self._loop.sock_recv(self._connected(), min(limit_bytes, RECEIVE_BYTES))
        except OSError as error:
            raise Unreachable(f"{self.endpoint}: {self.lacking} ({_reason(error)})") from None
        if data:
            self.received_bytes += len(data)
            self.lacking = "no whole answer"
        else:
            self.closed_by_peer = True
        return data

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def cut_short(self) -> Unreachable:
        """The error for a connection that the other side has closed too early."""
        return Unreachable(f"{self.endpoint}: {self.lacking} (it closed the connection)")

    def hold(self, size: int) -> None:
        """Have room for an answer that is so long by now, or raise."""
        self.allowance.hold(size, f"{self.endpoint}: length of the answer")

    def heard(self, text: str) -> str:
        """Text of the other side, made safe for a message. It could have sent a secret back to us."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return clean_text(text, length=LOG_LENGTH)

    def keep_secret(self, secret: str) -> None:
        """Mask this too in whatever is heard from now on."""
        if secret not in self._secrets:
            self._secrets.append(secret)

    def masked(self, answer: bytes) -> bytes:
        """An answer without the secrets that were sent: it must not get them into labels and messages."""
        for secret in self._secrets:
            if len(secret) >= SHORTEST_MASKED:
                for spelled in {secret.encode("ascii"), json.dumps(secret)[1:-1].encode("ascii")}:
                    answer = answer.replace(spelled, b"*" * len(spelled))
        return answer

    async def _connect(self, target: Target) -> None:
        self._socket = socket.socket(target[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER_BYTES)
        await self._loop.sock_connect(self._socket, socket_address(target, self.endpoint.port))

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise RuntimeError("connect() comes first")
        return self._socket

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(f"{self.endpoint}: no connection ({reason})")


async def ask_tcp(line: Connection, command: TcpCommand) -> bytes:
    """The answer to ``command``, up to ``until``, a NUL or the end of the connection."""
    token = line.endpoint.token
    steps = (command.command,) if token is None else _filled(command.with_token, token) or (command.command,)
    answer = b""
    try:
        await line.connect()
        for step in steps:
            await line.send(step)
            answer = await _tcp_answer(line, command.until)
        return answer
    finally:
        line.close()


def _filled(steps: tuple[bytes, ...], token: str) -> tuple[bytes, ...]:
    return tuple(step.replace(TOKEN, json.dumps(token).encode("ascii")) for step in steps)


async def _tcp_answer(line: Connection, until: bytes | None) -> bytes:
    answer = bytearray()
    while data := await line.receive(line.allowance.most_bytes + 1 - len(answer)):
        unsearched = max(0, len(answer) - len(until or b""))
        answer += data
        end = _end_of_answer(answer, until, unsearched)
        if end is not None:
            del answer[end:]
        line.hold(len(answer))
        if end is not None:
            break
    if not answer.strip(b" \t\r\n\0"):
        raise Unreachable(f"{line.endpoint}: no answer (it took the connection and said nothing)")
    return bytes(answer)


def _end_of_answer(answer: bytearray, until: bytes | None, start: int) -> int | None:
    """Where the first terminator from ``start`` on ends."""
    ends = [
        position + len(terminator)
        for terminator in (b"\0", until)
        if terminator and (position := answer.find(terminator, start)) >= 0
    ]
    return min(ends, default=None)


async def ask_framed(line: Connection, command: FramedCommand) -> bytes:
    """The message that answers ``command``, behind its length."""
    try:
        await line.connect()
        await line.send(len(command.payload).to_bytes(LENGTH_BYTES, "little") + command.payload)
        return await _framed_answer(line)
    finally:
        line.close()


async def _framed_answer(line: Connection) -> bytes:
    """One message: no byte over the limit and none behind its end is taken. What follows would be another message."""
    for _ in range(HEARTBEATS + 1):
        length = int.from_bytes(await _exactly(line, LENGTH_BYTES), "little")
        if length:
            line.hold(length)
            return await _exactly(line, length)
    raise BadPayload(f"{line.endpoint}: answer", f"{HEARTBEATS + 1} heartbeats", f"one behind at most {HEARTBEATS}")


async def _exactly(line: Connection, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        data = await line.receive(size - len(received))
        if not data:
            raise line.cut_short()
        received += data
    return bytes(received)


async def ask_http(line: Connection, path: str, authorization: str | None = None) -> bytes | None:
    """The body that stands at ``path``; ``None`` where nothing does (status 404)."""
    return await _exchange(line, _get(line.endpoint, path, authorization))


async def log_in(line: Connection, login: HttpLogin, password: str) -> bytes | None:
    """The answer to a login; ``None`` where its path is not known."""
    (body,) = _filled((login.body,), password)
    headers = [*_headers(line.endpoint), ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return await _exchange(line, h11.Request(method="POST", target=login.path, headers=headers), body)


async def _exchange(line: Connection, request: h11.Request, body: bytes = b"") -> bytes | None:
    try:
        await line.connect()
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        head = connection.send(request) or b""
        sent = connection.send(h11.Data(body)) if body else None
        connection.send(h11.EndOfMessage())
        await line.send(head + (sent or b""))
        return await _http_answer(line, connection)
    finally:
        line.close()


@lru_cache(maxsize=16_384)
def _get(endpoint: Endpoint, path: str, authorization: str | None) -> h11.Request:
    headers = _headers(endpoint)
    if authorization is not None:
        headers.append(("Authorization", authorization))
    return h11.Request(method="GET", target=path, headers=headers)


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
            if line.received_bytes >= limit_bytes:
                what = "header" if limit_bytes == HEAD_BYTES else "answer with its chunk headers"
                path = f"{line.endpoint}: length of the {what}"
                raise BadPayload(path, line.received_bytes, "its end by then")
            connection.receive_data(await line.receive(limit_bytes - line.received_bytes))
        elif isinstance(event, h11.Response):
            if event.status_code == 404:
                return None
            _refuse_unless_readable(line, event)
            limit_bytes = HEAD_BYTES + int(FRAME_SHARE * line.allowance.most_bytes)
        elif isinstance(event, h11.Data):
            body += event.data
            pieces += 1
            line.hold(len(body))
            if pieces > PIECES:
                raise BadPayload(f"{line.endpoint}: number of chunks", pieces, f"at most {PIECES}")
        elif isinstance(event, h11.EndOfMessage):
            return bytes(body)  # what follows is nobody's: the connection ends with this answer


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
        if line.endpoint.token is None:
            raise AuthRefused(f"{line.endpoint}: it wants a token ({status})")
        raise AuthRefused(
            f"{line.endpoint}: it refused the token ({status}). XMRig does so too when it has none configured"
        )
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


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else type(error).__name__
