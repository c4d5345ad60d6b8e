"""TLS on the host: real handshakes and answers over sockets on loopback."""

import asyncio
import gc
import hashlib
import logging
import os
import socket
import ssl
import struct
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from miner_agent.errors import ConfigError
from miner_agent.web import certificates as certificates_module
from miner_agent.web import clients, server, tls_layer
from miner_agent.web.app import build_app
from miner_agent.web.certificates import Certificates, TlsFiles, read_context
from miner_agent.web.pages import MetricsPage, Pages
from miner_agent.web.server import MAX_CONNECTIONS
from miner_agent.web.tls_layer import TlsLayer
from tests.certificates import ANOTHER, ONE, fingerprint_of
from tests.waiting import until
from tests.web.tls_clients import ask, files, half_a_hello, keep, trusting
from tests.web.web_agent import HEALTH_REQUEST, Agent, is_closed, received_until_closed, serving

Made = Callable[[TlsLayer, asyncio.BaseTransport], None]
PAGE = b"".join(b'rig_temperature{number="%d"} 1.0\n' % number for number in range(30_000))  # several pieces


@contextmanager
def speaking(told: TlsFiles) -> Iterator[Agent]:
    pages = Pages(lambda: None)
    pages.publish(MetricsPage(text=PAGE, openmetrics=PAGE))
    with serving(build_app(pages), Certificates(told)) as host:
        yield Agent(host, pages)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    with speaking(files(tmp_path)) as agent:
        yield agent


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_large_page_arrives_whole_over_tls(agent: Agent, version: ssl.TLSVersion) -> None:
    context = trusting()
    context.minimum_version = context.maximum_version = version
    assert ask(agent.host.port, context) == (200, PAGE)


def test_requests_over_one_connection_are_answered_one_after_another(agent: Agent) -> None:
    with closing(HTTPSConnection("localhost", agent.host.port, timeout=10, context=trusting())) as connection:
        for _ in range(3):
            connection.request("GET", "/metrics")
            assert connection.getresponse().read() == PAGE


def test_a_request_in_single_bytes_is_answered(agent: Agent) -> None:
    with agent.connect() as raw, trusting().wrap_socket(raw, server_hostname="localhost") as client:
        for byte in HEALTH_REQUEST:
            client.send(bytes([byte]))
        assert client.recv(65536).startswith(b"HTTP/1.1 200")


def test_what_is_older_than_tls_1_2_is_refused(agent: Agent) -> None:
    context = trusting()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(agent.host.port, context)


def test_http_2_is_not_offered(agent: Agent) -> None:
    context = trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with agent.connect() as raw, context.wrap_socket(raw, server_hostname="localhost") as client:
        assert client.selected_alpn_protocol() == "http/1.1"


def test_who_forgets_tls_is_told_so(agent: Agent) -> None:
    with agent.connect() as client:
        client.sendall(HEALTH_REQUEST)
        received = received_until_closed(client)
    assert received.startswith(b"HTTP/1.1 400")
    assert b"https://" in received


def test_silent_clients_are_counted_before_they_shake_hands(agent: Agent) -> None:
    ask(agent.host.port, trusting())
    threads = threading.active_count()
    with ExitStack() as stack:
        silent = [stack.enter_context(agent.connect()) for _ in range(150)]
        hello = half_a_hello()
        for _ in range(150):
            client = stack.enter_context(agent.connect())
            client.sendall(hello)
            silent.append(client)
        assert ask(agent.host.port, trusting()) == (200, PAGE)
        assert threading.active_count() == threads
        assert sum(map(is_closed, silent)) >= 300 - MAX_CONNECTIONS


@pytest.mark.parametrize("sent", [b"", b"\x16", "half"], ids=["nothing", "a byte", "half a hello"])
def test_hands_are_shaken_in_time_or_not_at_all(
    agent: Agent, sent: bytes | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tls_layer.HANDSHAKE_SECONDS == 5.0
    monkeypatch.setattr(tls_layer, "HANDSHAKE_SECONDS", 0.2)
    with agent.connect() as client:
        client.sendall(half_a_hello() if isinstance(sent, str) else sent)
        until(lambda: is_closed(client))
    until(lambda: not agent.host._connections._waiting)


def test_buffers_hold_16_kib(agent: Agent) -> None:
    """That of the library holds 256 for each client; this one is read into through a public part of asyncio."""
    assert (clients.READ_BYTES, tls_layer.PIECE_BYTES) == (16 * 1024, 16 * 1024)
    with agent.connect() as raw, trusting().wrap_socket(raw, server_hostname="localhost") as client:
        client.sendall(HEALTH_REQUEST)
        client.recv(1000)
        until(lambda: agent.host._connections._waiting)
        (connection,) = agent.host._connections._waiting
        assert isinstance(connection, asyncio.BufferedProtocol)
        assert len(connection.get_buffer(-1)) == 16 * 1024


def test_a_client_that_never_reads_is_dropped(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "WRITE_SECONDS", 0.3)
    agent.pages.publish(MetricsPage(text=b"x" * 20_000_000, openmetrics=b""))
    with agent.connect() as raw, trusting().wrap_socket(raw, server_hostname="localhost") as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: agent.host._connections._answering)
        until(lambda: not agent.host._connections._answering)


def test_clients_that_go_leave_nothing_behind(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for sent in (b"", b"GET /metr", HEALTH_REQUEST, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            for _ in range(5):
                with agent.connect() as raw, trusting().wrap_socket(raw, server_hostname="localhost") as client:
                    client.sendall(sent)
        until(lambda: not (agent.host._connections._waiting or agent.host._connections._answering))
        assert agent.host._loop is not None
        until(lambda: agent.tasks() == rest(agent))
    assert caplog.messages == []


def rest(agent: Agent) -> int:
    """The tasks of a host that nobody is connected to."""
    ask(agent.host.port, trusting(), "/-/healthy")
    until(lambda: not agent.host._connections._waiting)
    return agent.tasks()


# Who may ask


@pytest.mark.parametrize("client", [None, ONE], ids=["none", "of a stranger"])
def test_a_client_without_the_right_certificate_is_refused_and_why_is_said_here_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, client: Path | None
) -> None:
    told = files(tmp_path, client_authorities=ANOTHER, client_certificate="RequireAndVerifyClientCert")
    with speaking(told) as agent, caplog.at_level(logging.INFO):
        assert ask(agent.host.port, trusting(client=ANOTHER)) == (200, PAGE)
        for _ in range(3):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                ask(agent.host.port, trusting(client=client))
    (line,) = caplog.messages
    assert line.startswith("no TLS handshake with 127.0.0.1: ")


@pytest.mark.parametrize(
    ("names", "is_answered"),
    [(["localhost"], True), (["127.0.0.1", "x"], True), (["another.example"], False), (["LOCALHOST.evil"], False)],
)
def test_only_allowed_names_of_certificates_are_answered(
    tmp_path: Path, names: list[str], is_answered: bool, caplog: pytest.LogCaptureFixture
) -> None:
    told = files(
        tmp_path,
        client_authorities=ANOTHER,
        client_certificate="RequireAndVerifyClientCert",
        client_names=frozenset(names),
    )
    with speaking(told) as agent, caplog.at_level(logging.INFO):
        if is_answered:
            assert ask(agent.host.port, trusting(client=ANOTHER))[0] == 200
        else:
            with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
                ask(agent.host.port, trusting(client=ANOTHER))
            assert "certificate is of localhost, 127.0.0.1, which is not allowed" in caplog.text


def test_a_certificate_that_is_asked_for_if_given_may_be_left_away_but_not_be_wrong(tmp_path: Path) -> None:
    told = files(
        tmp_path,
        client_authorities=ANOTHER,
        client_certificate="VerifyClientCertIfGiven",
        client_names=frozenset(["localhost"]),
    )
    with speaking(told) as agent:
        assert ask(agent.host.port, trusting())[0] == 200
        assert ask(agent.host.port, trusting(client=ANOTHER))[0] == 200
        with pytest.raises((ssl.SSLError, ConnectionError)):
            ask(agent.host.port, trusting(client=ONE))


# The files


def shown(agent: Agent) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with agent.connect() as raw, context.wrap_socket(raw) as client:
        der = client.getpeercert(binary_form=True)
    return hashlib.sha256(der or b"").hexdigest()


def test_a_new_certificate_is_shown_to_new_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates_module, "LOOKED_EVERY_SECONDS", 0.0)
    with speaking(files(tmp_path)) as agent:
        assert shown(agent) == fingerprint_of(ONE)
        with agent.connect() as raw, trusting().wrap_socket(raw, server_hostname="localhost") as before:
            renewed = tmp_path / "renewed"
            renewed.mkdir()
            for new, name in zip(keep(renewed, ANOTHER), ("web.crt", "web.key"), strict=True):
                new.replace(tmp_path / name)
            until(lambda: shown(agent) == fingerprint_of(ANOTHER))
            before.sendall(HEALTH_REQUEST)
            assert before.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_broken_renewal_keeps_the_certificate_and_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(certificates_module, "LOOKED_EVERY_SECONDS", 0.0)
    with speaking(files(tmp_path)) as agent, caplog.at_level(logging.INFO):
        (tmp_path / "web.crt").write_text("half a cert")
        until(lambda: [shown(agent)] and caplog.messages)
        assert [shown(agent) for _ in range(5)] == [fingerprint_of(ONE)] * 5
        keep(tmp_path, ANOTHER)
        until(lambda: shown(agent) == fingerprint_of(ANOTHER))
    said = [line for line in caplog.messages if "cannot be used" in line]
    assert 1 <= len(said) <= 2  # the certificate and its key are two files


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    told = files(tmp_path)
    told.key.chmod(0o640)
    with pytest.raises(ConfigError, match=rf"^web\.yml: key_file {told.key} can be read by others; run: chmod 600"):
        read_context(told)


def test_who_may_read_a_key_is_looked_up_of_the_file_that_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, opened = files(tmp_path), os.open
    private, shared = tmp_path / "private", tmp_path / "shared"

    def swapped(name: Path, flags: int) -> int:
        """Another one is put in its place just then."""
        descriptor = opened(name, flags)
        told.key.rename(shared)
        private.rename(told.key)
        return descriptor

    private.touch(mode=0o600)
    private.write_bytes(told.key.read_bytes())
    monkeypatch.setattr(os, "open", swapped)
    told.key.chmod(0o644)
    with pytest.raises(ConfigError, match="can be read by others"):
        read_context(told)
    monkeypatch.undo()
    shared.chmod(0o600)
    read_context(told)


def test_a_pipe_in_the_place_of_a_key_is_waited_for_by_nobody(tmp_path: Path) -> None:
    told = files(tmp_path)
    told.key.unlink()
    os.mkfifo(told.key, 0o600)
    with pytest.raises(ConfigError, match="is no file; name a PEM file"):
        read_context(told)


def test_files_that_cannot_be_used_are_said_in_a_sentence(tmp_path: Path) -> None:
    told = files(tmp_path)
    other, _ = keep(tmp_path, ANOTHER, "other")
    wrong = tmp_path / "wrong"
    wrong.write_text("no certificate")
    for certificate, authorities, sentence in [
        (tmp_path / "gone", None, "no such file or directory; name a PEM file"),
        (wrong, None, "write a certificate and its own key"),
        (other, None, "write a certificate and its own key"),
        (told.certificate, wrong, f"client_ca_file {wrong}: .*as PEM"),
        (told.certificate, tmp_path / "gone", "client_ca_file .*no such file"),
    ]:
        changed = TlsFiles(place="p", certificate=certificate, key=told.key, client_authorities=authorities)
        with pytest.raises(ConfigError, match=sentence):
            read_context(changed)


def test_a_key_with_a_password_asks_nobody(tmp_path: Path) -> None:
    told = files(tmp_path)
    told.key.write_text(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00000000000000000000000000000000\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
    )
    with pytest.raises(ConfigError, match="the key without a password"):
        read_context(told)


def test_a_reset_while_hands_are_shaken_is_no_failure(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            with closing(agent.connect()) as client:
                client.sendall(half_a_hello())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: not agent.host._connections._waiting)
    assert caplog.messages == []


@pytest.mark.thorough
def test_what_a_crowd_took_is_given_back_once_it_has_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 16)  # each of them shakes hands
    left: list[int] = []
    layers: weakref.WeakSet[TlsLayer] = weakref.WeakSet()

    def noted(layer: TlsLayer, transport: asyncio.BaseTransport, made: Made = TlsLayer.connection_made) -> None:
        layers.add(layer)
        made(layer, transport)

    def give_back() -> None:
        gc.collect()
        left.append(len(layers))

    monkeypatch.setattr(TlsLayer, "connection_made", noted)
    told, context = Certificates(files(tmp_path)), trusting()
    with serving(build_app(Pages(lambda: None)), told, after_crowd=give_back) as host:
        for crowd, times in ((16, 0), (22, 1), (22, 2)):
            with ExitStack() as stack:
                for _ in range(crowd):
                    raw = stack.enter_context(socket.create_connection(("127.0.0.1", host.port), timeout=5))
                    stack.enter_context(context.wrap_socket(raw, server_hostname="localhost"))
            until(lambda: not host._connections._waiting)
            until(lambda wanted=times: len(left) == wanted)  # type: ignore[misc]
    assert left == [0, 0]


def test_a_client_that_has_gone_leaves_no_memory_to_the_collector_of_garbage(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers: weakref.WeakSet[TlsLayer] = weakref.WeakSet()
    made = TlsLayer.connection_made

    def noted(layer: TlsLayer, transport: asyncio.BaseTransport) -> None:
        layers.add(layer)
        made(layer, transport)

    monkeypatch.setattr(TlsLayer, "connection_made", noted)
    gc.disable()
    try:
        for sent in (b"", half_a_hello()):
            with agent.connect() as client:
                client.sendall(sent)
                until(lambda: agent.host._connections._waiting)
            until(lambda: not layers)
    finally:
        gc.enable()
