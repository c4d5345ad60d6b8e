"""What mining brought, asked by month: the same income as the tax year's, of nothing that was cancelled."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from miner_agent.cli.first_level import cli
from tests.bookkeeping.books import payout, told

BERLIN = "Europe/Berlin"


def asked(folder: Path, *more: str) -> str:
    done = CliRunner().invoke(cli, ["payouts", "report", "--state-dir", str(folder), *more])
    assert done.exit_code == 0, done.output
    return done.stdout


def documents(folder: Path, *more: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(asked(folder, *more, "--json"))
    return answer


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Two coins over a year's end in Berlin, one of them without a price, and a payout that never was."""
    unknown = {"price": None, "value": None}
    told(
        tmp_path,
        payout("p1", time="2025-12-31T22:59:59Z", amount="0.000000000001", value="0.004"),
        payout("p2", time="2025-12-31T23:00:00Z", amount="0.2", value="40.0051"),
        payout("p3", time="2026-01-20T12:00:00Z", amount="1500", asset="RVN", value="20.50"),
        payout("p4", time="2026-01-21T12:00:00Z", amount="100", asset="RVN", **unknown),
        payout("p5", time="2026-01-22T12:00:00Z", amount="7", asset="KAS", **unknown),
        payout("p6", time="2026-01-23T12:00:00Z", amount="9"),
        {"id": "c6", "kind": "cancel", "time": "2026-01-24T12:00:00Z", "target": "p6", "why": "orphaned"},
        {"id": "s1", "kind": "sale", "time": "2026-01-25T12:00:00Z", "wallet": "w", "asset": "XMR", "amount": "0.1",
         "value": "30"},
        currency="EUR", time_zone=BERLIN,
    )  # fmt: skip
    return tmp_path


def test_months_are_those_of_the_book_and_a_coin_without_a_price_is_worth_nothing_known(books: Path) -> None:
    told_of = documents(books)
    assert [(row["period"], row["asset"], row["payouts"], row["amount"], row["value"]) for row in told_of["rows"]] == [
        ("2025-12", "XMR", 1, "0.000000000001", "0.004"),
        ("2026-01", "KAS", 1, "7", None),
        ("2026-01", "RVN", 2, "1600", "20.50"),
        ("2026-01", "XMR", 1, "0.2", "40.0051"),
    ]
    assert [(row["asset"], row["amount"], row["unpriced_amount"]) for row in told_of["coins"]] == [
        ("KAS", "7", "7"), ("RVN", "1600", "100"), ("XMR", "0.200000000001", "0"),
    ]  # fmt: skip
    assert (told_of["currency"], told_of["value"]) == ("EUR", "60.5091")


@pytest.mark.parametrize("year", ["2025", "2026", "all"])
def test_it_is_the_income_of_the_tax_year(books: Path, year: str) -> None:
    days = () if year == "all" else ("--from", f"{year}-01-01", "--to", f"{year}-12-31")
    summary = CliRunner().invoke(cli, ["tax", "summary", "--state-dir", str(books), "--year", year, "--json"])
    told_of, of_year = documents(books, *days), json.loads(summary.stdout)
    assert f"{Decimal(told_of['value']):.2f}" == of_year["income"]
    assert sum(row["payouts"] for row in told_of["rows"]) == of_year["payouts"]


def test_a_line_a_month_and_coin_and_what_all_came_to(books: Path) -> None:
    lines = [line.split() for line in asked(books, "--from", "2026-01-01", "--to", "2026-01-31").splitlines()]
    assert lines == [
        ["period", "coin", "payouts", "amount", "EUR", "of", "it"],
        ["2026-01", "KAS", "1", "7", "–", "7", "without", "a", "value"],
        ["2026-01", "RVN", "2", "1600", "20.50", "100", "without", "a", "value"],
        ["2026-01", "XMR", "1", "0.2", "40.01"],
        ["in", "all", "KAS", "1", "7", "–", "7", "without", "a", "value"],
        ["in", "all", "RVN", "2", "1600", "20.50", "100", "without", "a", "value"],
        ["in", "all", "XMR", "1", "0.2", "40.01"],
        ["in", "all", "4", "60.51"],
    ]


def test_by_day_and_as_a_table_for_spreadsheets(books: Path) -> None:
    assert asked(books, "--by", "day", "--to", "2026-01-01", "--csv").splitlines() == [
        "period,asset,payouts,amount,value,currency,unpriced_amount",
        "2025-12-31,XMR,1,0.000000000001,0.004,EUR,0",
        "2026-01-01,XMR,1,0.2,40.0051,EUR,0",
    ]


def test_days_without_payouts_say_where_to_look(books: Path) -> None:
    assert "no payout is booked for these days" in asked(books, "--from", "2027-01-01")
    assert documents(books, "--from", "2027-01-01") == {
        "version": 1, "currency": "EUR", "rows": [], "coins": [], "value": None,
    }  # fmt: skip


@pytest.mark.parametrize("command", ["payouts", "energy"])
def test_an_end_before_the_beginning_is_refused(books: Path, command: str) -> None:
    words = [command, "report", "--state-dir", str(books), "--from", "2026-02-01", "--to", "2026-01-01"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    assert "2026-01-01 lies before 2026-02-01" in done.stderr
