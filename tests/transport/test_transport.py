"""What the polling side does with sources that answer, do not answer, or answer to do harm."""

import asyncio
import queue
import random
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from miner_agent.errors import AuthRefused, BadPayload, Mistake, Refused, SourceError, TimedOut, Unreachable
from miner_agent.sources.driver import HttpGet, Request, TcpCommand
from miner_agent.transport import names, wire
from miner_agent.transport.polls import BEGUN_TOGETHER, Answer, Ask, Endpoint, Transport
from tests.fakes import FakeMiner, FakeTcpMiner, LoopbackFake, Mode
from tests.waiting import dwell, until, until_in_loop

BODY = b'{"hashrate": 25780000, "gpus": [1, 2, 3]}'
SUMMARY = HttpGet("summary", "/2/summary", aliases=("/1/summary", "/api.json"))
BACKENDS = HttpGet("backends", "/2/backends")
STATUS = TcpCommand("status", b'{"command":"summary"}')
TOKEN = "canary-token-7c1f"
MEBIBYTE = 1 << 20

PROPER_MODES = (Mode.NORMAL, Mode.CHUNKED, Mode.UNFRAMED)
TIME_MODES = (Mode.HANG, Mode.DRIP_HEAD, Mode.DRIP_BODY)
REFUSAL_OF_MODE: dict[Mode, type[SourceError] | tuple[type[SourceError], ...]] = {
    Mode.CLOSE: Unreachable,
    Mode.RESET: Unreachable,
    Mode.TOO_SHORT: Unreachable,
    Mode.TOO_LONG: BadPayload,
    Mode.HUGE_BODY: BadPayload,
    Mode.ENDLESS_HEAD: BadPayload,
    Mode.ENDLESS_BODY: BadPayload,
    Mode.ENDLESS_CHUNKS: BadPayload,
    Mode.TINY_CHUNKS: (BadPayload, TimedOut),
    Mode.CHUNK_EXTENSIONS: BadPayload,
    Mode.TRAILER_FLOOD: BadPayload,
    Mode.CONTINUE_FLOOD: BadPayload,
    Mode.NOT_HTTP: BadPayload,
    Mode.ECHO: BadPayload,
    Mode.REDIRECT: Refused,
    Mode.GZIP: Refused,
    Mode.REFUSE: Unreachable,
}


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


@pytest.fixture
def miner() -> Iterator[FakeMiner]:
    with FakeMiner({SUMMARY.path: BODY}) as miner:
        yield miner


def endpoint_of(fake: LoopbackFake, *, token: str | None = None) -> Endpoint:
    endpoint = Endpoint.parse(fake.address, default_scheme="http", default_port=None)
    return replace(endpoint, token=token)


def ask_of(fake: LoopbackFake, *requests: Request, deadline_seconds: float = 5.0, token: str | None = None) -> Ask:
    return Ask(
        source="left-rack",
        endpoint=endpoint_of(fake, token=token),
        requests=requests or (SUMMARY,),
        deadline_seconds=deadline_seconds,
    )


def answer_of(transport: Transport, ask: Ask) -> Answer:
    (answer,) = transport.fetch([ask]).result(20)
    return answer


def error_of(transport: Transport, ask: Ask) -> SourceError:
    answer = answer_of(transport, ask)
    assert answer.raw is None
    assert answer.error is not None
    return answer.error


# Addresses


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.12", "http://10.0.0.12:18080"),
        ("10.0.0.12:80", "http://10.0.0.12:80"),
        ("http://10.0.0.12:80/", "http://10.0.0.12:80"),
        ("HTTP://Rig-7.LAN.:80", "http://rig-7.lan:80"),
        ("tcp://rig_7:4028", "tcp://rig_7:4028"),
        ("[::1]", "http://[::1]:18080"),
        ("tcp://[FD00:0::7]:4028", "tcp://[fd00::7]:4028"),
        (" localhost ", "http://localhost:18080"),
    ],
)
def test_an_address_reads_as_its_owner_meant_it(address: str, expected: str) -> None:
    assert str(Endpoint.parse(address, default_scheme="http", default_port=18080)) == expected


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "no host"),
        ("http://", "no host"),
        (":80", "no host"),
        ("https://rig:80", "'https' is not a scheme"),
        ("file:///etc/passwd", "'file' is not a scheme"),
        ("gopher://rig:70", "'gopher' is not a scheme"),
        ("file:/etc/passwd", "leave out the path"),
        ("http://user:hunter2@rig:80", "no user and no password"),
        ("rig:80/2/summary", "rig:80: an address ends with its port"),
        ("rig:80?token=hunter2", "leave out the path"),
        ("rig:80#hunter2", "leave out the path"),
        ("rig:80\\hunter2", "leave out the path"),
        ("rig:", "port '' is not a number"),
        ("rig:0", "port '0' is not"),
        ("rig:65536", "port '65536' is not"),
        ("rig:8o80", "port '8o80' is not"),
        ("rig:-1", "port '-1' is not"),
        ("rig:٨٠", "port '٨٠' is not"),
        ("::1", "stands in brackets"),
        ("fe80::1:4028", "stands in brackets"),
        ("[::1", "is not [IPv6 address]:PORT"),
        ("[::1]80", "is not [IPv6 address]:PORT"),
        ("[rig]:80", "'rig' is not an IPv6 address"),
        ("[fe80::1%eth0]:80", "without a zone"),
        ("10.0.0.256:80", "is not an IPv4 address"),
        ("10.0.0:80", "is not an IPv4 address"),
        ("left rack:80", "neither an IP address nor a host name"),
        ("rig\r\nHost: evil:80", "stands in brackets"),
        ("rig\r\nX:80", "neither an IP address nor a host name"),
        ("-rig:80", "neither an IP address nor a host name"),
        ("räck:80", "neither an IP address nor a host name"),
        ("a" * 64 + ":80", "neither an IP address nor a host name"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason_and_without_its_secrets(address: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Endpoint.parse(address, default_scheme="http", default_port=18080)
    assert sentence in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_address_without_a_port_needs_a_driver_that_has_one() -> None:
    with pytest.raises(ValueError, match=r"rig: has no port; write HOST:PORT"):
        Endpoint.parse("rig", default_scheme="tcp", default_port=None)


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX-Evil: 1", "schlüssel"])
def test_a_token_that_no_header_can_carry_is_refused_unseen(token: str) -> None:
    with pytest.raises(ValueError, match="token") as refusal:
        Endpoint(scheme="http", host="rig", port=80, token=token)
    assert not token or token not in str(refusal.value)


def test_an_answer_is_never_both_raw_and_an_error() -> None:
    with pytest.raises(ValueError, match="left-rack"):
        Answer(source="left-rack", raw=None, error=None, duration_seconds=0.0)


# Answers


@pytest.mark.parametrize("mode", PROPER_MODES)
def test_a_body_arrives_as_it_was_sent_however_it_is_framed(transport: Transport, miner: FakeMiner, mode: Mode) -> None:
    miner.mode = mode
    answer = answer_of(transport, ask_of(miner))
    assert answer.error is None
    assert answer.raw == {"summary": BODY}
    assert 0 < answer.duration_seconds < 5


def test_a_body_of_exactly_the_cap_is_taken_and_one_byte_more_is_not(transport: Transport, miner: FakeMiner) -> None:
    for mode in PROPER_MODES:
        miner.mode = mode
        miner.pages[SUMMARY.path] = b"x" * MEBIBYTE
        assert answer_of(transport, ask_of(miner)).raw == {"summary": miner.pages[SUMMARY.path]}
        miner.pages[SUMMARY.path] += b"x"
        error = error_of(transport, ask_of(miner))
        assert isinstance(error, BadPayload)
        assert str(error) == f"{miner.address}: length of the answer is 1048577; expected at most 1048576"


def test_the_request_is_a_plain_get_on_a_connection_of_its_own(transport: Transport, miner: FakeMiner) -> None:
    for _ in range(2):
        answer_of(transport, ask_of(miner))
    head, *headers = miner.received[0].decode().strip().split("\r\n")
    assert head == "GET /2/summary HTTP/1.1"
    assert headers == [
        f"Host: 127.0.0.1:{miner.port}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "User-Agent: miner-agent",
        "Connection: close",
    ]
    assert miner.accepted_total == 2


def test_answers_come_in_the_order_of_the_asks(transport: Transport) -> None:
    with FakeMiner({"/stat": b"A"}, mode=Mode.DRIP_BODY) as slow, FakeMiner({"/stat": b"B"}) as fast:
        first = HttpGet("a", "/stat")
        asks = [replace(ask_of(fake, first), source=name) for name, fake in (("slow", slow), ("fast", fast))]
        answers = transport.fetch(asks).result(20)
    assert [(answer.source, answer.raw) for answer in answers] == [
        ("slow", {"a": b"A"}),
        ("fast", {"a": b"B"}),
    ]


def test_asking_nobody_gives_no_answers(transport: Transport) -> None:
    assert transport.fetch([]).result(5) == []


def test_a_source_on_ipv6_is_named_in_brackets_everywhere(transport: Transport) -> None:
    try:
        miner = FakeMiner({SUMMARY.path: BODY}, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with miner:
        assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}
        assert f"\r\nHost: [::1]:{miner.port}\r\n".encode() in miner.received[0]
        miner.mode = Mode.REFUSE
        assert str(error_of(transport, ask_of(miner))).startswith(f"http://[::1]:{miner.port}: ")


# Optional requests and aliases


def test_an_optional_request_that_fails_leaves_only_its_own_name_out(transport: Transport, miner: FakeMiner) -> None:
    miner.pages["/status"] = b"[]"
    answer = answer_of(transport, ask_of(miner, SUMMARY, BACKENDS, HttpGet("status", "/status")))
    assert answer.raw == {"summary": BODY, "status": b"[]"}
    assert answer.error is None


def test_the_first_request_must_be_answered(transport: Transport, miner: FakeMiner) -> None:
    error = error_of(transport, ask_of(miner, BACKENDS, SUMMARY))
    assert isinstance(error, Refused)
    assert str(error) == f"{miner.address}: it knows no /2/backends (status 404)"
    assert miner.paths == ["/2/backends"]


def test_a_deadline_that_passes_in_an_optional_request_keeps_the_first_answer(
    transport: Transport, miner: FakeMiner
) -> None:
    miner.hanging_paths = {BACKENDS.path}
    answer = answer_of(transport, ask_of(miner, SUMMARY, BACKENDS, deadline_seconds=0.4))
    assert answer.raw == {"summary": BODY}
    assert answer.duration_seconds > 0.3
    until(lambda: miner.open_connections == 0)


def test_the_deadline_is_over_all_requests_together(transport: Transport, miner: FakeMiner) -> None:
    miner.hanging_paths = {"/stat", "/stats"}
    requests = (SUMMARY, HttpGet("a", "/stat"), HttpGet("b", "/stats"))
    answer_of(transport, ask_of(miner, *requests, deadline_seconds=0.4))
    assert "/stats" not in miner.paths


def test_an_alias_is_asked_where_the_path_is_not_found_and_first_from_then_on(
    transport: Transport, miner: FakeMiner
) -> None:
    miner.pages = {"/api.json": BODY}
    for _ in range(2):
        assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}
    assert miner.paths == ["/2/summary", "/1/summary", "/api.json", "/api.json"]
    miner.pages = {"/2/summary": BODY}  # it has been updated
    miner.received.clear()
    for _ in range(2):
        assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}
    assert miner.paths == ["/api.json", "/2/summary", "/2/summary"]


def test_what_one_source_knows_is_not_believed_of_another(transport: Transport, miner: FakeMiner) -> None:
    miner.pages = {"/1/summary": BODY}
    answer_of(transport, ask_of(miner))
    with FakeMiner({"/2/summary": BODY}) as other:
        answer_of(transport, ask_of(other))
        assert other.paths == ["/2/summary"]


def test_a_source_without_any_of_the_paths_is_refused_by_their_names(transport: Transport, miner: FakeMiner) -> None:
    miner.pages = {}
    error = error_of(transport, ask_of(miner))
    assert str(error) == (f"{miner.address}: it knows no /2/summary and no /1/summary and no /api.json (status 404)")


def test_no_alias_is_asked_where_the_answer_is_an_error(transport: Transport, miner: FakeMiner) -> None:
    miner.status = "500 Internal Server Error"
    assert isinstance(error_of(transport, ask_of(miner)), Refused)
    assert miner.paths == ["/2/summary"]


# Refusals


@pytest.mark.parametrize("mode", REFUSAL_OF_MODE)
def test_a_hostile_answer_is_an_error_in_time_and_of_bounded_size(
    transport: Transport, miner: FakeMiner, mode: Mode
) -> None:
    miner.mode = mode
    error = error_of(transport, ask_of(miner, deadline_seconds=2.0, token=TOKEN))
    assert isinstance(error, REFUSAL_OF_MODE[mode])
    assert str(error).startswith(f"{miner.address}: ")
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert TOKEN not in repr(error)
    until(lambda: miner.open_connections == 0)
    assert miner.sent_bytes <= 2 * MEBIBYTE


@pytest.mark.parametrize("mode", TIME_MODES)
def test_a_source_that_hangs_or_drips_ends_at_its_deadline(transport: Transport, miner: FakeMiner, mode: Mode) -> None:
    miner.mode = mode
    answer = answer_of(transport, ask_of(miner, deadline_seconds=0.2))
    assert isinstance(answer.error, TimedOut)
    assert answer.duration_seconds > 0.1
    came = "no answer" if mode is Mode.HANG else "no whole answer"
    assert str(answer.error) == f"{miner.address}: {came} within 0.2 s"
    until(lambda: miner.open_connections == 0)


def test_a_source_that_takes_no_connection_times_out_and_says_so(transport: Transport) -> None:
    with socket.socket() as full:  # a listener whose queue is full leaves a new connection waiting
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        endpoint = Endpoint(scheme="http", host="127.0.0.1", port=full.getsockname()[1])
        ask = Ask(source="left-rack", endpoint=endpoint, requests=(SUMMARY,), deadline_seconds=0.3)
        error = error_of(transport, ask)
        for client in waiting:
            client.close()
    assert isinstance(error, TimedOut)
    assert str(error) == f"{endpoint}: no connection within 0.3 s"


def test_a_closed_port_says_so_at_once(transport: Transport, miner: FakeMiner) -> None:
    miner.mode = Mode.REFUSE
    answer = answer_of(transport, ask_of(miner))
    assert type(answer.error) is Unreachable
    assert str(answer.error) == f"{miner.address}: no connection (connection refused)"
    assert answer.duration_seconds < 2
    miner.mode = Mode.NORMAL
    assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}


def test_a_reset_in_the_middle_of_an_answer_is_unreachable(transport: Transport, miner: FakeMiner) -> None:
    miner.mode = Mode.RESET
    error = error_of(transport, ask_of(miner))
    assert type(error) is Unreachable
    assert str(error) == f"{miner.address}: no whole answer (connection reset by peer)"


def test_a_redirect_is_refused_and_its_target_never_asked(transport: Transport, miner: FakeMiner) -> None:
    with FakeMiner({"/": BODY}) as canary:
        miner.mode = Mode.REDIRECT
        for location in (f"{canary.address}/", "file:///etc/passwd", "//evil.example/", "/2/backends"):
            miner.location = location
            error = error_of(transport, ask_of(miner, token=TOKEN))
            assert isinstance(error, Refused)
            assert "it answered with a redirect (status 302), and redirects are not followed" in str(error)
        assert canary.accepted_total == 0
    assert set(miner.paths) == {"/2/summary"}


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_token_that_is_wanted_or_refused_is_an_error_of_its_own(
    transport: Transport, miner: FakeMiner, status: str
) -> None:
    miner.status = status
    wanted = error_of(transport, ask_of(miner))
    assert isinstance(wanted, AuthRefused)
    assert "it wants a token" in str(wanted)
    refused = error_of(transport, ask_of(miner, token=TOKEN))
    assert isinstance(refused, AuthRefused)
    assert str(refused) == (
        f"{miner.address}: it refused the token (status {status[:3]}). XMRig does so too when it has none configured"
    )


@pytest.mark.parametrize("status", ["204 No Content", "206 Partial Content", "503 Busy", "999 Strange"])
def test_any_other_status_is_refused_by_its_number(transport: Transport, miner: FakeMiner, status: str) -> None:
    miner.status = status
    error = error_of(transport, ask_of(miner))
    assert type(error) is Refused
    number, _, reason = status.partition(" ")
    assert str(error) == f"{miner.address}: it answered with status {number} ({reason})"


def test_text_of_the_other_side_is_cleaned_and_cut_in_a_message(transport: Transport, miner: FakeMiner) -> None:
    miner.status = f"503 \x9b31m{TOKEN}" + "A" * 5000
    message = str(error_of(transport, ask_of(miner, token=TOKEN)))
    assert message.isprintable()
    assert len(message) < 400
    assert "***AAA" in message
    assert TOKEN not in message


def test_blank_bytes_behind_the_body_are_forgiven(transport: Transport, miner: FakeMiner) -> None:
    miner.mode = Mode.TOO_LONG
    miner.pages[SUMMARY.path] = b"\r\n"
    assert answer_of(transport, ask_of(miner)).raw == {"summary": b"\r\n"}


def test_random_damage_gives_an_answer_or_an_error_and_nothing_else(transport: Transport) -> None:
    dice = random.Random(7)
    good = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n"
    command = TcpCommand("x", b"GET / HTTP/1.1\r\n\r\n")
    with FakeTcpMiner() as fake:
        for _ in range(300):
            damaged = bytearray(good)
            for _ in range(dice.randint(1, 4)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            fake.answers_anything = bytes(damaged[: dice.randint(1, len(damaged))])
            answer = answer_of(transport, ask_of(fake, HttpGet("summary", "/"), command, deadline_seconds=1))
            assert (answer.raw is None) != (answer.error is None)


# Tokens, proxies, netrc


def test_a_token_is_sent_as_a_header_and_shown_nowhere(transport: Transport, miner: FakeMiner) -> None:
    ask = ask_of(miner, token=TOKEN)
    assert answer_of(transport, ask).raw == {"summary": BODY}
    assert miner.received[0].count(TOKEN.encode()) == 1
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n".encode() in miner.received[0]
    assert TOKEN not in f"{ask!r}{ask.endpoint!r}{ask.endpoint}"


def test_nothing_is_taken_from_the_environment(
    transport: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login eve password hunter2\ndefault login eve password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    with FakeMiner({SUMMARY.path: b"forged"}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        monkeypatch.delenv("no_proxy", raising=False)
        assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}
        assert proxy.accepted_total == 0
    assert b"uthorization" not in miner.received[0]


# TCP


@pytest.mark.parametrize(
    ("ending", "keeps_open", "terminator", "expected"),
    [
        (b"\0", True, None, BODY + b"\0"),
        (b"\0rest of an older answer", True, None, BODY + b"\0"),
        (b"\n", True, b"\n", BODY + b"\n"),
        (b"\nmore", True, b"\n", BODY + b"\n"),
        (b"|", False, None, BODY + b"|"),
        (b"", False, b"\n", BODY),
        (b"\r\n.\r\n", True, b"\r\n.\r\n", BODY + b"\r\n.\r\n"),
    ],
)
def test_a_tcp_answer_ends_with_its_terminator_a_nul_or_the_connection(
    transport: Transport, ending: bytes, keeps_open: bool, terminator: bytes | None, expected: bytes
) -> None:
    command = replace(STATUS, until=terminator)
    with FakeTcpMiner({STATUS.command: BODY}, ending=ending, keeps_open=keeps_open) as fake:
        answer = answer_of(transport, ask_of(fake, command))
        assert answer.raw == {"status": expected}
        assert fake.received == [STATUS.command]
        until(lambda: fake.open_connections == 0)


def test_a_terminator_cut_in_two_is_found(transport: Transport) -> None:
    command = replace(STATUS, until=b"\r\n.\r\n")
    with FakeTcpMiner({STATUS.command: b"{}"}, ending=b"\r\n.\r\n", keeps_open=True) as fake:
        fake.mode = Mode.DRIP_BODY
        assert answer_of(transport, ask_of(fake, command)).raw == {"status": b"{}\r\n.\r\n"}


def test_a_tcp_answer_of_many_pieces_is_read_to_its_end(transport: Transport) -> None:
    body = random.Random(1).randbytes(46_000).replace(b"\0", b"x")
    with FakeTcpMiner({STATUS.command: body}) as fake:
        assert answer_of(transport, ask_of(fake, STATUS)).raw == {"status": body}


@pytest.mark.parametrize("nothing", [b"", b"\0", b"\r\n"])
def test_an_empty_tcp_answer_is_unreachable(transport: Transport, nothing: bytes) -> None:
    with FakeTcpMiner({STATUS.command: nothing}) as fake:
        error = error_of(transport, ask_of(fake, STATUS))
        assert type(error) is Unreachable
        assert str(error) == f"{fake.address}: no answer (it took the connection and said nothing)"


@pytest.mark.parametrize(
    ("mode", "refusal"),
    [
        (Mode.HANG, TimedOut),
        (Mode.DRIP_BODY, TimedOut),
        (Mode.REFUSE, Unreachable),
        (Mode.CLOSE, Unreachable),
        (Mode.RESET, Unreachable),
        (Mode.ENDLESS_BODY, BadPayload),
    ],
)
def test_a_hostile_tcp_source_is_an_error_in_time_and_of_bounded_size(
    transport: Transport, mode: Mode, refusal: type[SourceError]
) -> None:
    with FakeTcpMiner({STATUS.command: BODY}, mode=mode) as fake:
        error = error_of(transport, ask_of(fake, STATUS, deadline_seconds=0.2 if refusal is TimedOut else 5))
        assert type(error) is refusal
        until(lambda: fake.open_connections == 0)
        assert fake.sent_bytes <= 2 * MEBIBYTE


# Many at once


def test_32_hung_sources_delay_no_other_and_cost_no_thread(transport: Transport, miner: FakeMiner) -> None:
    with FakeMiner(mode=Mode.HANG) as hung:
        answer_of(transport, ask_of(miner))
        threads = threading.active_count()
        fetched = transport.fetch([ask_of(hung, deadline_seconds=1.0)] * 32 + [ask_of(miner)])
        until(lambda: hung.open_connections == 32)
        assert threading.active_count() == threads
        *late, early = fetched.result(10)
        until(lambda: hung.open_connections == 0)
    assert all(isinstance(answer.error, TimedOut) for answer in late)
    assert early.raw == {"summary": BODY}
    assert early.duration_seconds < min(answer.duration_seconds for answer in late)


@pytest.mark.parametrize("mode", [Mode.TINY_CHUNKS, Mode.CHUNK_EXTENSIONS, Mode.ENDLESS_CHUNKS])
def test_a_source_that_floods_does_not_keep_the_others_waiting(
    transport: Transport, miner: FakeMiner, mode: Mode
) -> None:
    with FakeMiner({SUMMARY.path: BODY}, mode=mode) as flood:
        *_, answer = transport.fetch([ask_of(flood, deadline_seconds=2.0)] * 4 + [ask_of(miner)]).result(10)
    assert answer.raw == {"summary": BODY}
    assert answer.duration_seconds < 2.0


def test_a_cancelled_fetch_leaves_no_connection_behind(transport: Transport) -> None:
    with FakeMiner(mode=Mode.HANG) as hung:
        fetched = transport.fetch([ask_of(hung, deadline_seconds=60)] * 8)
        until(lambda: hung.open_connections == 8)
        assert fetched.cancel()
        until(lambda: hung.open_connections == 0)


def test_closing_is_quick_with_32_hung_connections_and_wakes_who_waits() -> None:
    transport = Transport()
    with FakeMiner(mode=Mode.HANG) as hung:
        fetched = transport.fetch([ask_of(hung, deadline_seconds=60)] * 32)
        until(lambda: hung.open_connections == 32)
        transport.close()
        transport.close()
        with pytest.raises(CancelledError):
            fetched.result(20)
        until(lambda: hung.open_connections == 0)
    assert not any(thread.name == "transport" for thread in threading.enumerate())


def test_a_closed_transport_fetches_nothing_and_an_unused_one_closes() -> None:
    transport = Transport()
    transport.close()
    with pytest.raises(Unreachable, match="closed"):
        transport.fetch([])


# Names


def ask_by_name(fake: LoopbackFake, host: str, *, deadline_seconds: float = 5.0) -> Ask:
    ask = ask_of(fake, deadline_seconds=deadline_seconds)
    return replace(ask, endpoint=replace(ask.endpoint, host=host))


def test_the_name_of_this_machine_reaches_a_miner_on_ipv4(transport: Transport, miner: FakeMiner) -> None:
    assert answer_of(transport, ask_by_name(miner, "localhost")).raw == {"summary": BODY}


def test_every_address_of_a_name_is_tried(
    transport: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ((socket.AF_INET, "127.0.0.2", 0), (socket.AF_INET, "127.0.0.1", 0))
    monkeypatch.setattr(names, "look_up", lambda host: addresses)
    assert answer_of(transport, ask_by_name(miner, "rig7")).raw == {"summary": BODY}
    assert f"\r\nHost: rig7:{miner.port}\r\n".encode() in miner.received[0]


def test_a_name_that_nobody_knows_is_unreachable(
    transport: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = error_of(transport, ask_by_name(miner, "localhost"))
    assert type(error) is Unreachable
    assert str(error) == (
        f"http://localhost:{miner.port}: no connection (name lookup failed: name or service not known)"
    )


def test_a_resolver_that_hangs_delays_no_ip_address_and_no_other_name(
    miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def look_up(host: str) -> names.Found:
        if host != "good":
            released.wait(30)
        return ((socket.AF_INET, "127.0.0.1", 0),)

    monkeypatch.setattr(names, "look_up", look_up)
    monkeypatch.setattr(names, "LATE_SECONDS", 0.02)
    transport = Transport()
    answer_of(transport, ask_of(miner))
    threads = threading.active_count()
    hanging = [ask_by_name(miner, f"rig{number}", deadline_seconds=1) for number in range(20)]
    for _ in range(2):
        *late, by_name, by_address = transport.fetch([*hanging, ask_by_name(miner, "good"), ask_of(miner)]).result(10)
        assert by_name.raw == by_address.raw == {"summary": BODY}
        for ask, answer in zip(hanging, late, strict=True):
            assert isinstance(answer.error, TimedOut)
            assert str(answer.error) == f"{ask.endpoint}: its name was not looked up within 1 s"
    assert threading.active_count() <= threads + names.THREADS
    transport.close()
    released.set()
    until(lambda: threading.active_count() < threads)


def test_the_head_of_an_answer_is_capped_exactly(transport: Transport) -> None:
    with FakeTcpMiner() as fake:
        opening, ending = b"HTTP/1.1 200 OK\r\nX: ", b"\r\n\r\n"
        room = wire.HEAD_BYTES - len(opening) - len(ending)
        fake.answers_anything = opening + b"y" * room + ending + b"body"
        assert answer_of(transport, ask_of(fake, SUMMARY)).raw == {"summary": b"body"}
        fake.answers_anything = opening + b"y" * (room + 1) + ending + b"body"
        assert isinstance(error_of(transport, ask_of(fake, SUMMARY)), BadPayload)


# Turns


class Crowd:
    """Several fakes of one host, and how many conversations they had at a time: they wait for as many as are expected."""

    def __init__(self, *hosts: str, expected: int = 1) -> None:
        self.most_at_once = self.talking = 0
        self.expected = expected
        self.lock = threading.Lock()
        self.fakes = [self._fake(host) for host in hosts]

    def _fake(self, host: str) -> FakeMiner:
        crowd = self

        class Counting(FakeMiner):
            async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                with crowd.lock:
                    crowd.talking += 1
                    crowd.most_at_once = max(crowd.most_at_once, crowd.talking)
                await until_in_loop(lambda: crowd.most_at_once >= crowd.expected)
                await dwell()
                with crowd.lock:
                    crowd.talking -= 1
                await super()._serve(reader, writer)

        return Counting({SUMMARY.path: BODY}, host=host)

    def __enter__(self) -> Self:
        for fake in self.fakes:
            fake.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for fake in self.fakes:
            fake.__exit__()


def answers_each(transport: Transport, asks: list[Ask]) -> list[Answer]:
    """What is handed over for each of them, asked as groups of one."""
    found: queue.SimpleQueue[list[Answer] | Exception] = queue.SimpleQueue()
    transport.fetch_each({number: [ask] for number, ask in enumerate(asks)}, lambda _, answers: found.put(answers))
    answers = [found.get(timeout=20) for _ in asks]
    assert not [one for one in answers if isinstance(one, Exception)]
    return [answer for one in answers if not isinstance(one, Exception) for answer in one]


@pytest.fixture
def polite() -> Iterator[Transport]:
    transport = Transport(at_once=4)
    yield transport
    transport.close()


def test_several_programs_on_one_host_are_asked_one_after_the_other(polite: Transport) -> None:
    with Crowd(*["127.0.0.9"] * 3) as crowd:
        answers = answers_each(polite, [ask_of(fake) for fake in crowd.fakes] * 3)

    assert [answer.error for answer in answers] == [None] * 9
    assert crowd.most_at_once == 1


@pytest.mark.parametrize("hosts", [["127.0.0.1"] * 4, [f"127.0.0.{number}" for number in range(9, 13)]])
def test_hosts_are_asked_at_the_same_time_and_a_port_of_localhost_is_a_host(
    polite: Transport, hosts: list[str]
) -> None:
    with Crowd(*hosts, expected=2) as crowd:
        answers_each(polite, [ask_of(fake) for fake in crowd.fakes] * 2)

    assert crowd.most_at_once > 1


def test_no_more_are_asked_at_once_than_allowed(polite: Transport) -> None:
    with Crowd(*[f"127.0.0.{number}" for number in range(9, 21)], expected=4) as crowd:
        answers = answers_each(polite, [ask_of(fake) for fake in crowd.fakes])

    assert [answer.error for answer in answers] == [None] * 12
    assert crowd.most_at_once == 4


def test_who_waits_for_its_turn_loses_none_of_its_time(polite: Transport) -> None:
    with FakeMiner(mode=Mode.HANG, host="127.0.0.9") as hung, FakeMiner({SUMMARY.path: BODY}, host="127.0.0.9") as good:
        asks = [
            ask_of(hung, deadline_seconds=0.3),
            ask_of(hung, deadline_seconds=0.3),
            ask_of(good, deadline_seconds=0.5),
        ]
        answers = answers_each(polite, asks)

    assert [type(answer.error) for answer in answers] == [TimedOut, TimedOut, type(None)]


def test_each_group_is_handed_over_when_its_last_answer_is_there(polite: Transport) -> None:
    handed_over: queue.SimpleQueue[tuple[str, list[Answer] | Exception]] = queue.SimpleQueue()
    with FakeMiner(mode=Mode.HANG, host="127.0.0.9") as hung, FakeMiner({SUMMARY.path: BODY}) as good:
        groups = {"slow": [ask_of(hung, deadline_seconds=0.3), ask_of(good)], "quick": [ask_of(good)]}
        polite.fetch_each(groups, lambda name, answers: handed_over.put((name, answers)))
        first, second = handed_over.get(timeout=5), handed_over.get(timeout=5)

    assert (first[0], second[0]) == ("quick", "slow")
    assert isinstance(second[1], list)
    assert [answer.raw is None for answer in second[1]] == [True, False]


def test_what_is_begun_over_a_time_is_all_begun_in_its_order(miner: FakeMiner) -> None:
    order: queue.SimpleQueue[int] = queue.SimpleQueue()
    transport = Transport(at_once=1)
    transport.fetch_each({n: [ask_of(miner)] for n in range(20)}, lambda n, _: order.put(n), over_seconds=0.2)
    found = [order.get(timeout=5) for _ in range(20)]
    transport.close()

    assert found == list(range(20))


def test_a_transport_that_closes_begins_nothing_more(miner: FakeMiner) -> None:
    transport = Transport(at_once=1)
    transport.fetch_each({n: [ask_of(miner)] for n in range(20)}, lambda *_: None, over_seconds=60)
    until(lambda: miner.accepted_total == BEGUN_TOGETHER)
    transport.close()

    assert miner.accepted_total == BEGUN_TOGETHER


def test_a_mistake_of_ours_is_handed_over_in_the_place_of_answers(
    polite: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Transport, "_collect", broken)
    handed_over: queue.SimpleQueue[list[Answer] | Exception] = queue.SimpleQueue()
    polite.fetch_each({1: [ask_of(miner)]}, lambda _, answers: handed_over.put(answers))

    answers = handed_over.get(timeout=5)
    assert not isinstance(answers, Exception)
    assert isinstance(answers[0].error, Mistake)
    assert isinstance(answers[0].error.__cause__, ZeroDivisionError)


def test_a_transport_that_closes_hands_nothing_over_any_more(polite: Transport) -> None:
    handed_over: list[object] = []
    with FakeMiner(mode=Mode.HANG) as hung:
        polite.fetch_each({n: [ask_of(hung)] for n in range(20)}, lambda *found: handed_over.append(found))
        until(lambda: hung.accepted_total > 0)
        polite.close()
        until(lambda: hung.open_connections == 0)

    assert handed_over == []
    with pytest.raises(Unreachable, match="closed"):
        polite.fetch_each({}, lambda *_: None)
