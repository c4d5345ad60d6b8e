"""Every format: the same bytes each time, names that are names, and nothing lost in silence."""

import csv
import io
import json
from pathlib import Path

import pytest

from exporters.tax.formats import FORMATS
from miner_agent.cli.commands.tax_command import FORMAT_NAMES
from miner_agent.model.book.whole_book import Book
from tests.bookkeeping import books
from tests.cli.every_command import Done, ended
from tests.exporters.tax import invented


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("hostile")
    return invented.book_of(folder, *invented.wandering(3, hostile=True, days=120), *invented.costs())


def test_the_command_knows_every_format() -> None:
    assert list(FORMAT_NAMES) == list(FORMATS)


@pytest.mark.thorough
@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_book_gives_the_same_bytes_under_names_that_are_no_paths(format_name: str, hostile: Book) -> None:
    files = invented.files_of(hostile, format_name)

    assert files == invented.files_of(hostile, format_name)
    assert len({file.name.casefold() for file in files}) == len(files)
    for file in files:
        assert file.name.isascii()
        assert file.name.isprintable()
        assert not {*file.name} & set("/\\ '\"$%;:*?<>|")
        assert file.name[0].isalnum()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """With what some formats have no place for, and texts that a spreadsheet would execute."""
    hours = {"id": "worked", "kind": "hours", "time": "2025-03-01T00:00:00Z", "device": "rig", "hours": "23.5"}
    formula = {"note": "\uff1d1+1", "wallet": "@w", "asset": "+X", "txid": "-1+2"}
    return invented.book_of(
        tmp_path_factory.mktemp("mixed"),
        books.payout("priced"),
        books.payout("no price", price=None, value=None),
        books.payout("=1+1", **formula),
        books.payout("\t=2+2"),
        *invented.costs(),
        hours,
    )


@pytest.mark.parametrize("format_name", [name for name in FORMATS if name not in {"csv", "json"}])
def test_what_a_format_cannot_hold_is_told_beside(format_name: str, mixed: Book) -> None:
    told = "".join(file.content.decode() for file in invented.files_of(mixed, format_name) if "beside" in file.name)

    assert "no price: payout of 2025-05-05, 0.15 XMR in w: no value is known" in told
    assert "\npriced" not in told
    assert "worked: hours of 2025-03-01, 23.5 hours of rig: the format has no place for it" in told
    assert "e2: energy of 2025-03-02, 12.5 kWh: " in told
    assert ("x1: expense" in told) == (format_name not in {"beancount", "hledger"})


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_cell_of_a_table_is_a_formula(format_name: str, mixed: Book) -> None:
    for file in invented.files_of(mixed, format_name):
        if file.name.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(file.content.decode())) for cell in row]
            assert len(cells) > 12
            assert [cell for cell in cells if cell.lstrip()[:1] in {*"=+-@\uff1d"} - {""}] == []


def test_a_sale_takes_its_lots_in_a_journal(tmp_path: Path) -> None:
    book = invented.book_of(tmp_path, books.payout("p", amount="3", value="10"), books.sale("s", amount="1"))

    (file,) = invented.files_of(book, "beancount")

    assert file.content.decode().endswith(
        """
2025-09-15 * "sale" ^s
  id: "s"
  at: "2025-09-15T12:00:00Z"
  Assets:Crypto:W:XMR  -1 XMR {2025-05-05, "p"}
  Assets:Cash  29.50 USD
  Expenses:TradingFees  0.50 USD
  Income:CapitalGains  -26.666666666667 USD

2025-09-16 balance Assets:Crypto:W:XMR  2 XMR
"""
    )


def test_a_journal_of_one_year_begins_with_what_was_left(tmp_path: Path) -> None:
    book = invented.book_of(tmp_path, books.payout("old", amount="2"), books.payout("new", time="2026-02-01T00:00:00Z"))

    (file,) = invented.files_of(book, "hledger", year="2026")

    text = file.content.decode()
    assert "2026-01-01 * opening ; txid:old\n    assets:crypto:w:xmr  2 XMR @@ 42.00 USD\n" in text
    assert text.count("income:mining  -42.00 USD") == 1


class TestCommand:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        invented.book_of(tmp_path / "state", books.payout("p"))
        return tmp_path

    @staticmethod
    def export(folder: Path, *more: str) -> Done:
        state = ("--state-dir", str(folder / "state"), "--out", str(folder / "out"))
        return ended("tax", "export", "beancount", "--year", "2025", *state, *more)

    def test_exporting_again_changes_nothing(self, folder: Path) -> None:
        first = self.export(folder)
        before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in (folder / "out").iterdir()}
        again = self.export(folder, "--json")

        assert (first.returncode, again.returncode) == (0, 0)
        assert (
            json.loads(again.stdout)["files"] == first.stdout.splitlines() == [str(folder / "out/main-2025.beancount")]
        )
        assert before == {
            file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in (folder / "out").iterdir()
        }

    def test_a_file_of_ours_is_brought_up_and_one_that_was_changed_is_kept(self, folder: Path) -> None:
        file = folder / "out/main-2025.beancount"
        self.export(folder)
        books.told(folder / "state", books.payout("q"))
        assert self.export(folder).returncode == 0
        assert '"q"' in file.read_text()
        file.write_text("my own remarks\n")

        done = self.export(folder)

        assert done.returncode != 0
        assert f"{file}: is there and is not as it was exported; move it away" in done.stderr
        assert file.read_text() == "my own remarks\n"

    def test_a_text_that_has_nothing_more_to_say_goes(self, folder: Path) -> None:
        books.told(folder / "state", books.payout("q", price=None, value=None))
        self.export(folder)
        assert (folder / "out/main-2025-beancount-beside.txt").exists()
        valued = {
            "id": "v",
            "kind": "valuation",
            "time": "2025-06-01T00:00:00Z",
            "target": "q",
            "price": "1",
            "value": "1",
        }
        books.told(folder / "state", valued)

        self.export(folder)

        assert {file.name for file in (folder / "out").iterdir()} == {"main-2025.beancount", "miner-agent-exports"}
