"""Serves the web application in one thread with its own event loop, with bounds on its clients."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.web.answering import Answering
from miner_agent.web.app import plain_answer
from miner_agent.web.certificates import Certificates
from miner_agent.web.clients import Connections, CountingLoop, current_connection
from miner_agent.web.head_gate import HeadGate, current_gate
from miner_agent.web.tls_layer import TlsLayer

MAX_CONNECTIONS = 64
MORE_CONNECTIONS = 1024  # beside these, at most: each takes 16 KiB, with TLS 120 KiB
ACCEPTED_AT_ONCE = 8  # far below MAX_CONNECTIONS: in a flood, one must be heard before 64 more have come
IDLE_SECONDS = 6.0  # for a whole request head, from the connection's start or the last answer

_CLOSE_GRACE_SECONDS = 0.5  # for answers that are under way
_ACCEPT_SECONDS = 0.02
_CLOSE_SECONDS = 2.0

_log = logging.getLogger(__name__)


class WebHost:
    """Runs an application on a listening socket, in a thread of its own, until ``close``."""

    def __init__(
        self,
        app: ASGIApp,
        sock: socket.socket,
        certificates: Certificates | None = None,
        *,
        local: socket.socket | None = None,
        more_connections: Callable[[], int] = lambda: 0,
        after_crowd: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            app: an ASGI application that never blocks.
            sock: from ``bind``. It belongs to the host from now on.
            certificates: what TLS is spoken with; none: it is not.
            local: a socket of this machine, by which the same is told without TLS. Whoever may open it, may ask. It
                belongs to the caller.
            more_connections: how many clients there may be beside MAX_CONNECTIONS, as things are.
            after_crowd: called in the web's thread when more clients than there is room for have come and gone.
        """
        self.certificates = certificates
        self.port: int = sock.getsockname()[1]
        self._app = app
        self._sock, self._local = sock, local
        self._connections = Connections(MAX_CONNECTIONS, more_connections, after_crowd)
        self._loop: CountingLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether requests are answered: true from ``start`` to ``close``, unless the server failed."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to answer."""
        self._loop = CountingLoop(self._connections, self._layered)
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

    def _layered(self, inner: asyncio.Protocol, listening: socket.socket) -> asyncio.Protocol:
        certificates, gate = self.certificates, HeadGate(inner)
        if certificates is None or listening.family == socket.AF_UNIX:
            return gate
        return TlsLayer(gate, certificates.newest(), admits=certificates.admit, refused=certificates.tell_refused)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: cast("CountingLoop", self._loop)) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        served: set[Answering] = set()
        answering = partial(Answering, _count_answers(self._app), IDLE_SECONDS, served)
        sockets = [self._sock] if self._local is None else [self._sock, self._local.dup()]
        try:
            servers = [await loop.create_server(answering, sock=each, backlog=ACCEPTED_AT_ONCE) for each in sockets]
            await self._stop.wait()
            # asyncio loses clients that it is accepting while a server closes: accept no more, wait for those.
            for each in sockets:
                loop.remove_reader(each)
            await asyncio.sleep(_ACCEPT_SECONDS)
            for server in servers:
                server.close()
            for client in tuple(served):
                client.end()
            if under_way := [client.answer for client in served if client.answer is not None]:
                await asyncio.wait(under_way, timeout=_CLOSE_GRACE_SECONDS)
        finally:
            for each in sockets:
                each.close()
            self._connections.abort_all()
            await asyncio.sleep(0)  # what was closed or dropped just now gives its socket back before the loop ends


def _count_answers(app: ASGIApp) -> ASGIApp:
    """``app``, with its connections marked as busy while it answers, and what the gate refuses answered by itself."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        connection = current_connection.get()

        async def send_to_open(message: Message) -> None:
            if not connection.lost:  # asyncio would log each piece that it cannot send
                await send(message)

        connection.begin_answer()
        try:
            refusal = current_gate.get().next_verdict()
            if refusal is None:
                await app(scope, receive, send_to_open)
            else:
                refused = plain_answer(refusal.status, refusal.sentence, refusal.headers)
                await refused(scope, receive, send_to_open)
        finally:
            connection.end_answer()

    return counted


class _FailureLog:
    """Logs each kind of failure in a connection once: clients can cause them as often as they like.

    A failure of the application is not among them: it is logged with its traceback.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def __call__(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        kind = context["message"] if error is None else type(error).__name__
        if kind not in self._seen:
            self._seen.add(kind)
            detail = clean_text(ascii(error), length=LOG_LENGTH)
            _log.info("a connection failed, and more that fail so are not logged: %s", detail)
