"""A transport and a fake miner to ask, and what is asked of it."""

from dataclasses import replace

from miner_agent.errors import BadPayload, Refused, SourceError, TimedOut, Unreachable
from miner_agent.sources.driver import ANSWER_BYTES, HttpGet, Request, TcpCommand
from miner_agent.transport.polls import Answer, Ask, Endpoint, Transport
from tests.fakes import LoopbackFake, Mode

BODY = b'{"hashrate": 25780000, "gpus": [1, 2, 3]}'
SUMMARY = HttpGet("summary", "/2/summary", aliases=("/1/summary", "/api.json"))
BACKENDS = HttpGet("backends", "/2/backends")
STATUS = TcpCommand("status", b'{"command":"summary"}')
TOKEN = "canary-token-7c1f"
MOST_BYTES = ANSWER_BYTES
PROPER_MODES = (Mode.NORMAL, Mode.CHUNKED, Mode.UNFRAMED)
TIME_MODES = (Mode.HANG, Mode.DRIP_HEAD, Mode.DRIP_BODY)
REFUSAL_OF_MODE: dict[Mode, type[SourceError] | tuple[type[SourceError], ...]] = {
    Mode.CLOSE: Unreachable,
    Mode.RESET: Unreachable,
    Mode.TOO_SHORT: Unreachable,
    Mode.HUGE_BODY: BadPayload,
    Mode.ENDLESS_HEAD: BadPayload,
    Mode.ENDLESS_BODY: BadPayload,
    Mode.ENDLESS_CHUNKS: BadPayload,
    Mode.TINY_CHUNKS: (BadPayload, TimedOut),
    Mode.CHUNK_EXTENSIONS: BadPayload,
    Mode.TRAILER_FLOOD: BadPayload,
    Mode.CONTINUE_FLOOD: BadPayload,
    Mode.NOT_HTTP: BadPayload,
    Mode.ECHO: BadPayload,
    Mode.REDIRECT: Refused,
    Mode.GZIP: Refused,
    Mode.REFUSE: Unreachable,
}


def endpoint_of(fake: LoopbackFake, *, token: str | None = None) -> Endpoint:
    endpoint = Endpoint.parse(fake.address, default_scheme="http", default_port=None)
    return replace(endpoint, token=token)


def ask_of(fake: LoopbackFake, *requests: Request, deadline_seconds: float = 5.0, token: str | None = None) -> Ask:
    return Ask(
        source="left-rack",
        endpoint=endpoint_of(fake, token=token),
        requests=requests or (SUMMARY,),
        deadline_seconds=deadline_seconds,
    )


def answer_of(transport: Transport, ask: Ask) -> Answer:
    (answer,) = transport.fetch([ask]).result(20)
    return answer


def error_of(transport: Transport, ask: Ask) -> SourceError:
    answer = answer_of(transport, ask)
    assert answer.raw is None
    assert answer.error is not None
    return answer.error
