"""``miner-agent tax`` on a small book: what it prints, and what it refuses."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests import databases
from tests.bookkeeping import books
from tests.cli.every_command import Done, ended


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    databases.begun(tmp_path)
    databases.empty_ledger(tmp_path)
    books.told(
        tmp_path,
        books.payout("=p", amount="3", value="30.00"),
        books.sale("s", amount="1", value="8.00", fee_fiat="0.50"),
        activity="business",
    )
    (tmp_path / "config.toml").write_text(f'[agent]\nstate_directory = "{tmp_path}"\n')
    return tmp_path


def tax(folder: Path, *arguments: str) -> Done:
    return ended("tax", *arguments, "--config", str(folder / "config.toml"))


def test_the_sums_of_a_year_stand_with_what_they_are_not(folder: Path) -> None:
    done = tax(folder, "summary", "--year", "2025", "--set-aside", "25%")

    assert done.returncode == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["income", "30.00", "of", "1", "payout"] in lines
    assert ["gain", "on", "coins", "-2.50"] in lines
    assert ["net", "profit", "30.00"] in lines
    assert "no advice" in done.stdout
    assert "Self-employment tax is not computed." in done.stdout
    assert ["2025-04-01", "to", "2025-05-31", "30.00", "7.50", "2025-06-16"] in lines


def test_programs_get_the_same_sums_as_text(folder: Path) -> None:
    told = json.loads(tax(folder, "summary", "--year", "2025", "--json").stdout)

    assert {name: told[name] for name in ("year", "currency", "income", "gain", "gain_short", "net_profit")} == {
        "year": "2025",
        "currency": "USD",
        "income": "30.00",
        "gain": "-2.50",
        "gain_short": "-2.50",
        "net_profit": "30.00",
    }
    assert "estimates" not in told


def test_a_year_that_has_not_begun_says_so(folder: Path) -> None:
    said = "The year 2999 has not begun: its first day is 2999-01-01."
    assert said in tax(folder, "summary", "--year", "2999").stdout.splitlines()
    assert said in json.loads(tax(folder, "summary", "--year", "2999", "--json").stdout)["notes"]
    for year in ("2025", "all"):
        assert "has not begun" not in tax(folder, "summary", "--year", year).stdout


def test_the_list_of_disposals_has_numbers_where_numbers_stand(folder: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(tax(folder, "form-8949", "--year", "2025", "--csv").stdout))

    assert (row["box"], row["description"], row["disposal"]) == ("I", "1 XMR", "s")
    assert (float(row["proceeds"]), float(row["cost"]), float(row["gain"])) == (7.5, 10, -2.5)


def test_what_a_broker_tells_otherwise_is_said(folder: Path) -> None:
    (folder / "broker.csv").write_text(
        "asset,amount,sold,proceeds,basis\nXMR,1,2025-09-15,8.00,\nXMR,2,2025-09-16,5.00,\n"
    )
    broker = ("--broker", str(folder / "broker.csv"))

    done = tax(folder, "form-8949", "--year", "2025", *broker)
    told = json.loads(tax(folder, "form-8949", "--year", "2025", *broker, "--json").stdout)

    assert "box H" in done.stdout
    assert "s: 1 XMR sold on 2025-09-15; the broker tells 0.50 USD more than is booked" in done.stdout
    assert "the broker tells of 2 XMR sold on 2025-09-16 for 5.00 USD; no such sale is booked" in done.stdout
    assert [row["difference"] for row in told["broker"]] == ["0.50", None]
    assert told["boxes"] == {"H": {"proceeds": "7.50", "cost": "10.00", "gain": "-2.50"}}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("summary", "--year", "2025/26"),
            "'2025/26' is no tax year of US; write 2025 for 1 January 2025 to 31 December",
        ),
        (("summary", "--year", "2025", "--book", "x"), "there is no book x; there are: main"),
        (
            ("summary", "--year", "all", "--set-aside", "25%"),
            "periods of the estimated tax are those of one year in the",
        ),
        (("form-8949", "--year", "2025", "--broker", "none.csv"), "none.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(arguments: tuple[str, ...], sentence: str, folder: Path) -> None:
    done = tax(folder, *arguments)

    assert done.returncode in {1, 2, 74}
    assert sentence in done.stderr
    assert done.stdout == ""


def test_the_form_is_refused_for_a_book_of_another_country(folder: Path) -> None:
    books.told(folder, country="GB")

    done = tax(folder, "form-8949", "--year", "2025/26")

    assert (done.returncode, done.stdout) == (1, "")
    assert "Form 8949 is of the United States; book main is kept for GB" in done.stderr
