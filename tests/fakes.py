"""Something on loopback that behaves, or misbehaves in the ways that real and hostile miners do."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, Self, TypeVar
from weakref import WeakSet

from tests.reads import is_a_read

T = TypeVar("T")

DRIP_SECONDS = 0.02
STEPS_OF_ACCEPTING = 5  # of the loop, until a client's task has begun
FAREWELL_SECONDS = 0.2  # for which TLS waits for the other side's, at the end of a connection
SEND_BUFFER_BYTES = 64 << 10  # so that what was sent is close to what was taken
HUGE_BYTES = 100 << 20
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
    takes_reads_only = True  # as every miner does

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
        for request in self.received if self.takes_reads_only else ():
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
