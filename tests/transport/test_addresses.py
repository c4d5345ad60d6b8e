"""The addresses that owners write, and the names in them that a resolver knows or does not."""

import socket
import threading
from dataclasses import replace

import pytest

from miner_agent.errors import TimedOut, Unreachable
from miner_agent.transport import names
from miner_agent.transport.polls import Ask, Endpoint, Transport
from tests.fake_http import FakeMiner
from tests.fakes import LoopbackFake
from tests.for_each import for_each
from tests.transport.asking import BODY, answer_of, ask_of, error_of
from tests.waiting import until

# Addresses


@for_each(
    ("address", "expected"),
    [
        ("10.0.0.12", "http://10.0.0.12:18080"),
        ("10.0.0.12:80", "http://10.0.0.12:80"),
        ("http://10.0.0.12:80/", "http://10.0.0.12:80"),
        ("HTTP://Rig-7.LAN.:80", "http://rig-7.lan:80"),
        ("https://10.0.0.12", "https://10.0.0.12:443"),
        ("HTTPS://[::1]:8443/", "https://[::1]:8443"),
        ("tcp://rig_7:4028", "tcp://rig_7:4028"),
        ("[::1]", "http://[::1]:18080"),
        ("tcp://[FD00:0::7]:4028", "tcp://[fd00::7]:4028"),
        (" localhost ", "http://localhost:18080"),
    ],
)
def test_an_address_reads_as_its_owner_meant_it(address: str, expected: str) -> None:
    assert str(Endpoint.parse(address, default_scheme="http", default_port=18080)) == expected


@for_each(
    ("address", "sentence"),
    [
        ("", "no host"),
        ("http://", "no host"),
        (":80", "no host"),
        ("httpss://rig:80", "'httpss' is not a scheme"),
        ("file:///etc/passwd", "'file' is not a scheme"),
        ("gopher://rig:70", "'gopher' is not a scheme"),
        ("file:/etc/passwd", "leave out the path"),
        ("http://user:hunter2@rig:80", "no user and no password"),
        ("rig:80/2/summary", "rig:80: an address ends with its port"),
        ("rig:80?token=hunter2", "leave out the path"),
        ("rig:80#hunter2", "leave out the path"),
        ("rig:80\\hunter2", "leave out the path"),
        ("rig:", "port '' is not a number"),
        ("rig:0", "port '0' is not"),
        ("rig:65536", "port '65536' is not"),
        ("rig:8o80", "port '8o80' is not"),
        ("rig:-1", "port '-1' is not"),
        ("rig:٨٠", "port '٨٠' is not"),
        ("::1", "stands in brackets"),
        ("fe80::1:4028", "stands in brackets"),
        ("[::1", "is not [IPv6 address]:PORT"),
        ("[::1]80", "is not [IPv6 address]:PORT"),
        ("[rig]:80", "'rig' is not an IPv6 address"),
        ("[fe80::1%eth0]:80", "without a zone"),
        ("10.0.0.256:80", "is not an IPv4 address"),
        ("10.0.0:80", "is not an IPv4 address"),
        ("left rack:80", "neither an IP address nor a host name"),
        ("rig\r\nHost: evil:80", "stands in brackets"),
        ("rig\r\nX:80", "neither an IP address nor a host name"),
        ("-rig:80", "neither an IP address nor a host name"),
        ("räck:80", "neither an IP address nor a host name"),
        ("a" * 64 + ":80", "neither an IP address nor a host name"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason_and_without_its_secrets(address: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Endpoint.parse(address, default_scheme="http", default_port=18080)
    assert sentence in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_address_without_a_port_needs_a_driver_that_has_one() -> None:
    with pytest.raises(ValueError, match=r"rig: has no port; write HOST:PORT"):
        Endpoint.parse("rig", default_scheme="tcp", default_port=None)


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX-Evil: 1", "schlüssel"])
def test_a_token_that_no_header_can_carry_is_refused_unseen(token: str) -> None:
    with pytest.raises(ValueError, match="token") as refusal:
        Endpoint(scheme="http", host="rig", port=80, token=token)
    assert not token or token not in str(refusal.value)


# Names


def ask_by_name(fake: LoopbackFake, host: str, *, deadline_seconds: float = 5.0) -> Ask:
    ask = ask_of(fake, deadline_seconds=deadline_seconds)
    return replace(ask, endpoint=replace(ask.endpoint, host=host))


def test_the_name_of_this_machine_reaches_a_miner_on_ipv4(transport: Transport, miner: FakeMiner) -> None:
    assert answer_of(transport, ask_by_name(miner, "localhost")).raw == {"summary": BODY}


def test_every_address_of_a_name_is_tried(
    transport: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ((socket.AF_INET, "127.0.0.2", 0), (socket.AF_INET, "127.0.0.1", 0))
    monkeypatch.setattr(names, "look_up", lambda host: addresses)
    assert answer_of(transport, ask_by_name(miner, "rig7")).raw == {"summary": BODY}
    assert f"\r\nHost: rig7:{miner.port}\r\n".encode() in miner.received[0]


def test_a_name_that_nobody_knows_is_unreachable(
    transport: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = error_of(transport, ask_by_name(miner, "localhost"))
    assert type(error) is Unreachable
    assert str(error) == (
        f"http://localhost:{miner.port}: no connection (name lookup failed: name or service not known)"
    )


def test_a_resolver_that_hangs_delays_no_ip_address_and_no_other_name(
    miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def look_up(host: str) -> names.Found:
        if host != "good":
            released.wait(30)
        return ((socket.AF_INET, "127.0.0.1", 0),)

    monkeypatch.setattr(names, "look_up", look_up)
    monkeypatch.setattr(names, "LATE_SECONDS", 0.02)
    transport = Transport()
    answer_of(transport, ask_of(miner))
    threads = threading.active_count()
    hanging = [ask_by_name(miner, f"rig{number}", deadline_seconds=1) for number in range(20)]
    for _ in range(2):
        *late, by_name, by_address = transport.fetch([*hanging, ask_by_name(miner, "good"), ask_of(miner)]).result(10)
        assert by_name.raw == by_address.raw == {"summary": BODY}
        for ask, answer in zip(hanging, late, strict=True):
            assert isinstance(answer.error, TimedOut)
            assert str(answer.error) == f"{ask.endpoint}: its name was not looked up within 1 s"
    assert threading.active_count() <= threads + names.THREADS
    transport.close()
    released.set()
    until(lambda: threading.active_count() < threads)
