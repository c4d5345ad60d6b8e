"""What the fetcher of feeds does with sources that answer, do not answer, or answer to do harm."""

import asyncio
import base64
import contextlib
import json
import logging
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest

from miner_agent.errors import AuthRefused, BadPayload, Refused, SourceError, Throttled, TimedOut, Unreachable
from miner_agent.market.feed import FeedRequest, KeyPlace
from miner_agent.transport import feed_requests
from miner_agent.transport.feed_requests import fetch
from miner_agent.transport.retry_after import retry_after_seconds
from tests import fakes
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.for_each import for_each
from tests.requires import require_tool
from tests.waiting import until

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BODY = b'{"coins": {"Bitcoin": {"tag": "BTC"}}}'
COINS = FeedRequest("/coins.json")
KEY = "canary-key-7c1f93ab"
MEBIBYTE = 1 << 20

PROPER_MODES = (Mode.NORMAL, Mode.CHUNKED, Mode.UNFRAMED)
TIME_MODES = (Mode.HANG, Mode.DRIP_HEAD, Mode.DRIP_BODY)
REFUSAL_OF_MODE: dict[Mode, type[SourceError] | tuple[type[SourceError], ...]] = {
    Mode.CLOSE: Unreachable,
    Mode.RESET: Unreachable,
    Mode.REFUSE: Unreachable,
    Mode.TOO_SHORT: Unreachable,
    Mode.NOT_HTTP: Unreachable,
    Mode.REDIRECT: Refused,
    Mode.GZIP: BadPayload,
    Mode.HUGE_BODY: BadPayload,
    Mode.ENDLESS_HEAD: (BadPayload, Unreachable),
    Mode.ENDLESS_BODY: BadPayload,
    Mode.ENDLESS_CHUNKS: BadPayload,
    Mode.TINY_CHUNKS: BadPayload,
    Mode.CHUNK_EXTENSIONS: (BadPayload, Unreachable),
    Mode.TRAILER_FLOOD: BadPayload,
    Mode.CONTINUE_FLOOD: BadPayload,
}


class FakeNode(FakeMiner):
    """Answers a POST with what ``pages`` holds for its path, once its whole body is there."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2]) for line in head.splitlines() if line.lower().startswith(b"content-length")
        )
        self.received.append(head + await reader.readexactly(length))
        await self._answer(reader, writer, self.pages[head.split(b" ", 2)[1].decode()])


@pytest.fixture(autouse=True)
def _any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes, "is_a_read", lambda request: True)  # feeds are no miners


@pytest.fixture
def source() -> Iterator[FakeMiner]:
    with FakeMiner({COINS.path: BODY}) as source:
        yield source


def got(source: FakeMiner, *asked: FeedRequest, deadline_seconds: float = 10, **given: object) -> bytes:
    return fetch(
        asked or (COINS,),
        base_url=source.address,
        now=NOW,
        deadline_seconds=deadline_seconds,
        **given,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("mode", PROPER_MODES)
def test_an_answer_comes_back_as_it_was_sent(source: FakeMiner, mode: Mode) -> None:
    source.mode = mode

    assert got(source) == BODY


def test_the_answers_to_several_requests_are_one_list(source: FakeMiner) -> None:
    source.pages["/asic.json"] = b'{"coins": {}}'
    raw = got(source, COINS, FeedRequest("/asic.json"))

    assert json.loads(raw) == [json.loads(BODY), {"coins": {}}]
    assert source.paths == ["/coins.json", "/asic.json"]


def test_several_answers_of_which_one_is_no_json_are_refused(source: FakeMiner) -> None:
    source.pages["/asic.json"] = b"1],[2"

    with pytest.raises(BadPayload, match="JSON"):
        got(source, COINS, FeedRequest("/asic.json"))


@pytest.mark.parametrize("mode", TIME_MODES)
def test_the_deadline_is_over_the_whole_answer(source: FakeMiner, mode: Mode) -> None:
    source.mode = mode
    source.pages[COINS.path] = BODY * 100
    threads = threading.active_count()

    with pytest.raises(TimedOut, match=r"no whole answer within 0\.2 s"):
        got(source, deadline_seconds=0.2)
    until_quiet(threads)


def test_the_deadline_is_over_all_requests_together(source: FakeMiner) -> None:
    source.pages["/second"] = BODY
    source.hanging_paths.add("/second")

    with pytest.raises(TimedOut):
        got(source, COINS, FeedRequest("/second"), deadline_seconds=0.3)


def test_a_name_that_is_looked_up_for_ever_costs_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait(30))
    threads = threading.active_count()
    try:
        with pytest.raises(TimedOut):
            fetch((COINS,), base_url="http://slow.example", now=NOW, deadline_seconds=0.2)
    finally:
        done.set()
    until_quiet(threads)


def test_feeds_that_hang_for_ever_take_no_more_than_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait(30))
    threads = threading.active_count()
    try:
        for _ in range(feed_requests.WORKERS + 3):
            with pytest.raises(TimedOut):
                fetch((COINS,), base_url="http://slow.example", now=NOW, deadline_seconds=0.05)
        assert threading.active_count() <= threads + feed_requests.WORKERS
    finally:
        done.set()
    until_quiet(threads)


@pytest.mark.parametrize("mode", REFUSAL_OF_MODE)
def test_what_is_no_proper_answer_is_refused(source: FakeMiner, mode: Mode) -> None:
    source.mode = mode
    threads = threading.active_count()

    with pytest.raises(REFUSAL_OF_MODE[mode]) as refusal:
        got(source, maximum_bytes=MEBIBYTE)

    assert str(refusal.value).startswith(source.address)
    assert str(refusal.value).isprintable()
    assert source.sent_bytes <= 8 * MEBIBYTE  # with what the kernel had taken in
    until_quiet(threads)


def until_quiet(threads: int) -> None:
    """Wait until no more threads run than before: none is left behind."""
    until(lambda: threading.active_count() <= threads)


def test_a_port_that_nobody_listens_on_and_a_name_that_nobody_has_are_told_apart(
    source: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.mode = Mode.REFUSE
    with pytest.raises(Unreachable, match="connection refused"):
        got(source)

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match=r"https://feeds\.example: .*its name is not known"):
        fetch((COINS,), base_url="https://feeds.example/api", now=NOW, deadline_seconds=5)


def test_a_redirect_is_not_followed_and_no_canary_sings(source: FakeMiner) -> None:
    with FakeMiner({"/": BODY}) as canary:
        source.mode, source.location = Mode.REDIRECT, canary.address + "/"
        with pytest.raises(Refused, match="leads elsewhere"):
            got(source, key=KEY, key_place=KeyPlace("header", "X-API-Key"))

        assert canary.accepted_total == 0


def test_a_small_answer_that_would_unpack_into_a_large_one_is_not_unpacked(source: FakeMiner) -> None:
    source.mode = Mode.GZIP
    source.pages[COINS.path] = b"0" * (20 * MEBIBYTE)

    with pytest.raises(BadPayload, match="encoding is 'gzip'"):
        got(source)
    assert b"Accept-Encoding: identity" in source.received[0]


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        ("401 Unauthorized", AuthRefused, "wants a key"),
        ("403 Forbidden", AuthRefused, "wants a key"),
        ("402 Payment Required", Throttled, "quota"),
        ("404 Not Found", Refused, "nothing is at /coins.json"),
        ("429 Too Many Requests", Throttled, "less often"),
        ("500 Internal Server Error", Refused, "HTTP 500"),
        ("503 Service Unavailable", Refused, "HTTP 503"),
        ("204 No Content", Refused, "HTTP 204"),
    ],
)
def test_a_status_that_is_no_says_what_to_do(
    source: FakeMiner, status: str, error: type[Refused], sentence: str
) -> None:
    source.status = status

    with pytest.raises(error, match=sentence) as refusal:
        got(source)
    assert type(refusal.value) is error


@pytest.mark.parametrize("status", ["403 Forbidden", "503 Service Unavailable"])
@pytest.mark.parametrize("key", [None, KEY])
def test_a_wall_against_programs_is_called_what_it_is(source: FakeMiner, status: str, key: str | None) -> None:
    source.status, source.pages = status, {COINS.path: b"\n<!DOCTYPE html><html><title>Just a moment...</title></html>"}

    with pytest.raises(Refused, match="a page for browsers, no data") as refusal:
        got(source, key=key, key_place=KeyPlace("header", "X-API-Key"))
    assert type(refusal.value) is Refused
    assert "set key_file" not in str(refusal.value)


class Throttling(FakeMiner):
    """Refuses with a ``Retry-After``."""

    retry_after = "120"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        head = f"HTTP/1.1 {self.status}\r\nRetry-After: {self.retry_after}\r\nContent-Length: 0\r\n\r\n"
        await self._send(writer, head.encode())


@for_each("status", ["429 Too Many Requests", "503 Service Unavailable"])
@for_each(
    ("header", "seconds"),
    [("120", 120), ("Mon, 02 Nov 2026 12:05:00 GMT", 300), ("Sun, 01 Nov 2026 12:05:00 GMT", 0), ("9" * 30, 86_400)],
)
def test_a_source_says_how_long_it_wants_to_be_left_alone(status: str, header: str, seconds: float) -> None:
    with Throttling({COINS.path: BODY}, status=status) as source:
        source.retry_after = header
        with pytest.raises(Throttled) as refusal:
            got(source)

    assert refusal.value.retry_after_seconds == seconds


@for_each("header", ["", "soon", "-5", "1e9", "٣", "Mon, 99 Foo 2026", "\x00", "Mon, 02 Nov 99999 12:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_nothing(header: str) -> None:
    assert retry_after_seconds(header, NOW) is None
    assert retry_after_seconds(None, NOW) is None


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_goes_where_its_feed_wants_it(source: FakeMiner) -> None:
    source.pages["/coins.json?apiKey=canary%2Fkey"] = source.pages["/coins.json?a=1&apiKey=canary%2Fkey"] = BODY
    got(source, key=KEY, key_place=KeyPlace("header", "Authorization", prefix="Token "))
    got(source, key="user:password", key_place=KeyPlace("basic"))
    got(source, key="canary/key", key_place=KeyPlace("query", "apiKey"))
    got(source, FeedRequest("/coins.json?a=1"), key="canary/key", key_place=KeyPlace("query", "apiKey"))

    first, second = source.received[:2]
    assert f"\r\nAuthorization: Token {KEY}\r\n".encode() in first
    assert b"\r\nAuthorization: Basic " + base64.b64encode(b"user:password") + b"\r\n" in second


@pytest.mark.parametrize("key", ["two words", "line\r\nX-Evil: 1", "ключ", ""])
def test_a_key_that_no_header_can_carry_is_refused_unsaid(source: FakeMiner, key: str) -> None:
    with pytest.raises(AuthRefused) as refusal:
        got(source, key=key, key_place=KeyPlace("header", "X-API-Key"))

    assert source.accepted_total == 0
    assert not key or key not in str(refusal.value)


@pytest.mark.thorough
@pytest.mark.parametrize("mode", [*REFUSAL_OF_MODE, Mode.DRIP_BODY])
@pytest.mark.parametrize("kind", ["header", "query"])
def test_a_key_is_in_no_sentence_and_no_log(
    source: FakeMiner, mode: Mode, kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    source.mode = mode
    source.pages[f"{COINS.path}?apiKey={KEY}"] = BODY
    place = KeyPlace("header", "X-API-Key") if kind == "header" else KeyPlace("query", "apiKey")

    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as refusal:
        got(
            source,
            key=KEY,
            key_place=place,
            deadline_seconds=0.3 if mode is Mode.DRIP_BODY else 5,
            maximum_bytes=MEBIBYTE,
        )

    told = [str(refusal.value), repr(refusal.value), caplog.text, *capfd.readouterr()]
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    assert not any(KEY in text for text in told)


def test_headers_that_cannot_be_parsed_put_no_address_into_the_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    class Sloppy(FakeMiner):
        async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
            await self._send(writer, b"HTTP/1.1 200 OK\r\n: no name\r\nno colon\r\nContent-Length: 2\r\n\r\n{}")

    with Sloppy({f"{COINS.path}?apiKey={KEY}": BODY}) as source, caplog.at_level(logging.DEBUG):
        try:
            got(source, key=KEY, key_place=KeyPlace("query", "apiKey"))
        except SourceError as error:
            assert KEY not in str(error)

    assert KEY not in caplog.text
    assert not any(KEY in text for text in capfd.readouterr())


def test_a_key_that_the_source_repeats_is_masked_before_anybody_reads_it(source: FakeMiner) -> None:
    source.pages[COINS.path] = json.dumps({"error": f"key {KEY} is not known"}).encode()

    assert got(source, key=KEY, key_place=KeyPlace("header", "X-API-Key")) == b'{"error": "key *** is not known"}'


def test_nothing_is_taken_from_the_environment(
    source: FakeMiner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with FakeMiner() as canary:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, canary.address)
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login canary password canary\n")
        (tmp_path / ".netrc").chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        got(source)

        assert canary.accepted_total == 0
    assert b"authorization" not in source.received[0].lower()


def test_a_body_is_posted_as_json() -> None:
    body = b'{"jsonrpc":"2.0","id":"BTC/getmininginfo","method":"getmininginfo","params":[]}'
    with FakeNode({"/": b'{"result": {}}'}) as node:
        assert got(node, FeedRequest("/", body)) == b'{"result": {}}'

    (received,) = node.received
    assert received.startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/json\r\n" in received
    assert received.endswith(b"\r\n\r\n" + body)


def test_a_base_address_may_have_a_path(source: FakeMiner) -> None:
    source.pages["/api/v2/coins"] = source.pages["/api/v2"] = BODY

    for path in ("/coins", "/"):
        asked = (FeedRequest(path),)
        assert fetch(asked, base_url=f"{source.address}/api/v2/", now=NOW, deadline_seconds=5) == BODY


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_answer_is_none(source: FakeMiner, body: bytes) -> None:
    source.pages[COINS.path] = body

    with pytest.raises(BadPayload, match="expected data"):
        got(source)


# --- certificates ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed but itself, with its key."""
    file = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    subprocess.run(
        [require_tool("openssl", package="openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", f"{file}.crt"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    with file.open("ab") as whole:
        whole.write(Path(f"{file}.crt").read_bytes())
    return file


class Encrypted:
    """One TLS port on loopback that answers each connection the same, or hangs in the handshake."""

    def __init__(self, certificate: Path | None) -> None:
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.received: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    def serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.context is None:
                    plain.recv(65536)
                    plain.recv(1)  # the client goes away
                    continue
                with self.context.wrap_socket(plain, server_side=True) as connection:
                    self.received.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            except OSError:
                pass
            finally:
                plain.close()


@pytest.mark.thorough
def test_a_certificate_that_nobody_vouches_for_gets_no_request_and_no_key(certificate: Path) -> None:
    with Encrypted(certificate) as source, pytest.raises(Unreachable, match="certificate cannot be verified"):
        fetch(
            (COINS,),
            base_url=source.address,
            now=NOW,
            deadline_seconds=10,
            key=KEY,
            key_place=KeyPlace("header", "X-API-Key"),
        )
    assert source.received == []


def test_a_certificate_that_is_trusted_is_read_over(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", f"{certificate}.crt")
    with Encrypted(certificate) as source:
        assert fetch((COINS,), base_url=source.address, now=NOW, deadline_seconds=10) == b"{}"


def test_a_handshake_that_never_ends_is_ended() -> None:
    threads = threading.active_count()
    with Encrypted(None) as source, pytest.raises(TimedOut):
        fetch((COINS,), base_url=source.address, now=NOW, deadline_seconds=0.2)
    until_quiet(threads)


def test_no_thread_to_be_had_is_a_sentence(source: FakeMiner, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for _ in range(feed_requests.WORKERS + 1):
            with pytest.raises(Unreachable, match="another thread"):
                got(source, deadline_seconds=1)

    assert got(source) == BODY


def test_a_hundred_fetches_leave_no_descriptor_behind(source: FakeMiner) -> None:
    got(source)
    before = len(os.listdir("/proc/self/fd"))
    for mode in (*PROPER_MODES, Mode.RESET, Mode.GZIP, Mode.TOO_SHORT, Mode.REDIRECT) * 12:
        source.mode = mode
        with contextlib.suppress(SourceError):
            got(source)

    assert len(os.listdir("/proc/self/fd")) <= before + 2
