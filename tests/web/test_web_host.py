"""The host of the web application and its port: clients of every kind, over real sockets on loopback."""

import asyncio
import errno
import gc
import logging
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import cast

import pytest
from starlette.types import Receive, Scope, Send

from miner_agent.errors import AgentError, AlreadyRunning, ConfigError, NotPermitted
from miner_agent.web import clients as clients_module
from miner_agent.web import server as host_module
from miner_agent.web.answering import Answering
from miner_agent.web.app import build_app
from miner_agent.web.head_gate import HeadGate
from miner_agent.web.listening import SEND_BYTES, bind
from miner_agent.web.pages import MetricsPage, Pages
from miner_agent.web.server import MAX_CONNECTIONS, WebHost
from tests.waiting import let_pass, until
from tests.web.web_agent import HEALTH_REQUEST, TEXT_PAGE, Agent, is_closed, received_until_closed, serving

# The host


def test_idle_connections_never_lock_out_a_scrape(agent: Agent) -> None:
    agent.ask("/metrics")
    threads = threading.active_count()
    with ExitStack() as stack:
        clients = [stack.enter_context(agent.connect()) for _ in range(300)]
        assert agent.ask("/metrics")[1] == TEXT_PAGE
        assert threading.active_count() == threads
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


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "IDLE_SECONDS", 60.0)


@pytest.mark.usefixtures("_patient")
def test_a_scraper_may_ask_for_all_pages_at_once_though_it_is_slow_to_say_so() -> None:
    pages, more = Pages(lambda: None), 100
    with serving(build_app(pages), more_connections=lambda: more) as host, ExitStack() as stack:
        agent = Agent(host, pages)
        clients = [stack.enter_context(agent.connect()) for _ in range(MAX_CONNECTIONS + more)]
        for client in clients:
            client.sendall(HEALTH_REQUEST)
        assert all(client.recv(1000).startswith(b"HTTP/1.1 200") for client in clients)
        stack.enter_context(agent.connect())
        until(lambda: any(map(is_closed, clients)))
        assert sum(map(is_closed, clients)) == 1  # who has had its answer for the longest


@pytest.mark.usefixtures("_patient")
def test_however_many_there_may_be_no_more_are_answered_at_one_time() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.Event().wait()

    with serving(never, more_connections=lambda: 1000) as host, ExitStack() as stack:
        agent = Agent(host, Pages(lambda: None))
        clients = [stack.enter_context(agent.connect()) for _ in range(MAX_CONNECTIONS + 1)]
        for count, client in enumerate(clients, start=1):
            client.sendall(HEALTH_REQUEST)
            until(lambda wanted=count: len(host._connections._answering) == min(wanted, MAX_CONNECTIONS))  # type: ignore[misc]
        until(lambda: is_closed(clients[0]))
        assert not is_closed(clients[1])


def test_a_client_that_never_reads_takes_little_of_the_kernels_memory(agent: Agent) -> None:
    agent.pages.publish(MetricsPage(text=b"x" * 20_000_000, openmetrics=b""))
    with agent.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        (connection,) = until(lambda: list(agent.host._connections._answering))
        assert connection._transport is not None
        sock = connection._transport.get_extra_info("socket")
        let_pass(0.2)  # in which the kernel would make room for more
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BYTES  # which the kernel doubles


def test_silent_and_dripping_clients_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "IDLE_SECONDS", 0.5)
    pages = Pages(lambda: None)
    requests = {
        "silent": b"",
        "dripping": b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "used": HEALTH_REQUEST,
        "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)),
    }
    closed_after: dict[str, float] = {}
    with serving(build_app(pages)) as host, ExitStack() as stack:
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
    monkeypatch.setattr(clients_module, "WRITE_SECONDS", 0.3)
    agent.pages.publish(MetricsPage(text=b"x" * 20_000_000, openmetrics=b""))
    idle_tasks = agent.tasks_at_rest()
    with agent.connect() as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: agent.tasks() > idle_tasks)
        until(lambda: agent.tasks() == idle_tasks)


@pytest.mark.usefixtures("_patient")
def test_a_client_that_has_gone_leaves_nothing_behind(agent: Agent) -> None:
    idle_tasks = agent.tasks_at_rest()
    for request in (b"", b"GET /metr", HEALTH_REQUEST):
        for _ in range(20):
            with agent.connect() as client:
                client.sendall(request)
    until(lambda: not agent.host._connections._waiting and not agent.host._connections._answering)
    until(lambda: agent.tasks() == idle_tasks)


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
            b"413",
            id="many chunks",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            b"400",
            id="websocket",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
            b"400",
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
    agent.pages.publish(MetricsPage(text=page, openmetrics=page))
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
    with caplog.at_level(logging.INFO), serving(build_app(pages)) as host:
        Agent(host, pages).ask("/-/healthy")
    assert caplog.records == []


def test_close_is_quick_with_open_connections(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    agent.pages.publish(MetricsPage(text=b"x" * 20_000_000, openmetrics=b""))
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
            (connection,) = host._connections._answering
            answering = cast("Answering", cast("HeadGate", connection._inner)._inner)
            while not answering._is_last:
                await asyncio.sleep(0)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    with serving(slow) as host, Agent(host, Pages(lambda: None)).connect() as client:
        client.sendall(HEALTH_REQUEST)
        assert asked.wait(20)
        host.close()
        assert client.recv(1000).startswith(b"HTTP/1.1 204")


@pytest.mark.thorough
def test_closing_while_clients_arrive_loses_none() -> None:
    pages = Pages(lambda: None)
    for _ in range(5):
        with serving(build_app(pages)) as host:
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
    host = WebHost(build_app(Pages(lambda: None)), bind("127.0.0.1", 0))
    assert not host.alive
    host.close()
    bind("127.0.0.1", host.port).close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_failure_of_the_web_thread_is_noticeable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object, **__: object) -> asyncio.Server:
        raise RuntimeError("the server fails")

    monkeypatch.setattr(clients_module.CountingLoop, "create_server", failing)
    host = WebHost(build_app(Pages(lambda: None)), bind("127.0.0.1", 0))
    host.start()
    until(lambda: not host.alive)
    host.close()


# The port


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(
            AlreadyRunning, match=rf"^127\.0\.0\.1:{port} is in use\. .*set another port by \[http\] listen\.$"
        ):
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
    host = WebHost(build_app(pages), bind("127.0.0.1", 0))
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
