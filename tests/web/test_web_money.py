"""Who sees money and books: those who may open the agent's socket, and the users whom the configuration names."""

import http.client
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from exporters.prometheus import Renderer
from miner_agent.web.app import build_app
from miner_agent.web.guard import Guard, sees_money
from miner_agent.web.listening import bind, bound_socket
from miner_agent.web.pages import MetricsPage, PageOnDemand, Pages, RigPages
from miner_agent.web.server import WebHost
from tests.web.test_web_rigs import rig_page
from tests.web.tls_clients import PASSWORD, QUICK_HASH, basic
from tests.web.web_agent import PROMETHEUS_3_ACCEPT

PUBLIC = b"# TYPE rig_up gauge\nrig_up 1.0\n"
MONEY = b"# TYPE rig_profit_revenue_per_day gauge\nrig_profit_revenue_per_day 2.5\n"
END = b"# EOF\n"
PAGE = MetricsPage(
    text=PUBLIC + MONEY,
    openmetrics=PUBLIC + MONEY + END,
    without_money=MetricsPage(text=PUBLIC, openmetrics=PUBLIC + END),
)
PATHS = ("/metrics", "/rigs/a/metrics")
ALICE, BOB = basic("alice", PASSWORD), basic("bob", PASSWORD)


class Served:
    """Both ways to an agent."""

    def __init__(self, host: WebHost, path: Path, pages: Pages, guard: Guard) -> None:
        self._host, self._path, self.pages, self.guard = host, path, pages, guard

    def over_http(self, *requests: tuple[str, str, dict[str, str]]) -> list[tuple[int, bytes]]:
        """Status and body of each, all over one connection."""
        with closing(http.client.HTTPConnection("127.0.0.1", self._host.port, timeout=5)) as connection:
            return asked(connection, requests)

    def by_socket(self, *requests: tuple[str, str, dict[str, str]]) -> list[tuple[int, bytes]]:
        with closing(http.client.HTTPConnection("localhost", timeout=5)) as connection:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(str(self._path))
            return asked(connection, requests)


def asked(
    connection: http.client.HTTPConnection, requests: Sequence[tuple[str, str, dict[str, str]]]
) -> list[tuple[int, bytes]]:
    found = []
    for method, path, headers in requests:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        found.append((answer.status, body if method == "GET" else answer.headers["Content-Length"].encode()))
    return found


@contextmanager
def serving(folder: Path, *, is_invented: bool = False) -> Iterator[Served]:
    pages, rigs = Pages(lambda: None), RigPages(lambda: 0.0)
    pages.publish(PAGE)
    rigs.serve_only(["a"])
    rigs.publish("a", replace(rig_page(b""), page=PAGE))
    path = folder / "agent.sock"
    with closing(Guard(is_invented=is_invented)) as guard, bound_socket(path) as local:
        host = WebHost(build_app(pages, guard=guard, rigs=rigs), bind("127.0.0.1", 0), local=local)
        host.start()
        try:
            yield Served(host, path, pages, guard)
        finally:
            host.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def take(served: Served, *books_users: str) -> None:
    served.guard.take(
        users={"alice": QUICK_HASH, "bob": QUICK_HASH},
        books_users=books_users,
        names=(),
        trusted_proxies=("127.0.0.1",),
    )


@pytest.mark.parametrize("path", PATHS)
def test_a_local_user_reads_no_income_on_loopback(served: Served, path: str) -> None:
    claims = {
        "X-Forwarded-For": "unix:",
        "Forwarded": "for=unix:",
        "Authorization": ALICE,
        "Miner-Agent.Sees-Money": "True",
    }
    for headers in ({}, claims):
        assert served.over_http(("GET", path, headers)) == [(200, PUBLIC)]
    assert served.over_http(("GET", path, {"Accept": PROMETHEUS_3_ACCEPT})) == [(200, PUBLIC + END)]
    assert served.over_http(("HEAD", path, {})) == [(200, b"%d" % len(PUBLIC))]


@pytest.mark.parametrize("path", PATHS)
def test_who_may_open_the_socket_sees_all(served: Served, path: str) -> None:
    take(served)
    assert served.by_socket(("GET", path, {}), ("HEAD", path, {}), ("GET", path, {"Accept": PROMETHEUS_3_ACCEPT})) == [
        (200, PUBLIC + MONEY),
        (200, b"%d" % len(PUBLIC + MONEY)),
        (200, PUBLIC + MONEY + END),
    ]


@pytest.mark.parametrize("path", PATHS)
def test_of_the_users_those_that_are_named_see_it_request_by_request(served: Served, path: str) -> None:
    take(served, "alice")
    one, other, wrong = {"Authorization": ALICE}, {"Authorization": BOB}, {"Authorization": basic("alice", "wrong")}
    found = served.over_http(
        ("GET", path, one), ("GET", path, other), ("GET", path, wrong), ("GET", path, {}), ("GET", path, one)
    )
    assert [status for status, _ in found] == [200, 200, 401, 401, 200]
    assert [MONEY in body for _, body in found] == [True, False, False, False, True]

    take(served, "bob")
    found = served.over_http(("GET", path, one), ("GET", path, other))
    assert [MONEY in body for _, body in found] == [False, True]


@pytest.mark.parametrize("path", PATHS)
def test_of_a_rig_that_does_not_exist_everybody_sees_all(tmp_path: Path, path: str) -> None:
    with serving(tmp_path, is_invented=True) as served:
        assert served.over_http(("GET", path, {})) == [(200, PUBLIC + MONEY)]


def test_nobody_sees_it_whom_no_guard_has_seen() -> None:
    assert not sees_money({"type": "http", "headers": [(b"miner_agent.sees_money", b"True")]})


def test_a_page_without_readings_is_as_private(served: Served) -> None:
    reasons: list[str] = ["the last tick is old"]
    served.pages._is_ready = lambda: reasons[0]
    served.pages.publish(MetricsPage(text=b"", openmetrics=b""), without_readings=lambda: PAGE)
    assert served.over_http(("GET", "/metrics", {})) == [(200, PUBLIC)]
    assert served.by_socket(("GET", "/metrics", {})) == [(200, PUBLIC + MONEY)]


def test_bytes_are_made_once_for_each_of_both(served: Served) -> None:
    class Counted:
        rendered = 0
        public: "Counted"

        @property
        def text(self) -> bytes:
            type(self).rendered += 1
            return b""

        openmetrics = text

    page = Counted()
    page.public = Counted()
    page.public.public = page.public
    served.pages.publish(PageOnDemand(lambda: page))
    assert Counted.rendered == 0
    for _ in range(2):
        served.over_http(("GET", "/metrics", {}))
        served.by_socket(("GET", "/metrics", {}))
        assert Counted.rendered == 2


def test_a_page_that_holds_no_money_is_one_for_all() -> None:
    from tests.exporters.test_prometheus import ticks

    page = Renderer(process=False).render(ticks()[0])
    assert page.public is page
    assert MetricsPage.of(page).without_money is None
