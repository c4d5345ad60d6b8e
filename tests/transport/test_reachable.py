"""Whether somebody listens: a connection, and not a byte on it."""

import socket

import pytest

from miner_agent.transport.reachable import who_is_reachable


def test_who_listens_is_reached_and_hears_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = ("127.0.0.1", server.getsockname()[1])
        assert who_is_reachable([place, place], deadline_seconds=5) == {place: None}
        server.settimeout(5)
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b""


def test_who_does_not_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    found = who_is_reachable([("127.0.0.1", 1), ("a..b", 443)], deadline_seconds=5)

    assert str(found["127.0.0.1", 1]) == "connection refused"
    assert found["a..b", 443] is not None

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    assert str(who_is_reachable([("a.example", 443)], deadline_seconds=5)["a.example", 443]) == (
        "the name is not known here"
    )


def test_nobody_waits_longer_than_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        place = ("127.0.0.1", server.getsockname()[1])
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # until nobody is taken any more
            one.setblocking(False)
            one.connect_ex(place)
        try:
            (answer,) = who_is_reachable([place], deadline_seconds=0.2).values()
        finally:
            for one in waiting:
                one.close()

    assert str(answer) == "no answer within 0.2 s"


def test_nothing_is_asked_of_nobody() -> None:
    assert who_is_reachable((), deadline_seconds=1) == {}
