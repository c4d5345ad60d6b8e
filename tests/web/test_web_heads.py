"""Heads of requests: what is HTTP/1.1 is answered, everything else is refused in its turn."""

import re

import pytest

from miner_agent.web.pages import MetricsPage
from tests.for_each import for_each
from tests.web.web_agent import HEALTH_REQUEST, TEXT_PAGE, Agent, received_until_closed

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
PING = bytes((0, 0, 8, 6, 0, 0, 0, 0, 0)) + b"8 bytes."
LIMIT = 16 * 1024


def answers(agent: Agent, *parts: bytes) -> list[bytes]:
    """The status of each answer, until the host closes."""
    with agent.connect() as client:
        for part in parts:
            client.sendall(part)
        received = received_until_closed(client)
    return re.findall(rb"HTTP/1\.1 (\d{3}) ", received)


def closing(line: bytes, *headers: bytes, host: bytes = b"Host: localhost") -> bytes:
    return b"\r\n".join([line, host, b"Connection: close", *headers, b"", b""])


def test_http_2_is_refused_however_it_begins(agent: Agent) -> None:
    assert answers(agent, PREFACE + PING * 1000) in ([b"505"], [])
    assert answers(agent, b"PRI * HTTP/2.0\r\n\r\n") == [b"505"]
    upgrade = closing(b"GET / HTTP/1.1", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
    assert answers(agent, upgrade) == [b"400"]
    assert answers(agent, upgrade.replace(b"Upgrade: h2c", b"upgrade:\r\n H2C")) == [b"400"]
    assert answers(agent, upgrade.replace(b"Upgrade: h2c", b"Upgrade : h2c")) == [b"400"]


@pytest.mark.parametrize("method", [b"get", b"Get", b"gET", b"head", b"POST", b"OPTIONS", b"GETS", b"PRI"])
def test_methods_are_taken_as_they_are_spelt(agent: Agent, method: bytes) -> None:
    assert answers(agent, closing(method + b" /metrics HTTP/1.1")) == [b"405"]


@pytest.mark.parametrize("version", [b"2.0", b"3.0", b"0.9", b"11.1"])
def test_other_versions_are_refused(agent: Agent, version: bytes) -> None:
    (status,) = answers(agent, closing(b"GET / HTTP/" + version))
    assert status in {b"505", b"400"}


@pytest.mark.parametrize(
    "target", [b"http://localhost/metrics", b"HTTP://127.0.0.1:9877/metrics", b"https://[::1]/metrics"]
)
def test_a_target_may_be_a_whole_address(agent: Agent, target: bytes) -> None:
    request = closing(b"GET " + target + b" HTTP/1.1", host=b"Host: evil.example")
    with agent.connect() as client:
        client.sendall(request)
        received = received_until_closed(client)
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(TEXT_PAGE)


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        (b"http://evil.example/metrics", b"Host: localhost", b"421"),
        (b"http://localhost/-/healthy", b"Host: localhost", b"200"),
        (b"http://localhost", b"Host: localhost", b"404"),  # of /, where nobody has made the page there
        (b"http://localhost?x=1", b"Host: localhost", b"404"),
        (b"http://localhost/nowhere", b"Host: localhost", b"404"),
        (b"http://user@localhost/", b"Host: localhost", b"400"),
        (b"http:///metrics", b"Host: localhost", b"400"),
        (b"ftp://localhost/", b"Host: localhost", b"400"),
        (b"http://localhost/", b"Host: localhost\r\nHost: localhost", b"400"),
        (b"*", b"Host: localhost", b"400"),
        (b"localhost:9877", b"Host: localhost", b"400"),
        (b"metrics", b"Host: localhost", b"400"),
    ],
)
def test_the_host_of_the_target_holds(agent: Agent, target: bytes, host: bytes, status: bytes) -> None:
    assert answers(agent, closing(b"GET " + target + b" HTTP/1.1", host=host)) == [status]


def head_of(size: int) -> bytes:
    without = len(closing(b"GET /-/healthy HTTP/1.1", b"X: "))
    head = closing(b"GET /-/healthy HTTP/1.1", b"X: " + b"a" * (size - without))
    assert len(head) == size
    return head


def test_heads_are_bounded_whether_they_come_in_one_packet_or_in_many(agent: Agent) -> None:
    assert answers(agent, head_of(LIMIT)) == [b"200"]
    assert answers(agent, head_of(LIMIT + 1)) == [b"431"]
    for size, status in ((LIMIT, b"200"), (LIMIT + 1, b"431")):
        head = head_of(size)
        assert answers(agent, *(head[begin : begin + 1000] for begin in range(0, size, 1000))) == [status]


@for_each("cut", range(1, len(HEALTH_REQUEST)))
def test_a_head_may_be_cut_anywhere(agent: Agent, cut: int) -> None:
    whole = HEALTH_REQUEST + closing(b"HEAD /-/healthy HTTP/1.1")
    assert answers(agent, whole[:cut], whole[cut:]) == [b"200", b"200"]


@pytest.mark.parametrize("length", [b"Content-Length: 1", b"Content-Length: 0, 0", b"Transfer-Encoding: chunked"])
def test_bodies_are_not_taken(agent: Agent, length: bytes) -> None:
    assert answers(agent, closing(b"GET / HTTP/1.1", length) + b"GET /smuggled HTTP/1.1\r\n\r\n") == [b"413"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\n\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_a_line_ends_as_the_protocol_says_and_no_other_request_hides_in_it(agent: Agent, head: bytes) -> None:
    assert answers(agent, head) == [b"400"]
    for cut in range(1, len(head)):
        assert answers(agent, head[:cut], head[cut:]) == [b"400"]


def test_half_the_end_of_a_line_hides_no_end_of_a_head(agent: Agent) -> None:
    assert answers(agent, b"GET http://localhost/ HTTP/1.1\r\nX: a\rHost: localhost\r\n\r\n") == [b"400"]


def test_an_empty_body_is_none(agent: Agent) -> None:
    assert answers(agent, closing(b"GET /-/healthy HTTP/1.1", b"Content-Length: 0")) == [b"200"]


def test_what_is_refused_is_answered_in_its_turn_and_is_the_last(agent: Agent) -> None:
    agent.pages.publish(MetricsPage(text=b"x" * 3_000_000, openmetrics=b""))
    slow = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert answers(agent, slow + HEALTH_REQUEST + b"POST / HTTP/1.1\r\n\r\n" + HEALTH_REQUEST) in (
        [b"200", b"200", b"405"],
        [b"200", b"200"],
    )


@pytest.mark.parametrize(
    "garbage", [b"\x00", b"\r\n\r\n", b" GET / HTTP/1.1\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\n\n"]
)
def test_what_is_no_request_is_refused_at_once(agent: Agent, garbage: bytes) -> None:
    assert answers(agent, garbage) == [b"400"]


def test_requests_of_http_1_0_are_answered(agent: Agent) -> None:
    assert answers(agent, b"GET /-/healthy HTTP/1.0\r\nHost: localhost\r\n\r\n") == [b"200"]
    assert answers(agent, b"GET http://localhost/-/healthy HTTP/1.0\r\n\r\n") == [b"200"]
