"""Fetches feeds over HTTP: whole answers within limits that no other side can stretch.

One deadline over everything, names and connections with it; one cap on all bytes that come, headers and chunks with
them; no redirect is followed, no proxy, netrc or cookie taken from anywhere; certificates are verified. A key goes to
the feed's own address and into no sentence, log or address that is shown.
"""

import base64
import contextlib
import http.client
import io
import logging
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future, wait
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from miner_agent.errors import AuthRefused, BadPayload, Refused, SourceError, Throttled, TimedOut, Unreachable
from miner_agent.market.feed import FeedRequest, KeyPlace, in_path
from miner_agent.market.feed_payload import MAXIMUM_BYTES, is_html
from miner_agent.text import clean_text, fits_in_header
from miner_agent.transport.retry_after import retry_after_seconds

PIECE_BYTES = 16 << 10
FRAME_BYTES = 64 << 10  # of headers and chunk sizes that are taken whatever the body is
WORKERS = 8  # fetches at once; one whose resolver hangs keeps its place until it returns
SHORTEST_MASKED = 8  # characters: anything shorter could stand in an answer by chance
_workers = threading.BoundedSemaphore(WORKERS)

# urllib3 writes whole addresses into its log, and a key may stand in them: it writes nothing.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


def fetch(
    asked: Sequence[FeedRequest],
    *,
    base_url: str,
    now: datetime,
    deadline_seconds: float,
    key: str | None = None,
    key_place: KeyPlace | None = None,
    maximum_bytes: int = MAXIMUM_BYTES,
    authorities: Path | None = None,
) -> bytes:
    """The answer to one request; the JSON list of the answers to several.

    Args:
        asked: what to ask below ``base_url``.
        base_url: scheme, host, port and path that all of them begin with.
        now: the present moment, for a ``Retry-After`` that names a time.
        deadline_seconds: over all of them. [s]
        key: what stands in the key file; it goes where ``key_place`` says.
        key_place: where the key goes.
        maximum_bytes: of all that comes. [B]
        authorities: a file with the certificates of who signs the other side's; none: those that everybody trusts.

    Raises:
        SourceError: there is no whole answer; the sentence says why.
    """
    if key is not None and not fits_in_header(key):
        raise AuthRefused(f"{_origin(base_url)}: the key holds a blank or a character outside ASCII; write it anew")
    guard = _Guard(maximum_bytes)
    done: Future[list[bytes]] = Future()
    fetcher = _Fetcher(base_url, key, key_place, guard, now, deadline_seconds, authorities)
    if not _workers.acquire(timeout=deadline_seconds):
        raise TimedOut(f"{fetcher.origin}: {WORKERS} other feeds were still being asked after {deadline_seconds:g} s")
    try:
        threading.Thread(target=_work, args=(fetcher, tuple(asked), done), name="feed", daemon=True).start()
    except RuntimeError:  # no thread is to be had
        _workers.release()
        raise Unreachable(f"{fetcher.origin}: not asked; this process may not have another thread") from None
    finished, _ = wait([done], timeout=deadline_seconds)
    guard.end()
    if not finished:  # whatever the other thread makes of the connection that has just been taken from it
        raise TimedOut(f"{fetcher.origin}: no whole answer within {deadline_seconds:g} s")
    bodies = done.result()
    return bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"


def _work(fetcher: "_Fetcher", asked: tuple[FeedRequest, ...], done: "Future[list[bytes]]") -> None:
    try:
        done.set_result([fetcher.answer(one, alone=len(asked) == 1) for one in asked])
    except BaseException as error:  # noqa: BLE001 - it shows itself to whoever asked
        done.set_exception(error)
    finally:
        _workers.release()


class _Guard:
    """What one fetch has taken so far, and handles on its connections, by which another thread can end it."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.taken_bytes = 0
        self.ended = False
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []

    @property
    def is_over(self) -> bool:
        return self.taken_bytes > self.limit_bytes

    def hold(self, connection: socket.socket) -> None:
        """Keep a handle of its own on a connection: TLS takes the socket itself away."""
        with self._lock:
            if not self.ended:
                self._handles.append(connection.dup())
                return
        connection.close()
        raise TimeoutError("the deadline has passed")

    def take(self, count: int) -> None:
        self.taken_bytes += count
        if self.is_over:
            raise OSError("more than the cap")

    def end(self) -> None:
        """Close every connection, whatever is going on there. Twice is once."""
        with self._lock:
            self.ended = True
            handles, self._handles = self._handles, []
        for handle in handles:
            with contextlib.suppress(OSError):  # the other side was faster
                handle.shutdown(socket.SHUT_RDWR)
            handle.close()


class _Counted(io.RawIOBase):
    """Bytes as they come from a connection, counted."""

    def __init__(self, raw: io.RawIOBase, guard: _Guard) -> None:
        self._raw, self._guard = raw, guard

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._raw.readinto(buffer)
        self._guard.take(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """Reads through the guard, so that headers, chunk sizes and trailers count too."""

    guard: _Guard

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Counted(self.fp.detach(), self.guard))


class _Adapter(HTTPAdapter):
    """Connects as ``requests`` does, with every connection and every answer in the guard's sight."""

    def __init__(self, guard: _Guard) -> None:
        super().__init__()
        response = type("GuardedResponse", (_Response,), {"guard": guard})

        class Plain(HTTPConnection):
            response_class = response

            def _new_conn(self) -> socket.socket:
                return _held(super()._new_conn(), guard)

        class Encrypted(HTTPSConnection):
            response_class = response

            def _new_conn(self) -> socket.socket:
                return _held(super()._new_conn(), guard)

        self._connections: dict[str, type[HTTPConnection]] = {"http": Plain, "https": Encrypted}

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._connections[pool.scheme]
        return pool


def _held(connection: socket.socket, guard: _Guard) -> socket.socket:
    guard.hold(connection)
    return connection


class _Fetcher:
    """Asks one feed, in a thread of its own."""

    def __init__(
        self,
        base_url: str,
        key: str | None,
        key_place: KeyPlace | None,
        guard: _Guard,
        now: datetime,
        deadline_seconds: float,
        authorities: Path | None,
    ) -> None:
        self.origin = _origin(base_url)
        self._base_url = base_url.rstrip("/")
        self._key, self._key_place = key, key_place
        self._guard, self._now, self._deadline_seconds = guard, now, deadline_seconds
        self._verified_by: bool | str = True if authorities is None else str(authorities)

    def answer(self, asked: FeedRequest, *, alone: bool) -> bytes:
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.mount("https://", _Adapter(self._guard))
                session.mount("http://", _Adapter(self._guard))
                session.headers.clear()
                session.headers.update(self._headers(asked))
                with session.request(
                    "GET" if asked.body is None else "POST",
                    self._url(asked.path),
                    data=asked.body,
                    timeout=self._deadline_seconds,
                    allow_redirects=False,
                    verify=self._verified_by,
                    stream=True,
                ) as response:
                    self._refuse_unless_good(response, asked)
                    body = self._body(response)
        except SourceError:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
            self._refuse(error)
        except (OSError, ValueError) as error:
            self._refuse(error)
        if not body.strip():
            raise BadPayload(f"{self.origin}: its answer", body[:10], "data")
        if not alone and body.lstrip()[:1] not in {b"{", b"["}:
            raise BadPayload(f"{self.origin}: its answer", body[:40], "JSON")
        return body

    def _url(self, path: str) -> str:
        url = self._base_url if path == "/" else f"{self._base_url}/{path.removeprefix('/')}"
        if self._key is not None and self._key_place is not None and self._key_place.kind == "query":
            url += f"{'&' if '?' in path else '?'}{self._key_place.name}={in_path(self._key)}"
        return url

    def _headers(self, asked: FeedRequest) -> dict[str, str]:
        headers = {
            "Accept": "application/json, application/xml, text/csv;q=0.9, */*;q=0.1",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "miner-agent",
        }
        if asked.body is not None:
            headers["Content-Type"] = "application/json"
        if self._key is not None and self._key_place is not None:
            if self._key_place.kind == "header":
                headers[self._key_place.name] = f"{self._key_place.prefix}{self._key}"
            elif self._key_place.kind == "basic":
                headers["Authorization"] = f"Basic {base64.b64encode(self._key.encode()).decode()}"
        return headers

    def _refuse_unless_good(self, response: requests.Response, asked: FeedRequest) -> None:
        status, path = response.status_code, clean_text(asked.path.partition("?")[0])
        after = retry_after_seconds(response.headers.get("Retry-After"), self._now)
        if status in {403, 503} and after is None and self._is_page(response):
            raise Refused(
                f"{self.origin}: it answers with a page for browsers, no data (HTTP {status}): a wall against programs "
                "or a proxy on the way; whether it would take a key is not known. Ask from another network, or use "
                "another feed"
            )
        if status in {401, 403}:
            what = "refuses the key; look at key_file" if self._key else "wants a key; set key_file"
            raise AuthRefused(f"{self.origin}: {what} (HTTP {status})")
        if status in {402, 429} or (status == 503 and after is not None):
            what = "the quota of the key is used up" if status == 402 else "it wants to be asked less often"
            raise Throttled(f"{self.origin}: {what} (HTTP {status})", after)
        if 300 <= status < 400:
            raise Refused(
                f"{self.origin}: {path} leads elsewhere (HTTP {status}), which is not followed; mend base_url"
            )
        if status == 404:
            raise Refused(f"{self.origin}: nothing is at {path} (HTTP 404); are base_url and parameters right?")
        if status != 200:
            raise Refused(f"{self.origin}: {path} was answered with HTTP {status}")
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in {"", "identity"}:
            raise BadPayload(f"{self.origin}: the answer's encoding", encoding, "none, as was asked for")
        length = response.headers.get("Content-Length", "0").strip()
        if not (length.isascii() and length.isdecimal()) or int(length[:20]) > self._guard.limit_bytes:
            raise BadPayload(f"{self.origin}: the answer's length", length, f"at most {self._guard.limit_bytes} bytes")

    def _is_page(self, response: requests.Response) -> bool:
        """Whether a refusal came as HTML."""
        return is_html(response.raw.read(PIECE_BYTES, decode_content=False) or b"")

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        before = self._guard.taken_bytes
        while piece := response.raw.read(PIECE_BYTES, decode_content=False):
            body += piece
            if self._guard.taken_bytes - before > 4 * len(body) + FRAME_BYTES:
                raise BadPayload(f"{self.origin}: the answer", "chunks of a few bytes", "more data than frame")
        return self._masked(bytes(body))

    def _masked(self, body: bytes) -> bytes:
        """The answer without the key, which some sources repeat in their errors: it must reach no sentence or file."""
        if self._key is not None:
            for secret in {self._key, self._key.partition(":")[2], in_path(self._key)}:
                if len(secret) >= SHORTEST_MASKED:
                    body = body.replace(secret.encode(), b"***")
        return body

    def _refuse(self, error: Exception) -> NoReturn:
        """The sentence for what a library raised. Its own text may hold the address with the key, and is not shown."""
        if self._guard.is_over:
            raise BadPayload(
                f"{self.origin}: length of the answer", self._guard.taken_bytes, f"at most {self._guard.limit_bytes}"
            ) from None
        if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
            raise TimedOut(f"{self.origin}: no whole answer within {self._deadline_seconds:g} s") from None
        if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
            raise Unreachable(f"{self.origin}: its certificate cannot be verified, so it is not asked") from None
        reason = _reason(error)
        raise Unreachable(f"{self.origin}: no whole answer ({reason})") from None


def _reason(error: BaseException) -> str:
    """Why a connection failed, from the system's own error where there is one below the library's."""
    seen: BaseException | None = error
    for _ in range(8):
        if isinstance(seen, socket.gaierror):
            return "its name is not known"
        if isinstance(seen, OSError) and seen.strerror and not isinstance(seen, requests.RequestException):
            return seen.strerror.lower()
        if seen is None:
            break
        inner = next((argument for argument in seen.args if isinstance(argument, BaseException)), None)
        seen = getattr(seen, "reason", None) or inner or seen.__cause__ or seen.__context__
        if not isinstance(seen, BaseException):
            break
    return "the answer is not HTTP, or was cut short"


def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    return clean_text(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
