"""Files of payouts: each payout once, exact, and priced only where a price in the book's currency is known."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from miner_agent.bookkeeping.event_reader import EventRefused
from miner_agent.bookkeeping.events_file import UnfitFile
from miner_agent.payouts.nicehash_report import parse_nicehash_report
from miner_agent.payouts.payout_table import TableTerms, column_map, parse_payout_table
from miner_agent.payouts.table_cells import read_moment
from tests.cli.every_command import Done, ended
from tests.for_each import for_each
from tests.requires import captured_cases, captured_folder

CAPTURED = captured_folder()
MAP = "time=Date,txid=TxId,amount=Amount,price=Price,value=Value"
HEAD = ("Date", "TxId", "Amount", "Price", "Value")
FIRST = ("2025-05-05 08:15:30", "aa" * 32, "0.15", "280.00", "42.00")
SECOND = ("2025-05-06 08:15:30", "bb" * 32, "0.000000000000000001", "", "")
NICEHASH = b"""Date time,Local date time,Purpose,Amount (BTC),Exchange rate,Amount (JPY)
2020-09-18 00:00:00 GMT,2020-09-18 09:00:00 GMT+09:00,Hashpower mining,0.00020929,1152112.74,241.13
2020-09-18 00:00:00 GMT,2020-09-18 09:00:00 GMT+09:00,Hashpower mining fee,-0.00000419,1152112.74,-4.82
2020-09-19 00:00:00 GMT,2020-09-19 09:00:00 GMT+09:00,Withdrawal complete,-0.0001,1152112.74,-115.2
"""


def table(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([head, *rows])
    return written.getvalue().encode()


def imported(folder: Path, raw: bytes, *options: str, columns: str | None = MAP, currency: str = "USD") -> Done:
    (folder / "p.csv").write_bytes(raw)
    usual = ("--pool", "2miners", "--asset", "XMR", "--wallet", "w", "--currency", currency)
    named = () if columns is None else ("--columns", columns)
    return ended(
        "payouts", "import", str(folder / "p.csv"), *usual, *named, *options, "--state-dir", str(folder)
    )  # fmt: skip


def begun(folder: Path) -> None:
    (folder / "events.json").write_text('{"currency": "USD", "events": []}')
    assert ended("ledger", "import", str(folder / "events.json"), "--state-dir", str(folder)).returncode == 0


def payouts(folder: Path, kind: str = "payout") -> list[dict[str, object]]:
    done = ended("ledger", "list", "--kind", kind, "--json", "--state-dir", str(folder))
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_a_value_that_is_not_the_price_is_noted(folder: Path) -> None:
    done = imported(
        folder, table(("2025-05-05 08:15:30", "aa" * 32, "0.15", "100", "42.00"), SECOND), "--time-zone", "UTC"
    )

    assert done.returncode == 0
    assert "value = 42.00, but 0.15 at price = 100 is 15.00; the value counts" in done.stderr
    assert [one["value"] for one in payouts(folder)] == ["42.00", None]


def test_a_value_that_a_pool_has_rounded_is_its_price(folder: Path) -> None:
    (folder / "r.csv").write_bytes(NICEHASH)
    own = ("--wallet", "w", "--currency", "JPY", "--state-dir", str(folder))
    done = ended("payouts", "import", str(folder / "r.csv"), "--pool", "nicehash", *own)

    assert [(one["price"], one["value"]) for one in payouts(folder)] == [("1152112.74", "236.31")]
    assert (done.returncode, "the value counts" in done.stderr) == (0, False)


def test_a_table_is_booked_and_again_adds_nothing(folder: Path) -> None:
    first = imported(folder, table(FIRST, SECOND), "--time-zone", "UTC")
    again = imported(folder, table(SECOND, FIRST), "--time-zone", "UTC")
    booked = payouts(folder)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert again.stdout.splitlines()[0] == "0 booked, 2 known already"
    assert [one["amount"] for one in booked] == ["0.15", "0.000000000000000001"]
    assert [one["value"] for one in booked] == ["42.00", None]
    assert (booked[0]["time"], booked[0]["txid"], booked[0]["pool"]) == ("2025-05-05T08:15:30Z", "aa" * 32, "2miners")


def test_a_time_without_a_zone_is_refused_until_the_zone_is_said(folder: Path) -> None:
    refused = imported(folder, table(FIRST))
    told = imported(folder, table(FIRST), "--time-zone", "Europe/Berlin")

    assert refused.returncode == 78
    assert 'line 2: Date = "2025-05-05 08:15:30" has no time zone; say whose clock it is' in refused.stderr
    assert (told.returncode, payouts(folder)[0]["time"]) == (0, "2025-05-05T06:15:30Z")


def test_twins_of_one_second_are_two_and_overlapping_files_add_none(folder: Path) -> None:
    columns, zone = "time=Date,amount=Amount", ("--time-zone", "UTC")
    twins = table(FIRST, FIRST, SECOND)
    begun(folder)
    assert imported(folder, twins, *zone, columns=columns).stdout.startswith("3 booked, 0 known")
    assert imported(folder, table(SECOND, FIRST), *zone, columns=columns).stdout.startswith("0 booked, 2 known")
    assert imported(folder, table(FIRST, FIRST, FIRST), *zone, columns=columns).stdout.startswith("1 booked, 2 known")

    assert [one["amount"] for one in payouts(folder)].count("0.15") == 3


def test_a_payout_without_transaction_that_comes_with_one_is_linked(folder: Path) -> None:
    assert imported(folder, table(FIRST), "--time-zone", "UTC", columns="time=Date,amount=Amount").returncode == 0
    done = imported(folder, table(FIRST), "--time-zone", "UTC")

    assert done.stdout.startswith("0 booked, 0 known already")
    assert [(one["amount"], one["txid"]) for one in payouts(folder)] == [("0.15", "aa" * 32)]
    assert len(payouts(folder, "link")) == 1


def test_several_amounts_of_one_transaction_are_payouts_of_their_own_in_any_order_of_files(folder: Path) -> None:
    other = (*FIRST[:2], "0.2", "280.00", "56.00")
    assert imported(folder, table(other), "--time-zone", "UTC").returncode == 0
    assert imported(folder, table(FIRST, other), "--time-zone", "UTC").returncode == 0
    assert imported(folder, table(other, FIRST), "--time-zone", "UTC").returncode == 0

    assert sorted(str(one["amount"]) for one in payouts(folder)) == ["0.15", "0.2"]


def test_a_row_that_stands_twice_with_its_transaction_is_one_payout(folder: Path) -> None:
    begun(folder)
    done = imported(folder, table(FIRST, FIRST), "--time-zone", "UTC")

    assert done.stdout.startswith("1 booked")


@pytest.mark.parametrize(
    ("column", "told", "currency"),
    [("Value (EUR)", "42", "USD"), ("eur value", "42", "USD"), ("Value", "0.00", "USD"), ("Value", "42", "EUR")],
)
def test_no_value_is_taken_from_another_currency_or_from_nothing(
    folder: Path, column: str, told: str, currency: str
) -> None:
    begun(folder)
    raw = table((FIRST[0], "0.15", told), head=("Date", "Amount", column))
    columns = f"time=Date,amount=Amount,value={column}"
    done = imported(folder, raw, "--time-zone", "UTC", columns=columns, currency=currency)

    assert done.returncode == 0, done.stderr
    assert payouts(folder)[0]["value"] is None


def test_a_price_alone_tells_the_value_and_a_row_may_say_its_currency(folder: Path) -> None:
    head = ("Date", "Amount", "Price", "Code")
    raw = table((FIRST[0], "0.15", "280", "USD"), (SECOND[0], "0.1", "250", "EUR"), head=head)
    done = imported(
        folder, raw, "--time-zone", "UTC", columns="time=Date,amount=Amount,price=Price,currency=Code"
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert [one["value"] for one in payouts(folder)] == ["42.00", None]


def test_amounts_in_the_smallest_unit_are_exact(folder: Path) -> None:
    raw = table(("1611303084", "3003631965851380000"), head=("paidOn", "amount"))
    done = imported(folder, raw, "--decimals", "18", columns="time=paidOn,amount=amount")

    assert done.returncode == 0, done.stderr
    assert Decimal(str(payouts(folder)[0]["amount"])) == Decimal("3.00363196585138")
    assert payouts(folder)[0]["time"] == "2021-01-22T08:11:24Z"


@pytest.mark.parametrize(("currency", "value"), [("JPY", "236.31"), ("USD", None)])
def test_a_report_of_nicehash_is_booked_after_its_fee(folder: Path, currency: str, value: str | None) -> None:
    (folder / "n.csv").write_bytes(NICEHASH)
    done = ended(
        "payouts", "import", str(folder / "n.csv"), "--pool", "nicehash", "--wallet", "n",
        "--currency", currency, "--state-dir", str(folder),
    )  # fmt: skip
    (booked,) = payouts(folder)

    assert done.returncode == 0, done.stderr
    assert "left out, of other things than mining: 1 row\n" in done.stderr
    assert (booked["amount"], booked["fee_amount"], booked["asset"]) == ("0.00020510", "0.00000419", "BTC")
    assert (booked["time"], booked["txid"], booked["value"]) == ("2020-09-18T00:00:00Z", None, value)


def test_the_report_as_others_have_seen_it_is_read_too() -> None:
    without_local = b"\n".join(
        b",".join(cell for place, cell in enumerate(line.split(b",")) if place != 1) for line in NICEHASH.splitlines()
    )
    report = parse_nicehash_report(without_local, "n.csv", currency="JPY", zone=None)

    assert [(one.amount, one.fee_amount) for one in report.payouts] == [(Decimal("0.00020510"), Decimal("0.00000419"))]
    with pytest.raises(UnfitFile, match="nothing was mined then"):
        parse_nicehash_report(NICEHASH.replace(b"18 00:00:00 GMT,", b"17 00:00:00 GMT,", 1), "n.csv", currency=None, zone=None)  # fmt: skip


@pytest.mark.parametrize("folder", captured_cases([CAPTURED / "payouts"] if CAPTURED else []))
def test_the_captured_report_comes_to_what_is_expected_of_it(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())["nicehash_report.csv"]
    report = parse_nicehash_report((folder / "nicehash_report.csv").read_bytes(), "n", currency="JPY", zone=None)

    assert report.asset == expected["asset"]
    assert [(one.amount, one.fee_amount) for one in report.payouts] == [
        (Decimal(row["net"]), Decimal(row["fee"])) for row in expected["income"]
    ]


@for_each(
    ("raw", "sentence"),
    [
        (table(("soon", *FIRST[1:])), 'line 2: Date = "soon" is no time'),
        (table((*FIRST[:2], "-1", "", "")), 'line 2: Amount = "-1" is below zero'),
        (table((*FIRST[:2], "0", "", "")), 'line 2: Amount = "0" is not above zero'),
        (table((*FIRST[:2], "1,000.5", "", "")), 'line 2: Amount = "1,000.5" is no number'),
        (table((*FIRST[:2], "1e40", "", "")), "is no amount"),
        (table(FIRST[:3]), "line 2: 3 cells, and the first line has 5"),
        (table(FIRST, head=("Date", "Hash", "Amount", "Price", "Value")), "there is no column 'TxId' for txid"),
        (table(FIRST, head=("Date", "TxId", "Amount", "Amount", "Value")), "two columns have the name 'Amount'"),
        (b"", "it is empty"),
        (b"\xff\xfe", "byte 0 is no UTF-8"),
        (b"Date,TxId\0", "NUL"),
        (b'Date,TxId,Amount,Price,Value\n"2025', "line 2"),
    ],
)
def test_what_cannot_be_booked_is_one_sentence_and_books_nothing(raw: bytes, sentence: str) -> None:
    terms = TableTerms(columns=column_map(MAP), zone=ZoneInfo("UTC"), currency="USD")
    with pytest.raises(UnfitFile) as refused:
        parse_payout_table(raw, terms, "p.csv")

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("time=Date", "amount has no column"),
        ("time=Date,amount", "'amount' is no QUANTITY=COLUMN"),
        ("time=Date,sum=Amount", "'sum' is not known"),
        ("time=Date,amount=A,amount=B", "amount has two columns"),
    ],
)
def test_a_wrong_map_says_what_is_wrong(told: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        column_map(told)


@for_each(
    "told",
    [
        "2025-05-05T08:15:30Z", "2025-05-05 08:15:30 GMT", "2025-05-05 10:15:30 GMT+02:00", "1746432930", "1746432930000",
        "2025-05-05T10:15:30+02:00", "2025/05/05 08:15:30 UTC",
    ],
)  # fmt: skip
def test_one_moment_is_read_in_every_spelling(told: str) -> None:
    assert read_moment(told, None) == datetime(2025, 5, 5, 8, 15, 30, tzinfo=UTC)


@for_each("told", ["", "1", "0001-01-01T00:00:00Z", "9" * 13, "2025-05-05" + " " * 100_000 + "GMT", "٢٠٢٥"])
def test_what_is_no_time_is_refused(told: str) -> None:
    with pytest.raises(EventRefused):
        read_moment(told, ZoneInfo("UTC"))
