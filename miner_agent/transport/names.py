"""Host names to IP addresses, looked up in one thread and kept for five minutes.

The system's resolver can hang for half a minute and nothing can interrupt it. It gets one thread of its own,
a daemon that nobody joins: lookups wait in line, IP addresses never do, and a resolver that never returns
costs that one thread.
"""

import asyncio
import queue
import socket
import threading
from functools import lru_cache
from time import monotonic

from miner_agent.errors import Unreachable

KEPT_SECONDS = 300.0
ADDRESSES = 4  # of one name that are tried

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
Target = tuple[socket.AddressFamily, str, int]  # family, IP address, IPv6 scope
Found = tuple[Target, ...] | str  # or why there is none


class HostNames:
    """The names of one event loop. Everything but the lookup itself happens in that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._kept: dict[str, tuple[float, tuple[Target, ...]]] = {}
        self._awaited: dict[str, asyncio.Future[Found]] = {}
        self._line: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def targets(self, host: str) -> tuple[Target, ...]:
        """The addresses of ``host``, IPv4 first: that is what most miners listen on.

        Raises:
            Unreachable: the name is not known, or the resolver failed.
        """
        if literal := literal_target(host):
            return (literal,)
        kept_until, targets = self._kept.get(host, (0.0, ()))
        if monotonic() < kept_until:
            return targets
        found = await asyncio.shield(self._lookup(host))
        if isinstance(found, str):
            raise Unreachable(found)
        return found

    def close(self) -> None:
        """Let the thread end once it is free."""
        self._line.put(None)

    def _lookup(self, host: str) -> "asyncio.Future[Found]":
        """The lookup of ``host`` that is under way; a new one where there is none."""
        awaited = self._awaited.get(host)
        if awaited is None:
            awaited = self._awaited[host] = self._loop.create_future()
            self._line.put(host)
            if self._thread is None:
                self._thread = threading.Thread(target=self._resolve, name="names", daemon=True)
                self._thread.start()
        return awaited

    def _resolve(self) -> None:
        while (host := self._line.get()) is not None:
            found = look_up(host)
            try:
                self._loop.call_soon_threadsafe(self._settle, host, found)
            except RuntimeError:  # the loop has been closed meanwhile
                return

    def _settle(self, host: str, found: Found) -> None:
        if not isinstance(found, str):
            self._kept[host] = (monotonic() + KEPT_SECONDS, found)
        awaited = self._awaited.pop(host)
        if not awaited.done():
            awaited.set_result(found)


def look_up(host: str) -> Found:
    """Ask the system's resolver; blocks as long as it likes."""
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # ValueError: what cannot be a name
        reason = error.strerror if isinstance(error, OSError) else "not a valid name"
        return f"name lookup failed: {reason}".lower()
    targets = [
        (family, str(address[0]), int(address[3]) if len(address) == 4 else 0)
        for family, _, _, _, address in answers
        if family in {socket.AF_INET, socket.AF_INET6}
    ]
    return tuple(sorted(targets, key=lambda target: target[0] == socket.AF_INET6)[:ADDRESSES])


@lru_cache(maxsize=16_384)
def literal_target(host: str) -> Target | None:
    """``host`` where it is an IP address already."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return family, host, 0
    return None


def socket_address(target: Target, port: int) -> SocketAddress:
    """``target`` and ``port`` as ``connect`` wants them."""
    family, address, scope = target
    return (address, port, 0, scope) if family == socket.AF_INET6 else (address, port)
