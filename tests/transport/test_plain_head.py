"""What is read without h11 comes to what h11 makes of it."""

import h11
from hypothesis import example, given
from hypothesis import strategies as st

from miner_agent.transport.plain_head import head_size, plain_length
from tests.for_each import for_each

PLAIN = b"HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 12\r\n\r\n"
STATUS = (
    b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.1 100 Continue",
    b"HTTP/1.1 204 No Content", b"HTTP/1.1 404 Not Found", b"HTTP/2 200 OK", b"HTTP/1.1  200 OK", b"HTTP/1.1 2000 OK",
    b"HTTP/1.1 200\tOK", b"HTTP/1.1 200 \xff", b"200 OK", b"",
)  # fmt: skip
HEADERS = (
    b"Content-Length: 12", b"content-length:12", b"CONTENT-LENGTH: \t012 ", b"Content-Length: 13", b"Content-Length: 12, 12",
    b"Content-Length: -1", b"Content-Length: +1", b"Content-Length: 1_2", b"Content-Length: ", b"Content-Length : 12",
    b" Content-Length: 12", b"Content-Length: 1234567890123", b"Transfer-Encoding: chunked", b"transfer-encoding: identity",
    b"Content-Encoding: gzip", b"Content-Encoding: identity", b"X-Content-Length: 7", b"X: a\tb: c", b"X:", b": y", b"no colon",
    b"X: \x00", b"X: \x7f", b"X: \xe9", b"X y: z", b" folded", b"Connection: close", b"Server: a (b; c)",
)  # fmt: skip
ENDS = (b"\r\n", b"\n", b"\r", b"\r\r\n")


def of_h11(head: bytes) -> tuple[int, list[int], list[bytes]] | None:
    """Status, lengths and codings; ``None`` where h11 refuses it or wants more."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(head)
    try:
        event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    if not isinstance(event, h11.Response):
        return None
    return (
        event.status_code,
        [int(value) for name, value in event.headers if name == b"content-length"],
        [name for name, _ in event.headers if name in {b"transfer-encoding", b"content-encoding"}],
    )


@given(
    status=st.sampled_from(STATUS),
    lines=st.lists(
        st.tuples(st.sampled_from(HEADERS), st.sampled_from((*ENDS, b"\r\n", b"\r\n", b"\r\n"))), max_size=5
    ),
    end=st.sampled_from((b"\r\n", b"\r\n", b"\n", b"")),
)
@example(status=STATUS[0], lines=[(HEADERS[0], b"\r\n")], end=b"\r\n")
@example(status=STATUS[0], lines=[(HEADERS[2], b"\r\n"), (HEADERS[0], b"\r\n")], end=b"\r\n")
def test_what_is_plain_is_the_same_to_h11(status: bytes, lines: list[tuple[bytes, bytes]], end: bytes) -> None:
    head = status + b"\r\n" + b"".join(line + ending for line, ending in lines) + end
    size = head_size(bytearray(head))
    length = None if size is None else plain_length(bytearray(head[:size]))

    if length is not None:
        assert of_h11(head) == (200, [length], [])


@given(damage=st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_damaged_head_is_never_taken_for_another(damage: list[tuple[int, int]]) -> None:
    head = bytearray(PLAIN)
    for position, byte in damage:
        head[position] = byte
    size = head_size(head)
    length = None if size is None else plain_length(head[:size])

    if length is not None:
        assert of_h11(bytes(head)) == (200, [length], [])


@for_each(
    ("status", "header", "length"),
    [
        (STATUS[0], HEADERS[0], 12),
        (STATUS[1], HEADERS[1], 12),
        (STATUS[2], HEADERS[2], 12),
        (STATUS[0], b"X: y", None),
        (STATUS[4], HEADERS[0], None),
        (STATUS[0], HEADERS[11], None),
        (STATUS[0], HEADERS[0] + b"\r\n" + HEADERS[0], None),
        (STATUS[0], HEADERS[0] + b"\r\n" + HEADERS[12], None),
        (STATUS[0], HEADERS[0] + b"\r\n" + HEADERS[15], None),
    ],
)
def test_a_plain_head_has_one_length_and_no_coding(status: bytes, header: bytes, length: int | None) -> None:
    assert plain_length(bytearray(status + b"\r\n" + header + b"\r\n\r\n")) == length


def test_the_end_of_a_head_is_found_whatever_pieces_it_comes_in() -> None:
    for searched in range(len(PLAIN)):
        assert head_size(bytearray(PLAIN), searched=searched) == len(PLAIN)
        assert head_size(bytearray(PLAIN[:searched])) is None
