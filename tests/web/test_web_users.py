"""Names and passwords: who is let in, what a wrong one costs, and that it costs nobody else."""

import asyncio
import logging
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from miner_agent.web import users as users_module
from miner_agent.web.app import build_app
from miner_agent.web.failures import AT_ONCE, MOST_ADDRESSES, REGAINED_SECONDS, Failures
from miner_agent.web.guard import Guard
from miner_agent.web.pages import MetricsPage, Pages
from tests.web.tls_clients import HASH, PASSWORD, QUICK_HASH, basic
from tests.web.web_agent import TEXT_PAGE, Agent, serving

NOBODY = {"books_users": (), "names": (), "trusted_proxies": ()}


@contextmanager
def admitting(users: dict[str, str], *, trusted_proxies: tuple[str, ...] = ()) -> Iterator[tuple[Agent, Guard]]:
    pages = Pages(lambda: None)
    pages.publish(MetricsPage(text=TEXT_PAGE, openmetrics=TEXT_PAGE))
    guard = Guard()
    guard.take(users=users, books_users=(), names=("rig.example",), trusted_proxies=trusted_proxies)
    with serving(build_app(pages, guard=guard)) as host:
        yield Agent(host, pages), guard
    guard.close()


@pytest.fixture
def agent() -> Iterator[Agent]:
    with admitting({"alice": QUICK_HASH}) as (agent, _):
        yield agent


def status(agent: Agent, authorization: str | None = None, path: str = "/metrics", **more: str) -> int:
    headers = {} if authorization is None else {"Authorization": authorization}
    return agent.ask(path, **headers, **more)[0].status


RIGHT = basic("alice", PASSWORD)
SCRAPED_WITHIN_SECONDS = 5.0
"""Half of what Prometheus waits for, on a machine that runs other tests meanwhile."""


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/-/verdict", "/rigs", "/sd", "/nowhere"])
def test_every_page_wants_a_name_and_a_password(agent: Agent, path: str) -> None:
    response, body = agent.ask(path)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="miner-agent", charset="UTF-8"'
    assert response.headers["Cache-Control"] == "no-store"
    assert body == b"Name and password are wanted here.\n"
    assert status(agent, RIGHT, path) in {200, 404}


@pytest.mark.parametrize(
    "authorization",
    [
        basic("alice", "wrong"),
        basic("alice", ""),
        basic("Alice", PASSWORD),
        basic("bob", PASSWORD),
        basic("", PASSWORD),
        basic("alice", PASSWORD + "\0"),
        basic("alice", PASSWORD + " "),
        basic("alice", PASSWORD + "x" * 72),
        basic("alice", QUICK_HASH),
        "Basic",
        "Basic !",
        "Bearer " + RIGHT[6:],
        RIGHT + "," + RIGHT,
    ],
)
def test_everything_else_is_refused(agent: Agent, authorization: str) -> None:
    assert status(agent, authorization) == 401
    assert status(agent, RIGHT) == 200
    assert status(agent, authorization) == 401  # also once a good one is known


def test_a_password_over_72_bytes_is_wrong_even_where_its_first_72_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    import bcrypt

    long = b"p" * 72
    with admitting({"alice": bcrypt.hashpw(long, bcrypt.gensalt(10)).decode()}) as (agent, _):
        assert status(agent, basic("alice", long)) == 200
        assert status(agent, basic("alice", long + b"p")) == 401


@pytest.mark.parametrize("prefix", ["2a", "2b", "2y"])
def test_hashes_of_all_three_prefixes_are_understood(prefix: str) -> None:
    with admitting({"alice": f"${prefix}{QUICK_HASH[3:]}"}) as (agent, _):
        assert status(agent, RIGHT) == 200


def test_a_hash_that_only_looks_like_one_lets_nobody_in() -> None:
    with admitting({"alice": QUICK_HASH[:7] + "/" * 53}) as (agent, _):
        assert status(agent, RIGHT) == 401


def test_names_of_nobody_cost_as_much_as_wrong_passwords(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    right = users_module._is_right

    def noted(password: bytes, known: str) -> bool:
        checked.append(known[:7])
        return right(password, known)

    monkeypatch.setattr(users_module, "_is_right", noted)
    for authorization in (basic("alice", "wrong"), basic("bob", "wrong"), basic("bob", "x" * 100)):
        assert status(agent, authorization) == 401
    assert checked == [QUICK_HASH[:7]] * 3


def test_names_of_nobody_cost_what_some_user_costs_and_each_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def noted(_password: bytes, known: str) -> bool:
        checked.append(known[:7])
        return False

    monkeypatch.setattr(users_module, "_is_right", noted)
    hashes = {"alice": HASH, "bob": HASH.replace("$10$", "$12$")}
    with closing(users_module.Users(hashes)) as users:
        for _ in range(2):
            for number in range(40):
                header = basic(f"nobody {number}", "wrong").encode()
                asyncio.run(users.admit(header, f"192.0.2.{number}"))
    assert set(checked) == {"$2b$10$", "$2b$12$"}
    assert checked[:40] == checked[40:]


def test_a_name_and_its_password_do_not_run_into_each_other() -> None:
    with admitting({"a": QUICK_HASH, "ab": QUICK_HASH}) as (_, guard):
        digests = {guard.users._digest(user, password) for user, password in (("a", b"bc"), ("ab", b"c"))}
        assert len(digests) == 2


def test_a_page_of_another_site_starts_no_check(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = count_checks(monkeypatch)
    assert status(agent, basic("alice", "wrong"), **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert status(agent, basic("alice", "wrong"), Host="evil.example") == 421
    assert checks == [0]


# What wrong ones cost


def test_after_ten_wrong_ones_an_address_is_not_listened_to_and_a_good_one_is(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(agent, RIGHT) == 200
    checks = count_checks(monkeypatch)
    statuses = [status(agent, basic("alice", f"wrong {number}")) for number in range(30)]
    assert statuses[:AT_ONCE] == [401] * AT_ONCE
    assert set(statuses[AT_ONCE + 5 :]) <= {401, 429}
    assert 429 in statuses
    assert checks[0] == statuses.count(401)
    response, _ = agent.ask("/metrics", Authorization=basic("alice", "wrong"))
    assert (response.status, response.headers["Retry-After"]) == (429, "6")
    assert status(agent, RIGHT) == 200


def count_checks(monkeypatch: pytest.MonkeyPatch, seconds: float = 0.0) -> list[int]:
    checks = [0]

    def wrong(_password: bytes, _known: str) -> bool:
        checks[0] += 1
        threading.Event().wait(seconds)
        return False

    monkeypatch.setattr(users_module, "_is_right", wrong)
    return checks


@pytest.mark.thorough
def test_a_thousand_wrong_passwords_do_not_keep_a_good_scrape_waiting() -> None:
    seconds: list[float] = []
    with admitting({"alice": HASH}) as (agent, _), ThreadPoolExecutor(16) as others:
        assert status(agent, RIGHT) == 200
        wrong = [others.submit(status, agent, basic("alice", f"wrong {number}")) for number in range(1000)]
        while not all(each.done() for each in wrong):
            begun = time.perf_counter()
            assert status(agent, RIGHT) == 200
            seconds.append(time.perf_counter() - begun)
    assert {each.result() for each in wrong} == {401, 429}
    assert statistics.quantiles(seconds, n=100)[98] < SCRAPED_WITHIN_SECONDS


def test_one_password_is_checked_at_a_time_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most = 0, 0
    may_end = threading.Event()

    def slow(_password: bytes, _known: str) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        may_end.wait(20)
        at_once -= 1
        return False

    with (
        admitting({"alice": QUICK_HASH}, trusted_proxies=("127.0.0.1",)) as (agent, _),
        ThreadPoolExecutor(20) as others,
    ):
        assert status(agent, RIGHT) == 200
        monkeypatch.setattr(users_module, "_is_right", slow)
        asked = [
            others.submit(status, agent, basic("a", "b"), **{"X-Forwarded-For": f"192.0.2.{number}"})
            for number in range(20)
        ]
        while sum(each.done() for each in asked) < 20 - users_module.MOST_WAITING:
            assert status(agent) == 401  # who says no password waits for nobody
        assert status(agent, RIGHT) == 200  # nor who was let in before
        may_end.set()
        assert sorted(each.result() for each in asked) == [401] * users_module.MOST_WAITING + [429] * 12
    assert most == 1


def test_wrong_ones_are_logged_once_for_an_address_and_never_shown(
    agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            status(agent, basic("alice-or-a-password", "hunter2"))
    assert caplog.messages == ["a wrong user or password came from 127.0.0.1; more of them are not logged"]


def test_other_users_hold_at_once_after_a_change() -> None:
    with admitting({"alice": QUICK_HASH}) as (agent, guard):
        assert status(agent, RIGHT) == 200
        guard.take(users={"bob": QUICK_HASH}, **NOBODY)
        assert status(agent, RIGHT) == 401
        assert status(agent, basic("bob", PASSWORD)) == 200
        guard.take(users={}, **NOBODY)
        assert status(agent) == 200


def test_who_was_right_is_known_over_a_reload_while_the_hash_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with admitting({"alice": QUICK_HASH}) as (agent, guard):
        assert status(agent, RIGHT) == 200
        checks = count_checks(monkeypatch)
        guard.take(users={"alice": QUICK_HASH, "bob": QUICK_HASH}, **NOBODY)
        while status(agent, basic("bob", "wrong")) != 429:
            pass
        checked = checks[0]
        assert status(agent, RIGHT) == 200
        assert checks == [checked]
        guard.take(users={"alice": QUICK_HASH.replace("$2b", "$2y")}, **NOBODY)
        assert status(agent, RIGHT) == 429


# Behind a proxy


def test_a_proxy_that_is_trusted_says_whose_failures_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    count_checks(monkeypatch)
    with admitting({"alice": QUICK_HASH}, trusted_proxies=("127.0.0.0/8", "10.0.0.1")) as (agent, guard):
        for number in range(2 * AT_ONCE):
            assert status(agent, basic("a", "b"), **{"X-Forwarded-For": f"192.0.2.{number}, 10.0.0.1"}) == 401
        assert len(guard.users._failures._clear_at) == 2 * AT_ONCE
        for _ in range(2 * AT_ONCE):  # what a client says before its proxy does is no address of it
            last = status(agent, basic("a", "b"), **{"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
        assert last == 429
        assert "198.51.100.1" not in guard.users._failures._clear_at
        status(agent, basic("a", "b"), **{"X-Forwarded-For": "x" * 5000})
        assert "127.0.0.1" in guard.users._failures._clear_at


def test_nobody_else_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    count_checks(monkeypatch)
    with admitting({"alice": QUICK_HASH}) as (agent, guard):
        for number in range(3):
            status(agent, basic("a", "b"), **{"X-Forwarded-For": f"192.0.2.{number}"})
        assert list(guard.users._failures._clear_at) == ["127.0.0.1"]


def test_the_names_of_a_proxy_are_answered() -> None:
    with admitting({}) as (agent, _):
        assert status(agent, Host="rig.example:443") == 200
        assert status(agent, Host="other.example") == 421


def test_the_address_that_was_reached_is_answered_whichever_was_listened_on() -> None:
    pages = Pages(lambda: None)
    with serving(build_app(pages, guard=Guard(["0.0.0.0"]))) as host:
        assert status(Agent(host, pages), path="/-/healthy", Host=f"127.0.0.1:{host.port}") == 200
        assert status(Agent(host, pages), path="/-/healthy", Host="127.0.0.2") == 421


# Failures


def test_failures_are_forgiven_one_after_another() -> None:
    failures = Failures()
    for _ in range(AT_ONCE):
        assert not failures.are_too_many("192.0.2.1", 0.0)
        failures.count("192.0.2.1", 0.0)
    assert failures.are_too_many("192.0.2.1", REGAINED_SECONDS - 0.1)
    assert not failures.are_too_many("192.0.2.1", REGAINED_SECONDS)
    failures.count("192.0.2.1", REGAINED_SECONDS)
    assert failures.are_too_many("192.0.2.1", REGAINED_SECONDS)
    failures.forgive("192.0.2.1")
    assert not failures.are_too_many("192.0.2.1", REGAINED_SECONDS)
    assert not failures.are_too_many("192.0.2.2", 0.0)


def test_a_network_of_ipv6_is_one_address_and_there_are_never_too_many() -> None:
    failures = Failures()
    for number in range(AT_ONCE):
        failures.count(f"2001:db8::{number:x}", 0.0)
    assert failures.are_too_many("2001:db8::ffff", 0.0)
    assert not failures.are_too_many("2001:db8:0:1::1", 0.0)
    for number in range(2 * MOST_ADDRESSES):
        failures.count(f"10.0.{number // 256}.{number % 256}", 0.0)
    assert len(failures._clear_at) == MOST_ADDRESSES
