"""What profit would be, over HTTP: a process of its own answers, in time or not at all, and only who may see money."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from miner_agent import drivers, errand_process
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.economy.settings import Settings
from miner_agent.face import supposing_desk
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.known import Known
from miner_agent.face.supposing_desk import FAILED, NO_MONEY, TOOK_TOO_LONG, SupposingDesk
from miner_agent.supposing.supposed_inputs import SupposedInputs
from miner_agent.supposing.supposing_errand import SupposingErrand, supposing_bytes
from miner_agent.views.figures import NOT_SHOWN
from miner_agent.web.inquiry import Inquiry, Reply
from tests.face.told_desks import desks
from tests.log_ticks import full_tick
from tests.supposing.test_what_if_sums import CONFIG, NOW, asked, measured

Errand = Callable[[SupposedInputs], bytes | None]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def errand(config: Path) -> Errand:
    loaded = loading.load([config], environment={}, known_drivers=drivers.names())
    rig = measured(None, Settings.of(loaded), NOW)

    def of(inputs: SupposedInputs) -> bytes:
        return supposing_bytes(SupposingErrand.of(inputs, loaded, credentials=None, rig=rig, returns=(), now=NOW))

    return of


@contextmanager
def face(errand: Errand) -> Iterator[AgentFace]:
    known = Known(snapshot=full_tick(0), loaded=Config())
    desk = SupposingDesk(errand)
    yield AgentFace(lambda: known, lambda: None, desks(supposing=desk))
    desk.close()


def ask(face: AgentFace, *query: tuple[str, str], sees_money: bool = True) -> Reply:
    told = face.answer(Inquiry(path="/api/v1/what-if", query=query, sees_money=sees_money))
    return told.result(20) if isinstance(told, Future) else told


def detail(reply: Reply) -> Any:
    assert reply.media_type == "application/problem+json"
    return reply.status, json.loads(reply.body)["detail"]


@pytest.mark.e2e
def test_a_process_says_what_the_sums_say_in_this_one(config: Path, errand: Errand) -> None:
    expected = asked(config, "pool_fee=2%", sweeps=("kwh_price=0.1:0.3:0.1",))["answer"]
    with face(errand) as agent:
        reply = ask(agent, ("set", "pool_fee=2%"), ("sweep", "kwh_price=0.1:0.3:0.1"), ("coin", ""))
        again = ask(agent, ("set", "pool_fee=2%"), ("sweep", "kwh_price=0.1:0.3:0.1"), ("coin", ""))
    told = json.loads(reply.body)

    assert reply.status == 200
    assert again is reply
    assert {name: told[name] for name in ("set", "weights", "row")} == {
        name: expected[name] for name in ("set", "weights", "row")
    }
    assert told["hours"]["profit_planned"] == expected["hours"]["profit_planned"]
    assert [slot["run"] for slot in told["hours"]["slots"]] == [slot["run"] for slot in expected["hours"]["slots"]]
    assert told["then"]["profit_per_day"] == expected["then"]["profit_per_day"]
    assert told["today"]["profit_per_day"] != told["then"]["profit_per_day"]


@pytest.mark.e2e
def test_what_is_wrong_with_a_question_is_said(errand: Errand) -> None:
    with face(errand) as agent:
        status, sentence = detail(ask(agent, ("set", "colour=red")))
        assert (status, sentence[:20]) == (400, "'colour' is no input")
        assert detail(ask(agent, ("set", "x" * 401))) == (400, "set: that is longer than 400 characters")


def test_who_may_not_see_money_is_told_so_and_nothing_is_computed() -> None:
    def never(_inputs: SupposedInputs) -> bytes:
        raise AssertionError("it was computed")

    with face(never) as agent:
        assert detail(ask(agent, sees_money=False)) == (403, NOT_SHOWN)


def test_where_nobody_computes_money_it_says_what_to_do() -> None:
    with face(lambda _inputs: None) as agent:
        assert detail(ask(agent)) == (503, NO_MONEY)


def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supposing_desk, "DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(errand_process, "child_command", lambda _module: ("sleep", "60"))
    with face(lambda _inputs: b"") as agent:
        assert detail(ask(agent)) == (503, TOOK_TOO_LONG)


def test_a_process_that_fails_is_said_in_the_log_of_the_agent_alone(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand_process, "child_command", lambda _module: ("false",))
    with face(lambda _inputs: b"no errand") as agent:
        assert detail(ask(agent)) == (503, FAILED)
    assert "the process that computes ended with 1" in caplog.text


def test_a_process_is_ended_with_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errand_process, "child_command", lambda _module: ("sleep", "60"))
    known = Known(snapshot=full_tick(0), loaded=Config())
    desk = SupposingDesk(lambda _inputs: b"")
    agent = AgentFace(lambda: known, lambda: None, desks(supposing=desk))
    told = agent.answer(Inquiry(path="/api/v1/what-if", query=(), sees_money=True))
    desk.close()

    assert isinstance(told, Future)
    assert detail(told.result(10)) == (503, FAILED)
