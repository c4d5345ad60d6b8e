"""A tax year that was handed in: its files stay, and corrections stand beside what was filed."""

import json
from pathlib import Path

import pytest

from tests.bookkeeping.books import payout, sale, told
from tests.cli.every_command import Done, ended


@pytest.fixture
def books(folder: Path) -> Path:
    told(folder, payout("p1"), sale("s1"), currency="USD", activity="business")
    return folder


def asked(books: Path, *arguments: str) -> Done:
    done = ended(*arguments, "--state-dir", str(books))
    assert done.returncode == 0, done.stderr
    return done


def exported(books: Path, name: str, *more: str) -> tuple[dict[str, bytes], str]:
    """The files, and what was said beside them."""
    out = books / name
    done = asked(books, "tax", "export", "beancount", "--year", "2025", "--out", str(out), *more)
    return {path.name: path.read_bytes() for path in out.glob("*.beancount")}, done.stderr


def test_a_closed_year_is_exported_as_it_was_filed_and_its_corrections_stand_beside(books: Path) -> None:
    before, _ = exported(books, "before")
    asked(books, "ledger", "close-year", "--year", "2025")
    unchanged, note = exported(books, "unchanged")
    assert (unchanged, note) == (before, ""), "that it was closed is no change of the year"
    asked(books, "ledger", "amend", "p1", "--set", "value=50.00", "--why", "price of the minute")

    after, said = exported(books, "after")
    anew, nothing_said = exported(books, "anew", "--anew")
    summary = json.loads(asked(books, "tax", "summary", "--year", "2025", "--json").stdout)

    assert after == before != anew
    assert "main-2025.beancount would be another" in said
    assert nothing_said == ""
    assert (summary["income"], summary["filed"]["income"]) == ("50.00", "42.00")
    assert summary["changed_since_filed"]["income"] == {"filed": "42.00", "corrected": "50.00"}
    assert "expenses" not in summary["changed_since_filed"]
    shown = asked(books, "tax", "summary", "--year", "2025").stdout
    assert "as filed" in shown
    assert [line.split()[1:] for line in shown.splitlines() if line.startswith("income ")][-1] == ["42.00", "50.00"]


def test_a_closed_year_is_closed_once_and_opened_with_a_reason(books: Path) -> None:
    first = json.loads(asked(books, "ledger", "close-year", "--year", "2025", "--json").stdout)
    again = json.loads(asked(books, "ledger", "close-year", "--year", "2025", "--json").stdout)
    assert "summary.json" in first["files"]
    assert again["files"] == []
    assert again["entries"] == first["entries"]

    asked(books, "ledger", "reopen-year", "--year", "2025", "--why", "a pool was forgotten")
    told(books, payout("p2", time="2025-06-01T00:00:00Z"))
    open_again = json.loads(asked(books, "tax", "summary", "--year", "2025", "--json").stdout)
    asked(books, "ledger", "close-year", "--year", "2025")
    closed_again = json.loads(asked(books, "tax", "summary", "--year", "2025", "--json").stdout)

    assert "filed" not in open_again
    assert closed_again["filed"]["income"] == "84.00"
    assert closed_again["changed_since_filed"] == {}
    assert asked(books, "ledger", "verify").returncode == 0


def test_formats_that_are_named_are_those_that_are_kept(books: Path) -> None:
    files = json.loads(asked(books, "ledger", "close-year", "--year", "2025", "--format", "hledger", "--json").stdout)[
        "files"
    ]
    refused = ended("ledger", "close-year", "--year", "2024", "--format", "abacus", "--state-dir", str(books))

    assert {name.partition("/")[0] for name in files} == {"hledger", "summary.json"}
    assert refused.returncode == 2
    assert "abacus is no format; known: " in refused.stderr
