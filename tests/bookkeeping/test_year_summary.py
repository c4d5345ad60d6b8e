"""What a tax year of a book adds up to, from events as they are imported."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from calculators.books.form_8949 import BrokerRow
from calculators.books.tax_year import tax_year_named
from miner_agent.bookkeeping.broker_file import UnfitBrokerFile, parse_broker_file
from miner_agent.bookkeeping.disposal_list import disposal_list
from miner_agent.bookkeeping.year_estimates import estimates_of
from miner_agent.bookkeeping.year_summary import RECORD, SELF_EMPLOYMENT, estimates_json, summary_json, summary_of
from tests.bookkeeping.books import book_in, imported, payout, sale, told
from tests.for_each import for_each


def summed(folder: Path, year: str = "2025") -> dict[str, Any]:
    book = book_in(folder)
    return summary_json(summary_of(book, tax_year_named(year, country=book.terms.country)))


def event(kind: str, told_id: str, *, time: str = "2025-06-01T12:00:00Z", **more: Any) -> dict[str, Any]:
    return {"id": told_id, "kind": kind, "time": time} | more


def spent(kind: str, told_id: str, amount: str, value: str | None, **more: Any) -> dict[str, Any]:
    return payout(told_id, time="2025-08-01T00:00:00Z", amount=amount, price=None, value=value) | {"kind": kind} | more


@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo", "lofo"])
def test_the_published_book_adds_up_to_the_published_sums(method: str, folder: Path, captured: Path) -> None:
    expected = json.loads((captured / "tax" / "demo_expected.json").read_text())
    file = json.loads((captured / "tax" / "demo_events.json").read_text())

    imported(folder, json.dumps(file | {"method": method}).encode())

    got = summed(folder)
    assert Decimal(got["gain"]) == Decimal(expected["gain"][method]["2025"])
    assert Decimal(got["gain_short"]) == Decimal(got["gain"])
    assert (got["income"], got["payouts"], got["currency"]) == (expected["income"]["2025"], 3, "USD")
    assert (got["gain_long"], got["expenses"], got["unpriced"], got["kwh"]) == ("0.00", {}, 0, "0")


def test_sums_are_exact_and_rounded_once(folder: Path) -> None:
    dust = [payout(f"p{number}", amount="0.0000001", price=None, value="0.004") for number in range(200)]
    told(folder, *dust, event("expense", "e1", category="repairs", value="0.004"))

    got = summed(folder)

    assert (got["income"], got["net_profit"], got["expenses"]) == ("0.80", "0.80", {"repairs": "0.00"})


def test_years_go_by_the_zone_and_the_country_of_the_book(folder: Path) -> None:
    late = payout("late", time="2026-04-05T23:30:00Z", value="1.00")
    told(folder, late, country="GB", time_zone="Europe/London")

    assert (summed(folder, "2025/26")["income"], summed(folder, "2026/27")["income"]) == ("0.00", "1.00")
    assert summed(folder, "2026/27")["gain_short"] is None
    assert summed(folder, "all")["income"] == "1.00"


def test_what_was_corrected_counts_as_corrected(folder: Path) -> None:
    told(
        folder,
        payout("a", value="10.00"),
        payout("b", value=None, price=None),
        payout("c", value="5.00"),
        payout("d", value=None, price=None),
        event("amend", "x", target="a", set={"value": "11.00"}, why="a typing error"),
        event("valuation", "v", target="b", price="280", value="42.00"),
        event("cancel", "k", target="c", why="orphaned"),
    )

    got = summed(folder)

    assert (got["payouts"], got["income"], got["unpriced"]) == (3, "53.00", 1)
    assert "1 of the year has no value yet and counts for nothing: price it." in got["notes"]


def test_costs_of_a_year_come_from_every_kind_of_entry(folder: Path) -> None:
    rig = {"acquired": "2025-03-01", "business_share": "0.5", "time": "2025-03-02T00:00:00Z"}
    told(
        folder,
        payout("p", amount="10", price=None, value="1000.00"),
        event("energy", "day 1", device="rig", kwh="10.5", value="2.10"),
        event("energy", "day 2", time="2025-06-02T12:00:00Z", device="rig", kwh="99", value="99.00"),
        event("invoice", "bill", kwh="8.25", value="1.65") | {"from": "2025-06-02", "to": "2025-06-02"},
        event("expense", "rent", category="rent", value="30.00"),
        event("hardware", "h1", name="card", value="2000.00", write_off="macrs5", **rig),
        event("hardware", "h2", name="riser", value="20.00", write_off="de_minimis", **rig),
        event("hardware", "h3", name="frame", value="100.00", write_off="none", **rig),
        event("hardware_sale", "hs", target="h3", value="160.00", time="2026-02-01T00:00:00Z"),
        spent("spend", "s", "1", "120.00", category="hosting"),
        spent("gift", "g", "1", "120.00"),
        spent("loss", "l", "1", "120.00"),
        spent("fee", "f", "0.1", "11.00"),
        sale("sold", amount="1", value="200.00", fee_fiat="1.50"),
        activity="business",
    )

    got = summed(folder)

    assert got["expenses"] == {"electricity": "3.75", "hardware": "10.00", "hosting": "120.00", "rent": "30.00"}
    assert got["kwh"] == "18.75"
    assert got["depreciation"] == "200.00"
    assert got["net_profit"] == "636.25"
    assert got["gain"] == "119.50"  # 20 spent, 1 of the fee, 98.50 sold; gifts and losses are none
    assert summed(folder, "2026")["hardware_gain"] == "30.00"
    assert got["notes"][-1] == "Self-employment tax is not computed."


def device(told_id: str, **more: Any) -> dict[str, Any]:
    bought = event(
        "hardware", told_id, name="card", acquired="2025-01-05", value="1000.00", time="2025-01-05T12:00:00Z"
    )
    return bought | {"business_share": "1", "write_off": "macrs5"} | more


@pytest.mark.parametrize(
    ("devices", "sentence"),
    [
        ([device("small", write_off="de_minimis", value="2500.01")], "dearer: small."),
        (
            [device("home", write_off="bonus", business_share="0.5")],
            "want more than half of it in the business; not so: home.",
        ),
        ([device("late", time="2025-12-05T00:00:00Z")], "the mid-quarter holds"),
        ([device("big", write_off="section179")], "958.00 of section 179 is more than the income of the year"),
    ],
)
def test_what_hardware_asks_for_is_told(devices: list[dict[str, Any]], sentence: str, folder: Path) -> None:
    told(folder, payout("p"), *devices, activity="business")

    assert any(sentence in note for note in summed(folder)["notes"])


def test_hardware_that_is_as_it_should_be_needs_no_word(folder: Path) -> None:
    told(folder, device("fine"), device("small", write_off="de_minimis", value="2500"), activity="business")

    assert summed(folder)["notes"] == [RECORD, SELF_EMPLOYMENT]


def test_the_rules_for_hardware_are_said_to_be_those_of_one_country(folder: Path) -> None:
    told(folder, device("d"), country="DE", activity="business")

    assert any("rules of the United States" in note for note in summed(folder)["notes"])


def test_a_fee_of_thirty_digits_keeps_the_last_of_them(folder: Path) -> None:
    fee = "1.000000000000000000000000000000000005"
    told(folder, payout("p", amount="1", value="1"), sale("s", amount="1", value="3", fee_fiat=fee))

    (piece,) = book_in(folder).matching.pieces

    assert piece.gain == 3 - Fraction(fee) - 1


@pytest.mark.parametrize(
    ("country", "activity", "values", "sentences"),
    [
        ("DE", "hobby", ("255.99", "1255.98"), ["999.99 is below 1000 EUR", "255.99 is below 256 EUR"]),
        ("DE", "hobby", ("256", "1256"), ["1000.00 is not below 1000 EUR", "256.00 is not below 256 EUR"]),
        ("DE", "business", ("1", "2"), ["In a business every gain is income"]),
        (
            "GB",
            "hobby",
            ("1000", "4000"),
            ["3000.00 is within the annual exempt amount of 3000 GBP", "1000.00 is within the"],
        ),
        ("GB", "business", ("1000", "4000.01"), ["3000.01 is above the annual exempt amount of 3000 GBP"]),
        ("CA", "hobby", ("1", "2.50"), ["Of a capital gain half is taxed; of 1.50 that is 0.75."]),
    ],
)
def test_what_the_law_of_the_country_knows_is_told(
    country: str, activity: str, values: tuple[str, str], sentences: list[str], folder: Path
) -> None:
    told(
        folder,
        payout("p", amount="1", value=values[0]),
        sale("s", amount="1", value=values[1], fee_fiat="0"),
        country=country,
        activity=activity,
    )
    notes = summed(folder, "2025/26" if country == "GB" else "2025")["notes"]

    assert all(any(note.startswith(sentence) for note in notes) for sentence in sentences)


@pytest.mark.parametrize(("country", "sentence"), [("DE", "they are not taxed"), ("AU", "discount")])
def test_coins_that_were_held_for_long_are_told(country: str, sentence: str, folder: Path) -> None:
    told(
        folder,
        payout("p", time="2023-08-01T00:00:00Z", amount="1", value="1"),
        sale("s", amount="1", value="3", fee_fiat="0"),
        country=country,
    )
    notes = summed(folder, "2025/26" if country == "AU" else "2025")["notes"]

    assert any(note.startswith("Gains of 2.00 are of coins held for") and sentence in note for note in notes)


def test_a_gift_is_a_disposal_where_the_law_says_so(folder: Path) -> None:
    told(folder, payout("p", amount="1", value="10.00"), spent("gift", "g", "1", "15.00"), country="AU")

    assert summed(folder, "2025/26")["gain"] == "5.00"


def test_what_a_pool_owes_counts_where_it_is_recognised(folder: Path) -> None:
    credit = {"kind": "pool_credit", "pool": "xmr"}
    told(
        folder,
        payout("yes", value="3.00") | credit | {"recognised": True},
        payout("no", value="5.00") | credit,
    )

    assert summed(folder)["income"] == "3.00"


def test_more_sold_than_there_was_is_told(folder: Path) -> None:
    told(folder, payout("p", amount="1", value="10.00"), sale("s", amount="2", value="50.00", fee_fiat="0"))

    got = summed(folder)

    assert (got["gain"], got["without_basis"]) == ("40.00", 1)
    assert len(got["open_items"]) == 1
    assert "all that was paid for it counts as gain" in got["notes"][-1]


def test_hardware_that_is_sold_before_it_served_is_refused(folder: Path) -> None:
    told(
        folder,
        event("hardware", "h", name="card", acquired="2025-01-01", value="1", business_share="1", write_off="none"),
        event("hardware_sale", "s", target="h", value="1", time="2025-05-01T00:00:00Z"),
    )

    with pytest.raises(ValueError, match="sold on 2025-05-01, before it was placed in service on 2025-06-01"):
        summed(folder)


@pytest.mark.parametrize(
    ("activity", "nets"),
    [("business", ["50.00", "-15.00", "-15.00", "65.00"]), ("hobby", ["100.00", "0.00", "0.00", "105.00"])],
)
def test_what_to_put_aside_goes_by_the_periods(activity: str, nets: list[str], folder: Path) -> None:
    told(
        folder,
        payout("p", time="2025-02-01T00:00:00Z", amount="1", value="100.00"),
        event("expense", "e", time="2025-04-01T00:00:00Z", category="rent", value="5.00"),
        event(
            "hardware", "h", name="card", time="2025-01-05T00:00:00Z", acquired="2025-01-05", value="300.00",
            business_share="1", write_off="macrs5",
        ),
        event("expense", "e1", time="2025-03-31T23:00:00Z", category="rent", value="35.00"),
        event("expense", "e2", time="2025-12-31T23:00:00Z", category="rent", value="20.00"),
        sale("s", time="2025-10-01T00:00:00Z", amount="0.5", value="155.00", fee_fiat="0"),
        activity=activity,
    )  # fmt: skip
    book = book_in(folder)

    got = estimates_json(estimates_of(book, tax_year_named("2025", country="US"), rate=Decimal("0.2")))

    assert [one["net"] for one in got] == nets
    assert sum(Decimal(one["set_aside"]) for one in got) == Decimal("0.2") * (85 if activity == "business" else 205)
    assert [one["due"] for one in got] == ["2025-04-15", "2025-06-16", "2025-09-15", "2026-01-15"]


def test_the_periods_are_those_of_the_united_states(folder: Path) -> None:
    told(folder, country="GB")

    with pytest.raises(ValueError, match="in the United States"):
        estimates_of(book_in(folder), tax_year_named("2025/26", country="GB"), rate=Decimal("0.2"))


def test_the_list_of_disposals_goes_beside_what_a_broker_told(folder: Path) -> None:
    told(
        folder,
        payout("p", amount="3", value="30.00"),
        sale("known", amount="1", value="50.00", fee_fiat="1"),
        sale("own", amount="0.5", value="25.00", fee_fiat="0"),
        spent("fee", "f", "0.1", "2.00"),
        spent("gift", "g", "0.1", "2.00"),
    )
    broker = [
        BrokerRow(asset="XMR", amount=Decimal("1.0"), sold=date(2025, 9, 15), proceeds=Decimal(50), basis=Decimal(9))
    ]
    year = tax_year_named("2025", country="US")

    listed = disposal_list(book_in(folder), year, broker)

    assert [(row.disposal_id, row.box) for row in listed.rows] == [("known", "G"), ("f", "I"), ("own", "I")]
    assert [(one.told.amount, one.difference) for one in listed.comparison] == [
        (Decimal(1), Decimal(1)),
        (Decimal("0.5"), None),
    ]
    assert disposal_list(book_in(folder), year).boxes == ["I"]


def test_a_brokers_file_is_read_or_says_what_is_wrong_with_it() -> None:
    rows = parse_broker_file(
        "Asset, amount,sold,proceeds,basis\r\nXMR,1.50,2025-09-15,99.98,\r\nBTC,1,2025-09-16,5,4\r\n"
    )

    assert [(row.asset, row.amount, row.sold, row.basis) for row in rows] == [
        ("XMR", Decimal("1.50"), date(2025, 9, 15), None),
        ("BTC", Decimal(1), date(2025, 9, 16), Decimal(4)),
    ]


@for_each(
    ("text", "sentence"),
    [
        ("", "line 1: no column asset; write asset,amount,sold,proceeds,basis"),
        ("asset,amount,sold\n", "line 1: no column proceeds; write asset,amount,sold,proceeds,basis"),
        (
            "asset,amount,sold,proceeds\nXMR,1,15.09.2025,1\n",
            "line 2: sold = '15.09.2025' is no day; write it as 2025-05-31",
        ),
        ("asset,amount,sold,proceeds\nXMR,,2025-09-15,1\n", "line 2: amount is empty"),
        ("asset,amount,sold,proceeds\nXMR,1,2025-09-15\n", "line 2: proceeds is empty"),
        ('asset,amount,sold,proceeds\nXMR,1,2025-09-15,"1,000"\n', "line 2: proceeds = '1,000' is no number; write it"),
        ('asset,amount,sold,proceeds\n"XMR,1', "it is no CSV"),
    ],
)
def test_what_is_no_list_of_a_broker_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UnfitBrokerFile) as refused:
        parse_broker_file(text)

    assert sentence in str(refused.value)
