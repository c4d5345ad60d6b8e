"""`mine-or-buy` after tax and beside staked coins, as users type it."""

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


def test_a_payback_before_tax_is_told_as_such_beside_one_after_it() -> None:
    bare, taxed = (run(*PLAN, *more).stdout for more in ((), ("--tax", "30%")))

    assert "; if nothing changed: " in bare
    assert "; before tax, if nothing changed: " in taxed


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--depreciation", "macrs"), "--depreciation lowers a tax; say with --tax"),
        (("--tax", "30%", "--depreciation", "fast"), "is no way to write hardware off; write straight-line:3"),
        (("--tax", "30%", "--depreciation", "straight-line:0"), "1 to 20 years"),
        (("--stake", "ETH", "--stake-low", "3%", "--stake-high", "2%"), "--stake-low is above --stake-high; swap them"),
        (("--stake-low", "3%", "--stake-high", "0%"), "--stake-low is above --stake-high; swap them"),
    ],
)
def test_what_cannot_be_is_refused(more: tuple[str, ...], said: str) -> None:
    result = run(*PLAN, *more)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("\u2502", " ").split())


def in_the_end(*more: str) -> dict[str, Decimal]:
    """What each way leaves. With ``--never-idle`` the same is paid whatever a coin is worth."""
    found = answered(*PLAN, *more)["in_the_end"]
    return {name: Decimal(each["worth"]["amount"]) for name, each in found.items()}


@pytest.mark.parametrize(
    ("coin", "low", "high"),
    [("ETH", "3%", "5%"), ("ADA", "4%", "6%"), ("SOL", "6%", "8%"), ("DOT", "10%", "14%"), ("ATOM", "15%", "20%")],
)
def test_a_staked_coin_by_its_name_yields_what_is_said_of_it(coin: str, low: str, high: str) -> None:
    named = in_the_end("--stake", coin)

    assert named == in_the_end("--stake-low", low, "--stake-high", high)  # at a price that stays, as Bitcoin's does
    assert named["stake_least"] > named["buy"]


def test_a_staked_coin_goes_its_own_way() -> None:
    rising, falling = (in_the_end("--stake", "ETH", "--stake-growth", growth) for growth in ("2%", "-2%"))
    bitcoin = in_the_end("--stake", "ETH", "--price-growth", "2%", "--never-idle")

    assert rising["stake_least"] > falling["stake_least"]
    assert rising["buy"] == falling["buy"]
    assert bitcoin["stake_least"] == in_the_end("--stake", "ETH", "--never-idle")["stake_least"]
    assert bitcoin["buy"] > rising["buy"]


def test_what_a_coin_of_no_known_yield_pays_has_to_be_said() -> None:
    refused = run(*PLAN, "--stake", "XTZ")

    assert refused.exit_code == 2
    assert "what XTZ yields is not known" in refused.stderr
    assert in_the_end("--stake", "XTZ", "--stake-low", "5%", "--stake-high", "6%")["stake_least"]
    assert "Assumed: ETH yields 3 to 5 % a year" in run(*PLAN, "--stake", "ETH").stdout
    assert run(*PLAN, "--stake-growth", "1%").exit_code == 2
