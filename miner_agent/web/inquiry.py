"""What the web asks of whoever makes pages and documents, and what it is told: a face knows nothing of HTTP's wire."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Protocol, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One question, by GET or HEAD."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    sees_money: bool = False  # who asks may see money and books


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is told. The web adds the headers that every answer carries, of which ``headers`` replace some.

    Where there is an ``etag``, a client that has the body already is told so in place of the body.
    """

    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    body: bytes = b""
    etag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def marked(self) -> Self:
        """The same, with an ``etag`` that tells its body from every other."""
        return replace(self, etag=f'"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"')


class Face(Protocol):
    """Answers for every path that the web does not answer itself. Called in the web's thread, so it never waits."""

    def answer(self, asked: Inquiry) -> Reply | Future[Reply]:
        """What is told now, or what somebody beside the event loop will tell."""

    def late(self, asked: Inquiry) -> Reply:
        """What is told where that somebody took too long."""
