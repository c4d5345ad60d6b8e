"""What one client asks, answered by the application: HTTP/1.1 by h11 on one side, ASGI on the other.

Only whole heads of requests without a body come in: ``head_gate`` refuses all others. One is answered at a time; who
asks on meanwhile is read on once all is answered that was read, so that what waits here stays small.
"""

import asyncio
import logging
from contextvars import Context, copy_context
from email.utils import formatdate
from functools import partial
from typing import Any, cast
from urllib.parse import unquote

import h11
from starlette.types import ASGIApp, Message, Scope

from miner_agent.web.head_gate import REQUEST_HEAD_BYTES

_NOTHING: Message = {"type": "http.request", "body": b"", "more_body": False}
_log = logging.getLogger(__name__)


class Answering(asyncio.Protocol):
    """Serves one client until it goes, says nothing for too long, or is to go."""

    def __init__(self, app: ASGIApp, idle_seconds: float, served: "set[Answering]") -> None:
        """
        Args:
            app: answers.
            idle_seconds: for a whole request head, from the connection's start or the last answer.
            served: whom there is; this one is among them while it is connected.
        """
        self.answer: asyncio.Task[None] | None = None
        self._app, self._idle_seconds, self._served = app, idle_seconds, served
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=REQUEST_HEAD_BYTES)
        self._has_left = asyncio.Event()  # all that was written
        self._has_left.set()
        self._is_last = False
        self._has_said_all = False
        self._transport: asyncio.Transport
        self._context: Context
        self._patience: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._context = copy_context()  # whose connection it is: what is asked comes in other callbacks
        self._served.add(self)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  however it was lost
        self._served.discard(self)
        self._patience.cancel()
        if self.answer is not None:
            self.answer.cancel()

    def pause_writing(self) -> None:
        self._has_left.clear()

    def resume_writing(self) -> None:
        self._has_left.set()

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        if self.answer is None:
            self._hear()
        else:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Whether something is still said to who says no more."""
        self._has_said_all = True
        if self.answer is None:
            return False
        self._go_unless_begun_soon(self.answer)
        return True

    def end(self) -> None:
        """Hear no more than what is being answered."""
        self._is_last = True
        if self.answer is None:
            self._transport.close()

    def _wait(self) -> None:
        self._patience = asyncio.get_running_loop().call_later(self._idle_seconds, self._transport.close)

    def _hear(self) -> None:
        """Begin to answer what was asked, if it is there."""
        try:
            request = self._http.next_event()
            if isinstance(request, h11.Request):
                self._http.next_event()  # its end: it has no body
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
            return
        if isinstance(request, h11.Request):
            self._patience.cancel()
            loop = asyncio.get_running_loop()
            self.answer = loop.create_task(self._answer(request), context=self._context)
            if self._has_said_all:
                self._go_unless_begun_soon(self.answer)
        elif self._has_said_all:
            self._transport.close()
        else:
            self._transport.resume_reading()  # all that was read is answered

    def _go_unless_begun_soon(self, answer: "asyncio.Task[None]") -> None:
        """Of those who say no more most have gone: they get what lies ready, and nobody works on for them."""
        asyncio.get_running_loop().call_soon(self._go_unless_begun, answer)  # behind its first step

    def _go_unless_begun(self, answer: "asyncio.Task[None]") -> None:
        if self.answer is answer and self._http.our_state is h11.SEND_RESPONSE:
            self._transport.close()

    async def _answer(self, request: h11.Request) -> None:
        try:
            await self._app(self._scope(request), _receive, partial(self._send, request.method == b"HEAD"))
        except Exception:  # noqa: BLE001  a bug; Starlette has answered it where it still could
            _log.exception("an answer failed")
        finally:
            self.answer = None
        if self._http.our_state is h11.SEND_RESPONSE:
            self._refuse(500)
        elif self._is_last or self._http.our_state is not h11.DONE:
            self._transport.close()
        else:
            self._http.start_next_cycle()
            self._wait()
            self._hear()

    async def _send(self, is_head: bool, message: Message) -> None:  # noqa: FBT001  bound by `_answer`
        if message["type"] == "http.response.start":
            self._say(h11.Response(status_code=message["status"], headers=[*message["headers"], _date()]))
        else:
            if (body := message.get("body", b"")) and not is_head:
                self._say(h11.Data(data=body))
            if not message.get("more_body", False):
                self._say(h11.EndOfMessage())
        await self._has_left.wait()

    def _say(self, event: h11.Event) -> None:
        said = self._http.send(event)
        if said and not self._transport.is_closing():  # asyncio would log each piece that it cannot send
            self._transport.write(said)

    def _refuse(self, status: int) -> None:
        """An answer without a word, and the last one."""
        if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            headers = [(b"content-length", b"0"), (b"connection", b"close"), _date()]
            self._say(h11.Response(status_code=status, headers=headers))
            self._say(h11.EndOfMessage())
        self._transport.close()

    def _scope(self, request: h11.Request) -> Scope:
        path, _, query = request.target.partition(b"?")
        told = self._transport.get_extra_info
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.1"},
            "http_version": request.http_version.decode("ascii"),
            "method": request.method.decode("ascii"),
            "scheme": "http" if told("ssl_object") is None else "https",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(request.headers),
            "client": _address(told("peername")),
            "server": _address(told("sockname")),
        }


async def _receive() -> Message:
    return _NOTHING


def _date() -> tuple[bytes, bytes]:
    return b"date", formatdate(usegmt=True).encode("ascii")


def _address(told: Any) -> tuple[str, int] | None:
    """Host and port; a socket of this machine has none."""
    return (told[0], told[1]) if isinstance(told, tuple) else None
