"""Tells a service something, or asks it: one request and its answer, within one deadline that nobody can stretch.

No redirect is followed, no proxy or netrc taken from anywhere; certificates are verified. The path of an address may be
a secret, and its user and question too: they go to its host and into no sentence.
"""

import asyncio
import base64
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, TypeVar
from urllib.parse import unquote, urlsplit

import h11

from miner_agent.errors import BadPayload, TimedOut, Unquoted, Unreachable
from miner_agent.text import fits_in_header
from miner_agent.transport.endpoint import HTTP_PORT, Endpoint
from miner_agent.transport.held_up import Lateness, WatchedLoop, WatchedSelector
from miner_agent.transport.http_wire import ask_http, tell
from miner_agent.transport.names import HostNames
from miner_agent.transport.retry_after import retry_after_seconds
from miner_agent.transport.room import Allowance, Room
from miner_agent.transport.wire import Connection, reason_of

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAddress:
    """Where a service is told things. What stands behind its port is in no ``repr``, ``str`` or message."""

    endpoint: Endpoint
    target: str = field(repr=False)
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, *, fingerprint: str | None = None) -> Self:
        """The address that ``url`` names, with ``user:password@`` before its host where the service wants one.

        Args:
            url: ``https://HOST/PATH?QUESTION``.
            fingerprint: the SHA-256 of its certificate; none: one that this machine trusts.

        Raises:
            ValueError: it is none. The sentence shows no user, password, path or question.

        >>> address = ServiceAddress.parse("https://user:pass@hooks.example/services/T0?key=x")
        >>> str(address.endpoint), address.target
        ('https://hooks.example:443', '/services/T0?key=x')
        """
        scheme, separator, _ = url.partition("://")
        if not separator or scheme.lower() not in {"http", "https"}:
            raise ValueError("it is no address of the web; write https://HOST/PATH")
        if not fits_in_header(url):
            raise ValueError("the address holds a blank or a character outside ASCII; write that as %20 or the like")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError("it is no address of the web; write https://HOST/PATH") from None
        login, at, place = parts.netloc.rpartition("@")
        whole = Endpoint.parse(f"{scheme}://{place}", default_scheme="http", default_port=HTTP_PORT)
        endpoint = Endpoint(scheme=whole.scheme, host=whole.host, port=whole.port, fingerprint=fingerprint)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        return cls(endpoint=endpoint, target=target, authorization=_basic(login) if at else None)

    def as_user(self, name: str, password: str) -> "ServiceAddress":
        """The same, asked as a user who proves itself by HTTP Basic."""
        held = base64.b64encode(f"{name}:{password}".encode()).decode()
        return ServiceAddress(endpoint=self.endpoint, target=self.target, authorization=f"Basic {held}")

    def below(self, path: str) -> "ServiceAddress":
        """The address of what stands below this one.

        >>> ServiceAddress.parse("http://10.0.0.5:9093/am/").below("/api/v2/alerts").target
        '/am/api/v2/alerts'
        """
        target = f"{self.target.partition('?')[0].rstrip('/')}{path}"
        return ServiceAddress(endpoint=self.endpoint, target=target, authorization=self.authorization)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReply:
    """What a service says to it. ``retry_after_seconds``: how long it wants to be left alone, where it says."""

    status: int
    retry_after_seconds: float | None = None


def call(
    address: ServiceAddress,
    *,
    method: str,
    body: bytes = b"",
    headers: Mapping[str, str],
    deadline_seconds: float,
    now: datetime,
) -> ServiceReply:
    """Tell it ``body``; what it says, whatever that is. For a thread without an event loop.

    Args:
        address: whom.
        method: ``GET`` or ``POST``.
        body: what it is told.
        headers: beside those that every request has.
        deadline_seconds: over everything, the look at its name with it. [s]
        now: the present moment, for a ``Retry-After`` that names a time.

    Raises:
        SourceError: it says nothing that can be understood; the sentence names scheme, host and port alone.
    """
    return _run(address, lambda selector: _called(selector, address, method, body, headers, deadline_seconds, now))


def ask(address: ServiceAddress, *, deadline_seconds: float, most_bytes: int) -> bytes | None:
    """What stands there; ``None`` where nothing does (status 404). For a thread without an event loop.

    Args:
        address: what is asked.
        deadline_seconds: over everything, the look at its name with it. [s]
        most_bytes: of the whole answer. [B]

    Raises:
        SourceError: there is no whole answer; the sentence names scheme, host and port alone.
    """
    return _run(address, lambda selector: _asked(selector, address, deadline_seconds, most_bytes))


def _run(address: ServiceAddress, work: Callable[[WatchedSelector], Coroutine[None, None, Found]]) -> Found:
    try:
        selector = WatchedSelector(Lateness())
        with asyncio.Runner(loop_factory=lambda: WatchedLoop(selector)) as runner:
            return runner.run(work(selector))
    except OSError as error:
        raise Unreachable(f"{address.endpoint}: no connection ({reason_of(error)})") from None


async def _asked(
    selector: WatchedSelector, address: ServiceAddress, deadline_seconds: float, most_bytes: int
) -> bytes | None:
    names = HostNames(asyncio.get_running_loop())
    line = Connection(address.endpoint, selector, names, Allowance(most_bytes, Room(most_bytes)))
    try:
        async with asyncio.timeout(deadline_seconds):
            return await ask_http(line, address.target, address.authorization, once=True)
    except TimeoutError:
        raise TimedOut(f"{address.endpoint}: {line.lacking} within {deadline_seconds:g} s") from None
    finally:
        names.close()


async def _called(
    selector: WatchedSelector,
    address: ServiceAddress,
    method: str,
    body: bytes,
    headers: Mapping[str, str],
    deadline_seconds: float,
    now: datetime,
) -> ServiceReply:
    names = HostNames(asyncio.get_running_loop())
    line = Connection(address.endpoint, selector, names, Allowance(0, Room()))
    told = [*headers.items()]
    if address.authorization is not None:
        told.append(("Authorization", address.authorization))
    try:
        async with asyncio.timeout(deadline_seconds):
            answer = await tell(line, method, address.target, told, body)
    except TimeoutError:
        raise TimedOut(f"{address.endpoint}: {line.lacking} within {deadline_seconds:g} s") from None
    except BadPayload:  # which quotes what may have been sent back to us
        raise BadPayload(f"{address.endpoint}: its answer", Unquoted("unreadable"), "HTTP/1.1") from None
    finally:
        names.close()
    return ServiceReply(status=answer.status_code, retry_after_seconds=_retry_after_seconds(answer, now))


def _retry_after_seconds(answer: h11.Response, now: datetime) -> float | None:
    told = next((value.decode("latin-1") for name, value in answer.headers if name == b"retry-after"), None)
    return retry_after_seconds(told, now)


def _basic(login: str) -> str:
    return f"Basic {base64.b64encode(unquote(login).encode()).decode()}"
