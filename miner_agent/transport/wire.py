"""One connection to one source, and what is asked over it in TCP: whole answers within limits that nobody can stretch.

``http_wire`` talks HTTP over it, ``tls`` keeps it secret. Nothing here has a deadline of its own: ``transport`` cancels
from outside, and every wait is a place for it.
"""

import asyncio
import errno
import json
import os
import socket
from selectors import EVENT_READ, EVENT_WRITE

from miner_agent.errors import BadPayload, Refused, Unreachable
from miner_agent.sources.driver import TOKEN, FramedCommand, TcpCommand
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.held_up import WatchedSelector
from miner_agent.transport.names import HostNames, SocketAddress, Target, socket_address
from miner_agent.transport.room import Allowance
from miner_agent.transport.tls import RECORD_BYTES, Tls, Untrusted, check_fingerprint, untrusted

RECEIVE_BYTES = 16 << 10
KERNEL_BUFFER_BYTES = 64 << 10  # else the kernel holds up to 6 MiB for each of a thousand sources
LENGTH_BYTES = 4  # before each framed message
HEARTBEATS = 16  # that may come before a framed answer
SHORTEST_MASKED = 6  # characters; a shorter secret is in every second number, and masking it would destroy the answer


class Connection:
    """What one source is asked over: one connection at a time, each for one request."""

    __slots__ = (
        "_names",
        "_secrets",
        "_selector",
        "_socket",
        "_tls",
        "_was_answered",
        "allowance",
        "closed_by_peer",
        "endpoint",
        "lacking",
        "received_bytes",
        "refused",
    )

    def __init__(self, endpoint: Endpoint, selector: WatchedSelector, names: HostNames, allowance: Allowance) -> None:
        self.endpoint, self.allowance = endpoint, allowance
        self._secrets = [] if endpoint.token is None else [endpoint.token]
        self.lacking = ""  # what has not come yet, for the sentence about a deadline
        self.received_bytes = 0  # over this connection
        self.closed_by_peer = False
        self.refused = False  # the port is closed on a machine that is up
        self._selector, self._names = selector, names
        self._was_answered = False  # since something was sent
        self._socket: socket.socket | None = None
        self._tls: Tls | None = None

    async def connect(self) -> None:
        """Open a connection to the first address that takes one."""
        target = await self.reach()
        if self.endpoint.scheme == "https":
            await self._secure(target)
        self.lacking = "no answer"

    async def reach(self) -> Target:
        """The same, and not a word more, whatever is spoken there."""
        self.received_bytes, self.closed_by_peer, self.refused = 0, False, False
        self.lacking = "its name was not looked up"
        try:
            path = self.endpoint.socket_path
            targets = await self._names.targets(self.endpoint.host) if path is None else [(socket.AF_UNIX, path, 0)]
        except Unreachable as error:
            raise self._unreachable(str(error)) from None
        self.lacking = "no connection"
        reason = "no address"
        for target in targets:
            try:
                await self._connect(target)
            except OSError as error:
                self.close()
                reason = reason_of(error)
                self.refused = isinstance(error, ConnectionRefusedError)
            else:
                return target
        raise self._unreachable(reason)

    async def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        await self._send(data if self._tls is None else self._tls.encrypted(data))

    async def receive(self, limit_bytes: int) -> bytes:
        """What came next, at most ``limit_bytes``; nothing where the other side has closed the connection."""
        if self.received_bytes:
            await asyncio.sleep(0)  # data that is there already is read without a pause: let the others have a turn
        limit_bytes = min(limit_bytes, RECEIVE_BYTES)
        data = await (self._receive(limit_bytes) if self._tls is None else self._decrypted(self._tls, limit_bytes))
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
            self._socket = self._tls = None

    def cut_short(self) -> Unreachable:
        """The error for a connection that the other side has closed too early."""
        return Unreachable(f"{self.endpoint}: {self.lacking} (it closed the connection)")

    def hold(self, size: int) -> None:
        """Have room for an answer that is so long by now, or raise."""
        self.allowance.hold(size, self.endpoint)

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
        address = socket_address(target, self.endpoint.port)
        while not _is_connected(self._socket, address):
            await self._selector.until(self._socket, EVENT_WRITE)

    async def _secure(self, target: Target) -> None:
        """Shake hands. A certificate that is not trusted is fetched once more, so that its owner can be told of it."""
        self.lacking = "no TLS handshake"
        pinned = self.endpoint.fingerprint is not None
        try:
            self._tls = await self._shaken(Tls(self.endpoint, verified=not pinned))
        except Untrusted as error:
            raise untrusted(self.endpoint, self.heard(str(error)), await self._fingerprint_at(target)) from None
        check_fingerprint(self.endpoint, self._tls.fingerprint())

    async def _fingerprint_at(self, target: Target) -> str | None:
        self.close()
        try:
            await self._connect(target)
            tls = await self._shaken(Tls(self.endpoint, verified=False))
        except (OSError, Refused, BadPayload, Unreachable):
            return None
        return tls.fingerprint()

    async def _shaken(self, tls: Tls) -> Tls:
        while tls.shakes_hands():
            await self._send(tls.to_send())
            tls.take(await self._receive(RECORD_BYTES))
        await self._send(tls.to_send())
        return tls

    async def _decrypted(self, tls: Tls, limit_bytes: int) -> bytes:
        while (data := tls.read(limit_bytes)) is None:
            await self._send(tls.to_send())
            tls.take(await self._receive(RECORD_BYTES))
        return data

    async def _send(self, data: bytes) -> None:
        connected, self._was_answered = self._connected(), False
        try:
            while data:
                try:
                    data = data[connected.send(data) :]
                except BlockingIOError:
                    await self._selector.until(connected, EVENT_WRITE)
        except OSError as error:
            raise Unreachable(f"{self.endpoint}: no answer ({reason_of(error)})") from None

    async def _receive(self, limit_bytes: int) -> bytes:
        connected = self._connected()
        while True:
            try:
                if not self._was_answered:
                    await self._selector.until(connected, EVENT_READ)
                data = connected.recv(limit_bytes)
            except BlockingIOError:
                self._was_answered = False
            except OSError as error:
                raise Unreachable(f"{self.endpoint}: {self.lacking} ({reason_of(error)})") from None
            else:
                self._was_answered = True
                return data

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise RuntimeError("connect() comes first")
        return self._socket

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(f"{self.endpoint}: no connection ({reason})")


async def ask_tcp(line: Connection, command: TcpCommand) -> bytes:
    """The answer to ``command``, up to ``until``, a NUL or the end of the connection."""
    token = line.endpoint.token
    steps = (command.command,) if token is None else filled(command.with_token, token) or (command.command,)
    answer = b""
    try:
        await line.connect()
        for step in steps:
            await line.send(step)
            answer = await _tcp_answer(line, command.until)
        return answer
    finally:
        line.close()


def filled(steps: tuple[bytes, ...], token: str) -> tuple[bytes, ...]:
    """What is sent, with the token in its place."""
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


def _is_connected(connecting: socket.socket, address: SocketAddress) -> bool:
    """Whether there is a connection after two tries: on this machine, where the first one begins what the second finds.

    Raises OSError where there will be none.
    """
    code = connecting.connect_ex(address)
    if code == errno.EINPROGRESS:
        code = connecting.connect_ex(address)
    if code in {0, errno.EISCONN}:
        return True
    if code in {errno.EINPROGRESS, errno.EALREADY}:
        return False
    raise OSError(code, os.strerror(code))


def reason_of(error: OSError | RuntimeError) -> str:
    """What the system says of it, for a sentence; a ``RuntimeError`` is that no thread could be begun."""
    if isinstance(error, RuntimeError):
        return str(error)
    return os.strerror(error.errno).lower() if error.errno else type(error).__name__
