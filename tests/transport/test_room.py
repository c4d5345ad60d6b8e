"""What answers may take: those of one source, and those of all sources together."""

import gc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from miner_agent.errors import BadPayload
from miner_agent.sources.driver import ANSWER_BYTES, FARM_BYTES
from miner_agent.transport.polls import Transport
from miner_agent.transport.room import OWN_BYTES, ROOM_BYTES, Allowance, Room
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.transport.asking import BACKENDS, SUMMARY, answer_of, ask_of, error_of


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


def test_a_source_holds_its_own_part_whatever_the_others_take() -> None:
    room = Room(free_bytes=0)
    usual, long = Allowance(ANSWER_BYTES, room), Allowance(ANSWER_BYTES, room)
    usual.hold(OWN_BYTES, "usual")
    with pytest.raises(
        BadPayload, match=r"long: length of the answer is 32769; expected less, while other sources send as much"
    ):
        long.hold(OWN_BYTES + 1, "long")


def test_what_is_lent_comes_back_when_the_answers_are_handed_over_or_refused() -> None:
    room = Room(free_bytes=1000)
    source = Allowance(ANSWER_BYTES, room)
    source.hold(OWN_BYTES + 400, "first")
    source.hold(OWN_BYTES + 600, "first")
    assert room.free_bytes == 400
    source.hold(OWN_BYTES, "another, since the first was refused")
    assert room.free_bytes == 1000
    source.keep(OWN_BYTES)
    source.hold(300, "second")
    assert room.free_bytes == 700
    source.give_back()
    source.give_back()
    assert room.free_bytes == 1000


def test_all_answers_of_a_source_together_are_within_its_cap(transport: Transport) -> None:
    long = b"x" * (ANSWER_BYTES // 2 + 1)
    with FakeMiner({SUMMARY.path: long, BACKENDS.path: long}) as miner:
        answer = answer_of(transport, ask_of(miner, SUMMARY, BACKENDS))
    assert answer.raw == {"summary": long}  # the other one is optional


def test_only_who_lists_a_farm_may_send_as_much_as_one(transport: Transport) -> None:
    with FakeMiner({SUMMARY.path: b"x" * FARM_BYTES}) as miner:
        assert isinstance(error_of(transport, ask_of(miner)), BadPayload)
        assert answer_of(transport, replace(ask_of(miner), most_bytes=FARM_BYTES)).raw is not None


def test_the_room_is_whole_again_after_every_answer_and_every_error(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room()
    monkeypatch.setattr(transport, "_room", room)
    with FakeMiner({SUMMARY.path: b"x" * ANSWER_BYTES}) as miner:
        for mode in (Mode.NORMAL, Mode.ENDLESS_BODY, Mode.HUGE_BODY, Mode.RESET, Mode.NORMAL):
            miner.mode = mode
            transport.fetch([ask_of(miner), ask_of(miner)]).result(20)
            assert room.free_bytes == ROOM_BYTES


@pytest.mark.thorough
def test_an_error_that_is_kept_holds_nothing_of_the_answer(transport: Transport) -> None:
    with FakeMiner({SUMMARY.path: b"x"}, mode=Mode.ENDLESS_BODY) as miner:
        kept = [error_of(transport, ask_of(miner)) for _ in range(3)]
    gc.collect()
    held = [one for one in gc.get_objects() if isinstance(one, BadPayload) and one.__traceback__ is not None]
    assert not any(one in held for one in kept)
    assert all(one.__context__ is None for one in kept)
