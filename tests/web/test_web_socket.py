"""The socket of this machine: the same pages, without TLS and users, for who may open it."""

import errno
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from miner_agent.errors import AlreadyRunning, ConfigError, NotPermitted
from miner_agent.look.agent_line import AgentLine
from miner_agent.look.running_agent import ask_agent
from miner_agent.web.app import build_app
from miner_agent.web.certificates import Certificates
from miner_agent.web.guard import Guard
from miner_agent.web.listening import bind, bound_socket
from miner_agent.web.pages import MetricsPage, Pages, VerdictPage
from miner_agent.web.server import WebHost
from tests.requires import as_an_ordinary_user
from tests.web.tls_clients import PASSWORD, QUICK_HASH, ask, basic, files, trusting
from tests.web.web_agent import HEALTH_REQUEST, TEXT_PAGE, received_until_closed


def test_who_may_open_it_asks_without_tls_and_users(tmp_path: Path) -> None:
    pages = Pages(lambda: None)
    pages.publish(
        MetricsPage(text=TEXT_PAGE, openmetrics=TEXT_PAGE),
        verdict=lambda: VerdictPage(body=b'{"verdict": "well"}', in_short="well"),
    )
    guard = Guard(users={"alice": QUICK_HASH})
    path = tmp_path / "agent.sock"
    with closing(guard), bound_socket(path) as local:
        host = WebHost(build_app(pages, guard=guard), bind("127.0.0.1", 0), Certificates(files(tmp_path)), local=local)
        host.start()
        try:
            (told,) = ask_agent(AgentLine("0.0.0.0", host.port, socket_path=path))
            assert told.verdict == "well"
            assert ask(host.port, trusting())[0] == 401
            assert ask(host.port, trusting(), Authorization=basic("alice", PASSWORD)) == (200, TEXT_PAGE)
            assert asked(path, b"Host: evil.example").startswith(b"HTTP/1.1 421")
            assert asked(path, b"Host: localhost\r\nX-Forwarded-For: 192.0.2.1").startswith(b"HTTP/1.1 200")
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
        finally:
            host.close()
        assert not host.alive
    assert not path.exists()


def asked(path: Path, headers: bytes) -> bytes:
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(HEALTH_REQUEST.replace(b"Host: localhost", b"Connection: close\r\n" + headers))
        return received_until_closed(client)


def test_what_an_agent_has_left_that_was_killed_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "agent.sock"
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(path))
    with bound_socket(path), closing(socket.socket(socket.AF_UNIX)) as client:
        client.connect(str(path))


def test_one_in_use_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "agent.sock"
    with bound_socket(path):
        with pytest.raises(AlreadyRunning, match="is in use"), bound_socket(path):
            pass
        assert path.is_socket()


def test_one_that_somebody_else_has_put_there_since_stays(tmp_path: Path) -> None:
    path = tmp_path / "agent.sock"
    with bound_socket(path):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


@pytest.mark.parametrize("name", ["gone/agent.sock", "x" * 120])
def test_a_path_where_none_can_be_is_told(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(ConfigError, match=r"^\[http\] socket .*; name one in a folder that is there"),
        bound_socket(tmp_path / name),
    ):
        pass


def test_a_file_is_never_taken_away_for_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("books")
    with pytest.raises(ConfigError, match="is there and no socket; name another path"), bound_socket(path):
        pass
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(ConfigError, match="is there and no socket"), bound_socket(tmp_path / "link"):
        pass
    assert path.read_text() == "books"


@as_an_ordinary_user
def test_a_folder_that_this_user_may_not_write_to_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with (
        pytest.raises(NotPermitted, match=f"(?i){errno.errorcode[errno.EACCES]}|permission denied"),
        bound_socket(tmp_path / "s"),
    ):
        pass
