"""The example books that are handed in beside the tests: what each program says of them is known."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from calculators.books.exact import fraction_sum
from miner_agent.model.book.whole_book import Book
from tests import databases, requires
from tests.bookkeeping import books
from tests.exporters.tax import test_bittytax, test_journals, test_rp2
from tests.exporters.tax.totals import totals

pytestmark = [pytest.mark.thorough, pytest.mark.e2e, pytest.mark.xdist_group("tax programs")]


@pytest.fixture(scope="module")
def examples() -> Path:
    folder = requires.captured_folder()
    if folder is None or not (folder / "tax/demo_events.json").exists():
        pytest.skip(requires.NO_CAPTURED_DATA)
    return folder / "tax"


@pytest.fixture(scope="module")
def expected(examples: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((examples / "demo_expected.json").read_text())
    return found


def demo(examples: Path, folder: Path, method: str) -> Book:
    folder.mkdir()
    databases.begun(folder)
    databases.empty_ledger(folder)
    raw = json.loads((examples / "demo_events.json").read_text()) | {"method": method}
    books.imported(folder, json.dumps(raw).encode())
    return books.book_in(folder)


@pytest.mark.parametrize("method", ["fifo", "lifo"])
def test_rp2_and_both_journals_say_what_is_expected(
    examples: Path, expected: dict[str, Any], method: str, tmp_path: Path
) -> None:
    book = demo(examples, tmp_path / "state", method)
    income, gain = Decimal(expected["income"]["2025"]), Decimal(expected["gain"][method]["2025"])

    theirs = test_rp2.sums(book, tmp_path / "rp2", method=method, year="2025")
    assert [round(one, 2) for one in theirs] == [Fraction(income), Fraction(gain)]
    for name, sums in test_journals.SUMS.items():
        told = sums(book, tmp_path / name, "2025")
        assert (-told["Income:Mining"], -told["Income:CapitalGains"]) == (income, gain)
    cost = fraction_sum(lot.basis or Fraction(0) for lot in book.matching.held)
    assert cost == Fraction(expected["cost_left"][method]["XMR"])


@pytest.mark.parametrize("method", ["hifo", "lofo"])
def test_other_methods_come_out_right_in_the_journals(
    examples: Path, expected: dict[str, Any], method: str, tmp_path: Path
) -> None:
    book = demo(examples, tmp_path / "state", method)

    for name, sums in test_journals.SUMS.items():
        told = sums(book, tmp_path / name, "all")
        assert -told["Income:CapitalGains"] == Decimal(expected["gain"][method]["all"])
    assert totals(book).gain == Fraction(expected["gain"][method]["all"])


@pytest.mark.parametrize("way", [test_bittytax.bittytax, test_bittytax.converted])
def test_bittytax_says_what_is_expected(way: Any, examples: Path, expected: dict[str, Any], tmp_path: Path) -> None:
    book = demo(examples, tmp_path / "state", "fifo")

    income, gain, _ = test_bittytax.by_year(way(book, tmp_path / "out"))["2025/26"]

    assert (income, gain) == (
        Fraction(expected["bittytax"]["income"]["uk2026"]),
        Fraction(expected["bittytax"]["gain"]["uk2026"]),
    )
