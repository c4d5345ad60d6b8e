"""What the polling side does with sources that answer, do not answer, or answer to do harm."""

import errno
import os
import random
import socket
from dataclasses import replace
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE

import pytest

from miner_agent.errors import AuthRefused, BadPayload, Refused, SourceError, TimedOut, Unreachable
from miner_agent.sources.driver import HttpGet, TcpCommand
from miner_agent.transport import http_wire
from miner_agent.transport.held_up import WatchedSelector
from miner_agent.transport.polls import Answer, Ask, Endpoint, Transport
from tests.fake_http import FakeMiner
from tests.fake_sockets import FakeTcpMiner
from tests.fakes import Mode
from tests.transport.asking import (
    BACKENDS,
    BODY,
    MOST_BYTES,
    PROPER_MODES,
    REFUSAL_OF_MODE,
    STATUS,
    SUMMARY,
    TIME_MODES,
    TOKEN,
    answer_of,
    ask_of,
    error_of,
)
from tests.waiting import until


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
        miner.pages[SUMMARY.path] = b"x" * MOST_BYTES
        assert answer_of(transport, ask_of(miner)).raw == {"summary": miner.pages[SUMMARY.path]}
        miner.pages[SUMMARY.path] += b"x"
        error = error_of(transport, ask_of(miner))
        assert isinstance(error, BadPayload)
        assert str(error) == f"{miner.address}: length of the answer is 262145; expected at most 262144"


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


def test_what_is_given_up_before_it_began_is_forgotten(transport: Transport, miner: FakeMiner) -> None:
    for _ in range(50):
        transport.fetch([ask_of(miner), ask_of(miner)]).cancel()
    assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}
    until(lambda: not transport._rounds)


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
    assert miner.sent_bytes <= 3 * MOST_BYTES


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


@pytest.mark.parametrize(("waited_for", "asked_bytes"), [(EVENT_READ, 1), (EVENT_WRITE, 16 << 20)])
def test_a_socket_for_which_the_system_has_no_room_is_unreachable(
    transport: Transport, waited_for: int, asked_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_: WatchedSelector, __: socket.socket, events: int) -> None:
        assert events == waited_for
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(WatchedSelector, "until", refused)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = Endpoint(scheme="tcp", host="127.0.0.1", port=silent.getsockname()[1])
        asking = (TcpCommand("status", b"x" * asked_bytes),)
        error = error_of(transport, Ask(source="left-rack", endpoint=endpoint, requests=asking, deadline_seconds=5.0))
    assert type(error) is Unreachable
    assert str(error) == f"{endpoint}: no answer (no space left on device)"


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


# Each of them would be a whole answer if anybody asked again on that connection.
BEHIND = {
    "the body again": BODY,
    "blanks": b"\r\n",
    "an answer to what was not asked": b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"smuggled":1}',
    "a demand": b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND.keys())
def test_what_stands_behind_the_length_is_nobodys(transport: Transport, miner: FakeMiner, behind: bytes) -> None:
    miner.pages[BACKENDS.path] = b"[]"
    miner.behind = behind
    answer = answer_of(transport, ask_of(miner, SUMMARY, BACKENDS))
    assert answer.error is None
    assert answer.raw == {"summary": BODY, "backends": b"[]"}
    assert miner.accepted_total == 2  # one connection an answer: nothing that was sent there is read as the next one
    until(lambda: miner.open_connections == 0)


def test_a_flood_behind_the_length_is_not_read(transport: Transport, miner: FakeMiner) -> None:
    miner.behind = b"x" * (64 * MOST_BYTES)
    answer = answer_of(transport, ask_of(miner))
    assert answer.raw == {"summary": BODY}
    assert answer.duration_seconds < 5
    until(lambda: miner.open_connections == 0)
    assert miner.sent_bytes <= 16 * MOST_BYTES  # what the kernels take in


@pytest.mark.thorough
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
        assert fake.sent_bytes <= 3 * MOST_BYTES


def test_the_head_of_an_answer_is_capped_exactly(transport: Transport) -> None:
    with FakeTcpMiner() as fake:
        opening, ending = b"HTTP/1.1 200 OK\r\nX: ", b"\r\n\r\n"
        room = http_wire.HEAD_BYTES - len(opening) - len(ending)
        fake.answers_anything = opening + b"y" * room + ending + b"body"
        assert answer_of(transport, ask_of(fake, SUMMARY)).raw == {"summary": b"body"}
        fake.answers_anything = opening + b"y" * (room + 1) + ending + b"body"
        assert isinstance(error_of(transport, ask_of(fake, SUMMARY)), BadPayload)
