"""BittyTax takes our records as they are, and what its converter makes of our tables for bitcoin.tax."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from miner_agent.model.book.whole_book import Book
from tests import foreign_tools
from tests.bookkeeping import books
from tests.exporters.tax import invented
from tests.exporters.tax.totals import totals

pytestmark = [pytest.mark.thorough, pytest.mark.e2e, pytest.mark.xdist_group("tax programs")]
CENT = Fraction(1, 100)
LONDON = {"country": "GB", "time_zone": "Europe/London", "currency": "GBP", "method": "section104"}
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SETTINGS = """
local_currency: '{currency}'
local_timezone: '{zone}'
fiat_list: ['GBP', 'EUR', 'USD', 'AUD', 'NZD', 'CAD', 'PLN']
data_source_fiat: []
data_source_crypto: []
"""


def ran(program: str, book: Book, folder: Path, *arguments: str | Path) -> str:
    """What it printed; it looks for its settings in its home."""
    settings = folder / ".bittytax" / "bittytax.conf"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(SETTINGS.format(currency=book.terms.currency, zone=book.terms.time_zone))
    done = foreign_tools.run("bittytax", program, arguments, folder)
    said = COLOURS.sub("", done.stdout + done.stderr)
    assert done.returncode == 0, said[-3000:]
    assert "ERROR" not in said, said
    return said


def by_year(said: str) -> dict[str, tuple[Fraction, Fraction, int]]:
    """Income, gain and the number of rounded rows, by tax year."""
    found: dict[str, tuple[Fraction, Fraction, int]] = {}
    for part in re.split(r"^Tax Year - ", said, flags=re.MULTILINE)[1:]:
        gains, _, rest = part.partition("\nIncome\n")
        income = rest.partition("\nMargin Trading\n")[0]
        found[part[:7]] = (_last_total(income), _last_total(gains), gains.count("\n"))
    return found


def _last_total(text: str) -> Fraction:
    """The last column of sums: of gains the gain, of income the one before the fees."""
    line = [one for one in text.splitlines() if one.startswith("Total")][-1:]
    amounts = [Fraction(one.replace(",", "")) for one in re.findall(r"[£$€](-?[\d,]+\.\d\d)", line[0])] if line else []
    return Fraction(0) if not amounts else amounts[0] if len(amounts) == 2 else amounts[-1]


def agree(book: Book, said: str) -> None:
    told = by_year(said)
    assert told
    for year, (income, gain, rows) in told.items():
        ours = totals(book, year)
        assert abs(income - ours.income) <= CENT, year
        assert abs(gain - ours.gain) <= CENT * rows, year


def bittytax(book: Book, folder: Path, year: str = "all") -> str:
    table = invented.exported(book, "bittytax", folder, year=year)[0]
    return ran("bittytax", book, folder, table.name, "--nopdf")


def converted(book: Book, folder: Path) -> str:
    tables = [file.name for file in invented.exported(book, "bitcointax", folder) if file.suffix == ".csv"]
    ran("bittytax_conv", book, folder, *tables, "--format", "CSV", "-o", "converted.csv")
    return ran("bittytax", book, folder, "converted.csv", "--nopdf")


@pytest.mark.parametrize("way", [bittytax, converted])
def test_wanderings_add_up_by_british_rules(way: object, tmp_path: Path) -> None:
    events = invented.wandering(4, days=700, first=2023)
    book = invented.book_of(tmp_path / "state", *events, **LONDON)

    agree(book, way(book, tmp_path / "out"))  # type: ignore[operator]


@pytest.mark.parametrize("way", [bittytax, converted])
def test_dust_of_a_day_is_one_row(way: object, tmp_path: Path) -> None:
    book = invented.book_of(tmp_path / "state", *invented.dust(), **LONDON)

    assert by_year(way(book, tmp_path / "out"))["2025/26"][0] == Fraction("0.80")  # type: ignore[operator]
    members = [file for file in invented.files_of(book, "bittytax") if file.name.endswith("-members.txt")]
    assert members[0].content.decode().count("dust-") == 200


@pytest.mark.parametrize("way", [bittytax, converted])
def test_no_name_breaks_a_table(way: object, tmp_path: Path) -> None:
    for seed in range(2):
        events = invented.wandering(seed, hostile=True, days=60, first=2025)
        book = invented.book_of(tmp_path / f"state{seed}", *events, **LONDON)
        agree(book, way(book, tmp_path / f"out{seed}"))  # type: ignore[operator]


@pytest.mark.parametrize("way", [bittytax, converted])
def test_coins_without_a_price_are_there_to_be_sold(way: object, tmp_path: Path) -> None:
    events = [
        books.payout("priced", amount="1", value="10"),
        books.payout("unpriced", amount="3", price=None, value=None, time="2025-05-06T00:00:00Z"),
        books.sale("s", amount="2", value="99"),
    ]
    book = invented.book_of(tmp_path / "state", *events, **LONDON)

    agree(book, way(book, tmp_path / "out"))  # type: ignore[operator]


def test_a_year_that_it_does_not_know_stands_beside_but_for_what_it_matches(tmp_path: Path) -> None:
    events = [
        books.payout("first", amount="1", value="10"),
        books.sale("sale", amount="1", value="99", time="2026-04-01T00:00:00Z"),
        books.payout("soon", amount="0.5", value="30", time="2026-04-20T00:00:00Z"),
        books.payout("later", amount="0.5", value="30", time="2026-06-20T00:00:00Z"),
    ]
    book = invented.book_of(tmp_path / "state", *events, **LONDON)

    said = bittytax(book, tmp_path / "out")

    assert by_year(said)["2025/26"][1] == Fraction("63.50") == totals(book, "2025/26").gain
    table, beside = (file.content.decode() for file in invented.files_of(book, "bittytax"))
    assert "later" not in table
    assert "later: payout of 2026-06-20" in beside
    assert "soon: payout of 2026-04-20" in beside


@pytest.mark.parametrize("way", [bittytax, converted])
def test_every_kind_but_a_loss_has_its_word(way: object, tmp_path: Path) -> None:
    """What was lost counts as sold for nothing there; here it is no disposal."""
    events = [event for event in invented.every_kind() if event["kind"] != "loss"]
    book = invented.book_of(tmp_path / "state", *events, **LONDON)

    agree(book, way(book, tmp_path / "out"))  # type: ignore[operator]
