"""A tax year over HTTP: as the command tells it, by a process of its own, and only to who may see the books."""

import json
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from miner_agent import errand_process
from miner_agent.config.configuration import Config
from miner_agent.face import books_desk
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.books_desk import FAILED, TOOK_TOO_LONG, BooksDesk
from miner_agent.face.known import Known
from miner_agent.model.ledger_status import BookStatus, LedgerStatus, PaidStatus
from miner_agent.model.status import AgentStatus
from miner_agent.storage.sqlite.file_names import LEDGER_FILE
from miner_agent.views.figures import NOT_SHOWN
from miner_agent.web.inquiry import Inquiry, Reply
from tests.bookkeeping.books import payout, sale, told
from tests.bookkeeping.test_closed_years import asked
from tests.face.api_agent import faced
from tests.face.told_desks import desks
from tests.log_ticks import START, full_tick


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    folder.chmod(0o700)
    told(folder, payout("p1"), sale("s1"), currency="USD", activity="business")
    return folder


def ask(folder: Path, year: str, *query: tuple[str, str], sees_money: bool = True) -> Reply:
    known = Known(snapshot=full_tick(0), loaded=Config())
    with closing(BooksDesk(folder)) as desk:
        face = AgentFace(lambda: known, lambda: None, desks(books=desk))
        reply = face.answer(Inquiry(path=f"/api/v1/books/{year}", query=query, sees_money=sees_money))
        return reply.result(30) if isinstance(reply, Future) else reply


def detail(reply: Reply) -> tuple[int, str]:
    assert reply.media_type == "application/problem+json"
    return reply.status, json.loads(reply.body)["detail"]


def document(folder: Path, year: str) -> Any:
    reply = ask(folder, year)
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


@pytest.mark.thorough
def test_a_year_is_what_the_command_tells(books: Path) -> None:
    summary = json.loads(asked(books, "tax", "summary", "--year", "2025", "--json").stdout)
    year = document(books, "2025")

    for name in ("income", "gain", "depreciation", "net_profit"):
        assert year[name] == {"amount": summary[name], "currency": summary["currency"]}
    assert summary["income"] != "0.00"
    assert {name: amount["amount"] for name, amount in year["expenses"].items()} == summary["expenses"]
    assert (year["entries"], year["chain_hash"]) == tuple(summary["entries_through"].values())
    assert (year["notes"], year["closed_at"], year["changed_since_filed"]) == (summary["notes"], None, [])


@pytest.mark.thorough
def test_of_a_closed_year_it_says_what_is_another_figure_now(tmp_path: Path) -> None:
    told(tmp_path, payout("p1"), currency="USD", activity="business")
    asked(tmp_path, "ledger", "close-year", "--year", "2025")
    asked(tmp_path, "ledger", "amend", "p1", "--set", "value=50.00", "--why", "price of the minute")
    year = document(tmp_path, "2025")
    assert year["closed_at"].endswith("Z")
    assert {"figure": "income", "filed": "42.00", "corrected": "50.00"} in year["changed_since_filed"]


def test_nobody_else_is_told_whether_there_are_books(tmp_path: Path) -> None:
    for year in ("2025", "nonsense"):
        assert detail(ask(tmp_path, year, sees_money=False)) == (403, NOT_SHOWN)


@pytest.mark.thorough
def test_what_there_is_not_is_said_in_one_sentence(books: Path, tmp_path: Path) -> None:
    assert detail(ask(tmp_path / "nowhere", "2025")) == (404, "There are no books yet.")
    assert detail(ask(books, "2025", ("book", "other"))) == (404, "There is no book 'other'.")
    status, said = detail(ask(books, "twenty"))
    assert status == 404
    assert "twenty" in said
    assert detail(ask(books, "2" * 100))[0] == 400


def test_books_that_cannot_be_read_are_said_in_the_log_of_the_agent_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / LEDGER_FILE).write_bytes(b"no database" * 1000)
    assert detail(ask(tmp_path, "2025")) == (503, FAILED)
    assert str(tmp_path) in caplog.text


def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(books_desk, "ADDED_UP_SECONDS", 0.2)
    monkeypatch.setattr(errand_process, "child_command", lambda _module: ("sleep", "60"))
    assert detail(ask(tmp_path, "2025")) == (503, TOOK_TOO_LONG)


def test_what_pools_paid_is_told_to_the_cent_as_the_year_that_it_adds_up_to() -> None:
    paid = tuple(
        PaidStatus(pool=coin.lower(), coin=coin, payouts=1, coins=1.5, value=value, last_at=START)
        for coin, value in (("BTC", 8339.8), ("RVN", 470.26))
    )
    book = BookStatus(
        book="main", entries=4, head_known=True, unpriced=0, open_items=0, paid=paid, currency="EUR",
        paid_value_since_start=1234.5,
    )  # fmt: skip
    ledger = LedgerStatus(books=(book,))
    status = AgentStatus(version="1", python_version="3", config_loaded_at=START, ledger=ledger)
    with faced(replace(full_tick(0), agent=status)) as made:
        page = made.ask("/books", sees_money=True).body.decode()

    assert [amount for amount in ("8,339.80 EUR", "470.26 EUR", "1,234.50 EUR") if amount not in page] == []


def test_where_books_cannot_be_read_it_is_not_said_that_there_are_none() -> None:
    for error, said, unsaid in (
        (None, "There are no books yet", "failed"),
        ("it is gone", "it is gone", "no books yet"),
    ):
        status = AgentStatus(
            version="1", python_version="3", config_loaded_at=START, ledger=LedgerStatus(last_error=error)
        )
        with faced(replace(full_tick(0), agent=status)) as made:
            page = made.ask("/books", sees_money=True).body.decode()
        assert said in page
        assert unsaid not in page
