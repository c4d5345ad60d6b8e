"""Miners on loopback that speak HTTP."""

import asyncio
import gzip
import itertools
import re
from collections.abc import Iterator, Mapping

from tests.fakes import BLOCK, HUGE_BYTES, LoopbackFake, Mode


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
            await self._send(writer, http_answer(b"not here", status="404 Not Found"))
        else:
            await self._answer(reader, writer, self.pages[path])

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        answer = http_answer(body, status=self.status)
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


class FakeService(FakeMiner):
    """The same of what is told things: whatever is posted is no question to a miner."""

    takes_reads_only = False


def http_answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """An answer that is whole."""
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
            yield http_answer(b"", status="302 Found", headers=f"Location: {location}\r\n")
        case Mode.GZIP:
            yield http_answer(gzip.compress(body), headers="Content-Encoding: gzip\r\n")
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
FLOODS = {  # how each begins, and what then comes for ever
    Mode.ENDLESS_HEAD: (OK, b"X-Filler: " + b"y" * 1000 + b"\r\n"),
    Mode.ENDLESS_BODY: (OK + b"\r\n", BLOCK),
    Mode.ENDLESS_CHUNKS: (CHUNKED_HEAD, _chunk(BLOCK)),
    Mode.TINY_CHUNKS: (CHUNKED_HEAD, _chunk(b"x") * 2000),
    Mode.CHUNK_EXTENSIONS: (CHUNKED_HEAD, b"1;e=" + b"z" * 8192 + b"\r\nx\r\n"),
    Mode.TRAILER_FLOOD: (CHUNKED_HEAD + _chunk(b"{}") + b"0\r\n", b"X-Trailer: " + b"y" * 1000 + b"\r\n"),
}
