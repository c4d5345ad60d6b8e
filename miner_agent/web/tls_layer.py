"""TLS of one client, between its socket and the protocol that serves it: bytes in, bytes out, in pieces of 16 KiB.

The client is counted before its first byte, as every other one is; it is served once hands are shaken.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any, cast

PIECE_BYTES = 16 * 1024  # of a record
HANDSHAKE_SECONDS = 5.0
_WANTS_PLAIN_HTTP = "HTTP_REQUEST"
_PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n"
    b"TLS is spoken here: ask for https:// in place of http://\n"
)


class NotAmongNames(Exception):
    """A client's certificate is of nobody who may ask."""


class TlsLayer(asyncio.Protocol):
    """One client that has to speak TLS. Hands ``inner`` what it says, as if it had been said in the open."""

    def __init__(
        self,
        inner: asyncio.Protocol,
        context: ssl.SSLContext,
        *,
        admits: Callable[[ssl.SSLObject], None],
        refused: Callable[[str, str], None],
    ) -> None:
        """
        Args:
            inner: serves the client.
            context: of this machine's certificate.
            admits: raises NotAmongNames where the client's certificate is of somebody else.
            refused: is told the client's address, and why there was no handshake.
        """
        self._inner, self._admits, self._refused = inner, admits, refused
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.closed = False
        self.raw: asyncio.Transport
        self._served = False
        self._paused = False
        self._context: Context
        self._deadline: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.raw = cast("asyncio.Transport", transport)
        self._context = copy_context()  # whose connection it is: what serves it begins in another callback
        self._deadline = asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, self.raw.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._deadline.cancel()
        if self._served:
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        self._incoming.write(data)
        try:
            if self._served or self._shakes_hands():
                self._pass_on()
        except ssl.SSLError as error:
            self._end(error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason or "")
        except NotAmongNames as error:
            self._end(str(error))

    def eof_received(self) -> bool | None:
        return self._served and not self.closed and self._inner.eof_received()

    def pause_writing(self) -> None:
        self._paused = True
        if self._served:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._paused = False
        if self._served:
            self._inner.resume_writing()

    def encrypt(self, data: bytes | bytearray | memoryview) -> None:
        """Send ``data``."""
        view = memoryview(data)
        for begin in range(0, len(view), PIECE_BYTES):
            self.object.write(view[begin : begin + PIECE_BYTES])
            self._flush()

    def close(self) -> None:
        """Tell the client that this was all, and close once it has left."""
        if not self.closed:
            self.closed = True
            with suppress(ssl.SSLError):  # the client's own word is not waited for
                self.object.unwrap()
            self._flush()
            self.raw.close()

    def _shakes_hands(self) -> bool:
        """Whether that is done. Then somebody serves the client."""
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        self._flush()
        self._admits(self.object)
        self._deadline.cancel()
        self._served = True
        self._context.run(self._inner.connection_made, _TlsTransport(self))
        if self._paused:
            self._inner.pause_writing()
        return True

    def _pass_on(self) -> None:
        while not self.closed:
            try:
                data = self.object.read(PIECE_BYTES)
            except ssl.SSLWantReadError:
                self._flush()
                return
            except ssl.SSLZeroReturnError:
                data = b""
            if not data:
                if not self.eof_received():
                    self.close()
                return
            self._inner.data_received(data)

    def _end(self, reason: str) -> None:
        if not self._served:
            address = self.raw.get_extra_info("peername")
            self._refused(str(address[0]) if address else "the socket", reason.lower().replace("_", " "))
        self.closed = True
        self._flush()  # what the library says to it
        if reason == _WANTS_PLAIN_HTTP:
            self.raw.write(_PLAIN_ANSWER)
        self.raw.close()

    def _flush(self) -> None:
        while waiting := self._outgoing.read(PIECE_BYTES):
            if not self.raw.is_closing():  # asyncio would log each piece that it cannot send
                self.raw.write(waiting)


class _TlsTransport(asyncio.Transport):
    """What serves the client writes here."""

    def __init__(self, layer: TlsLayer) -> None:
        super().__init__()
        self._layer = layer

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        match name:
            case "ssl_object":
                return self._layer.object
            case "sslcontext":
                return self._layer.object.context
            case _:
                return self._layer.raw.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._layer.closed:
            self._layer.encrypt(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        for data in list_of_data:
            self.write(data)

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._layer.closed or self._layer.raw.is_closing()

    def close(self) -> None:
        self._layer.close()

    def abort(self) -> None:
        self._layer.raw.abort()

    def pause_reading(self) -> None:
        self._layer.raw.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_closing():
            self._layer.raw.resume_reading()

    def is_reading(self) -> bool:
        return self._layer.raw.is_reading()
