"""Messages behind their length: what comes back, and what a source cannot do with a length."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload, SourceError, TimedOut, Unreachable
from miner_agent.sources.driver import ANSWER_BYTES, FramedCommand
from miner_agent.sources.payload import Payloads
from miner_agent.transport.polls import Answer, Ask, Endpoint, Transport
from tests.fake_sockets import FakeFramedMiner
from tests.fakes import HUGE_BYTES, Mode
from tests.waiting import until

STATUS = FramedCommand("status", b'{"cmd":"get.miner.status","param":"summary"}')
BODY = b'{"code":0,"msg":{"summary":{}}}'
MOST_BYTES = ANSWER_BYTES


@pytest.fixture
def miner() -> Iterator[FakeFramedMiner]:
    with FakeFramedMiner({STATUS.payload: BODY}) as miner:
        yield miner


def answer_of(
    transport: Transport, miner: FakeFramedMiner, *requests: FramedCommand, deadline_seconds: float = 5.0
) -> Answer:
    endpoint = Endpoint.parse(miner.address, default_scheme="tcp", default_port=None)
    ask = Ask(source="shed", endpoint=endpoint, requests=requests or (STATUS,), deadline_seconds=deadline_seconds)
    (answer,) = transport.fetch([ask]).result(20)
    return answer


def wait_for_no_connection(miner: FakeFramedMiner) -> None:
    until(lambda: miner.open_connections == 0)


def test_a_message_goes_out_and_comes_back_behind_its_length(transport: Transport, miner: FakeFramedMiner) -> None:
    assert answer_of(transport, miner).raw == {"status": BODY}
    assert miner.received == [STATUS.payload]
    wait_for_no_connection(miner)


@pytest.mark.parametrize("mode", [Mode.DRIP_HEAD, Mode.DRIP_BODY])
def test_a_message_in_many_pieces_is_put_together(transport: Transport, miner: FakeFramedMiner, mode: Mode) -> None:
    miner.mode = mode
    assert answer_of(transport, miner).raw == {"status": BODY}


def test_heartbeats_before_an_answer_are_passed_over(transport: Transport, miner: FakeFramedMiner) -> None:
    miner.before = bytes(4 * 16)
    miner.behind = bytes(4)
    assert answer_of(transport, miner).raw == {"status": BODY}


def test_a_message_of_exactly_the_cap_is_taken_and_one_byte_more_is_not(
    transport: Transport, miner: FakeFramedMiner
) -> None:
    miner.answers[STATUS.payload] = b"x" * MOST_BYTES
    assert answer_of(transport, miner).raw == {"status": b"x" * MOST_BYTES}
    miner.answers[STATUS.payload] += b"x"
    error = answer_of(transport, miner).error
    assert isinstance(error, BadPayload)
    assert str(error) == f"{miner.address}: length of the answer is 262145; expected at most 262144"


def test_what_comes_behind_a_message_is_left_unread(transport: Transport, miner: FakeFramedMiner) -> None:
    miner.behind = bytes(4) + b"\x02\0\0\0{}"
    assert answer_of(transport, miner).raw == {"status": BODY}
    miner.mode = Mode.ENDLESS_BODY
    assert answer_of(transport, miner).raw == {"status": b"x" * MOST_BYTES}
    wait_for_no_connection(miner)


@pytest.mark.parametrize(
    ("mode", "refusal"),
    [
        (Mode.HANG, TimedOut),
        (Mode.DRIP_HEAD, TimedOut),
        (Mode.DRIP_BODY, TimedOut),
        (Mode.REFUSE, Unreachable),
        (Mode.CLOSE, Unreachable),
        (Mode.RESET, Unreachable),
        (Mode.TOO_SHORT, Unreachable),
        (Mode.HUGE_BODY, BadPayload),
        (Mode.NEGATIVE_LENGTH, BadPayload),
        (Mode.HEARTBEATS, BadPayload),
    ],
)
def test_a_hostile_framed_source_is_an_error_and_of_bounded_size(
    transport: Transport, miner: FakeFramedMiner, mode: Mode, refusal: type[SourceError]
) -> None:
    miner.mode = mode
    answer = answer_of(transport, miner, deadline_seconds=0.2 if refusal is TimedOut else 5)
    assert type(answer.error) is refusal
    assert str(answer.error).isprintable()
    wait_for_no_connection(miner)
    assert miner.sent_bytes <= 3 * MOST_BYTES


def test_a_length_over_the_limit_is_refused_before_anything_behind_it_is_taken(
    transport: Transport, miner: FakeFramedMiner
) -> None:
    for mode, said in ((Mode.HUGE_BODY, HUGE_BYTES), (Mode.NEGATIVE_LENGTH, 0xFFFF_FFFF)):
        miner.mode = mode
        sent_before = miner.sent_bytes
        error = answer_of(transport, miner).error
        assert str(error) == f"{miner.address}: length of the answer is {said}; expected at most 262144"
        wait_for_no_connection(miner)
        assert miner.sent_bytes - sent_before < 3 * MOST_BYTES


def test_a_whatsminer_is_read_from_end_to_end(transport: Transport) -> None:
    driver = drivers.load("whatsminer3")
    folder = Path(__file__).parents[1] / "captures" / "whatsminer3" / "3.0__m66__mining"
    requests = [request for request in driver.requests if isinstance(request, FramedCommand)]
    raw = {request.name: (folder / f"{request.name}.raw").read_bytes() for request in requests}
    with FakeFramedMiner({request.payload: raw[request.name] for request in requests}) as machine:
        answer = answer_of(transport, machine, *requests)
        assert answer.raw == raw
        assert driver.read(Payloads(answer.raw)) == driver.read(Payloads(raw))
        assert machine.received == [
            request.payload for request in driver.requests if isinstance(request, FramedCommand)
        ]
