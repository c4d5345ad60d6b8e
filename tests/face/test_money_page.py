"""The page *Money*: it says what the command line says, goes on where a field is wrong, and shows no money to others."""

import html
import json
import re
import shlex
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from calculators.money import Money
from calculators.told_figures import digits
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.known import Known
from miner_agent.face.question_desk import QuestionDesk
from miner_agent.face.supposing_desk import Supposed, SupposedQuestion
from miner_agent.model.finances import Candidate, Economy, Present
from miner_agent.web.inquiry import Inquiry, Reply
from tests.face.told_desks import desks
from tests.for_each import for_each
from tests.supposing.test_what_if_sums import CONFIG, NOW, asked, snapshot

HOSTILE = '"><script>x</script>'
Ask = Callable[..., Reply]


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def candidate(coin: str, profit: str, *, low: str | None = None, high: str | None = None) -> Candidate:
    return Candidate(
        part="rtx3080",
        coin=coin,
        algorithm="kawpow",
        revenue_per_day=eur("9"),
        profit_per_day=eur(profit),
        selected=coin == "ETC",
        profit_p5_per_day=None if low is None else eur(low),
        profit_p95_per_day=None if high is None else eur(high),
    )


ECONOMY = Economy(
    computed_at=NOW,
    present=Present(),
    candidates=(candidate("RVN", "1.25", low="0.50", high="2.75"), candidate("ETC", "-0.75")),
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def ask(config: Path) -> Iterator[Ask]:
    """Asks for the page; what is computed is computed in this process."""

    def computed(question: SupposedQuestion) -> Supposed:
        inputs = question.inputs
        told = asked(config, *inputs.settings, sweeps=inputs.sweeps, coin=inputs.coin)
        return msgspec.json.decode(json.dumps(told).encode(), type=Supposed)

    desk = QuestionDesk("supposing", computed)
    loaded = loading.load([config], environment={}, known_drivers=())
    known = Known(snapshot=replace(snapshot(), economy=ECONOMY), loaded=loaded)
    face = AgentFace(lambda: known, lambda: None, desks(supposing=desk))

    def page(*query: tuple[str, str], sees_money: bool = True) -> Reply:
        told = face.answer(Inquiry(path="/money", query=query, sees_money=sees_money))
        return told.result(20) if isinstance(told, Future) else told

    yield page
    desk.close()


def test_it_shows_the_ranking_and_what_the_command_line_says(config: Path, ask: Ask) -> None:
    told = asked(config, "kwh_price=+60%", "pool_fee=2%")["answer"]
    reply = ask(("kwh_price", "+60%"), ("pool_fee", "2%"), ("hashrate", " "))
    page = html.unescape(reply.body.decode())

    assert reply.status == 200
    for name in ("today", "then"):
        assert digits(Decimal(told[name]["profit_per_day"]["amount"])) in page
    assert "RVN: 1.25 EUR a day (0.5 to 2.75)" in page
    assert 'name="kwh_price" value="+60%"' in page
    assert 'name="hashrate" value=""' in page
    assert "difficulty" in page.split('id="map"')[1]
    assert "energy price" not in page.split('id="map"')[1].split("</section>")[0]
    assert page.count("stand still, worth") == 2 * sum(not slot["run"] for slot in told["hours"]["slots"])
    assert all(len(worth) <= 8 for worth in re.findall(r", worth -?([0-9.]+) ", page)), "digits that nobody reads"


def test_it_writes_the_command_that_says_the_same_of_this_configuration(config: Path, ask: Ask) -> None:
    plain = ask().body.decode()
    page = html.unescape(ask(("coin", "rvn"), ("kwh_price", "+60%"), ("power", "1.2 kW")).body.decode())
    said = re.findall(r"<code>(miner-agent what-if .*?)</code>", page)

    assert f"<code>miner-agent what-if --config {config}</code>" in plain
    assert [shlex.split(line)[2:] for line in said] == [
        ["--config", str(config), "--coin", "RVN", "--set", "kwh_price=+60%", "--set", "power=1.2 kW"]
    ]
    assert "mined nothing else" in page


@for_each(
    ["field", "value", "sentence"],
    [
        ("kwh_price", "cheap", "kwh_price=cheap"),
        ("coin", "nope", "'NOPE' is none that this rig can mine"),
        ("power", HOSTILE, "power="),
    ],
)
def test_where_a_field_is_wrong_the_page_says_so_and_keeps_what_was_typed(
    ask: Ask, field: str, value: str, sentence: str
) -> None:
    reply = ask((field, value), ("pool_fee", "2%"))
    page = reply.body.decode()

    assert reply.status == 200
    assert "cannot be computed" in page
    assert sentence in html.unescape(page)
    assert 'name="pool_fee" value="2%"' in page
    assert "<script>x" not in page
    assert "RVN" in page


def test_a_number_that_is_too_long_is_refused_and_not_cut_to_another_one(ask: Ask) -> None:
    reply = ask(("kwh_price", f"0.{'0' * 39}9"))
    assert reply.status == 400
    assert "kwh_price: that is longer than 40 characters" in reply.body.decode()


def test_others_are_shown_no_money(ask: Ask) -> None:
    page = ask(sees_money=False).body.decode()

    assert "Money is shown to its owner alone." in page
    assert "RVN" not in page
    assert "EUR" not in page


def test_where_nothing_is_computed_yet_it_says_what_it_takes() -> None:
    known = Known(snapshot=snapshot(), loaded=Config())
    desk = QuestionDesk("supposing", lambda _question: Supposed(refused="not yet"))
    face = AgentFace(lambda: known, lambda: None, desks(supposing=desk))
    told = face.answer(Inquiry(path="/money", sees_money=True))
    assert isinstance(told, Future)
    page = told.result(10).body.decode()
    desk.close()

    assert "miner-agent init" in page
    assert "not yet" in page


def test_answers_are_forgotten_with_the_configuration_that_they_are_of() -> None:
    answered = []

    def answer(question: SupposedQuestion) -> Supposed:
        answered.append(question)
        return Supposed(refused=f"{len(answered)} times")

    desk = QuestionDesk("supposing", answer)
    state = Known(snapshot=snapshot(), loaded=Config())
    face = AgentFace(lambda: state, lambda: None, desks(supposing=desk))

    def page() -> str:
        told = face.answer(Inquiry(path="/money", sees_money=True))
        return (told.result(10) if isinstance(told, Future) else told).body.decode()

    assert "1 times" in page()
    state = replace(state, snapshot=snapshot())
    assert "1 times" in page()
    state = replace(state, loaded=Config())
    assert "2 times" in page()
    desk.close()
