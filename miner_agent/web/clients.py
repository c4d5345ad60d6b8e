"""The clients of the web: each one counted from the moment that it is accepted, and what it may cost bounded.

The loop puts a ``WebClient`` around the protocol of each client: there connections are counted, and ended where they
would take what others need. Nothing here runs on a timer while nobody asks.
"""

import asyncio
import socket
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

from miner_agent.web.listening import LISTEN_QUEUE

Layered = Callable[[asyncio.Protocol, socket.socket], asyncio.Protocol]
READ_BYTES = 16 * 1024  # from a socket at once
WRITE_SECONDS = 10.0  # for an answer to leave; Prometheus itself waits no longer
QUIET_SECONDS = 2.0  # between the end of a crowd and the giving back of what it took


class Connections:
    """The open connections, at most ``limit`` and ``more``: one more costs the one that waits longest for a request.

    No more than ``limit`` are answered at one time, and where all are being answered, the one that takes longest goes:
    clients that ask and never read can neither lock others out nor take memory without end.
    """

    def __init__(
        self, limit: int, more: Callable[[], int] = lambda: 0, after_crowd: Callable[[], None] = lambda: None
    ) -> None:
        """
        Args:
            limit: how many there may be in any case.
            more: how many more there may be now. A scraper that has stood still asks for all pages at once, each on
                a connection of its own, and one that is closed before its request has come is a scrape that is lost.
            after_crowd: called in the event loop once there were more than ``limit`` and few are left.
        """
        self._limit, self._more, self._after_crowd = limit, more, after_crowd
        self._is_crowded = False
        self._quiet: asyncio.TimerHandle | None = None
        self._waiting: dict[WebClient, None] = {}  # oldest first
        self._answering: dict[WebClient, None] = {}  # oldest first

    def opened(self, connection: "WebClient") -> None:
        count = len(self._waiting) + len(self._answering)
        if count >= self._limit:
            self._is_crowded = True
            if count >= self._limit + self._more():
                self._drop_oldest(self._waiting or self._answering)
        self._waiting[connection] = None

    def closed(self, connection: "WebClient") -> None:
        self._waiting.pop(connection, None)
        self._answering.pop(connection, None)
        if self._is_crowded and self._quiet is None and self._are_few:
            self._quiet = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._end_crowd)

    def begin_answer(self, connection: "WebClient") -> None:
        if connection in self._waiting:
            if len(self._answering) >= self._limit:
                self._drop_oldest(self._answering)
            del self._waiting[connection]
            self._answering[connection] = None

    def end_answer(self, connection: "WebClient") -> None:
        if connection in self._answering:
            del self._answering[connection]
            self._waiting[connection] = None

    def _drop_oldest(self, among: dict["WebClient", None]) -> None:
        oldest = next(iter(among))
        self.closed(oldest)
        oldest.abort()

    @property
    def _are_few(self) -> bool:
        return len(self._waiting) + len(self._answering) <= self._limit // 4

    def _end_crowd(self) -> None:
        self._quiet = None
        if self._are_few:
            self._is_crowded = False
            self._after_crowd()

    def abort_all(self) -> None:
        for connection in (*self._waiting, *self._answering):
            connection.abort()


class WebClient(asyncio.BufferedProtocol):
    """One client: passes events on to what serves it, and bounds what it may cost."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections, buffer: bytearray) -> None:
        """
        Args:
            inner: what serves it, behind TLS where that is spoken.
            connections: where it is counted.
            buffer: what its socket is read into. All clients share one: nothing stays in it.
        """
        self.lost = False
        self._buffer = buffer
        self._inner = inner
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._write_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)  # pause_writing: something has not left yet
        self._connections.opened(self)
        current_connection.set(self)  # inherited by the tasks that serve this connection
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._connections.closed(self)
        self._cancel_write_deadline()
        self._inner.connection_lost(exc)
        self._inner = asyncio.Protocol()  # what served it goes now: callbacks that are over still name this client

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._inner.data_received(bytes(memoryview(self._buffer)[:nbytes]))

    def eof_received(self) -> bool | None:
        """The transport closes itself after this, and reports the loss, unless an answer is still to leave."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._write_deadline = asyncio.get_running_loop().call_later(WRITE_SECONDS, self.abort)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._cancel_write_deadline()
        self._inner.resume_writing()

    def begin_answer(self) -> None:
        self._connections.begin_answer(self)

    def end_answer(self) -> None:
        self._connections.end_answer(self)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _cancel_write_deadline(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None


current_connection: ContextVar[WebClient] = ContextVar("current_connection")


class CountingLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers count their connections."""

    def __init__(
        self, connections: Connections, layered: Callable[[asyncio.Protocol, socket.socket], asyncio.Protocol]
    ) -> None:
        """
        Args:
            connections: where clients are counted.
            layered: puts what a client of a listening socket has to speak first around what serves it.
        """
        super().__init__()
        self._counted_connections, self._layered = connections, layered

    async def create_server(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *args: Any, **kwargs: Any
    ) -> asyncio.Server:
        buffer = bytearray(READ_BYTES)

        def counted() -> WebClient:
            inner = self._layered(cast("asyncio.Protocol", protocol_factory()), kwargs["sock"])
            return WebClient(inner, self._counted_connections, buffer)

        server = await super().create_server(counted, *args, **kwargs)
        sock: socket.socket = kwargs["sock"]
        sock.listen(LISTEN_QUEUE)  # asyncio has one number for the queue and for accepting at once
        sock.set_inheritable(False)  # a child that is stuck would hold the port
        return server
