"""Miners that crash when they are asked early: one that was seen to start is left alone for as long as its owner says."""

import time
from dataclasses import replace

import pytest

from miner_agent.errors import JustStarted, Unreachable
from miner_agent.transport import starts
from miner_agent.transport.polls import Answer, Transport
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.transport.asking import BODY, answer_of, ask_of
from tests.waiting import until


def asked(transport: Transport, miner: FakeMiner, grace_seconds: float = 30.0) -> Answer:
    return answer_of(transport, replace(ask_of(miner), start_grace_seconds=grace_seconds))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Its only element is what the monotonic clock shows."""
    now = [time.monotonic()]
    monkeypatch.setattr(starts, "monotonic", lambda: now[0])
    return now


def test_a_miner_that_has_just_been_started_is_not_asked(
    transport: Transport, miner: FakeMiner, clock: list[float]
) -> None:
    miner.mode = Mode.REFUSE
    assert type(asked(transport, miner).error) is Unreachable
    miner.mode = Mode.NORMAL
    first = asked(transport, miner).error
    assert type(first) is JustStarted
    assert str(first) == f"{miner.address}: started a moment ago; asked in 30 s, as start_grace_seconds says"
    clock[0] += 29
    assert "asked in 1 s" in str(asked(transport, miner).error)
    until(lambda: miner.accepted_total > 0 and miner.open_connections == 0)
    assert (miner.accepted_total, miner.received) == (1, [])  # what saw that it is there said nothing
    clock[0] += 2
    for _ in range(2):
        assert asked(transport, miner).raw == {"summary": BODY}


def test_every_start_has_a_grace_of_its_own(transport: Transport, miner: FakeMiner, clock: list[float]) -> None:
    for _ in range(2):
        miner.mode = Mode.REFUSE
        assert type(asked(transport, miner).error) is Unreachable
        miner.mode = Mode.NORMAL
        assert isinstance(asked(transport, miner).error, JustStarted)
        clock[0] += 31
        assert asked(transport, miner).error is None


def test_a_miner_that_ends_within_its_grace_begins_it_anew(
    transport: Transport, miner: FakeMiner, clock: list[float]
) -> None:
    miner.mode = Mode.REFUSE
    asked(transport, miner)
    miner.mode = Mode.NORMAL
    assert isinstance(asked(transport, miner).error, JustStarted)
    miner.mode = Mode.REFUSE
    clock[0] += 31
    assert type(asked(transport, miner).error) is Unreachable
    miner.mode = Mode.NORMAL
    assert isinstance(asked(transport, miner).error, JustStarted)


def test_a_start_that_nobody_saw_has_no_grace(transport: Transport, miner: FakeMiner) -> None:
    assert asked(transport, miner).raw == {"summary": BODY}
    for mode in (Mode.CLOSE, Mode.RESET):  # it is there, and answers badly
        miner.mode = mode
        assert asked(transport, miner).error is not None
    miner.mode = Mode.NORMAL
    assert asked(transport, miner).raw == {"summary": BODY}


def test_without_a_grace_a_miner_is_asked_as_soon_as_it_is_there(transport: Transport, miner: FakeMiner) -> None:
    miner.mode = Mode.REFUSE
    assert type(asked(transport, miner, 0.0).error) is Unreachable
    miner.mode = Mode.NORMAL
    assert asked(transport, miner, 0.0).raw == {"summary": BODY}
