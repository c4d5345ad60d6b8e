"""A desk of questions, whatever it is asked."""

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass

import msgspec
import pytest

from miner_agent.face.asked_wrongly import NotNow
from miner_agent.face.question_desk import LOGGED_EVERY_SECONDS, AskedLater, QuestionDesk
from miner_agent.web.inquiry import Reply


@dataclass(frozen=True)
class Number(AskedLater):
    number: int


def refused(status: int, sentence: str, _headers: Mapping[str, str]) -> Reply:
    return Reply(status=status, body=sentence.encode())


def test_that_nothing_can_be_told_is_logged_once_however_often_it_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    def answer(question: Number) -> msgspec.Struct:
        raise NotNow("not now", why=f"no log for {question.number}")

    now = 0.0
    lines = []
    with closing(QuestionDesk("numbers", answer, monotonic=lambda: now)) as desk:
        for number, seconds in enumerate((0.0, 1.0, LOGGED_EVERY_SECONDS - 1.0, LOGGED_EVERY_SECONDS)):
            now = seconds
            told = desk.ask(Number(number), lambda _answer: Reply(), refused, form="number")
            assert isinstance(told, Future)
            assert told.result(20) == Reply(status=503, body=b"not now")
            lines.append(len(caplog.records))

    assert lines == [1, 1, 1, 2]
    assert "numbers: no log for 0" in caplog.text
    assert "numbers: no log for 3" in caplog.text
