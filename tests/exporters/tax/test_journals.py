"""beancount and hledger take our journals as they are, and say what `tax summary` says."""

import csv
import io
import json
import subprocess
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from miner_agent.model.book.whole_book import Book
from tests import foreign_tools
from tests.bookkeeping import books
from tests.exporters.tax import invented
from tests.exporters.tax.totals import totals
from tests.requires import require_tool

pytestmark = [pytest.mark.thorough, pytest.mark.e2e, pytest.mark.xdist_group("tax programs")]
NEAR = Fraction(1, 10**6)


def hledger(folder: Path, *words: str) -> str:
    program = require_tool("hledger", package="hledger")
    environment = {"HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return said(
        subprocess.run(
            [program, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=environment
        )
    )


def said(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    assert not done.stderr.strip(), done.stderr[-2000:]
    return done.stdout


def beancount_sums(book: Book, folder: Path, year: str) -> dict[str, Decimal]:
    """By account, in money; of coins what they cost."""
    journal, *_ = invented.exported(book, "beancount", folder, year=year)
    said(foreign_tools.run("beancount", "bean-check", [journal.name], folder))
    query = "SELECT account, number, cost_number"
    answer = said(foreign_tools.run("beancount", "bean-query", ["-f", "csv", journal.name, query], folder))
    rows = csv.reader(io.StringIO(answer))
    next(rows)
    sums: dict[str, Decimal] = {}
    for account, number, cost in rows:
        amount = Decimal(number.strip()) * Decimal(cost.strip() or 1)
        sums[account.strip()] = sums.get(account.strip(), Decimal(0)) + amount
    return sums


def hledger_sums(book: Book, folder: Path, year: str) -> dict[str, Decimal]:
    """The same, in the names of beancount."""
    journal, *_ = invented.exported(book, "hledger", folder, year=year)
    hledger(folder, "-f", journal.name, "check", "accounts", "commodities", "ordereddates")
    balance = ("balance", "--cost", "--empty", "--no-total", "--output-format", "json")
    answer = hledger(folder, "-f", journal.name, *balance, "-c", "1000.00000000000000 USD")
    names = {
        "income:mining": "Income:Mining",
        "income:capital-gains": "Income:CapitalGains",
        "expenses:trading-fees": "Expenses:TradingFees",
        "income:hardware-gain": "Income:HardwareGain",
        "expenses:electricity": "Expenses:Electricity",
        "expenses:depreciation": "Expenses:Depreciation",
        "expenses:repairs": "Expenses:Repairs",
    }
    sums: dict[str, Decimal] = {}
    for account, _, _, amounts in json.loads(answer, parse_float=Decimal)[0]:
        for amount in amounts:
            told = amount["aquantity"]
            sums[names.get(account, account)] = Decimal(told["decimalMantissa"]).scaleb(-told["decimalPlaces"])
    return sums


SUMS = {"beancount": beancount_sums, "hledger": hledger_sums}


def agree(book: Book, folder: Path, format_name: str, year: str = "all") -> None:
    theirs, ours = SUMS[format_name](book, folder, year), totals(book, year)

    def near(account: str, exact: Fraction) -> None:
        assert abs(Fraction(theirs.get(account, Decimal(0))) - exact) < NEAR, account

    near("Income:Mining", ours.other_income - ours.income)
    other = sum(one for name, one in theirs.items() if name.casefold().startswith("income:other"))
    assert abs(Fraction(other) + ours.other_income) < NEAR
    gain = theirs.get("Income:CapitalGains", Decimal(0)) + theirs.get("Expenses:TradingFees", Decimal(0))
    assert abs(Fraction(gain) + ours.gain) < NEAR
    near("Income:HardwareGain", -ours.hardware_gain)
    near("Expenses:Depreciation", ours.depreciation)
    near("Expenses:Electricity", ours.expenses.get("electricity", Fraction(0)))
    near("Expenses:Repairs", ours.expenses.get("repairs", Fraction(0)))


@pytest.mark.parametrize("format_name", SUMS)
@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("fifo", "wallet"),
        ("hifo", "wallet"),
        ("average", "wallet"),
        ("lifo", "universal"),
        ("lofo", "universal"),
        ("section104", "universal"),
    ],
)
def test_a_year_of_wanderings_adds_up_in_their_books_too(
    format_name: str, method: str, scope: str, tmp_path: Path
) -> None:
    events = [*invented.wandering(1, places=18), *invented.costs()]
    book = invented.book_of(tmp_path / "state", *events, method=method, scope=scope)

    for year in ("all", "2025"):
        agree(book, tmp_path / year, format_name, year)


@pytest.mark.parametrize("format_name", SUMS)
def test_no_name_and_no_note_breaks_a_journal(format_name: str, tmp_path: Path) -> None:
    for seed in range(3):
        book = invented.book_of(tmp_path / f"state{seed}", *invented.wandering(seed, hostile=True, days=200))
        agree(book, tmp_path / f"out{seed}", format_name)


@pytest.mark.parametrize("format_name", SUMS)
def test_dust_is_not_lost(format_name: str, tmp_path: Path) -> None:
    agree(invented.book_of(tmp_path / "state", *invented.dust()), tmp_path / "out", format_name)


@pytest.mark.parametrize("format_name", SUMS)
def test_money_without_cents_balances_too(format_name: str, tmp_path: Path) -> None:
    """beancount forgives nothing where no amount has a point, not even what its own division leaves."""
    events = [
        books.payout("p", amount="4.513687505489966896", value="62"),
        books.sale("s", amount="1.1", value="9", fee_fiat="0"),
    ]
    for method in ("fifo", "average"):
        book = invented.book_of(tmp_path / method, *events, method=method)
        agree(book, tmp_path / f"{method}-out", format_name)


@pytest.mark.parametrize("format_name", SUMS)
@pytest.mark.parametrize("country", ["US", "GB"])
def test_every_kind_has_its_account(format_name: str, country: str, tmp_path: Path) -> None:
    book = invented.book_of(tmp_path / "state", *invented.every_kind(), *invented.costs(), country=country)

    for year in ("all", "2025" if country == "US" else "2025/26"):
        agree(book, tmp_path / year.replace("/", "-"), format_name, year)
