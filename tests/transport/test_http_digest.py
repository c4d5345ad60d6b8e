"""HTTP Digest: a password that is proven with what the source asks for, and goes over no wire."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.drivers import elphapex
from miner_agent.errors import AuthRefused, Refused
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import HttpGet
from miner_agent.sources.payload import Payloads
from miner_agent.transport import refusals
from miner_agent.transport.http_digest import DigestChallenge, challenge_in
from miner_agent.transport.polls import Answer, Transport
from tests.fake_http import FakeMiner
from tests.fake_logins import FakeDigestMiner
from tests.fakes import Mode
from tests.transport.asking import answer_of, ask_of

PASSWORD = 'can"ary\\7c1f'
STATS, POOLS = elphapex.STATS, elphapex.POOLS
PAGES = {STATS.path: b'{"stats":1}', POOLS.path: b'{"pools":2}'}
MD5 = 'Digest realm="a \\"miner\\"", nonce="NONCE", qop="auth"'
SHA256 = 'Digest realm="a miner", nonce="NONCE", algorithm=SHA-256, qop="auth, auth-int", opaque="5ccc"'


@pytest.fixture
def machine() -> Iterator[FakeDigestMiner]:
    with FakeDigestMiner(PAGES, user="root", password=PASSWORD, challenges=[MD5]) as machine:
        yield machine


def asked(transport: Transport, fake: FakeMiner, *requests: HttpGet, password: str | None = PASSWORD) -> Answer:
    answer = answer_of(transport, ask_of(fake, *requests, token=password))
    for request in fake.received:
        assert PASSWORD.encode() not in request
    assert PASSWORD not in repr(answer)
    return answer


def test_the_answers_are_those_of_the_standard() -> None:
    """RFC 7616, 3.9.1."""
    wanted = {
        "MD5": "8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }
    for algorithm, response in wanted.items():
        challenge = DigestChallenge(
            realm="http-auth@example.org",
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
            algorithm=algorithm,
            stale=False,
        )
        own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        path = "/dir/index.html"
        header = challenge.answered("Mufasa", "Circle of Life", path=path, count=1, own_nonce=own)
        assert f'response="{response}"' in header
        assert header.endswith(f"algorithm={algorithm}, qop=auth, nc=00000001")


@pytest.mark.parametrize("challenges", [[MD5], [SHA256], [MD5, SHA256], [f"Negotiate, Basic realm=x, {MD5}"]])
def test_a_password_is_proven_once_it_is_asked_for_and_at_once_from_then_on(
    transport: Transport, machine: FakeDigestMiner, challenges: list[str]
) -> None:
    machine.challenges = tuple(challenges)
    for _ in range(2):
        assert asked(transport, machine, STATS, POOLS).raw == {"stats": b'{"stats":1}', "pools": b'{"pools":2}'}
    assert machine.counts == [1, 2, 3, 4]
    assert len(machine.received) == 5  # only the first was sent without
    better = "SHA-256" if SHA256 in challenges else "MD5"
    assert all(f"algorithm={better}".encode() in sent for sent in machine.received[1:])


def test_a_nonce_that_has_become_stale_is_answered_anew(transport: Transport, machine: FakeDigestMiner) -> None:
    assert asked(transport, machine, STATS).error is None
    machine.nonce = "second"
    assert asked(transport, machine, STATS).error is None
    assert machine.counts == [1, 1]
    assert len(machine.received) == 4


def test_a_wrong_password_is_tried_once_and_then_left_alone_for_a_minute(
    transport: Transport, machine: FakeDigestMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.password = "another"
    first, second = (asked(transport, machine, STATS, POOLS).error for _ in range(2))
    assert isinstance(first, AuthRefused)
    assert str(first) == f"{machine.address}: it refused the password; correct it where token_file says"
    assert "within the last minute" in str(second)
    assert len(machine.received) == 2
    later = time.monotonic() + 61
    monkeypatch.setattr(refusals, "monotonic", lambda: later)
    machine.password = PASSWORD
    assert asked(transport, machine, STATS).error is None


def test_a_source_that_calls_everything_stale_is_refused_and_not_asked_for_ever(transport: Transport) -> None:
    with FakeDigestMiner(PAGES, user="root", password="another", challenges=[MD5 + ", stale=true"]) as machine:
        error = asked(transport, machine, STATS).error
        assert type(error) is Refused
        assert len(machine.received) == 2


def test_without_a_password_nothing_is_proven(transport: Transport, machine: FakeDigestMiner) -> None:
    error = asked(transport, machine, STATS, password=None).error
    assert isinstance(error, AuthRefused)
    assert "it wants a token (status 401)" in str(error)
    assert len(machine.received) == 1


@pytest.mark.parametrize(
    "challenge",
    [
        'Basic realm="a miner"',
        "Digest",
        'Digest realm="a", nonce="", qop="auth"',
        'Digest realm="a", nonce="b"',
        'Digest realm="a", nonce="b", qop="auth-int"',
        'Digest realm="a", nonce="b", qop="auth", algorithm=MD5-sess',
        'Digest realm="\xe4", nonce="b", qop="auth"',
        'Digest realm="a\tb", nonce="b", qop="auth"',
    ],
)
def test_the_password_goes_into_no_other_scheme(transport: Transport, machine: FakeDigestMiner, challenge: str) -> None:
    assert challenge_in([challenge]) is None
    machine.challenges = (challenge.encode("latin-1").decode("latin-1"),) if challenge.isascii() else ()
    error = asked(transport, machine, STATS).error
    assert isinstance(error, AuthRefused)
    assert str(error) == f"{machine.address}: it wants a password in another way than by HTTP Digest"
    assert len(machine.received) == 1


@pytest.mark.parametrize("piece", ["a", '"', "\\", 'Digest nonce="', "a=b ", 'x="y", ', " ", "=", "Digest "])
def test_a_hostile_challenge_costs_no_time(piece: str) -> None:
    started = time.process_time()
    challenge_in([(piece * 16_384)[:16_384]])
    assert time.process_time() - started < 1


@pytest.mark.parametrize("mode", [Mode.ECHO, Mode.ENDLESS_HEAD, Mode.CLOSE, Mode.REDIRECT])
def test_a_hostile_answer_shows_no_proof(transport: Transport, machine: FakeDigestMiner, mode: Mode) -> None:
    assert asked(transport, machine, STATS).error is None
    machine.mode = mode
    error = asked(transport, machine, STATS).error
    assert error is not None
    assert "response=" not in str(error)


def test_a_challenge_of_one_source_is_not_answered_to_another(transport: Transport, machine: FakeDigestMiner) -> None:
    assert asked(transport, machine, STATS).error is None
    with FakeDigestMiner(PAGES, user="root", password=PASSWORD, challenges=[SHA256]) as other:
        assert asked(transport, other, STATS).error is None
        assert b"Authorization" not in other.received[0]
    ask = replace(ask_of(machine, STATS), endpoint=replace(ask_of(machine).endpoint, token="another"))
    assert answer_of(transport, ask).error is not None


def test_an_elphapex_is_read_from_end_to_end(transport: Transport) -> None:
    driver = drivers.load("elphapex")
    folder = Path(__file__).parents[1] / "captures" / "elphapex" / "1.0__dg1-plus__failover"
    requests = [request for request in driver.requests if isinstance(request, HttpGet)]
    pages = {request.path: (folder / f"{request.name}.raw").read_bytes() for request in requests}
    with FakeDigestMiner(pages, user="root", password=PASSWORD, challenges=[MD5]) as machine:
        answer = asked(transport, machine, *requests)
        assert answer.raw is not None
        assert isinstance(driver.read(Payloads(answer.raw)), MinerSnapshot)
        assert machine.counts == [1, 2, 3]
