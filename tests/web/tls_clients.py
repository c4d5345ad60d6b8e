"""Certificates in files of their own, as an owner keeps them, and clients that speak TLS."""

import base64
import http.client
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from miner_agent.web.certificates import TlsFiles
from tests.certificates import ONE


def keep(folder: Path, certificate: Path = ONE, name: str = "web") -> tuple[Path, Path]:
    """The certificate and its key, as the files that a web server is given."""
    text = certificate.read_text()
    begin = text.index("-----BEGIN PRIV")
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    cert.write_text(text[text.index("-----BEGIN CERT") : begin])
    key.touch(mode=0o600)
    key.write_text(text[begin:])
    return cert, key


def files(folder: Path, **more: object) -> TlsFiles:
    certificate, key = keep(folder)
    return TlsFiles(place="web.yml", certificate=certificate, key=key, **more)  # type: ignore[arg-type]


def trusting(server: Path = ONE, client: Path | None = None) -> ssl.SSLContext:
    """Who trusts that server, and shows ``client``."""
    context = ssl.create_default_context(cafile=str(server))
    if client is not None:
        context.load_cert_chain(client)
    return context


def ask(port: int, context: ssl.SSLContext, path: str = "/metrics", **headers: str) -> tuple[int, bytes]:
    """Status and body."""
    with closing(http.client.HTTPSConnection("localhost", port, timeout=10, context=context)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


PASSWORD = "correct horse"
HASH = "$2b$10$qawv3K2bC9rmxTK20fpuq.4gUSnqZJbiT.57hRSYlhe72jEG.BsLK"  # of it, by bcrypt
QUICK_HASH = (
    "$2b$04$uJePyKm0Xdd9lYpO1Tq7Huij4Q7UOl6Nv.uYn9o17/pj1hNuZ1ciu"  # for who asks often: a configuration refuses it
)


def half_a_hello() -> bytes:
    """The first half of what a client says first."""
    outgoing = ssl.MemoryBIO()
    hello = trusting().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    whole = outgoing.read()
    return whole[: len(whole) // 2]


def basic(user: str, password: str | bytes) -> str:
    """The header that says this name and password."""
    secret = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()
