"""Host names to IP addresses, each looked up in a thread of its own and kept.

The system's resolver can hang for half a minute, and nothing can interrupt it. So what is known is used while it is
looked up anew, and a name that hangs costs itself only: it gets a daemon thread that nobody joins, gives its place to
others after a second, and waits behind them next time. IP addresses are never looked up.
"""

import asyncio
import socket
import threading
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from miner_agent.errors import Unreachable

KEPT_SECONDS = 300.0  # then a name is looked up anew
STALE_SECONDS = 24 * 3600.0  # and used as it was for as long as the resolver fails
FAILED_SECONDS = 10.0  # for which a failure holds
LATE_SECONDS = 1.0
AT_ONCE = 8  # that are not late yet
THREADS = 24  # with those that are late; the unit allows the agent 64 in all
LATE_THREADS = 12  # of names that were late the last time
ADDRESSES = 4  # of one name that are tried

SocketAddress = str | tuple[str, int] | tuple[str, int, int, int]
Target = tuple[socket.AddressFamily, str, int]  # family, IP address, IPv6 scope


class NoSuchName(str):
    """Why there is no address, where the resolver says that there is no such name."""

    __slots__ = ()


Found = tuple[Target, ...] | str  # or why there is none
_NO_SUCH_NAME = {socket.EAI_NONAME, socket.EAI_NODATA}


@dataclass(slots=True, eq=False)
class _Name:
    """One name: what is known of it, and its lookup where that is under way or waits in line."""

    targets: tuple[Target, ...] = ()
    usable_until: float = 0.0
    reason: str = ""  # why the last lookup failed
    look_again_at: float = 0.0
    was_late: bool = False
    lookup: "asyncio.Future[None] | None" = None


class HostNames:
    """The names of one event loop. Everything but the lookups themselves happens in that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._known: dict[str, _Name] = {}
        self._lines: dict[bool, deque[str]] = {False: deque(), True: deque()}  # by whether they were late
        self._started_at: dict[str, float] = {}  # of those that are being looked up
        self._prompt: dict[str, asyncio.TimerHandle] = {}  # of those the ones that are not late yet
        self._closed = False

    async def targets(self, host: str) -> tuple[Target, ...]:
        """The addresses of ``host``, IPv4 first: that is what most miners listen on.

        Raises:
            Unreachable: the name is not known, or the resolver failed.
        """
        if literal := literal_target(host):
            return (literal,)
        name = self._known.get(host)
        if name is None:
            name = self._known[host] = _Name()
        if name.lookup is None and monotonic() >= name.look_again_at:
            name.lookup = self._loop.create_future()
            self._lines[name.was_late].append(host)
            self._start()
        if name.lookup is not None and not _is_usable(name) and not (name.was_late and name.reason):
            await asyncio.shield(name.lookup)
        if not _is_usable(name):
            raise Unreachable(name.reason)
        return name.targets

    def close(self) -> None:
        """Start no more; the threads end once they are free."""
        self._closed = True

    def _start(self) -> None:
        """Look up whoever is next and has room."""
        while not self._closed and (host := self._next()) is not None:
            self._started_at[host] = monotonic()
            if not self._known[host].was_late:
                self._prompt[host] = self._loop.call_later(LATE_SECONDS, self._is_late, host)
            try:
                threading.Thread(target=self._resolve, args=(host,), name="name", daemon=True).start()
            except RuntimeError:
                self._loop.call_soon(self._settle, host, "name lookup failed: no thread could be started for it")

    def _next(self) -> str | None:
        threads = len(self._started_at)
        prompt, late = self._lines[False], self._lines[True]
        if prompt and len(self._prompt) < AT_ONCE and threads < THREADS:
            return prompt.popleft()
        return late.popleft() if late and threads < LATE_THREADS else None

    def _is_late(self, host: str) -> None:
        del self._prompt[host]
        self._known[host].was_late = True
        self._start()

    def _resolve(self, host: str) -> None:
        found = look_up(host)
        try:
            self._loop.call_soon_threadsafe(self._settle, host, found)
        except RuntimeError:  # the loop has been closed meanwhile
            return

    def _settle(self, host: str, found: Found) -> None:
        name, now = self._known[host], monotonic()
        if (will_be_late := self._prompt.pop(host, None)) is not None:
            will_be_late.cancel()
        name.was_late = now - self._started_at.pop(host) >= LATE_SECONDS
        if isinstance(found, str):
            name.reason, name.look_again_at = found, now + FAILED_SECONDS
            if isinstance(found, NoSuchName):
                name.targets = ()
        else:
            name.targets, name.reason = found, ""
            name.look_again_at, name.usable_until = now + KEPT_SECONDS, now + KEPT_SECONDS + STALE_SECONDS
        lookup, name.lookup = name.lookup, None
        if lookup is not None and not lookup.done():
            lookup.set_result(None)
        self._start()


def _is_usable(name: _Name) -> bool:
    return bool(name.targets) and monotonic() < name.usable_until


def look_up(host: str) -> Found:
    """Ask the system's resolver; blocks as long as it likes."""
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # ValueError: what cannot be a name
        reason = error.strerror if isinstance(error, OSError) else "not a valid name"
        said = f"name lookup failed: {reason}".lower()
        return NoSuchName(said) if isinstance(error, ValueError) or error.errno in _NO_SUCH_NAME else said
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
    if family == socket.AF_UNIX:
        return address
    return (address, port, 0, scope) if family == socket.AF_INET6 else (address, port)
