"""Formats that no program here can load: their headers, words and dates are those of the published templates."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from exporters.tax.formats import FORMATS
from miner_agent.model.book.whole_book import Book
from tests.bookkeeping import books
from tests.exporters.tax import invented
from tests.exporters.tax.totals import totals

LOADED_ELSEWHERE = {"rp2", "beancount", "hledger", "json", "csv"}
TABLES = [name for name in FORMATS if name not in LOADED_ELSEWHERE]
FIRST_LINES = {
    "koinly": "2025-05-05 08:15:30 UTC,,,0.15,XMR,,,42.00,USD,mining,pool payout,p",
    "cointracking": '"Mining","0.15","XMR","","","","","w","","pool payout","2025-05-05 08:15:30","p","42.00",""',
    "dali": "p,2025-05-05 08:15:30 +0000,XMR,w,miner,MINING,280.00,0.15,,42.00,42.00,,",
    "cointracker": "05/05/2025 08:15:30,0.15,XMR,,,,,mining",
    "coinledger": "05/05/2025 08:15:30,w,,,XMR,0.15,,,Mining,pool payout,p",
    "tokentax": "Mining,0.15,XMR,,,,,w,,p,05/05/2025 08:15",
    "turbotax": "2025-05-05 08:15:30,Mining,,,XMR,0.15,,,USD,42.00,pool payout,p,p",
    "blockpit": "05.05.2025 08:15:30,w,Mining,,,XMR,0.15,,,pool payout,p",
    "bittytax": "Mining,0.15,XMR,42.00,,,,,,,w,2025-05-05T08:15:30 UTC,p",
    "bitcointax": "2025-05-05 08:15:30 +0000,MINING,XMR,w,0.15,280,USD,,,42.00,p,pool payout,,,p,,",
}


def table_of(book: Book, format_name: str, year: str = "all") -> str:
    files = [file for file in invented.files_of(book, format_name, year=year) if file.name.endswith(".csv")]
    return files[0].content.decode()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book with every kind that coins have."""
    return invented.book_of(tmp_path_factory.mktemp("everything"), *invented.every_kind())


@pytest.mark.parametrize("format_name", TABLES)
def test_a_payout_stands_as_the_template_has_it(format_name: str, tmp_path: Path) -> None:
    book = invented.book_of(tmp_path, books.payout("p"))

    assert table_of(book, format_name).splitlines()[1] == FIRST_LINES[format_name]


@pytest.mark.parametrize("format_name", TABLES)
def test_every_kind_has_a_row_of_as_many_cells_as_the_header(format_name: str, everything: Book) -> None:
    files = [file for file in invented.files_of(everything, format_name) if file.name.endswith(".csv")]
    told = "".join(file.content.decode() for file in files)

    for file in files:
        head, *rows = csv.reader(io.StringIO(file.content.decode()))
        assert {len(row) for row in rows} == {len(head)}
    sale_values = {"dali": "29.50", "cointracking": '"29.50","USD","0.1","XMR","0.50","USD"'}
    assert sale_values.get(format_name, "30.00") in told


def test_a_table_of_cointracking_does_not_end_in_a_line(everything: Book) -> None:
    assert not table_of(everything, "cointracking").endswith("\n")


def test_a_table_of_turbotax_has_eight_digits_and_nothing_below_zero(everything: Book) -> None:
    head, *rows = csv.reader(io.StringIO(table_of(everything, "turbotax")))

    for row in rows:
        for name, cell in zip(head, row, strict=True):
            if name.endswith("Amount") and cell:
                assert Decimal(cell) > 0
                assert len(cell.partition(".")[2]) <= 8


@pytest.mark.parametrize("format_name", ["koinly", "cointracking", "turbotax"])
def test_dust_is_one_row_whose_value_is_that_of_all(format_name: str, tmp_path: Path) -> None:
    book = invented.book_of(tmp_path, *invented.dust())

    head, row, *more = csv.reader(io.StringIO(table_of(book, format_name)))

    assert more == []
    assert dict(zip(head, row, strict=True)).items() & {
        ("Net Worth Amount", "0.80"),
        ("Buy Value in Account Currency", "0.80"),
        ("Market Value", "0.80"),
    }


@pytest.mark.parametrize(("year", "income"), [("2025/26", "4.50"), ("2024/25", "1.50")])
def test_a_table_of_one_year_has_the_days_of_the_book(year: str, income: str, tmp_path: Path) -> None:
    """Half past eleven in UTC is the next day in London's summer, and a tax year later."""
    times = ("2025-04-05T22:30:00Z", "2025-04-05T23:30:00Z", "2025-04-06T12:00:00Z", "2025-04-07T12:00:00Z")
    events = [books.payout(f"p{number}", time=time, value="1.50") for number, time in enumerate(times)]
    book = invented.book_of(tmp_path, *events, country="GB", time_zone="Europe/London", currency="GBP")

    head, *rows = csv.reader(io.StringIO(table_of(book, "koinly", year)))

    assert sum(Decimal(row[head.index("Net Worth Amount")]) for row in rows) == Decimal(income)
    assert totals(book, year).income == Decimal(income)


def test_our_own_document_has_the_sums_and_all_that_they_are_made_of(everything: Book) -> None:
    (file,) = invented.files_of(everything, "json", year="2025")

    told = json.loads(file.content)

    assert told["summary"]["payouts"] == 2
    assert len(told["events"]) == 11
    assert {row["disposal"] for row in told["disposals"]} == {"s", "f", "spent", "gift", "lost", "swapped"}
    gains = sum(Decimal(row["gain"]) for row in told["disposals"] if row["counts"] == "yes")
    assert round(gains, 2) == Decimal(told["summary"]["gain"])
    assert {row["wallet"] for row in told["lots"]} == {"w", "v"}


def test_a_long_note_and_a_refund_are_whole_in_our_own_table(tmp_path: Path) -> None:
    refund = {"id": "x", "kind": "expense", "time": "2025-05-05T00:00:00Z", "category": "repairs", "value": "-3.00"}
    book = invented.book_of(tmp_path, books.payout("p", note="n" * 1990), refund)

    table = list(csv.DictReader(io.StringIO(table_of(book, "csv"))))
    assert table[0]["note"] == "n" * 1990
    assert table[1]["value"] == "-3.00"
