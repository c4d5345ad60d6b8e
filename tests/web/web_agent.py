"""The web application on its host, on a free port of loopback."""

import asyncio
import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from miner_agent.web.certificates import Certificates
from miner_agent.web.listening import bind
from miner_agent.web.pages import Pages
from miner_agent.web.server import WebHost
from tests.waiting import until

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
        with closing(http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=20)) as connection:
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
def serving(
    app: ASGIApp,
    certificates: Certificates | None = None,
    *,
    more_connections: Callable[[], int] = lambda: 0,
    after_crowd: Callable[[], None] = lambda: None,
) -> Iterator[WebHost]:
    sock = bind("127.0.0.1", 0)
    host = WebHost(app, sock, certificates, more_connections=more_connections, after_crowd=after_crowd)
    host.start()
    try:
        yield host
    finally:
        host.close()
    assert not host.alive


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
