"""What the web does with what a client asks, whatever the application makes of it."""

import asyncio
import logging
import socket
import ssl
import threading
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import cast

import pytest
from starlette.types import Receive, Scope, Send

from miner_agent.web.app import build_app
from miner_agent.web.certificates import Certificates
from miner_agent.web.head_gate import HeadGate
from miner_agent.web.listening import bind, bound_socket
from miner_agent.web.pages import MetricsPage, Pages
from miner_agent.web.server import WebHost
from tests.waiting import until
from tests.web.tls_clients import files, trusting
from tests.web.web_agent import HEALTH_REQUEST, Agent, received_until_closed, serving

READ_BYTES = 16 * 1024
PAGE_REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
SEVERAL_PIECES = b"".join(b'rig_temperature{number="%d"} 1.0\n' % number for number in range(60_000))


async def answer(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_who_asks_on_while_being_answered_is_not_heard_until_then() -> None:
    may_answer, asked = threading.Event(), 0

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal asked
        asked += 1
        await asyncio.to_thread(may_answer.wait, 20)
        await answer(send)

    with serving(slow) as host, Agent(host, Pages(lambda: None)).connect() as client:
        client.sendall(HEALTH_REQUEST)
        until(lambda: asked)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.sendall(HEALTH_REQUEST * 1_000_000)  # more than kernels hold
        (connection,) = host._connections._answering
        verdicts = cast("HeadGate", connection._inner)._verdicts
        most = 1 + READ_BYTES // len(HEALTH_REQUEST)
        assert 1 < len(verdicts) <= most
        assert asked == 1

        may_answer.set()
        until(lambda: asked > 2 * most)  # they are read on, and answered in their turn
        assert len(verdicts) <= most
        assert client.recv(1000).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("begun", [False, True])
def test_a_mistake_of_the_application_costs_one_client_and_is_logged_whole(
    begun: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong(_scope: Scope, _receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError("a bug")

    with serving(wrong) as host, caplog.at_level(logging.INFO):
        told = []
        for _ in range(2):
            with Agent(host, Pages(lambda: None)).connect() as client:
                client.sendall(HEALTH_REQUEST)
                told.append(received_until_closed(client))

    expected = (b"HTTP/1.1 200", b"\r\n\r\nhalf") if begun else (b"HTTP/1.1 500", b"\r\n\r\n")
    assert all(one.startswith(expected[0]) and one.endswith(expected[1]) for one in told)
    assert [record.exc_info is not None and "a bug" in str(record.exc_info[1]) for record in caplog.records] == [
        True
    ] * 2


def test_nobody_works_on_for_a_client_that_has_gone() -> None:
    asked, ended = threading.Event(), threading.Event()

    async def long(_scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with serving(long) as host:
        with Agent(host, Pages(lambda: None)).connect() as client:
            client.sendall(HEALTH_REQUEST)
            assert asked.wait(20)
            assert not ended.is_set()
        assert ended.wait(20)


def test_what_is_asked_reaches_the_application_as_it_was_written() -> None:
    heard: list[Scope] = []

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append({**scope, "message": await receive()})
        await answer(send)

    with serving(noting) as host, Agent(host, Pages(lambda: None)).connect() as client:
        client.sendall(b"HEAD /a%20b/%C3%A4?c=%20&d HTTP/1.1\r\nHOST: localhost\r\nX-Y: z\r\nConnection: close\r\n\r\n")
        assert received_until_closed(client).startswith(b"HTTP/1.1 204")
        server = ("127.0.0.1", host.port)

    (scope,) = heard
    assert (scope["type"], scope["scheme"], scope["method"], scope["http_version"]) == ("http", "http", "HEAD", "1.1")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b/ä", b"/a%20b/%C3%A4", b"c=%20&d")
    assert scope["headers"] == [(b"host", b"localhost"), (b"x-y", b"z"), (b"connection", b"close")]
    assert (scope["client"][0], scope["server"]) == ("127.0.0.1", server)
    assert scope["message"] == {"type": "http.request", "body": b"", "more_body": False}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("by", ["in the open", "by TLS", "by the socket"])
def test_what_lies_ready_comes_whole_to_who_says_no_more(by: str, times: int, tmp_path: Path) -> None:
    pages = Pages(lambda: None)
    pages.publish(MetricsPage(text=SEVERAL_PIECES, openmetrics=SEVERAL_PIECES))
    path = tmp_path / "agent.sock"
    with bound_socket(path) as local:
        host = WebHost(
            build_app(pages),
            bind("127.0.0.1", 0),
            Certificates(files(tmp_path)) if by == "by TLS" else None,
            local=local,
        )
        host.start()
        with closing(host), ExitStack() as stack:
            if by == "by the socket":
                client = stack.enter_context(socket.socket(socket.AF_UNIX))
                client.connect(str(path))
            else:
                client = stack.enter_context(socket.create_connection(("127.0.0.1", host.port)))
            client.settimeout(20)
            answer = (told_by_tls if by == "by TLS" else told)(client, PAGE_REQUEST * times)
    assert answer.count(SEVERAL_PIECES) == times


def told(client: socket.socket, requests: bytes) -> bytes:
    client.sendall(requests)
    client.shutdown(socket.SHUT_WR)
    return received_until_closed(client)


def told_by_tls(client: socket.socket, requests: bytes) -> bytes:
    """The same with TLS' own word that no more is said, behind which ``ssl.SSLSocket`` would not listen."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaker = trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
    while True:
        try:
            speaker.do_handshake()
            break
        except ssl.SSLWantReadError:
            client.sendall(outgoing.read())
            incoming.write(client.recv(65536))
    speaker.write(requests)
    with pytest.raises(ssl.SSLWantReadError):
        speaker.unwrap()
    client.sendall(outgoing.read())
    client.shutdown(socket.SHUT_WR)
    incoming.write(received_until_closed(client))
    answer = bytearray()
    with suppress(ssl.SSLZeroReturnError):
        while piece := speaker.read(65536):
            answer += piece
    return bytes(answer)


def test_who_says_no_more_and_goes_in_the_middle_of_an_answer_leaves_nothing_behind() -> None:
    pages = Pages(lambda: None)
    pages.publish(MetricsPage(text=SEVERAL_PIECES, openmetrics=SEVERAL_PIECES))
    with serving(build_app(pages)) as host:
        with Agent(host, pages).connect() as client:
            client.sendall(PAGE_REQUEST)
            assert client.recv(1000)
            client.shutdown(socket.SHUT_WR)
        until(lambda: not host._connections._waiting and not host._connections._answering)


def test_an_answer_waits_for_no_word_of_its_client() -> None:
    """Its head and its body are two pieces. A client says for up to 40 ms nothing of the first, and the second must not wait."""
    page = MetricsPage(text=b"rig_up 1\n", openmetrics=b"rig_up 1\n")
    pages = Pages(lambda: None)
    pages.publish(page)
    with serving(build_app(pages)) as host, Agent(host, pages).connect() as client:
        client.sendall(PAGE_REQUEST)
        until(lambda: client.recv(1, socket.MSG_PEEK))
        (connection,) = host._connections._waiting or host._connections._answering
        assert connection._transport is not None
        sock = connection._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
