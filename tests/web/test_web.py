"""The web application and its host, over real sockets on loopback."""

import asyncio
import errno
import gc
import http.client
import json
import logging
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypercorn.config import Config
from prometheus_client.exposition import choose_encoder
from starlette.types import ASGIApp, Receive, Scope, Send

from miner_agent.errors import AgentError, AlreadyRunning, ConfigError, NotPermitted
from miner_agent.web import server as host_module
from miner_agent.web.app import OPENMETRICS_CONTENT_TYPE, PIECE_BYTES, TEXT_CONTENT_TYPE, build_app
from miner_agent.web.pages import MetricsPage, Pages, RigPage, RigPages, VerdictPage
from miner_agent.web.server import MAX_CONNECTIONS, WebHost, bind
from tests.waiting import let_pass, until

TEXT_PAGE = b"# TYPE rig_up gauge\nrig_up 1.0\n"
OPENMETRICS_PAGE = TEXT_PAGE + b"# EOF\n"

PROMETHEUS_3_ACCEPT = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_2_ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

HEALTH_REQUEST = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass
class Agent:
    """A served application and what a test may change of it."""

    host: WebHost
    pages: Pages
    reasons: list[str] = field(default_factory=list)  # why it is not ready

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=5)) as connection:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response, response.read()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.host.port), timeout=5)

    def tasks(self) -> int:
        assert self.host._loop is not None
        return len(asyncio.all_tasks(self.host._loop))

    def tasks_at_rest(self) -> int:
        """How many tasks there are when no client is connected."""
        self.ask("/-/healthy")
        until(lambda: not self.host._connections._waiting)
        assert self.host._loop is not None
        for _ in range(10):  # turns of the loop, in which those of the client end
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self.host._loop).result()
        return self.tasks()


@contextmanager
def serving(app: ASGIApp) -> Iterator[WebHost]:
    host = WebHost(app, bind("127.0.0.1", 0))
    host.start()
    try:
        yield host
    finally:
        host.close()
    assert not host.alive


@pytest.fixture
def agent() -> Iterator[Agent]:
    reasons: list[str] = []
    pages = Pages(lambda: reasons[0] if reasons else None)
    pages.publish(TEXT_PAGE, OPENMETRICS_PAGE)
    with serving(build_app(pages, allowed_hosts=["rig.example", "fd00::5"])) as host:
        yield Agent(host, pages, reasons)


def received_until_closed(client: socket.socket) -> bytes:
    """Everything that comes; a reset counts as closed, a timeout does not."""
    received = bytearray()
    try:
        while chunk := client.recv(65536):
            received += chunk
    except ConnectionError:
        pass
    return bytes(received)


def is_closed(client: socket.socket) -> bool:
    """Reads what has come and says whether the other side has closed."""
    client.setblocking(False)
    try:
        return client.recv(65536) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


# The application


def test_the_page_of_metrics_is_the_published_bytes(agent: Agent) -> None:
    response, body = agent.ask("/metrics")
    assert (response.status, body) == (200, TEXT_PAGE)
    agent.pages.publish(b"next\n", b"next\n# EOF\n")
    assert agent.ask("/metrics")[1] == b"next\n"


def test_a_page_of_many_pieces_arrives_whole(agent: Agent) -> None:
    large = bytes(range(256)) * (PIECE_BYTES // 64) + b"end"
    for page in (large, large[:PIECE_BYTES], b""):
        agent.pages.publish(page, b"")
        response, body = agent.ask("/metrics")
        assert body == page
        assert response.headers["Content-Length"] == str(len(page))


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", TEXT_CONTENT_TYPE),
        ("*/*", TEXT_CONTENT_TYPE),
        ("text/plain", TEXT_CONTENT_TYPE),
        ("image/png", TEXT_CONTENT_TYPE),
        (BROWSER_ACCEPT, TEXT_CONTENT_TYPE),
        (PROMETHEUS_2_ACCEPT, OPENMETRICS_CONTENT_TYPE),
        (PROMETHEUS_3_ACCEPT, OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text", OPENMETRICS_CONTENT_TYPE),
        ('Application/OpenMetrics-Text; Version="1.0.0"', OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text; version=0.0.1", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text; version=2.0.0", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.5", OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.4,text/plain;q=0.5", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.4,*/*;q=0.5", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=0.4,text/*;q=0.1,*/*;q=0.5", OPENMETRICS_CONTENT_TYPE),
        ("application/openmetrics-text;q=0", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=nan", TEXT_CONTENT_TYPE),
        ("application/openmetrics-text;q=9", TEXT_CONTENT_TYPE),
        (",;=,;q=,", TEXT_CONTENT_TYPE),
    ],
)
def test_the_format_is_the_one_that_the_scraper_prefers(agent: Agent, accept: str, content_type: str) -> None:
    response, body = agent.ask("/metrics", Accept=accept)
    assert response.headers["Content-Type"] == content_type
    assert body == (OPENMETRICS_PAGE if content_type == OPENMETRICS_CONTENT_TYPE else TEXT_PAGE)


@pytest.mark.parametrize("accept", ["", "*/*", BROWSER_ACCEPT, "application/openmetrics-text;version=1.0.0"])
def test_content_types_are_those_of_the_official_library(agent: Agent, accept: str) -> None:
    _, official = choose_encoder(accept)
    assert agent.ask("/metrics", Accept=accept)[0].headers["Content-Type"] == official


def test_compression_is_not_offered(agent: Agent) -> None:
    response, body = agent.ask("/metrics", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] is None
    assert body == TEXT_PAGE


def test_before_the_first_page_a_scrape_is_told_to_wait() -> None:
    pages = Pages(lambda: None)
    with serving(build_app(pages, allowed_hosts=[])) as host:
        response, body = Agent(host, pages).ask("/metrics")
    assert response.status == 503
    assert b"no page of metrics yet" in body


def test_healthy_says_ok_while_the_process_lives(agent: Agent) -> None:
    agent.reasons.append("The last reading is 40 s old.")
    response, body = agent.ask("/-/healthy")
    assert (response.status, body) == (200, b"ok\n")


def test_ready_tells_the_reason_why_not(agent: Agent) -> None:
    assert agent.ask("/-/ready")[0].status == 200
    agent.reasons.append("The last reading is 40 s old.")
    response, body = agent.ask("/-/ready")
    assert (response.status, body) == (503, b"The last reading is 40 s old.\n")


def test_the_verdict_is_the_published_bytes_and_readiness_tells_it_in_short(agent: Agent) -> None:
    verdict = VerdictPage(body=b'{"verdict": "ill"}', in_short="the rig is ill: GPU-a: is lost")
    agent.pages.publish(TEXT_PAGE, OPENMETRICS_PAGE, verdict=verdict)
    response, body = agent.ask("/-/verdict")
    assert (response.status, response.headers["Content-Type"], body) == (200, "application/json", verdict.body)
    response, body = agent.ask("/-/ready")
    assert (response.status, body) == (200, b"ready\nthe rig is ill: GPU-a: is lost\n")


def test_an_agent_whose_readings_are_old_tells_no_verdict(agent: Agent) -> None:
    agent.pages.publish(TEXT_PAGE, OPENMETRICS_PAGE, verdict=VerdictPage(body=b"{}", in_short="the rig is well"))
    agent.reasons.append("the last tick is 40 s old")
    response, body = agent.ask("/-/verdict")

    assert response.status == 200
    assert json.loads(body) == {
        "verdict": "unknown",
        "symptoms_total": 0,
        "symptoms": [],
        "why": "the last tick is 40 s old",
    }
    assert b"well" not in agent.ask("/-/ready")[1]


def test_the_landing_page_links_every_other_page(agent: Agent) -> None:
    response, body = agent.ask("/")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    for path in ("/metrics", "/-/healthy", "/-/ready", "/-/verdict", "/rigs"):
        assert f'href="{path}"'.encode() in body


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/-/verdict", "/nowhere"])
def test_head_answers_as_get_without_the_body(agent: Agent, path: str) -> None:
    got, body = agent.ask(path)
    head, nothing = agent.ask(path, "HEAD")
    assert nothing == b""
    assert head.status == got.status
    assert head.headers["Content-Length"] == str(len(body))
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("path", ["/metrics/", "/-/", "//metrics", "/metrics%2f", "/..", "/%ff%00%0a", "/Metrics"])
def test_other_paths_are_not_found(agent: Agent, path: str) -> None:
    response, body = agent.ask(path)
    assert response.status == 404
    assert b"/metrics" in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_not_allowed(agent: Agent, method: str) -> None:
    response, _ = agent.ask("/metrics", method, Origin="http://evil.example")
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "LocalHost:9877",
        "127.0.0.1",
        "127.0.0.1:1",
        "[::1]",
        "[::1]:9877",
        "rig.example",
        "[fd00::5]:80",
    ],
)
def test_own_names_are_answered(agent: Agent, name: str) -> None:
    assert agent.ask("/metrics", Host=name)[0].status == 200


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:9877",
        "evil.example:127.0.0.1",
        "localhost:9877:1",
        "localhost@evil.example",
        "localhost,localhost",
        "::1",
        "0.0.0.0",
        "",
        "\xff",
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/", "/nowhere"])
def test_other_names_are_refused_against_rebinding(agent: Agent, name: str, path: str) -> None:
    response, body = agent.ask(path, Host=name)
    assert response.status == 421
    assert b"host name" in body
    assert TEXT_PAGE not in body


@pytest.mark.parametrize(
    ("path", "method", "name"),
    [
        ("/", "GET", "localhost"),
        ("/metrics", "GET", "localhost"),
        ("/-/healthy", "GET", "localhost"),
        ("/-/ready", "GET", "localhost"),
        ("/nowhere", "GET", "localhost"),
        ("/metrics", "OPTIONS", "localhost"),
        ("/metrics", "GET", "evil.example"),
    ],
)
def test_every_answer_is_closed_to_other_sites(agent: Agent, path: str, method: str, name: str) -> None:
    response, _ = agent.ask(path, method, Host=name, Origin="http://evil.example")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert response.headers["Cache-Control"] == "no-store"
    assert "charset=utf-8" in response.headers["Content-Type"]
    names = [name.lower() for name in response.headers]
    assert "server" not in names
    assert not any(name.startswith("access-control") for name in names)
    assert len(names) == len(set(names))


def test_a_bug_is_answered_with_500_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def is_ready() -> str | None:
        raise ZeroDivisionError("a bug")

    pages = Pages(is_ready)
    with serving(build_app(pages, allowed_hosts=[])) as host, caplog.at_level(logging.INFO):
        response, body = Agent(host, pages).ask("/-/ready")
        assert response.status == 500
        assert b"a bug" not in body
        assert response.headers["Cache-Control"] == "no-store"
        assert Agent(host, pages).ask("/-/healthy")[0].status == 200
    assert "ZeroDivisionError: a bug" in caplog.text


# The host


def test_idle_connections_never_lock_out_a_scrape(agent: Agent) -> None:
    agent.ask("/metrics")
    threads = threading.active_count()
    with ExitStack() as stack:
        clients = [stack.enter_context(agent.connect()) for _ in range(300)]
        assert agent.ask("/metrics")[1] == TEXT_PAGE
        assert threading.active_count() == threads
        # This pins that hypercorn listens through its loop's create_server: else nobody counts.
        assert sum(map(is_closed, clients)) >= 300 - MAX_CONNECTIONS
        assert not is_closed(clients[-1])


def test_a_connection_that_is_being_answered_is_not_the_one_dropped() -> None:
    may_answer, asked = threading.Event(), threading.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.set()
            await asyncio.to_thread(may_answer.wait, 20)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    with serving(slow) as host, ExitStack() as stack:
        agent = Agent(host, Pages(lambda: None))
        busy = stack.enter_context(agent.connect())
        busy.sendall(HEALTH_REQUEST)
        assert asked.wait(20)
        idle = [stack.enter_context(agent.connect()) for _ in range(2 * MAX_CONNECTIONS)]
        until(lambda: is_closed(idle[MAX_CONNECTIONS]))
        may_answer.set()
        assert busy.recv(1000).startswith(b"HTTP/1.1 204")


def test_clients_that_are_all_being_answered_do_not_lock_out_another() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.Event().wait()

    with serving(never) as host, ExitStack() as stack:
        agent = Agent(host, Pages(lambda: None))
        clients = [stack.enter_context(agent.connect()) for _ in range(MAX_CONNECTIONS)]
        clients[0].sendall(HEALTH_REQUEST)
        until(lambda: len(host._connections._answering) == 1)
        for client in clients[1:]:
            client.sendall(HEALTH_REQUEST)
        until(lambda: len(host._connections._answering) == MAX_CONNECTIONS)
        stack.enter_context(agent.connect())
        until(lambda: is_closed(clients[0]))
        assert not is_closed(clients[1])


def test_silent_and_dripping_clients_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(host_module, "READ_SECONDS", 0.7)
    pages = Pages(lambda: None)
    requests = {
        "silent": b"",
        "dripping": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "used": HEALTH_REQUEST,
        "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)),
    }
    closed_after: dict[str, float] = {}
    with serving(build_app(pages, allowed_hosts=[])) as host, ExitStack() as stack:
        started = time.monotonic()
        clients = {name: stack.enter_context(Agent(host, pages).connect()) for name in requests}
        for name, client in clients.items():
            client.sendall(requests[name])

        def all_are_closed() -> bool:
            if "dripping" in clients:
                with suppress(ConnectionError):
                    clients["dripping"].send(b"a")
            for name in [name for name, client in clients.items() if is_closed(client)]:
                closed_after[name] = time.monotonic() - started
                del clients[name]
            return not clients

        until(all_are_closed, every_seconds=0.05)
    assert all(closed_after[name] >= 0.5 for name in ("silent", "dripping", "used")), closed_after


def test_a_client_that_asks_and_never_reads_is_dropped(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "WRITE_SECONDS", 0.3)
    agent.pages.publish(b"x" * 20_000_000, b"")
    idle_tasks = agent.tasks_at_rest()
    with agent.connect() as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: agent.tasks() > idle_tasks)
        until(lambda: agent.tasks() == idle_tasks)


def test_a_client_that_has_gone_leaves_nothing_behind(agent: Agent) -> None:
    idle_tasks = agent.tasks_at_rest()
    for request in (b"", b"GET /metr", HEALTH_REQUEST):
        for _ in range(20):
            with agent.connect() as client:
                client.sendall(request)
    until(lambda: agent.tasks() == idle_tasks)  # long before IDLE_SECONDS
    assert not agent.host._connections._waiting
    assert not agent.host._connections._answering


def test_an_idle_host_does_not_wake_up(agent: Agent) -> None:
    def switches() -> list[str]:
        status = Path(f"/proc/self/task/{agent.host._thread.native_id}/status").read_text()
        return [line for line in status.splitlines() if line.startswith("voluntary_ctxt_switches")]

    def is_quiet() -> bool:
        before = switches()
        let_pass(0.5)
        return switches() == before

    agent.ask("/metrics")
    until(is_quiet)
    assert is_quiet()


@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", b"431", id="large head"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 17_000, b"431", id="large unfinished head"),
        pytest.param(b"GET /" + b"a" * 17_000, b"431", id="large unfinished target"),
        pytest.param(HEALTH_REQUEST * 5 + b"\x00garbage\r\n\r\n", b"400", id="pipelined garbage"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 500, b"400", id="TLS"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", b"400", id="no host"),
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", b"421", id="no host, old"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: a\r\n\r\n", b"400", id="two hosts"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 9000,
            b"405",
            id="body that nobody reads",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"1\r\na\r\n" * 200
            + b"0\r\n\r\n",
            b"200",
            id="many chunks",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            b"403",
            id="websocket",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
            b"101",
            id="HTTP/2",
        ),
    ],
)
def test_hostile_requests_do_no_harm(agent: Agent, request_bytes: bytes, answer: bytes) -> None:
    idle_tasks = agent.tasks_at_rest()
    with agent.connect() as client:
        client.sendall(request_bytes)
        received = received_until_closed(client)
    statuses = [line.split()[1] for line in received.splitlines() if line.startswith(b"HTTP/1.1 ")]
    # A reset by the closing host can overtake its answer.
    assert statuses[-1:] in ([answer], [])
    assert TEXT_PAGE not in received
    assert agent.ask("/metrics")[1] == TEXT_PAGE
    until(lambda: agent.tasks() == idle_tasks)


def test_failures_that_clients_cause_are_logged_once(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    request = (
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: A\r\n\r\n"
    )
    with caplog.at_level(logging.INFO, logger="miner_agent.web.server"):
        for _ in range(5):
            with agent.connect() as client:
                client.sendall(request)
                received_until_closed(client)
    failures = [record.getMessage() for record in caplog.records if "base64" in record.getMessage()]
    assert len(failures) <= 1
    assert agent.ask("/metrics")[1] == TEXT_PAGE


@pytest.mark.parametrize("taken_bytes", [0, 1, 70_000])
@pytest.mark.parametrize("reset", [False, True])
def test_a_scrape_that_is_cut_off_is_no_failure(
    agent: Agent, caplog: pytest.LogCaptureFixture, taken_bytes: int, reset: bool
) -> None:
    page = b"".join(b'rig_temperature{number="%d"} 1.0\n' % number for number in range(150_000))
    agent.pages.publish(page, page)
    with caplog.at_level(logging.INFO):
        at_rest = agent.tasks_at_rest()
        for _ in range(5):
            with closing(agent.connect()) as client:
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if taken_bytes:
                    client.recv(taken_bytes)
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: agent.tasks_at_rest() == at_rest)

    assert caplog.messages == []


def test_starting_and_serving_log_nothing(caplog: pytest.LogCaptureFixture) -> None:
    pages = Pages(lambda: None)
    with caplog.at_level(logging.INFO), serving(build_app(pages, allowed_hosts=[])) as host:
        Agent(host, pages).ask("/-/healthy")
    assert caplog.records == []


def test_close_is_quick_with_open_connections(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    agent.pages.publish(b"x" * 20_000_000, b"")
    with ExitStack() as stack:
        clients = [stack.enter_context(agent.connect()) for _ in range(12)]
        for client in clients[:4]:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and never reads
        for client in clients[4:8]:
            client.sendall(b"GET /metrics HT")
        connections = agent.host._connections
        until(lambda: (len(connections._answering), len(connections._waiting)) == (4, 8))
        agent.host.close()
        assert not agent.host.alive
        agent.host.close()
    assert caplog.records == []
    with pytest.raises(ConnectionRefusedError):
        agent.connect()


def test_an_answer_under_way_survives_close() -> None:
    asked = threading.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.set()
            while not host._connections.closing:
                await asyncio.sleep(0)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    with serving(slow) as host, Agent(host, Pages(lambda: None)).connect() as client:
        client.sendall(HEALTH_REQUEST)
        assert asked.wait(20)
        host.close()
        assert client.recv(1000).startswith(b"HTTP/1.1 204")


def test_closing_while_clients_arrive_loses_none() -> None:
    pages = Pages(lambda: None)
    for _ in range(5):
        with serving(build_app(pages, allowed_hosts=[])) as host:
            arriving = threading.Thread(target=arrive_until_refused, args=[Agent(host, pages)])
            arriving.start()
            until(lambda: host._connections._waiting)
            host.close()
            arriving.join()
    gc.collect()  # asyncio's warning about a lost one would come here


def arrive_until_refused(agent: Agent) -> None:
    with ExitStack() as stack, suppress(ConnectionError):
        while True:
            stack.enter_context(agent.connect())
            let_pass(0.0002)  # the kernel's queue must not fill: it would wait for a second


def test_children_do_not_inherit_the_port(agent: Agent) -> None:
    agent.ask("/-/healthy")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    try:
        agent.host.close()
        with pytest.raises(ConnectionRefusedError):
            agent.connect()
    finally:
        child.communicate(b"\n")


def test_a_host_that_never_started_gives_its_port_back() -> None:
    host = WebHost(build_app(Pages(lambda: None), allowed_hosts=[]), bind("127.0.0.1", 0))
    assert not host.alive
    host.close()
    bind("127.0.0.1", host.port).close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_failure_of_the_web_thread_is_noticeable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(_app: object, config: Config, **_: object) -> None:
        for sock in config.create_sockets().insecure_sockets:
            sock.close()
        raise RuntimeError("the server fails")

    monkeypatch.setattr(host_module, "serve", failing)
    host = WebHost(build_app(Pages(lambda: None), allowed_hosts=[]), bind("127.0.0.1", 0))
    host.start()
    until(lambda: not host.alive)
    host.close()


# The port


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(AlreadyRunning, match=rf"^127\.0\.0\.1:{port} is in use\. .*set another port\.$"):
            bind("127.0.0.1", port)


def test_a_port_is_free_again_right_after_close(agent: Agent) -> None:
    with agent.connect() as client:
        client.sendall(HEALTH_REQUEST)
        agent.host.close()  # this side closes first, and so keeps the connection in TIME_WAIT
    bind("127.0.0.1", agent.host.port).close()


def test_ipv6_loopback_is_served() -> None:
    try:
        sock = bind("::1", 0)
    except ConfigError:
        pytest.skip("this machine has no IPv6")
    with sock, socket.create_connection(("::1", sock.getsockname()[1])):
        pass


def test_clients_that_come_before_the_start_are_answered() -> None:
    pages = Pages(lambda: None)
    host = WebHost(build_app(pages, allowed_hosts=[]), bind("127.0.0.1", 0))
    try:
        with Agent(host, pages).connect() as client:
            client.sendall(HEALTH_REQUEST)
            host.start()
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
    finally:
        host.close()


@pytest.mark.parametrize(
    ("address", "port", "sentence"),
    [
        ("192.0.2.1", 9877, r"^192\.0\.2\.1:9877: this machine has no such address"),
        ("127.0.0.1", 70_000, "70000 is not a port"),
        ("127.0.0.1", -1, "-1 is not a port"),
        ("a..b", 9877, "'a..b' is not an address"),
    ],
)
def test_an_impossible_address_is_an_error_of_configuration(address: str, port: int, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        bind(address, port)


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, ("192.0.2.7", 9877)), (socket.AF_INET6, ("fe80::1%eth0", 9877, 0, 2))]
)
def test_a_localhost_that_is_another_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, family: socket.AddressFamily, address: tuple[object, ...]
) -> None:
    def resolved(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(family, socket.SOCK_STREAM, 0, "", address)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(ConfigError, match=r"^localhost:9877: localhost is \S+ here, .*mend /etc/hosts, or write"):
        bind("localhost", 9877)


def test_localhost_is_served_where_it_is_loopback() -> None:
    bind("localhost", 0).close()


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.EACCES, NotPermitted), (errno.EPERM, NotPermitted), (errno.EAFNOSUPPORT, ConfigError)],
)
def test_what_the_system_refuses_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, number: int, error: type[AgentError]
) -> None:
    def refuse(_sock: socket.socket, _address: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(error, match=r"^127\.0\.0\.1:80: "):
        bind("127.0.0.1", 80)


# Rigs behind the gateway

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rig_page(text: bytes, *, up: bool = True, fresh_until_seconds: float = 100.0) -> RigPage:
    return RigPage(
        page=MetricsPage(text=text, openmetrics=text + b"# EOF\n"),
        without_readings=lambda: MetricsPage(text=b"no readings\n", openmetrics=b"no readings\n# EOF\n"),
        fresh_until_seconds=fresh_until_seconds,
        asked_at=NOW,
        up=up,
        reason=None if up else "timeout",
        dead=not up,
        verdict={"verdict": "well" if up else "ill", "symptoms_total": int(not up), "symptoms": []},
    )


@dataclass
class Gate(Agent):
    """An agent that speaks for rigs."""

    rigs: RigPages = field(default_factory=lambda: RigPages(time.monotonic))
    clock: list[float] = field(default_factory=lambda: [0.0])


@pytest.fixture
def gate() -> Iterator[Gate]:
    clock = [0.0]
    rigs = RigPages(lambda: clock[0])
    rigs.serve_only(["b", "a", "never"])
    rigs.publish("a", rig_page(b"page of a\n"))
    rigs.publish("b", rig_page(b"page of b\n", up=False))
    pages = Pages(lambda: None)
    pages.publish(TEXT_PAGE, OPENMETRICS_PAGE)
    with serving(build_app(pages, allowed_hosts=["rig.example"], rigs=rigs)) as host:
        yield Gate(host, pages, [], rigs, clock)


def test_each_rig_has_a_page_of_its_own_in_both_formats(gate: Gate) -> None:
    response, body = gate.ask("/rigs/a/metrics")
    assert (response.status, response.headers["Content-Type"], body) == (200, TEXT_CONTENT_TYPE, b"page of a\n")
    response, body = gate.ask("/rigs/b/metrics", Accept=PROMETHEUS_3_ACCEPT)
    assert (response.headers["Content-Type"], body) == (OPENMETRICS_CONTENT_TYPE, b"page of b\n# EOF\n")
    assert gate.ask("/metrics")[1] == TEXT_PAGE
    assert gate.ask("/rigs/a/metrics", "HEAD")[1] == b""
    assert gate.ask("/rigs/a/metrics", "POST")[0].status == 405
    assert gate.ask("/rigs/a/metrics", Host="evil.example")[0].status == 421


@pytest.mark.parametrize("path", ["/rigs/c/metrics", "/rigs/%0a/metrics", "/rigs/../metrics", "/rigs/%2e%2e/metrics"])
def test_a_rig_that_is_not_there_is_answered_with_those_that_are(gate: Gate, path: str) -> None:
    response, body = gate.ask(path)

    assert (response.status, body) == (404, b"There is no such rig. The rigs are a b never\n")


def test_of_a_thousand_rigs_the_first_hundred_are_named(gate: Gate) -> None:
    gate.rigs.serve_only(f"r{number:03}" for number in range(1000))
    body = gate.ask("/rigs/c/metrics")[1]

    assert b" r099 and 900 more (/rigs has all)\n" in body
    gate.rigs.serve_only([])
    assert b"the configuration names none" in gate.ask("/rigs/c/metrics")[1]


def test_a_rig_that_never_answered_has_no_page_yet(gate: Gate) -> None:
    response, body = gate.ask("/rigs/never/metrics")

    assert response.status == 503
    assert b"no page of this rig yet" in body


def test_a_page_that_is_over_its_time_holds_no_readings(gate: Gate) -> None:
    gate.clock[0] = 100.1
    assert gate.ask("/rigs/a/metrics")[1] == b"no readings\n"
    gate.rigs.publish("a", rig_page(b"again\n", fresh_until_seconds=200.0))
    assert gate.ask("/rigs/a/metrics")[1] == b"again\n"


def test_the_list_says_of_each_rig_how_it_is(gate: Gate) -> None:
    response, body = gate.ask("/rigs")
    assert response.headers["Content-Type"] == "application/json"
    known = {"asked_at": "2026-11-21T12:00:00+00:00", "symptoms": []}
    well, ill = {"verdict": "well", "symptoms_total": 0}, {"verdict": "ill", "symptoms_total": 1}
    nothing: dict[str, object] = {"asked_at": None, "verdict": "unknown", "symptoms_total": 0, "symptoms": []}
    assert json.loads(body) == [
        {"rig": "a", "metrics": "/rigs/a/metrics", "up": True, "reason": None, "dead": False, **known, **well},
        {"rig": "b", "metrics": "/rigs/b/metrics", "up": False, "reason": "timeout", "dead": True, **known, **ill},
        {"rig": "never", "metrics": "/rigs/never/metrics", "up": None, "reason": None, "dead": None, **nothing},
    ]
    gate.clock[0] = 100.1
    late = json.loads(gate.ask("/rigs")[1])
    assert [(entry["up"], entry["verdict"]) for entry in late] == [(None, "unknown")] * 3


@pytest.mark.parametrize("host", ["localhost:9877", "127.0.0.1", "[::1]:1", "rig.example:80"])
def test_discovery_leads_back_by_the_way_that_one_came(gate: Gate, host: str) -> None:
    response, body = gate.ask("/sd", Host=host)

    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(body) == [
        {"targets": [host], "labels": {"__metrics_path__": f"/rigs/{name}/metrics", "rig": name}}
        for name in ("a", "b", "never")
    ]


def test_an_agent_without_rigs_lists_none(agent: Agent) -> None:
    assert [agent.ask(path)[1] for path in ("/rigs", "/sd")] == [b"[]", b"[]"]


def test_a_rig_that_was_taken_away_is_not_brought_back_by_its_last_answer(gate: Gate) -> None:
    gate.rigs.serve_only(["a"])
    gate.rigs.publish("b", rig_page(b"late\n"))

    assert gate.rigs.names == ("a",)
    assert gate.ask("/rigs/b/metrics")[0].status == 404
    assert gate.ask("/rigs/a/metrics")[1] == b"page of a\n"
