"""Passwords that go into a command, or open a session: sent to their own source only, and shown nowhere."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.drivers import braiins, ccminer, claymore, ethminer
from miner_agent.errors import AuthRefused, BadPayload, Refused, SourceError, Unreachable
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import TOKEN, HttpGet, Request, TcpCommand
from miner_agent.sources.payload import Payloads
from miner_agent.transport import login, refusals
from miner_agent.transport.polls import Answer, Ask, Endpoint, Transport
from tests.fake_http import FakeMiner
from tests.fake_logins import FakeSessionMiner
from tests.fake_sockets import FakeTcpMiner
from tests.fakes import LoopbackFake, Mode

PASSWORD = 'can"ary\\7c1f'
SPELLED = b'"can\\"ary\\\\7c1f"'  # as JSON
FIRST, SECOND = "session-one-51aa", "session-two-90bb"


LOGIN, STATS, DETAILS = braiins.LOGIN, braiins.STATS, braiins.DETAILS
PAGES = {LOGIN.path: b"", STATS.path: b'{"stats":1}', DETAILS.path: b'{"details":2}'}
WITH_PASSWORD = tuple(step.replace(TOKEN, SPELLED) for step in claymore.STAT.with_token)
AUTHORIZE, *_ = (step.replace(TOKEN, SPELLED) for step in ethminer.STAT.with_token)


@pytest.fixture
def miner() -> Iterator[FakeSessionMiner]:
    with FakeSessionMiner(PAGES, password=PASSWORD, tokens=[FIRST, SECOND]) as miner:
        yield miner


def answer_of(transport: Transport, fake: LoopbackFake, *requests: Request, token: str | None = PASSWORD) -> Answer:
    endpoint = replace(Endpoint.parse(fake.address, default_scheme="http", default_port=None), token=token)
    ask = Ask(source="shed", endpoint=endpoint, requests=requests, deadline_seconds=5.0)
    (answer,) = transport.fetch([ask]).result(20)
    assert PASSWORD not in repr(ask)
    assert PASSWORD not in repr(answer)
    assert "session-" not in repr(answer)
    return answer


def error_of(transport: Transport, fake: LoopbackFake, *requests: Request, token: str | None = PASSWORD) -> SourceError:
    error = answer_of(transport, fake, *requests, token=token).error
    assert error is not None
    return error


def authorizations(miner: FakeMiner) -> list[str | None]:
    """What went along with each GET."""
    found: list[str | None] = []
    for request in miner.received:
        if request.startswith(b"GET "):
            lines = [line for line in request.decode().split("\r\n") if line.startswith("Authorization: ")]
            found.append(lines[0].removeprefix("Authorization: ") if lines else None)
    return found


# In a command


def test_a_password_stands_in_the_command_as_json_and_only_where_one_is_configured(transport: Transport) -> None:
    with FakeTcpMiner() as miner:
        miner.answers_anything = b"{}"
        assert answer_of(transport, miner, claymore.STAT).raw == {"getstat1": b"{}"}
        assert answer_of(transport, miner, claymore.STAT, token=None).raw == {"getstat1": b"{}"}
        assert miner.received == [*WITH_PASSWORD, claymore.STAT.command]
        assert json.loads(miner.received[0])["psw"] == PASSWORD


def test_a_command_without_a_place_for_it_is_sent_without_the_password(transport: Transport) -> None:
    with FakeTcpMiner() as miner:
        miner.answers_anything = b"NAME=x|"
        answer_of(transport, miner, ccminer.SUMMARY)
        assert miner.received == [ccminer.SUMMARY.command]


def test_each_step_waits_for_the_answer_to_the_one_before(transport: Transport) -> None:
    asked = ethminer.STAT.command
    with FakeTcpMiner({AUTHORIZE: b"true", asked: b'{"stat":1}'}, ending=b"\n", keeps_open=True) as miner:
        assert answer_of(transport, miner, ethminer.STAT).raw == {"getstat1": b'{"stat":1}\n'}
        assert miner.received == [AUTHORIZE, asked]
        assert miner.accepted_total == 1
        assert answer_of(transport, miner, ethminer.STAT, token=None).raw == {"getstat1": b'{"stat":1}\n'}
        assert miner.received == [AUTHORIZE, asked, asked]


def test_a_source_that_closes_after_the_password_is_unreachable(transport: Transport) -> None:
    with FakeTcpMiner(ending=b"\n") as miner:
        miner.answers_anything = b"true"
        assert isinstance(error_of(transport, miner, ethminer.STAT), Unreachable)


@pytest.mark.parametrize("echo", [PASSWORD.encode(), SPELLED[1:-1]])
def test_a_password_that_is_sent_back_is_masked_however_it_is_spelled(transport: Transport, echo: bytes) -> None:
    with FakeTcpMiner() as miner:
        miner.answers_anything = b'{"worker":"' + echo + b'"}'
        masked = b'{"worker":"' + b"*" * len(echo) + b'"}'
        assert answer_of(transport, miner, claymore.STAT).raw == {"getstat1": masked}


def test_a_password_of_a_few_characters_does_not_destroy_the_answer(transport: Transport) -> None:
    with FakeTcpMiner() as miner:
        miner.answers_anything = b'{"rate":"12;34"}'
        assert answer_of(transport, miner, claymore.STAT, token="2").raw == {"getstat1": b'{"rate":"12;34"}'}


@pytest.mark.parametrize(
    ("name", "folder"), [("claymore", "15.0__2x-gpu__getstat2"), ("ethminer", "0.19__2x-gpu__detail")]
)
def test_a_miner_with_a_password_is_read_from_end_to_end(transport: Transport, name: str, folder: str) -> None:
    driver = drivers.load(name)
    captured = Path(__file__).parents[1] / "captures" / name / folder
    answers: dict[bytes, bytes] = {}
    raw: dict[str, bytes] = {}
    for request in driver.requests:
        assert isinstance(request, TcpCommand)
        raw[request.name] = (captured / f"{request.name}.raw").read_bytes()
        *before, last = (step.replace(TOKEN, SPELLED) for step in request.with_token)
        answers |= dict.fromkeys(before, b'{"id":1,"jsonrpc":"2.0","result":true}\n') | {last: raw[request.name]}
    with FakeTcpMiner(answers, keeps_open=True) as miner:
        answer = answer_of(transport, miner, *driver.requests)
        assert answer.raw is not None
        assert driver.read(Payloads(answer.raw)) == driver.read(Payloads(raw))
        assert set(miner.received) == set(answers)


def test_an_ethminer_that_wants_another_password_is_a_bad_payload_that_says_so() -> None:
    refused = b'{"error":{"code":-403,"message":"Authorization needed"},"id":0,"jsonrpc":"2.0"}\n'
    with pytest.raises(BadPayload, match="want a password, or another one"):
        drivers.load("ethminer").read(Payloads({"getstat1": refused}))


# In a session


def test_one_login_serves_every_request_until_it_ends(
    transport: Transport, miner: FakeSessionMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        answer = answer_of(transport, miner, STATS, DETAILS)
        assert answer.raw == {"stats": b'{"stats":1}', "details": b'{"details":2}'}
    assert miner.logins == [b'{"username":"root","password":' + SPELLED + b"}"]
    assert authorizations(miner) == [FIRST] * 6
    later = time.monotonic() + 3601
    monkeypatch.setattr(login, "monotonic", lambda: later)
    assert answer_of(transport, miner, STATS).raw == {"stats": b'{"stats":1}'}
    assert len(miner.logins) == 2
    assert authorizations(miner)[-1] == SECOND


def test_every_request_keeps_a_session_alive(
    transport: Transport, miner: FakeSessionMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.monotonic()
    for minutes in (0, 50, 100, 150):
        monkeypatch.setattr(login, "monotonic", lambda at=started + 60 * minutes: at)
        assert answer_of(transport, miner, STATS).error is None
    assert len(miner.logins) == 1


def test_a_session_without_a_known_end_is_used_until_it_is_refused(
    transport: Transport, miner: FakeSessionMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    miner.timeout_seconds = None
    assert answer_of(transport, miner, STATS).error is None
    later = time.monotonic() + 1e6
    monkeypatch.setattr(login, "monotonic", lambda: later)
    assert answer_of(transport, miner, STATS).error is None
    assert len(miner.logins) == 1


def test_a_session_that_is_refused_is_opened_anew_once(transport: Transport, miner: FakeSessionMiner) -> None:
    assert answer_of(transport, miner, STATS).error is None
    miner.valid.clear()  # it was started again
    assert answer_of(transport, miner, STATS).raw == {"stats": b'{"stats":1}'}
    assert authorizations(miner) == [FIRST, FIRST, SECOND]


def test_a_source_that_refuses_its_own_token_gets_no_second_login(
    transport: Transport, miner: FakeSessionMiner
) -> None:
    miner.takes_its_tokens = False
    assert isinstance(error_of(transport, miner, STATS), AuthRefused)
    assert len(miner.logins) == 1


def test_a_password_that_is_refused_is_not_sent_again_within_a_minute(
    transport: Transport, miner: FakeSessionMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    miner.password = "another one"
    first, second = (error_of(transport, miner, STATS, DETAILS) for _ in range(2))
    assert isinstance(first, AuthRefused)
    assert str(first) == f"{miner.address}: it refused the password; correct it where token_file says"
    assert isinstance(second, AuthRefused)
    assert "within the last minute" in str(second)
    assert len(miner.logins) == 1
    later = time.monotonic() + 61
    monkeypatch.setattr(refusals, "monotonic", lambda: later)
    miner.password = PASSWORD
    assert answer_of(transport, miner, STATS).raw == {"stats": b'{"stats":1}'}


def test_nothing_is_posted_where_no_password_is_configured(transport: Transport, miner: FakeSessionMiner) -> None:
    error = error_of(transport, miner, STATS, token=None)
    assert isinstance(error, AuthRefused)
    assert "it wants a token" in str(error)
    assert miner.logins == []
    assert authorizations(miner) == [None]


def test_a_session_is_shown_to_its_own_source_only(transport: Transport, miner: FakeSessionMiner) -> None:
    with FakeSessionMiner(PAGES, password=PASSWORD, tokens=[SECOND]) as other:
        answer_of(transport, miner, STATS)
        answer_of(transport, other, STATS)
        assert authorizations(other) == [SECOND]
    answer_of(transport, miner, STATS, token="another-password")
    assert len(miner.logins) == 2


def test_a_session_token_that_is_sent_back_is_masked(transport: Transport, miner: FakeSessionMiner) -> None:
    miner.pages[STATS.path] = b'{"name":"' + FIRST.encode() + b'"}'
    assert answer_of(transport, miner, STATS).raw == {"stats": b'{"name":"' + b"*" * len(FIRST) + b'"}'}


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"null",
        b"[]",
        b"<html>session-one-51aa</html>",
        b'{"token":""}',
        b'{"token":7}',
        b'{"token":"session-one-51aa\\r\\nX-Evil: 1"}',
        b'{"token":"session-one-51aa"',
        b'{"token":"' + b"s" * 5000 + b'"}',
    ],
)
def test_an_answer_without_a_token_is_refused_and_not_shown(transport: Transport, given: bytes) -> None:
    with FakeMiner({LOGIN.path: given}) as miner:
        error = error_of(transport, miner, STATS)
        assert type(error) is Refused
        assert str(error) == f"{miner.address}: its answer to the login holds no token"


@pytest.mark.parametrize("mode", [Mode.CLOSE, Mode.RESET, Mode.REDIRECT, Mode.ENDLESS_BODY, Mode.GZIP, Mode.NOT_HTTP])
def test_a_hostile_answer_to_a_login_is_an_error(transport: Transport, mode: Mode) -> None:
    with FakeMiner({LOGIN.path: b"{}", STATS.path: b"{}"}, mode=mode) as miner:
        assert isinstance(error_of(transport, miner, STATS), SourceError)
        assert set(miner.paths) == {LOGIN.path}


def test_a_braiins_machine_is_read_from_end_to_end(transport: Transport) -> None:
    driver = drivers.load("braiins")
    folder = Path(__file__).parents[1] / "captures" / "braiins" / "25.07__s19__mining"
    pages = {LOGIN.path: b""}
    for request in driver.requests:
        assert isinstance(request, HttpGet)
        file = folder / f"{request.name}.raw"
        if file.exists():
            pages[request.path] = file.read_bytes()
    with FakeSessionMiner(pages, password=PASSWORD, tokens=[FIRST]) as machine:
        answer = answer_of(transport, machine, *driver.requests)
        assert answer.raw is not None
        assert isinstance(driver.read(Payloads(answer.raw)), MinerSnapshot)
        assert machine.logins == [b'{"username":"root","password":' + SPELLED + b"}"]
        assert set(authorizations(machine)) == {FIRST}
