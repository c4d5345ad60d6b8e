"""Mining programs on loopback that behave, or misbehave in the ways that real and hostile ones do."""

import asyncio
import contextlib
import gzip
import hashlib
import itertools
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Self, TypeVar
from weakref import WeakSet

from miner_agent.sources.driver import ANSWER_BYTES
from tests.reads import is_a_read

T = TypeVar("T")

DRIP_SECONDS = 0.02
STEPS_OF_ACCEPTING = 5  # of the loop, until a client's task has begun
FAREWELL_SECONDS = 0.2  # for which TLS waits for the other side's, at the end of a connection
SEND_BUFFER_BYTES = 64 << 10  # so that what was sent is close to what was taken
BLOCK = b"x" * (16 << 10)


class Mode(StrEnum):
    """How a fake behaves from the next connection on."""

    NORMAL = "normal"
    HANG = "hang"  # takes the connection and the request, and says nothing
    REFUSE = "refuse"  # the port is closed
    CLOSE = "close"  # takes the request and closes
    RESET = "reset"  # half an answer, then a reset
    DRIP_HEAD = "drip_head"  # one byte of the head at a time
    DRIP_BODY = "drip_body"
    HUGE_BODY = "huge_body"  # says that 100 MiB follow, and sends them
    ENDLESS_HEAD = "endless_head"
    ENDLESS_BODY = "endless_body"  # ended by the connection, which never ends
    ENDLESS_CHUNKS = "endless_chunks"
    TINY_CHUNKS = "tiny_chunks"  # a million chunks of one byte
    CHUNK_EXTENSIONS = "chunk_extensions"  # 8 KiB of frame around each byte
    CHUNKED = "chunked"  # a proper answer, in chunks
    UNFRAMED = "unframed"  # a proper answer, ended by the connection
    REDIRECT = "redirect"
    GZIP = "gzip"
    TOO_SHORT = "too_short"  # a body shorter than its Content-Length
    TRAILER_FLOOD = "trailer_flood"
    CONTINUE_FLOOD = "continue_flood"
    NOT_HTTP = "not_http"
    ECHO = "echo"  # the request, in place of an answer
    HEARTBEATS = "heartbeats"  # framed messages of no length, for ever
    NEGATIVE_LENGTH = "negative_length"  # -1 where the length stands


class LoopbackFake:
    """One listening port on loopback, one thread, one event loop. A context manager."""

    scheme = "tcp"

    def __init__(self, *, mode: Mode = Mode.NORMAL, host: str = "127.0.0.1", port: int = 0) -> None:
        self.received: list[bytes] = []  # raw requests, in the order in which they were complete
        self.sent_bytes = 0  # handed to the kernel, over all connections
        self.accepted_total = 0
        self.open_connections = 0
        self.host = host
        self.tls: ssl.SSLContext | None = None  # with it, before it is entered, it speaks TLS
        self._mode = mode
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._secret: WeakSet[asyncio.StreamWriter] = WeakSet()
        # Bound and not listening: the port stays ours, and refuses.
        self._holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._holder.bind((host, port))
        self.port: int = self._holder.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen_or_not())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        self._holder.close()
        for request in self.received:
            assert is_a_read(request), f"no driver may send {request!r}"

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = self.scheme if self.tls is None else "https"
        return f"{scheme}://{host}:{self.port}"

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        self._call(self._listen_or_not())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    async def _listen_or_not(self) -> None:
        if self._mode is Mode.REFUSE:
            await self._close_port()
        elif self._server is None:
            self._server = await asyncio.start_server(
                self._accept,
                self.host,
                self.port,
                backlog=128,
                reuse_port=True,
                ssl=self.tls,
                ssl_shutdown_timeout=FAREWELL_SECONDS if self.tls else None,
            )

    async def _close_port(self) -> None:
        if self._server is not None:
            for listening in self._server.sockets:
                self._loop.remove_reader(listening.fileno())
            for _ in range(STEPS_OF_ACCEPTING):  # asyncio loses clients that it is accepting while a server closes
                await asyncio.sleep(0)
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    async def _stop(self) -> None:
        await self._close_port()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed just now gives its socket back before the loop ends
        farewells = [asyncio.wait_for(writer.wait_closed(), 10 * FAREWELL_SECONDS) for writer in self._secret]
        await asyncio.gather(*farewells, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.tls is not None:
            self._secret.add(writer)
        self.accepted_total += 1
        self.open_connections += 1
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        writer.transport.set_write_buffer_limits(high=0 if self.tls is None else 1)  # 0 would stop TLS for ever
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self.open_connections -= 1
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()
        if self.tls is not None:
            await asyncio.sleep(0)  # else whoever sends in one go never hears that the other side has left
            if writer.transport.is_closing():
                raise ConnectionResetError
        self.sent_bytes += len(data)

    async def _send_slowly(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        for position in range(len(data)):
            await self._send(writer, data[position : position + 1])
            await asyncio.sleep(DRIP_SECONDS)

    async def _reset(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(DRIP_SECONDS)  # else the reset can overtake what was sent before it
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def _hang(self, reader: asyncio.StreamReader) -> None:
        """Until the other side goes away."""
        while await reader.read(4096):
            pass


class FakeMiner(LoopbackFake):
    """Answers HTTP ``GET`` with the bytes that ``pages`` holds for the path; else with status 404.

    ``pages``, ``mode``, ``status``, ``location``, ``hanging_paths`` and ``behind``, which follows each body without
    being counted in its length, can be changed while it runs.
    """

    scheme = "http"

    def __init__(
        self,
        pages: Mapping[str, bytes] | None = None,
        *,
        mode: Mode = Mode.NORMAL,
        status: str = "200 OK",
        location: str = "http://127.0.0.1:9/",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(mode=mode, host=host, port=port)
        self.pages = dict(pages or {})
        self.status = status
        self.location = location
        self.hanging_paths: set[str] = set()
        self.behind = b""

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.split(b" ", 2)[1].decode() for request in self.received]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if length := re.search(rb"\r\nContent-Length: (\d+)\r\n", request):
            request += await reader.readexactly(int(length[1]))
        self.received.append(request)
        path = request.split(b" ", 2)[1].decode()
        if self.mode is Mode.HANG or path in self.hanging_paths:
            await self._hang(reader)
        elif self.mode is Mode.ECHO:
            await self._send(writer, request)
        elif path not in self.pages:
            await self._send(writer, _http(b"not here", status="404 Not Found"))
        else:
            await self._answer(reader, writer, self.pages[path])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        answer = _http(body, status=self.status)
        head = answer[: len(answer) - len(body)]
        match self.mode:
            case Mode.CLOSE:
                return
            case Mode.RESET:
                await self._send(writer, answer[: len(head) + len(body) // 2])
                await self._reset(writer)
            case Mode.DRIP_HEAD:
                await self._send_slowly(writer, answer)
            case Mode.DRIP_BODY:
                await self._send(writer, head)
                await self._send_slowly(writer, body)
            case Mode.TOO_SHORT:
                await self._send(writer, head + body[:-1])
            case mode:
                size = len(BLOCK)
                for part in _parts(mode, body, self.location, answer + self.behind[:size]):
                    await self._send(writer, part)
                for start in range(size, len(self.behind), size):
                    await self._send(writer, self.behind[start : start + size])


class FakeSessionMiner(FakeMiner):
    """A ``FakeMiner`` whose pages want the token that POSTing a password gives.

    ``password``, ``tokens`` (what the next logins give), ``timeout_seconds`` and ``takes_its_tokens`` can be changed
    while it runs; ``valid`` are the tokens that it has given.
    """

    def __init__(self, pages: Mapping[str, bytes], *, password: str, tokens: Iterable[str]) -> None:
        super().__init__(pages)
        self.password = password
        self.tokens = list(tokens)
        self.valid: set[str] = set()
        self.timeout_seconds: float | None = 3600
        self.takes_its_tokens = True

    @property
    def logins(self) -> list[bytes]:
        """The bodies that were POSTed."""
        return [request.partition(b"\r\n\r\n")[2] for request in self.received if request.startswith(b"POST ")]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        request = self.received[-1]
        if request.startswith(b"POST "):
            if json.loads(request.partition(b"\r\n\r\n")[2])["password"] != self.password:
                await self._send(writer, _http(b"", status="401 Unauthorized"))
                return
            token = self.tokens.pop(0)
            self.valid.add(token)
            await self._send(writer, _http(json.dumps({"token": token, "timeout_s": self.timeout_seconds}).encode()))
            return
        given = re.search(rb"\r\nAuthorization: ([^\r]*)\r\n", request)
        if given is None or given[1].decode() not in self.valid or not self.takes_its_tokens:
            await self._send(writer, _http(b"", status="401 Unauthorized"))
        else:
            await super()._answer(reader, writer, body)


class FakeDigestMiner(FakeMiner):
    """A ``FakeMiner`` whose pages want the password proven, by one of the challenges in ``challenges``.

    ``NONCE`` in a challenge stands for the nonce that holds. ``nonce``, ``password`` and ``challenges`` can be changed
    while it runs.
    """

    def __init__(self, pages: Mapping[str, bytes], *, user: str, password: str, challenges: Iterable[str]) -> None:
        super().__init__(pages)
        self.user, self.password, self.challenges = user, password, tuple(challenges)
        self.nonce = "first+nonce/=="
        self.counts: list[int] = []  # of the answers that were right

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        head = self.received[-1].decode()
        given = re.search(r"\r\nAuthorization: Digest ([^\r]*)\r\n", head)
        found = [] if given is None else re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^", ]*))', given[1])
        told = {name: re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in found}
        if self._is_right(told, head.split(" ", 2)[1]) and told["nonce"] == self.nonce:
            self.counts.append(int(told["nc"], 16))
            await super()._answer(reader, writer, body)
            return
        stale = ", stale=true" if told and told["nonce"] != self.nonce else ""
        wanted = [f"WWW-Authenticate: {one.replace('NONCE', self.nonce)}{stale}\r\n" for one in self.challenges]
        await self._send(writer, _http(b"no", status="401 Unauthorized", headers="".join(wanted)))

    def _is_right(self, told: Mapping[str, str], path: str) -> bool:
        if not told or told["uri"] != path or told["username"] != self.user or told["qop"] != "auth":
            return False
        of = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[told["algorithm"]]
        who = of(f"{told['username']}:{told['realm']}:{self.password}".encode()).hexdigest()
        what = of(f"GET:{path}".encode()).hexdigest()
        wanted = f"{who}:{told['nonce']}:{told['nc']}:{told['cnonce']}:auth:{what}"
        return told["response"] == of(wanted.encode()).hexdigest()


class FakeFramedMiner(LoopbackFake):
    """Answers framed messages with what ``answers`` holds for them, framed alike, and leaves the connection open.

    ``before`` goes ahead of each answer's length, ``behind`` follows the answer.
    """

    def __init__(
        self,
        answers: Mapping[bytes, bytes] | None = None,
        *,
        mode: Mode = Mode.NORMAL,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(mode=mode, host=host, port=port)
        self.answers = dict(answers or {})
        self.before = self.behind = b""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(4)
        command = await reader.readexactly(int.from_bytes(head, "little"))
        self.received.append(command)
        body = self.answers.get(command, b"")
        answer = self.before + len(body).to_bytes(4, "little") + body + self.behind
        match self.mode:
            case Mode.HANG:
                await self._hang(reader)
            case Mode.CLOSE:
                return
            case Mode.RESET:
                await self._send(writer, answer[: len(answer) // 2])
                await self._reset(writer)
            case Mode.TOO_SHORT:
                await self._send(writer, answer[:-1])
                return
            case Mode.DRIP_HEAD | Mode.DRIP_BODY:
                whole = 0 if self.mode is Mode.DRIP_HEAD else 4
                await self._send(writer, answer[:whole])
                await self._send_slowly(writer, answer[whole:])
            case Mode.HUGE_BODY | Mode.ENDLESS_BODY | Mode.NEGATIVE_LENGTH | Mode.HEARTBEATS:
                start, again = FRAMED_FLOODS[self.mode]
                await self._send(writer, start)
                for block in itertools.repeat(again):
                    await self._send(writer, block)
            case _:
                await self._send(writer, answer)
        await self._hang(reader)


class FakeTcpMiner(LoopbackFake):
    """Answers a TCP command with the bytes that ``answers`` holds for it, as they are, and closes.

    ``ending`` follows each answer; ``keeps_open`` leaves the connection open behind it, and answers what comes next on
    it. ``answers_anything`` answers what ``answers`` does not hold.
    """

    def __init__(
        self,
        answers: Mapping[bytes, bytes] | None = None,
        *,
        ending: bytes = b"",
        keeps_open: bool = False,
        mode: Mode = Mode.NORMAL,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(mode=mode, host=host, port=port)
        self.answers = dict(answers or {})
        self.answers_anything = b""
        self.ending = ending
        self.keeps_open = keeps_open

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while command := await reader.read(4096):
            self.received.append(command)
            await self._reply(reader, writer, command)
            if not self.keeps_open:
                return

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes) -> None:
        answer = self.answers.get(command, self.answers_anything) + self.ending
        match self.mode:
            case Mode.HANG:
                await self._hang(reader)
            case Mode.CLOSE:
                return
            case Mode.RESET:
                await self._send(writer, answer[: len(answer) // 2])
                await self._reset(writer)
            case Mode.DRIP_BODY:
                await self._send_slowly(writer, answer)
            case Mode.ENDLESS_BODY:
                for block in itertools.repeat(BLOCK):
                    await self._send(writer, block)
            case _:
                await self._send(writer, answer)


def _http(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body


def _parts(mode: Mode, body: bytes, location: str, answer: bytes) -> Iterator[bytes]:
    """What is sent, where all that matters are the bytes."""
    match mode:
        case Mode.CHUNKED:
            yield CHUNKED_HEAD + _chunk(body) + b"0\r\n\r\n"
        case Mode.UNFRAMED:
            yield OK + b"\r\n" + body
        case Mode.REDIRECT:
            yield _http(b"", status="302 Found", headers=f"Location: {location}\r\n")
        case Mode.GZIP:
            yield _http(gzip.compress(body), headers="Content-Encoding: gzip\r\n")
        case Mode.NOT_HTTP:
            yield b"SSH-2.0-\x1b[31mred\r\n" + body + b"\r\n\r\n"
        case Mode.HUGE_BODY:
            yield OK + b"Content-Length: %d\r\n\r\n" % HUGE_BYTES
            yield from itertools.repeat(BLOCK, HUGE_BYTES // len(BLOCK))
        case Mode.CONTINUE_FLOOD:
            yield from itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        case mode if mode in FLOODS:
            start, again = FLOODS[mode]
            yield start
            yield from itertools.repeat(again)
        case _:
            yield answer


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED_HEAD = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HUGE_BYTES = 100 << 20
FRAMED_FLOODS = {  # the same for framed messages
    Mode.HUGE_BODY: (HUGE_BYTES.to_bytes(4, "little"), BLOCK),
    Mode.ENDLESS_BODY: (ANSWER_BYTES.to_bytes(4, "little"), BLOCK),
    Mode.NEGATIVE_LENGTH: ((-1).to_bytes(4, "little", signed=True), BLOCK),
    Mode.HEARTBEATS: (b"", bytes(len(BLOCK))),
}
FLOODS = {  # how each begins, and what then comes for ever
    Mode.ENDLESS_HEAD: (OK, b"X-Filler: " + b"y" * 1000 + b"\r\n"),
    Mode.ENDLESS_BODY: (OK + b"\r\n", BLOCK),
    Mode.ENDLESS_CHUNKS: (CHUNKED_HEAD, _chunk(BLOCK)),
    Mode.TINY_CHUNKS: (CHUNKED_HEAD, _chunk(b"x") * 2000),
    Mode.CHUNK_EXTENSIONS: (CHUNKED_HEAD, b"1;e=" + b"z" * 8192 + b"\r\nx\r\n"),
    Mode.TRAILER_FLOOD: (CHUNKED_HEAD + _chunk(b"{}") + b"0\r\n", b"X-Trailer: " + b"y" * 1000 + b"\r\n"),
}
