"""`mine-or-buy` after tax, as users type it."""

import csv
import io
from decimal import Decimal

import pytest

from tests.cli.profit_asked import answered, run

pytestmark = pytest.mark.usefixtures("no_configuration")
PLAN = ("mine-or-buy", "--hardware", "antminer-s21", "--kwh-price", "0.05", "--coin", "BTC", "--investment", "3000",
        "--difficulty-growth", "1%", "--months", "24")  # fmt: skip


def worth(answer: dict[str, dict[str, str]], name: str) -> Decimal:
    return Decimal(answer[name]["amount"])


def test_no_tax_is_as_before_and_tax_is_taken_from_what_is_left() -> None:
    bare, none, taxed = (answered(*PLAN, *more) for more in ((), ("--tax", "0%"), ("--tax", "30%")))

    assert bare["tax"] is None
    assert worth(bare, "net_present_value") == worth(none, "net_present_value")
    owed = sum(Decimal(year["tax"]["amount"]) for year in taxed["tax"]["years"])
    assert owed > 0
    assert abs(worth(bare, "net_present_value") - worth(taxed, "net_present_value") - owed) < Decimal("0.000001")
    assert worth(taxed, "paid") - worth(bare, "paid") == owed
    assert taxed["months"] == bare["months"]


def test_each_way_to_write_off_is_another_answer_and_the_same_hardware() -> None:
    found = [
        answered(*PLAN, "--tax", "30%", "--depreciation", method)["tax"]
        for method in ("macrs", "straight-line:5", "none")
    ]

    for each in found:
        whole = sum(Decimal(year["depreciation"]["amount"]) for year in each["years"])
        assert whole == 3000
    firsts = [Decimal(each["years"][0]["depreciation"]["amount"]) for each in found]
    assert firsts == [600, 600, 0]


def test_the_text_and_the_csv_tell_the_tax_too() -> None:
    text = run(*PLAN, "--tax", "30%", "--depreciation", "macrs").stdout
    rows = list(csv.DictReader(io.StringIO(run(*PLAN, "--tax", "30%", "--csv").stdout)))

    assert "tax of 30 %; hardware: MACRS" in text
    assert [row["month"] for row in rows if Decimal(row["tax"])] == ["12"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--depreciation", "macrs"), "--depreciation lowers a tax; say with --tax"),
        (("--tax", "30%", "--depreciation", "fast"), "is no way to write hardware off; write straight-line:3"),
        (("--tax", "30%", "--depreciation", "straight-line:0"), "1 to 20 years"),
    ],
)
def test_what_cannot_be_is_refused(more: tuple[str, ...], said: str) -> None:
    result = run(*PLAN, *more)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("\u2502", " ").split())
