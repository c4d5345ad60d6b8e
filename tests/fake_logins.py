"""Miners on loopback that answer HTTP to whom they know."""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from tests.fake_http import FakeMiner, http_answer


class FakeSessionMiner(FakeMiner):
    """A ``FakeMiner`` whose pages want the token that POSTing a password gives.

    ``password``, ``tokens`` (what the next logins give), ``timeout_seconds`` and ``takes_its_tokens`` can be changed
    while it runs; ``valid`` are the tokens that it has given.
    """

    def __init__(self, pages: Mapping[str, bytes], *, password: str, tokens: Iterable[str]) -> None:
        super().__init__(pages)
        self.password = password
        self.tokens = list(tokens)
        self.valid: set[str] = set()
        self.timeout_seconds: float | None = 3600
        self.takes_its_tokens = True

    @property
    def logins(self) -> list[bytes]:
        """The bodies that were POSTed."""
        return [request.partition(b"\r\n\r\n")[2] for request in self.received if request.startswith(b"POST ")]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        request = self.received[-1]
        if request.startswith(b"POST "):
            if json.loads(request.partition(b"\r\n\r\n")[2])["password"] != self.password:
                await self._send(writer, http_answer(b"", status="401 Unauthorized"))
                return
            token = self.tokens.pop(0)
            self.valid.add(token)
            await self._send(
                writer, http_answer(json.dumps({"token": token, "timeout_s": self.timeout_seconds}).encode())
            )
            return
        given = re.search(rb"\r\nAuthorization: ([^\r]*)\r\n", request)
        if given is None or given[1].decode() not in self.valid or not self.takes_its_tokens:
            await self._send(writer, http_answer(b"", status="401 Unauthorized"))
        else:
            await super()._answer(reader, writer, body)


class FakeDigestMiner(FakeMiner):
    """A ``FakeMiner`` whose pages want the password proven, by one of the challenges in ``challenges``.

    ``NONCE`` in a challenge stands for the nonce that holds. ``nonce``, ``password`` and ``challenges`` can be changed
    while it runs.
    """

    def __init__(self, pages: Mapping[str, bytes], *, user: str, password: str, challenges: Iterable[str]) -> None:
        super().__init__(pages)
        self.user, self.password, self.challenges = user, password, tuple(challenges)
        self.nonce = "first+nonce/=="
        self.counts: list[int] = []  # of the answers that were right

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        head = self.received[-1].decode()
        given = re.search(r"\r\nAuthorization: Digest ([^\r]*)\r\n", head)
        found = [] if given is None else re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^", ]*))', given[1])
        told = {name: re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in found}
        if self._is_right(told, head.split(" ", 2)[1]) and told["nonce"] == self.nonce:
            self.counts.append(int(told["nc"], 16))
            await super()._answer(reader, writer, body)
            return
        stale = ", stale=true" if told and told["nonce"] != self.nonce else ""
        wanted = [f"WWW-Authenticate: {one.replace('NONCE', self.nonce)}{stale}\r\n" for one in self.challenges]
        await self._send(writer, http_answer(b"no", status="401 Unauthorized", headers="".join(wanted)))

    def _is_right(self, told: Mapping[str, str], path: str) -> bool:
        if not told or told["uri"] != path or told["username"] != self.user or told["qop"] != "auth":
            return False
        of = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[told["algorithm"]]
        who = of(f"{told['username']}:{told['realm']}:{self.password}".encode()).hexdigest()
        what = of(f"GET:{path}".encode()).hexdigest()
        wanted = f"{who}:{told['nonce']}:{told['nc']}:{told['cnonce']}:auth:{what}"
        return told["response"] == of(wanted.encode()).hexdigest()
