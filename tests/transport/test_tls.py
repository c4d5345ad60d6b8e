"""Miners that speak TLS, most of them with a certificate of their own: known by its fingerprint, or not at all."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from miner_agent.errors import BadPayload, Refused, TimedOut, Unreachable
from miner_agent.transport import tls
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.polls import Answer, Transport
from tests.certificates import ANOTHER, ONE, fingerprint_of, speaking
from tests.fake_http import FakeMiner
from tests.fakes import BLOCK, DRIP_SECONDS, LoopbackFake, Mode
from tests.transport.asking import (
    BACKENDS,
    BODY,
    MOST_BYTES,
    PROPER_MODES,
    REFUSAL_OF_MODE,
    SUMMARY,
    TOKEN,
    answer_of,
    ask_of,
)
from tests.waiting import until

PIN = fingerprint_of(ONE)


@pytest.fixture
def secret_miner() -> Iterator[FakeMiner]:
    miner = FakeMiner({SUMMARY.path: BODY, BACKENDS.path: b"[]"})
    miner.tls = speaking(ONE)
    with miner:
        yield miner


def asked(
    transport: Transport, fake: LoopbackFake, *, pin: str | None = PIN, host: str | None = None, seconds: float = 5.0
) -> Answer:
    ask = ask_of(fake, deadline_seconds=seconds, token=TOKEN)
    endpoint = replace(ask.endpoint, scheme="https", fingerprint=pin, host=host or ask.endpoint.host)
    return answer_of(transport, replace(ask, endpoint=endpoint))


@pytest.mark.parametrize("mode", PROPER_MODES)
def test_the_certificate_that_was_written_down_is_believed(
    transport: Transport, secret_miner: FakeMiner, mode: Mode
) -> None:
    secret_miner.mode = mode
    for body in (BODY, b"x" * MOST_BYTES):
        secret_miner.pages[SUMMARY.path] = body
        answer = asked(transport, secret_miner)
        assert answer.error is None
        assert answer.raw == {"summary": body}
    assert secret_miner.received[0].startswith(b"GET /2/summary HTTP/1.1\r\nHost: 127.0.0.1:")
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n".encode() in secret_miner.received[0]


def test_another_certificate_is_told_from_it_and_sent_nothing(transport: Transport) -> None:
    other = FakeMiner({SUMMARY.path: BODY})
    other.tls = speaking(ANOTHER)
    with other:
        error = asked(transport, other).error
        assert type(error) is Refused
        assert str(error) == (
            f"{other.address}: its certificate has the SHA-256 fingerprint {fingerprint_of(ANOTHER)}, and "
            f"tls_fingerprint_sha256 says {PIN}; find out who answers there; "
            "if the miner has a new certificate, write its fingerprint"
        )
        until(lambda: other.open_connections == 0)
        assert other.received == []


def test_a_certificate_that_nobody_vouches_for_is_refused_with_what_to_write(
    transport: Transport, secret_miner: FakeMiner
) -> None:
    error = asked(transport, secret_miner, pin=None).error
    assert type(error) is Refused
    assert str(error) == (
        f"{secret_miner.address}: this machine does not trust its certificate (self-signed certificate); "
        f'if it is the miner\'s own, write tls_fingerprint_sha256 = "{PIN}"'
    )
    until(lambda: secret_miner.open_connections == 0)
    assert secret_miner.received == []


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An authority that this machine trusts: the first of the two certificates."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ONE))
    tls._trusting_authorities.cache_clear()
    yield
    tls._trusting_authorities.cache_clear()


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_this_machine_trusts_needs_no_fingerprint(
    transport: Transport, secret_miner: FakeMiner
) -> None:
    assert asked(transport, secret_miner, pin=None).raw == {"summary": BODY}
    assert asked(transport, secret_miner, pin=None, host="localhost").raw == {"summary": BODY}
    pinned_to_another = asked(transport, secret_miner, pin=fingerprint_of(ANOTHER)).error
    assert isinstance(pinned_to_another, Refused)


@pytest.mark.usefixtures("trusted")
def test_a_trusted_certificate_of_another_address_is_refused(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    miner = FakeMiner({SUMMARY.path: BODY}, host="127.0.0.2")
    miner.tls = speaking(ONE)
    with miner:
        error = asked(transport, miner, pin=None).error
        assert isinstance(error, Refused)
        assert "127.0.0.2" in str(error)
        assert f'tls_fingerprint_sha256 = "{PIN}"' in str(error)
        assert miner.received == []


@pytest.mark.parametrize("mode", REFUSAL_OF_MODE)
def test_a_hostile_answer_in_secret_is_an_error_in_time_and_of_bounded_size(
    transport: Transport, secret_miner: FakeMiner, mode: Mode
) -> None:
    secret_miner.mode = mode
    error = asked(transport, secret_miner, seconds=2.0).error
    assert isinstance(error, REFUSAL_OF_MODE[mode])
    assert str(error).startswith(f"{secret_miner.address}: ")
    until(lambda: secret_miner.open_connections == 0)
    assert secret_miner.sent_bytes <= 4 * MOST_BYTES


def test_a_miner_that_speaks_plain_http_is_told_of(transport: Transport, miner: FakeMiner) -> None:
    class Plain(LoopbackFake):
        async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(4096)
            await self._send(writer, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with Plain() as plain:
        error = asked(transport, plain).error
    assert type(error) is Refused
    assert "no TLS handshake (" in str(error)
    assert str(error).endswith("; where it speaks plain HTTP, write http:// in its address")


class Floods(LoopbackFake):
    """Takes the hello, and sends the same for ever, or a byte now and then, or nothing."""

    def __init__(self, start: bytes, again: bytes, *, slowly: bool = False) -> None:
        super().__init__()
        self.start, self.again, self.slowly = start, again, slowly

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        await self._send(writer, self.start)
        while self.again:
            await self._send(writer, self.again)
            if self.slowly:
                await asyncio.sleep(DRIP_SECONDS)
        await self._hang(reader)


HANDSHAKE_RECORD = b"\x16\x03\x03"
FLOODED = {
    "silence": (b"", b"", False),
    "a byte now and then": (HANDSHAKE_RECORD + b"\x40\x00", b"\x02", True),
    "a certificate without end": (
        HANDSHAKE_RECORD + b"\x00\x04\x0b\xff\xff\xff",
        HANDSHAKE_RECORD + b"\x40\x00" + BLOCK,
        False,
    ),
    "empty records": (b"", (HANDSHAKE_RECORD + b"\x00\x00") * 1000, False),
    "warnings": (b"", b"\x15\x03\x03\x00\x02\x01\x5a" * 1000, False),
    "noise": (b"", BLOCK, False),
}


@pytest.mark.parametrize("kind", FLOODED)
def test_a_handshake_that_does_not_come_to_an_end_is_an_error_in_time_and_of_bounded_size(
    transport: Transport, kind: str
) -> None:
    start, again, slowly = FLOODED[kind]
    with Floods(start, again, slowly=slowly) as fake:
        answer = asked(transport, fake, seconds=0.3)
        assert isinstance(answer.error, Refused | BadPayload | TimedOut)
        assert answer.duration_seconds < 5
        if isinstance(answer.error, TimedOut):
            assert str(answer.error) == f"{fake.address.replace('tcp', 'https')}: no TLS handshake within 0.3 s"
        until(lambda: fake.open_connections == 0)
        assert fake.sent_bytes <= 4 * MOST_BYTES


def test_a_connection_that_ends_within_the_handshake_says_so(transport: Transport) -> None:
    class Closes(LoopbackFake):
        async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(4096)

    with Closes() as fake:
        error = asked(transport, fake).error
    assert type(error) is Unreachable
    assert "no TLS handshake (" in str(error)


@pytest.mark.thorough
def test_records_of_one_byte_are_taken_to_the_cap_and_no_further(transport: Transport) -> None:
    class Crumbs(LoopbackFake):
        """An answer without end, each byte of it in a record of its own."""

        async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await self._send(writer, b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                for _ in range(1000):
                    writer.write(b"x")
                await self._send(writer, b"x")

    fake = Crumbs()
    fake.tls = speaking(ONE)
    with fake:
        answer = asked(transport, fake, seconds=20.0)
        assert isinstance(answer.error, BadPayload)
        assert "expected at most" in str(answer.error)
        until(lambda: fake.open_connections == 0)


def test_a_good_source_is_asked_in_time_beside_handshakes_that_hang(transport: Transport, miner: FakeMiner) -> None:
    with Floods(b"", b"") as hanging:
        asks = [ask_of(hanging, deadline_seconds=1.0) for _ in range(20)]
        slow = [
            replace(ask, endpoint=replace(ask.endpoint, scheme="https", token=None, fingerprint=PIN)) for ask in asks
        ]
        *hung, good = transport.fetch([*slow, ask_of(miner)]).result(20)
        assert good.raw == {"summary": BODY}
        assert good.duration_seconds < 0.9
        assert all(isinstance(answer.error, TimedOut) for answer in hung)


def test_only_https_has_a_fingerprint(miner: FakeMiner) -> None:
    with pytest.raises(ValueError, match="write https://HOST:PORT"):
        replace(ask_of(miner).endpoint, fingerprint=PIN)


def test_an_answer_that_ends_with_its_connection_and_without_a_farewell_is_whole() -> None:
    ours = tls.Tls(Endpoint.parse("127.0.0.1", default_scheme="https", default_port=443), verified=False)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    theirs = speaking(ONE).wrap_bio(incoming, outgoing, server_side=True)
    while ours.shakes_hands():
        incoming.write(ours.to_send())
        with suppress(ssl.SSLWantReadError):
            theirs.do_handshake()
        ours.take(outgoing.read())
    incoming.write(ours.to_send())
    theirs.do_handshake()
    theirs.write(BODY)
    ours.take(outgoing.read())
    ours.take(b"")

    assert ours.read(MOST_BYTES) == BODY
    assert ours.read(MOST_BYTES) == b""
