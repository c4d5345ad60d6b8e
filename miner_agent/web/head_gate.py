"""Looks at the head of each request before anything acts on it: HTTP/1.1, GET and HEAD, no body, and of a bounded size.

h11 takes ``get`` for a method and reads a body where there is one, and bounds only heads that come in pieces. What is
refused is answered in its turn, behind the requests that came before it, and is the last thing heard.
"""

import asyncio
import re
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field

REQUEST_HEAD_BYTES = 16 * 1024
_END_OF_HEAD = re.compile(rb"\r\n\r\n")
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r[^\n]")  # half of one, which others may take for a part of the line
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/([0-9]+\.[0-9]+)\r\n")
_ABSOLUTE = re.compile(rb"https?://([^/?#@]+)(/[^#]*|\?[^#]*)?", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]")
_IN_PLACE = b"%s / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"  # of one that is refused


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a request is answered that nobody looks at further."""

    status: int
    sentence: str
    headers: dict[str, str] = field(default_factory=dict)


_NO_HTTP = Refusal(400, "This is no request of HTTP/1.1.")
_TOO_LARGE = Refusal(431, f"The head of a request takes {REQUEST_HEAD_BYTES} bytes at most here.")
_VERSION = Refusal(505, "No other version than HTTP/1.1 is spoken here.")
_METHOD = Refusal(405, "Only GET and HEAD are answered here.", {"allow": "GET, HEAD"})
_UPGRADE = Refusal(400, "Nothing but HTTP/1.1 is spoken here. Ask without Upgrade.")
_BODY = Refusal(413, "A request has no body here.")


class HeadGate(asyncio.Protocol):
    """Stands around the protocol that serves one client, and hands it whole heads only."""

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner = inner
        self._head = bytearray()
        self._refused = False
        self._verdicts: deque[Refusal | None] = deque()  # of the heads that are not answered yet

    def next_verdict(self) -> Refusal | None:
        """What is held against the request that is answered next."""
        return self._verdicts.popleft()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        current_gate.set(self)  # inherited by the tasks that serve this connection
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)
        self._inner = asyncio.Protocol()  # timers that are over still name this gate

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        searched = max(0, len(self._head) - 3)  # an end that came in pieces
        self._head += data
        while not self._refused and self._head:
            end = _END_OF_HEAD.search(self._head, searched)
            bare = _BARE_LINE_END.search(self._head, searched)
            searched = 0
            if (end.end() if end else len(self._head)) > REQUEST_HEAD_BYTES:
                self._refuse(_TOO_LARGE)
            elif bare is not None and (end is None or bare.start() < end.start()):
                self._refuse(_NO_HTTP)
            elif end is None:
                if not _TOKEN.match(self._head):
                    self._refuse(_NO_HTTP)
                return
            else:
                head = bytes(self._head[: end.end()])
                del self._head[: end.end()]
                self._judge(head)

    def _judge(self, head: bytes) -> None:
        found = _REQUEST_LINE.match(head)
        if found is None:
            self._refuse(_NO_HTTP)
            return
        method, target, version = found.groups()
        lines = head[found.end() :].splitlines(keepends=True)
        names = [line.partition(b":")[0].strip().lower() for line in lines]
        if not version.startswith(b"1."):
            self._refuse(_VERSION)
        elif method not in {b"GET", b"HEAD"}:
            self._refuse(_METHOD)
        elif b"upgrade" in names:
            self._refuse(_UPGRADE, method)
        elif b"transfer-encoding" in names or any(_has_length(line) for line in lines):
            self._refuse(_BODY, method)
        elif target.startswith(b"/"):
            self._pass_on(head, None)
        elif absolute := _ABSOLUTE.fullmatch(target):
            self._pass_on(_in_origin_form(method, absolute, version, lines, names), None)
        else:
            self._refuse(_NO_HTTP, method)

    def _refuse(self, refusal: Refusal, method: bytes = b"GET") -> None:
        self._refused = True
        self._head.clear()
        self._pass_on(_IN_PLACE % method, refusal)

    def _pass_on(self, head: bytes, verdict: Refusal | None) -> None:
        self._verdicts.append(verdict)
        self._inner.data_received(head)


current_gate: ContextVar[HeadGate] = ContextVar("current_gate")


def _has_length(line: bytes) -> bool:
    name, _, value = line.partition(b":")
    return name.strip().lower() == b"content-length" and value.strip() != b"0"


def _in_origin_form(
    method: bytes, absolute: re.Match[bytes], version: bytes, lines: list[bytes], names: list[bytes]
) -> bytes:
    """The same request as it is usually written. The host of its target holds, as RFC 9112 section 3.2.2 has it."""
    authority, path = absolute[1], absolute[2] or b"/"
    if not path.startswith(b"/"):
        path = b"/" + path
    if names.count(b"host") > 1:
        return b"%s %s HTTP/%s\r\n%s" % (method, path, version, b"".join(lines))  # which is refused for that
    others = b"".join(line for line, name in zip(lines, names, strict=True) if name != b"host")
    return b"%s %s HTTP/%s\r\nhost: %s\r\n%s" % (method, path, version, authority, others)
