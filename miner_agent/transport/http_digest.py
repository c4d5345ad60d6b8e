"""HTTP Digest (RFC 7616): a password that is proven and never sent. MD5 and SHA-256, ``qop=auth``, of GET only.

What a source asks for is kept and answered at once the next time, each answer with the next number, until the source
wants to be answered anew.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from miner_agent.errors import AuthRefused, Challenged, Refused
from miner_agent.sources.driver import HttpDigest
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.http_wire import ask_http
from miner_agent.transport.refusals import Refusals
from miner_agent.transport.wire import Connection

ALGORITHMS = ("SHA-256", "MD5")  # the better one first
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}"
_PARAMETER = re.compile(rf'(?:({_WORD}) +)?({_WORD}) *= *(?:"((?:[^"\\]|\\.){{0,512}})"|({_WORD}))')
_ESCAPED = re.compile(r"\\(.)")
_ESCAPABLE = re.compile(r'(["\\])')


@dataclass(frozen=True, slots=True)
class DigestChallenge:
    """What a source wants to have answered."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str
    stale: bool

    def answered(self, user: str, password: str, *, path: str, count: int, own_nonce: str) -> str:
        """The header ``Authorization`` of a GET of ``path``, the ``count``-th with this nonce."""
        proof = _hash(
            self.algorithm,
            _hash(self.algorithm, user, self.realm, password),
            self.nonce,
            f"{count:08x}",
            own_nonce,
            "auth",
            _hash(self.algorithm, "GET", path),
        )
        told = {"username": user, "realm": self.realm, "nonce": self.nonce, "uri": path, "response": proof}
        told |= {"cnonce": own_nonce} | ({} if self.opaque is None else {"opaque": self.opaque})
        quoted = "".join(f"{name}={_quoted(value)}, " for name, value in told.items())
        return f"Digest {quoted}algorithm={self.algorithm}, qop=auth, nc={count:08x}"


def challenge_in(headers: Iterable[str]) -> DigestChallenge | None:
    """The best challenge in ``WWW-Authenticate`` that can be answered.

    >>> challenge_in(['Basic realm="a", Digest realm="b", qop="auth,auth-int", nonce="c"'])
    DigestChallenge(realm='b', nonce='c', opaque=None, algorithm='MD5', stale=False)
    """
    found = [made for header in headers for one in _digests(header) if (made := _challenge(one)) is not None]
    return min(found, key=lambda one: ALGORITHMS.index(one.algorithm), default=None)


def _digests(header: str) -> list[dict[str, str]]:
    """The parameters of each Digest challenge."""
    every: list[tuple[str, dict[str, str]]] = []
    for scheme, name, quoted, plain in _PARAMETER.findall(header):
        if scheme or not every:
            every.append((scheme.lower(), {}))
        every[-1][1].setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) or plain)
    return [parameters for scheme, parameters in every if scheme == "digest"]


def _challenge(told: dict[str, str]) -> DigestChallenge | None:
    algorithm = told.get("algorithm", "MD5").upper()
    methods = {method.strip().lower() for method in told.get("qop", "").split(",")}
    sent_back = [told.get(name, "") for name in ("realm", "nonce", "opaque")]
    if algorithm not in ALGORITHMS or "auth" not in methods or not told.get("nonce"):
        return None
    if not all(value.isascii() and (value.isprintable() or not value) for value in sent_back):
        return None
    return DigestChallenge(
        realm=told.get("realm", ""),
        nonce=told["nonce"],
        opaque=told.get("opaque"),
        algorithm=algorithm,
        stale=told.get("stale", "").lower() == "true",
    )


def _quoted(value: str) -> str:
    return '"' + _ESCAPABLE.sub(r"\\\1", value) + '"'


def _hash(algorithm: str, *parts: str) -> str:
    text = ":".join(parts).encode("utf-8")
    if algorithm == "SHA-256":
        return hashlib.sha256(text).hexdigest()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class _Kept:
    challenge: DigestChallenge
    count: int = 0

    def answered(self, digest: HttpDigest, password: str, path: str) -> str:
        self.count += 1
        own_nonce = secrets.token_hex(16)
        return self.challenge.answered(digest.user, password, path=path, count=self.count, own_nonce=own_nonce)


class Digests:
    """The challenges of one transport. Used in its event loop only."""

    def __init__(self) -> None:
        self._kept: dict[Endpoint, _Kept] = {}
        self._refusals = Refusals()

    async def ask(self, line: Connection, path: str, digest: HttpDigest, password: str) -> bytes | None:
        """The body that stands at ``path``; ``None`` where nothing does.

        Raises:
            SourceError: there is none to be had, or the password is not the right one.
        """
        endpoint = line.endpoint
        self._refusals.check(endpoint)
        kept, just_given = self._kept.get(endpoint), False
        while True:
            authorization = None if kept is None else kept.answered(digest, password, path)
            try:
                return await ask_http(line, path, authorization, once=True)
            except Challenged as refusal:
                self._kept.pop(endpoint, None)
                challenge = challenge_in(refusal.challenges)
                if challenge is None:
                    raise AuthRefused(f"{endpoint}: it wants a password in another way than by HTTP Digest") from None
                if just_given and challenge.stale:
                    raise Refused(f"{endpoint}: it calls a challenge stale that it has just given") from None
                if just_given:
                    raise self._refusals.of(endpoint) from None
                kept, just_given = self._kept.setdefault(endpoint, _Kept(challenge)), True
