"""Serves the web application: hypercorn in one thread with its own event loop, and bounds on its clients.

hypercorn listens through its loop's ``create_server``, a public part of asyncio. The loop here puts a
``_Connection`` around the protocol of each client: there connections are counted, and ended where hypercorn
would wait on. Nothing here runs on a timer while nobody asks.
"""

import asyncio
import errno
import ipaddress
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, cast

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miner_agent.errors import AlreadyRunning, ConfigError, NotPermitted
from miner_agent.text import LOG_LENGTH, clean_text

MAX_CONNECTIONS = 64
LISTEN_QUEUE = 256  # connections that the kernel holds; one more is tried again by its client after 1 s
ACCEPTED_AT_ONCE = 8  # far below MAX_CONNECTIONS: in a flood, one must be heard before 64 more have come
IDLE_SECONDS = 6.0  # for a whole request head, from the connection's start or the last answer
READ_SECONDS = 8  # between two reads: ends what is silent in ways that IDLE_SECONDS does not see
WRITE_SECONDS = 10.0  # for an answer to leave; Prometheus itself waits no longer
REQUEST_HEAD_BYTES = 16 * 1024

_CLOSE_GRACE_SECONDS = 0.5  # for answers that are under way
_ACCEPT_SECONDS = 0.02
_CLOSE_SECONDS = 2.0

_log = logging.getLogger(__name__)
_hypercorn_log = logging.getLogger(f"{__name__}.hypercorn")
_hypercorn_log.setLevel(logging.WARNING)  # below that it tells how to quit it


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Clients that come before the host has started wait in its queue.

    Args:
        host: an address of this machine, or a name for one.
        port: 0 for any free one.

    Raises:
        AlreadyRunning: somebody else listens there.
        NotPermitted: this user may not listen there.
        ConfigError: this machine has no such address, or calls one localhost that is not its own.
    """
    family, address = _resolve(host, port)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait for TIME_WAIT
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(LISTEN_QUEUE)  # two sockets can bind to one port; only one can listen
    except OSError as error:
        sock.close()
        raise _bind_error(_shown(host, port), port, error) from error
    return sock


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    if not 0 <= port <= 65535:
        raise ConfigError(f"{_shown(host, port)}: {port} is not a port; expected 0 to 65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{host!r} is not an address; expected one such as 127.0.0.1") from error
    if host == "localhost" and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise ConfigError(
            f"{_shown(host, port)}: localhost is {address[0]} here, which is open to others; "
            f'mend /etc/hosts, or write listen = "127.0.0.1:{port}"'
        )
    return family, address


def _bind_error(shown: str, port: int, error: OSError) -> Exception:
    match error.errno:
        case errno.EADDRINUSE:
            return AlreadyRunning(
                f"{shown} is in use. Is the agent running? `ss -ltnp 'sport = :{port}'` shows by whom; "
                "stop that program or set another port."
            )
        case errno.EACCES | errno.EPERM:
            return NotPermitted(f"{shown}: this user may not listen there. Set a port above 1023.")
        case errno.EADDRNOTAVAIL:
            return ConfigError(f"{shown}: this machine has no such address; `ip address` lists those it has")
        case _:
            return ConfigError(f"{shown}: cannot listen there: {os.strerror(error.errno or 0)}")


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class WebHost:
    """Runs an application on a listening socket, in a thread of its own, until ``close``."""

    def __init__(self, app: ASGIApp, sock: socket.socket) -> None:
        """
        Args:
            app: an ASGI application that never blocks.
            sock: from ``bind``. It belongs to the host from now on.
        """
        self.port: int = sock.getsockname()[1]
        self._app = app
        self._sock = sock
        self._connections = _Connections(MAX_CONNECTIONS)
        self._loop: _CountingLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether requests are answered: true from ``start`` to ``close``, unless the server failed."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to answer."""
        self._loop = _CountingLoop(self._connections)
        self._loop.set_exception_handler(_FailureLog())
        self._thread.start()

    def close(self) -> None:
        """Stop listening, give answers under way half a second, drop the rest. Safe to call twice."""
        if self._loop is None:
            self._sock.close()
            return
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: cast("_CountingLoop", self._loop)) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        app = cast("ASGIFramework", _count_answers(self._app))
        listening_fd = self._sock.detach()
        config = _hypercorn_config(listening_fd)
        closed = partial(self._until_closed, listening_fd)
        try:
            await serve(app, config, shutdown_trigger=closed, mode="asgi")
        except asyncio.CancelledError:  # a client went away just while hypercorn waited for its end
            if not self._stop.is_set():
                raise
        finally:
            self._connections.abort_all()
            await asyncio.sleep(0)  # what was closed or dropped just now gives its socket back before the loop ends

    async def _until_closed(self, listening_fd: int) -> None:
        await self._stop.wait()
        # asyncio loses clients that it is accepting while a server closes: accept no more, wait for those.
        loop = asyncio.get_running_loop()
        loop.remove_reader(listening_fd)
        await asyncio.sleep(_ACCEPT_SECONDS)
        self._connections.closing = True
        loop.call_later(_CLOSE_GRACE_SECONDS, self._connections.abort_all)


def _hypercorn_config(listening_fd: int) -> Config:
    config = Config()
    config.bind = [f"fd://{listening_fd}"]
    config.backlog = ACCEPTED_AT_ONCE
    config.accesslog = None
    config.errorlog = _hypercorn_log
    config.include_server_header = False
    config.keep_alive_timeout = IDLE_SECONDS
    config.read_timeout = READ_SECONDS
    config.graceful_timeout = 2 * _CLOSE_GRACE_SECONDS
    config.h11_max_incomplete_size = REQUEST_HEAD_BYTES
    config.max_app_queue_size = 0  # unbounded: an answered request's body would block a full queue for ever
    return config


def _count_answers(app: ASGIApp) -> ASGIApp:
    """``app``, with its connections marked as busy while it answers."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        connection = _current_connection.get(None)
        if connection is None:  # lifespan
            await app(scope, receive, send)
            return
        if scope["http_version"] == "2":  # not offered: one connection would carry many answers
            connection.abort()
            return

        async def send_to_open(message: Message) -> None:
            if not connection.lost:  # asyncio would log each piece that it cannot send
                await send(message)

        connection.begin_answer()
        try:
            await app(scope, receive, send_to_open)
        finally:
            connection.end_answer()

    return counted


class _FailureLog:
    """Logs each kind of failure in a connection once: clients can cause hypercorn's as often as they like.

    A failure of the application is not among them; hypercorn logs that with its traceback. A client that has gone,
    such as a scraper out of patience, is no failure: it only ends the task that served it.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def __call__(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        ended_by = context.get("exception")
        failures = [one for one in _leaves(ended_by) if not isinstance(one, asyncio.CancelledError)]
        if ended_by is not None and not failures:
            return
        error = failures[0] if failures else None
        kind = context["message"] if error is None else type(error).__name__
        if kind not in self._seen:
            self._seen.add(kind)
            detail = clean_text(ascii(error), length=LOG_LENGTH)
            _log.info("a connection failed, and more that fail so are not logged: %s", detail)


def _leaves(error: BaseException | None) -> Iterator[BaseException]:
    """The exception itself, or those that its group holds."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    elif error is not None:
        yield error


class _Connections:
    """The open connections, at most ``limit``: one more costs the one that waits longest for a request.

    Where all are being answered, the one that takes longest goes: clients that ask and never read cannot lock
    others out either.
    """

    def __init__(self, limit: int) -> None:
        self.closing = False
        self._limit = limit
        self._waiting: dict[_Connection, None] = {}  # oldest first
        self._answering: dict[_Connection, None] = {}  # oldest first

    def opened(self, connection: "_Connection") -> None:
        if len(self._waiting) + len(self._answering) >= self._limit:
            oldest = next(iter(self._waiting or self._answering))
            self.closed(oldest)
            oldest.abort()
        self._waiting[connection] = None

    def closed(self, connection: "_Connection") -> None:
        self._waiting.pop(connection, None)
        self._answering.pop(connection, None)

    def begin_answer(self, connection: "_Connection") -> None:
        if connection in self._waiting:
            del self._waiting[connection]
            self._answering[connection] = None

    def end_answer(self, connection: "_Connection") -> None:
        if connection in self._answering:
            del self._answering[connection]
            self._waiting[connection] = None

    def abort_all(self) -> None:
        for connection in (*self._waiting, *self._answering):
            connection.abort()


def _end_of_task() -> Exception:
    """What ends hypercorn's task for a client that has gone, which it would keep for IDLE_SECONDS.

    Its read raises this, and so the task ends as if it were cancelled: quietly. While the host closes,
    hypercorn waits for its tasks and expects none to be cancelled; they end by themselves then.
    """
    return cast("Exception", asyncio.CancelledError())


class _Connection(asyncio.Protocol):
    """One client: passes events on to hypercorn's protocol, and bounds what it may cost."""

    def __init__(self, inner: asyncio.Protocol, connections: _Connections) -> None:
        self.lost = False
        self._inner = inner
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._write_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)  # pause_writing: something has not left yet
        self._connections.opened(self)
        _current_connection.set(self)  # inherited by the tasks that serve this connection
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._connections.closed(self)
        self._cancel_write_deadline()
        self._inner.connection_lost(exc if self._connections.closing else _end_of_task())

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    def eof_received(self) -> None:
        """A client that has closed is gone: the transport closes itself after this, and reports the loss."""

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


_current_connection: ContextVar[_Connection] = ContextVar("current_connection")


class _CountingLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers count their connections."""

    def __init__(self, connections: _Connections) -> None:
        super().__init__()
        self._counted_connections = connections

    async def create_server(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *args: Any, **kwargs: Any
    ) -> asyncio.Server:
        def counted() -> asyncio.Protocol:
            return _Connection(cast("asyncio.Protocol", protocol_factory()), self._counted_connections)

        server = await super().create_server(counted, *args, **kwargs)
        sock: socket.socket = kwargs["sock"]
        sock.listen(LISTEN_QUEUE)  # asyncio has one number for the queue and for accepting at once
        sock.set_inheritable(False)  # hypercorn lets children have it, and a stuck one would hold the port
        return server
