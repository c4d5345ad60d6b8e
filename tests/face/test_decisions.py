"""Advice over HTTP: what the log has of it, to who may see money."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calculators.money import Money
from miner_agent.model.finances import Candidate, DecisionNote, Economy
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.views.figures import NOT_SHOWN
from tests import databases
from tests.face.api_agent import FacedAgent, faced
from tests.log_ticks import START, full_tick

EURO = Money(Decimal("1.25"), "EUR")
COIN = Candidate(
    part="cards", coin="ETC", algorithm="etchash", revenue_per_day=EURO, profit_per_day=EURO - EURO * 2, selected=False
)


def note(minute: int, sentence: str) -> DecisionNote:
    return DecisionNote(
        decided_at=START + timedelta(minutes=minute),
        part="cards",
        before="RVN",
        after=None,
        wanted="ETC",
        reason="below_cost",
        refused=minute == 1,
        sentence=sentence,
        inputs=(COIN,),
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = databases.empty_log(tmp_path_factory.mktemp("log"))
    economy = Economy(computed_at=START, decisions=(note(0, "=1+1"), note(1, "stay")))
    with closing(TelemetryLog.open(file, now=START)) as opened:
        opened.append(replace(full_tick(0), economy=economy))
    return file


@pytest.fixture
def agent(log: Path) -> Iterator[FacedAgent]:
    with faced(full_tick(100), log=log) as agent:
        yield agent


def test_advice_is_told_the_newest_first_with_what_it_was_made_of(agent: FacedAgent) -> None:
    told = agent.document("/api/v1/decisions?from=24h", sees_money=True)
    assert [(row["said"], row["refused"]) for row in told["rows"]] == [("stay", True), ("=1+1", False)]
    (coin,) = told["rows"][0]["inputs"]
    assert coin["revenue_per_day"] == {"amount": "1.25", "currency": "EUR"}
    assert coin["profit_per_day"] == {"amount": "-1.25", "currency": "EUR"}
    (late,) = agent.document("/api/v1/decisions?from=2026-01-01T00:01:00Z", sees_money=True)["rows"]
    assert (late["before"], late["after"], late["wanted"], late["advice"]) == ("RVN", None, "ETC", "below_cost")


def test_nobody_else_is_told_that_there_is_any(agent: FacedAgent) -> None:
    told = agent.document("/api/v1/decisions?from=24h")
    assert (told["rows"], told["left_out"], told["reason"]) == (None, 0, NOT_SHOWN)
    assert agent.table("/api/v1/decisions?from=24h&format=csv") == []


def test_advice_as_csv_starts_no_formula(agent: FacedAgent) -> None:
    rows = agent.table("/api/v1/decisions?from=24h&format=csv", sees_money=True)
    assert [row["said"] for row in rows] == ["stay", "'=1+1"]


def test_of_a_rig_that_nobody_knows_nothing_is_told(agent: FacedAgent) -> None:
    assert agent.ask("/api/v1/decisions?rig=nobody", sees_money=True).status == 404
