"""RP2 takes our spreadsheets as they are, and says what `tax summary` says."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from miner_agent.model.book.whole_book import Book
from tests.bookkeeping import books
from tests.exporters.tax import invented
from tests.exporters.tax.totals import totals
from tests.foreign_tools import require_foreign

pytestmark = [pytest.mark.thorough, pytest.mark.e2e]
CENT = Fraction(1, 100)
EARNED = {"MINING", "INCOME", "AIRDROP", "STAKING"}


def sums(book: Book, folder: Path, *, method: str, year: str) -> tuple[Fraction, Fraction]:
    """Income and gain of a year, or of all, over all files."""
    script = Path(__file__).with_name("rp2_summary.py")
    files = [file.name for file in invented.exported(book, "rp2", folder, year=year) if file.suffix == ".ods"]
    asked: list[str | Path] = [require_foreign("rp2") / "python", script, method, *files]
    ran = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "WARNING" not in ran.stderr
    income = gain = Fraction(0)
    for of_year, _, amount, _, word in json.loads(ran.stdout):
        assert year in {"all", str(of_year)}
        income += Fraction(amount) if word in EARNED else 0
        gain += 0 if word in EARNED else Fraction(amount)
    return income, gain


def agree(book: Book, folder: Path, *, method: str = "fifo", year: str = "all") -> None:
    income, gain = sums(book, folder, method=method, year=year)
    ours = totals(book, year)
    assert abs(income - ours.income) < CENT
    assert abs(gain - ours.gain) < CENT


@pytest.mark.parametrize(
    ("method", "theirs", "scope"),
    [("fifo", "fifo", "wallet"), ("lifo", "lifo", "wallet"), ("hifo", "fifo", "wallet"), ("fifo", "fifo", "universal")],
)
def test_wanderings_between_wallets_add_up_in_rp2_too(method: str, theirs: str, scope: str, tmp_path: Path) -> None:
    events = invented.wandering(1, places=18, days=200)
    book = invented.book_of(tmp_path / "state", *events, method=method, scope=scope)

    for year in ("all", "2024") if method == "fifo" else ("all",):
        agree(book, tmp_path / year, method=theirs, year=year)


def test_what_is_lost_given_away_or_worth_nothing_changes_no_gain(tmp_path: Path) -> None:
    events = [
        books.payout("a", amount="1", value="10"),
        books.payout("nothing", amount="1", value="0.00", time="2025-05-06T00:00:00Z"),
        books.payout("unpriced", amount="1", price=None, value=None, time="2025-05-07T00:00:00Z"),
        books.payout("b", amount="3", value="30", time="2025-05-08T00:00:00Z"),
        books.sale("s", amount="3.5", value="99"),
        {**books.payout("g", amount="0.5", value="7", time="2025-09-16T00:00:00Z"), "kind": "gift"},
        {**books.payout("l", amount="0.5", value="7", time="2025-09-17T00:00:00Z"), "kind": "loss"},
        books.sale("more than there is", amount="3", value="12", time="2025-09-18T00:00:00Z"),
        {**books.payout("f", amount="0.1", value="0.00", time="2025-09-19T00:00:00Z"), "kind": "fee"},
    ]
    book = invented.book_of(tmp_path / "state", *events)

    agree(book, tmp_path / "out")


def test_amounts_beyond_what_a_float_holds_are_sold_out(tmp_path: Path) -> None:
    events = [
        *(books.payout(f"p{n}", amount=f"1234567{n}.123456789012345678", value="10.01") for n in range(9)),
        books.sale("s", amount="111111147.111111101111111102", value="99"),
    ]
    agree(invented.book_of(tmp_path / "state", *events), tmp_path / "out")


def test_the_year_is_the_one_in_the_zone_of_the_book(tmp_path: Path) -> None:
    event = books.payout("p", time="2025-12-31T23:30:00Z")
    book = invented.book_of(tmp_path / "state", event, time_zone="Europe/Berlin", country="DE")

    agree(book, tmp_path / "out", year="2026")


def test_no_name_breaks_a_spreadsheet(tmp_path: Path) -> None:
    for seed in range(3):
        book = invented.book_of(tmp_path / f"state{seed}", *invented.wandering(seed, hostile=True, days=90))
        agree(book, tmp_path / f"out{seed}")


def test_dust_adds_up(tmp_path: Path) -> None:
    agree(invented.book_of(tmp_path / "state", *invented.dust()), tmp_path / "out")


def test_dust_of_less_than_a_row_can_hold_adds_up(tmp_path: Path) -> None:
    """A row has eleven digits; the smallest unit of a coin is the twelfth."""
    start, amount = datetime(2025, 6, 1, tzinfo=UTC), "0.000000000001"
    dust = [
        books.payout(f"p{n}", time=(start + timedelta(hours=n)).isoformat(), amount=amount, value="0.004")
        for n in range(305)
    ]
    left = [
        {**books.payout(f"f{n}", time=f"2025-07-0{n}T00:00:00Z", amount=amount, value="0.04"), "kind": "fee"}
        for n in range(1, 10)
    ]
    book = invented.book_of(
        tmp_path / "state", books.payout("a", amount="1"), *dust, *left, books.sale("s", amount="1")
    )

    income, gain = sums(book, tmp_path / "out", method="fifo", year="all")

    assert abs(income - totals(book).income) < CENT
    assert abs(gain - totals(book).gain) < 4 * CENT  # no row is finer than ten of these payouts


@pytest.mark.parametrize("country", ["US", "GB"])
def test_every_kind_has_its_word(country: str, tmp_path: Path) -> None:
    agree(invented.book_of(tmp_path / "state", *invented.every_kind(), country=country), tmp_path / "out")
