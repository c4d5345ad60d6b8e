"""Nothing but reads leaves the agent: every byte that every driver can send, as the fakes receive it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import pytest

from miner_agent import drivers
from miner_agent.sources.driver import TOKEN, FileRead, FramedCommand, HttpGet, Request, TcpCommand
from miner_agent.transport.polls import Ask, Endpoint, Transport
from tests.fake_http import FakeMiner
from tests.fake_sockets import FakeFramedMiner, FakeTcpMiner
from tests.fakes import LoopbackFake
from tests.for_each import for_each

PASSWORD = "canary-7c1f"
DRIVERS = {name: drivers.load(name) for name in drivers.names()}
REQUESTS = [
    pytest.param(request, id=f"{name}-{request.name}") for name in DRIVERS for request in DRIVERS[name].requests
]
READ_METHODS = {
    "algorithm.list",
    "api_authorize",
    "devices.get",
    "getstat",
    "info",
    "miner_getstat1",
    "miner_getstat2",
    "miner_getstatdetail",
    "subscribe.info",
    "worker.list",
}
READ_COMMANDS = {
    "coin",
    "devdetails",
    "devs",
    "edevs",
    "events",
    "fans",
    "get.device.info",
    "get.miner.status",
    "get_error_code",
    "hwinfo",
    "pool",
    "pools",
    "power",
    "stats",
    "summary",
    "temps",
    "threads",
    "tunerstatus",
    "version",
}
LOGIN = re.compile(rb"POST /api/v1/auth/login HTTP/1\.1\r\n")
GET = re.compile(rb"GET (/[A-Za-z0-9_./-]*(?:\?cmnd=Status%20\d+|\?command=[A-Za-z0-9%._-]+|\?post=4)?) HTTP/1\.1\r\n")
WRITES = re.compile(r"control|config|restart|reboot|stop|start|pause|resume|update|command|ota|set", re.IGNORECASE)


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


def asked(transport: Transport, fake: LoopbackFake, request: Request, token: str | None) -> list[bytes]:
    """What the fake received."""
    endpoint = replace(Endpoint.parse(fake.address, default_scheme="http", default_port=None), token=token)
    transport.fetch([Ask(source="x", endpoint=endpoint, requests=(request,), deadline_seconds=5.0)]).result(20)
    assert fake.received
    return fake.received


def is_read(command: bytes) -> bool:
    """Whether a command over TCP, in JSON or as a word, is one of those that change nothing."""
    text = command.decode().strip()
    if not text.startswith("{"):
        return text.rstrip("|") in READ_COMMANDS
    message = json.loads(text)
    if "method" in message:
        return message["method"] in READ_METHODS
    words = (message.get("command") or message.get("cmd")).split("+")
    return all(re.sub(r"\d$", "", word) in READ_COMMANDS for word in words)


@for_each("token", [None, PASSWORD])
@for_each("request_", REQUESTS)
def test_a_driver_sends_nothing_but_reads(transport: Transport, request_: Request, token: str | None) -> None:
    match request_:
        case HttpGet():
            with FakeMiner({"/api/v1/auth/login": b'{"token":"session-51aa"}'}) as web:
                received = asked(transport, web, request_, token)
            assert all(GET.match(sent) or (request_.login and token and LOGIN.match(sent)) for sent in received)
            paths = {found[1].decode() for sent in received if (found := GET.match(sent))}
            assert paths == {request_.path, *request_.aliases}
            for path in paths:
                place, _, said = path.partition("?command=")
                assert not WRITES.search(place)
                assert not said or is_read(unquote(said).encode())
        case FramedCommand():
            with FakeFramedMiner({request_.payload: b"{}"}) as machine:
                assert asked(transport, machine, request_, token) == [request_.payload]
            assert is_read(request_.payload)
        case TcpCommand():
            steps = request_.with_token if token and request_.with_token else (request_.command,)
            wanted = [step.replace(TOKEN, json.dumps(token).encode()) for step in steps]
            with FakeTcpMiner(ending=request_.until or b"", keeps_open=request_.until is not None) as miner:
                miner.answers_anything = b"{}"
                assert asked(transport, miner, request_, token) == wanted
            assert all(is_read(sent) for sent in wanted)
        case FileRead():
            assert not {"", ".", ".."} & set(request_.path.split("/"))


@for_each(
    "write",
    [
        b'{"command":"quit"}',
        b'{"command":"summary+restart"}',
        b'{"cmd":"set.miner.pools"}',
        b'{"id":0,"jsonrpc":"2.0","method":"miner_restart"}',
        b'{"id":0,"jsonrpc":"2.0","method":"miner_file"}',
        b"seturl|stratum+tcp://evil.example",
    ],
)
def test_the_list_of_reads_holds_no_write(write: bytes) -> None:
    assert not is_read(write)
