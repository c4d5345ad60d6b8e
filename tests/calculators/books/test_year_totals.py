"""What a year adds up to, the periods of the estimated tax, and the list for Form 8949."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.books.electricity_costs import PowerBill, PoweredDay, electricity_cost
from calculators.books.estimated_tax import estimated_periods, set_aside
from calculators.books.exact import fraction_sum, whole_cents
from calculators.books.form_8949 import BrokerRow, OwnSale, compare_with_broker, form_8949_rows, in_cents
from calculators.books.hardware_assets import HardwareAsset
from calculators.books.matching_rules import match
from calculators.books.movements import Movement, Piece, Receipt
from calculators.books.tax_year import ALL, tax_year_from, tax_year_of
from calculators.books.year_totals import KeptFigures, MoneySpent, year_totals
from tests.calculators.books.histories import disposal, receipt
from tests.for_each import for_each

UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
Y2025, Y2026 = (tax_year_from(year, country="US") for year in (2025, 2026))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def earned(text: str, value: str | None, *, mined: bool = True) -> Receipt:
    return Receipt(
        id=text,
        at=at(text),
        wallet="w",
        asset="XMR",
        amount=Decimal(1),
        basis=None if value is None else Decimal(value),
        kind="mining" if mined else "other_income",
    )


def powered(day: str, energy: str, value: str | None) -> PoweredDay:
    return PoweredDay(
        day=date.fromisoformat(day),
        kilowatt_hours=Decimal(energy),
        value=None if value is None else Decimal(value),
    )


def bill(first: str, last: str, energy: str, value: str) -> PowerBill:
    return PowerBill(
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        kilowatt_hours=Decimal(energy),
        value=Decimal(value),
    )


def sold(history: list[Movement]) -> tuple[Piece, ...]:
    return match(history, method="fifo", scope="wallet", zone=UTC_ZONE).pieces


def test_two_hundred_payouts_of_less_than_half_a_cent_are_eighty_cents() -> None:
    kept = KeptFigures(country="US", zone=UTC_ZONE, income=[earned("2025-05-05", "0.004")] * 200)

    assert year_totals(kept, Y2025).income == Fraction("0.8")


def test_a_payout_without_a_value_is_a_payout_and_no_income() -> None:
    kept = KeptFigures(
        country="US",
        zone=UTC_ZONE,
        income=[earned("2025-01-01", None), earned("2025-01-02", "3"), earned("2025-01-03", "4", mined=False)],
    )

    told = year_totals(kept, Y2025)

    assert (told.payouts, told.unpriced) == (2, 1)
    assert (told.income, told.other_income) == (Fraction(7), Fraction(4))


def test_the_year_of_an_instant_is_that_of_the_users_clock() -> None:
    income = [earned("2025-12-31T23:30", "1")]

    in_berlin = KeptFigures(country="DE", zone=BERLIN, income=income)
    in_utc = KeptFigures(country="DE", zone=UTC_ZONE, income=income)

    assert [year_totals(in_berlin, year).income for year in (Y2025, Y2026, ALL)] == [0, 1, 1]
    assert [year_totals(in_utc, year).income for year in (Y2025, Y2026, ALL)] == [1, 0, 1]


@pytest.mark.parametrize(("country", "knows"), [("US", True), ("DE", True), ("AU", True), ("GB", False), ("CA", False)])
def test_short_and_long_are_told_where_the_law_asks(country: str, knows: bool) -> None:
    pieces = sold(
        [receipt("a", 0, "2", "20"), disposal("s", 100, "1", "50", kind="fee"), disposal("l", 366, "1", "100")]
    )
    told = year_totals(KeptFigures(country=country, zone=UTC_ZONE, pieces=pieces), ALL)

    assert told.gain == 130
    assert (told.gain_short, told.gain_long) == ((40, 90) if knows else (None, None))


def test_what_nobody_knows_the_cost_or_the_proceeds_of_is_counted() -> None:
    history: list[Movement] = [
        receipt("free", 0, "1", None),
        disposal("s", 1, "1.5", "30"),
        disposal("open", 2, "1", None),
    ]

    told = year_totals(KeptFigures(country="US", zone=UTC_ZONE, pieces=sold(history)), Y2025)

    assert told.gain == 30
    assert told.without_basis == 3
    assert told.unpriced == 1


def test_a_bill_stands_in_place_of_what_was_posted_for_its_days() -> None:
    days = [powered(f"2025-03-{day:02}", "10", "3") for day in range(1, 11)]
    bills = [bill("2025-03-02", "2025-03-03", "25", "7"), bill("2025-03-04", "2025-03-05", "21", "6")]

    told = electricity_cost(days, bills, Y2025)

    assert (told.kilowatt_hours, told.value) == (Fraction(60 + 46), Fraction(18 + 13))


def test_a_bill_over_the_end_of_a_year_is_parted_by_its_days() -> None:
    over = [bill("2025-12-25", "2026-01-03", "7", "1")]

    parts = [electricity_cost([], over, year) for year in (Y2025, Y2026)]

    assert [part.value for part in parts] == [Fraction(7, 10), Fraction(3, 10)]
    assert fraction_sum(part.kilowatt_hours for part in parts) == 7


def test_a_day_without_a_price_is_told_unless_it_is_billed() -> None:
    days = [powered("2025-03-01", "10", None), powered("2025-03-02", "10", None)]

    told = electricity_cost(days, [bill("2025-03-02", "2025-03-02", "9", "2")], Y2025)

    assert (told.kilowatt_hours, told.value, told.unpriced_days) == (Fraction(19), Fraction(2), 1)


def test_a_bill_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="from 2025-03-02 to 2025-03-01 ends before it begins"):
        electricity_cost([], [bill("2025-03-02", "2025-03-01", "9", "2")], Y2025)


def hardware(rule: str, cost: str, placed: str, sold_on: str | None = None, value: str = "0") -> HardwareAsset:
    return HardwareAsset(
        id=f"{rule} {cost}",
        acquired=date.fromisoformat(placed),
        placed=date.fromisoformat(placed),
        cost=Decimal(cost),
        business_share=Decimal("0.5"),
        rule=rule,  # type: ignore[arg-type]
        sold=None if sold_on is None else date.fromisoformat(sold_on),
        sale_value=Decimal(value),
    )


def test_a_year_has_income_expenses_depreciation_and_what_is_left() -> None:
    kept = KeptFigures(
        country="US",
        zone=UTC_ZONE,
        income=[earned("2025-02-01", "1000")],
        spent=[
            MoneySpent(at=at("2025-02-02"), category="repairs", value=Decimal("20.005")),
            MoneySpent(at=at("2025-02-02"), category="repairs", value=Decimal("20.005")),
            MoneySpent(at=at("2026-02-02"), category="repairs", value=Decimal(99)),
        ],
        powered=[powered("2025-03-01", "10", "3")],
        assets=[hardware("macrs5", "1000", "2025-02-01"), hardware("de_minimis", "200", "2025-03-01")],
    )

    told = year_totals(kept, Y2025)

    assert told.expenses == {"electricity": 3, "hardware": 100, "repairs": Fraction("40.01")}
    assert list(told.expenses) == ["electricity", "hardware", "repairs"]
    assert told.depreciation == 100
    assert told.net_profit == 1000 - Fraction("143.01") - 100
    assert year_totals(kept, Y2026).depreciation == 160
    assert year_totals(kept, ALL).depreciation == 260


def test_what_section_179_could_not_take_waits_for_the_income_of_the_next_year() -> None:
    kept = KeptFigures(
        country="US",
        zone=UTC_ZONE,
        income=[earned("2025-02-01", "300"), earned("2026-02-01", "1000")],
        powered=[powered("2025-03-01", "10", "100")],
        assets=[hardware("section179", "1000", "2025-02-01", "2027-01-05", "300")],
    )

    years = [year_totals(kept, tax_year_from(year, country="US")) for year in (2024, 2025, 2026, 2027)]

    assert [year.depreciation for year in years] == [0, 200, 300, 0]
    assert [year.net_profit for year in years] == [0, 0, 700, 0]
    assert [year.hardware_gain for year in years] == [0, 0, 0, 150]
    assert year_totals(kept, ALL).depreciation == 500


def test_the_periods_of_a_year_are_three_two_three_and_four_months() -> None:
    periods = estimated_periods(2025)

    assert [str(period.last) for period in periods] == ["2025-03-31", "2025-05-31", "2025-08-31", "2025-12-31"]
    assert [period.first for period in periods] == [
        date(2025, 1, 1),
        *(period.last + timedelta(days=1) for period in periods[:-1]),
    ]


@for_each(
    ("year", "number", "due"),
    [
        (2022, 0, date(2022, 4, 18)),  # Good Friday is no holiday there, Emancipation Day was kept on the 15th
        (2023, 0, date(2023, 4, 18)),  # the 15th a Saturday, Emancipation Day kept on Monday
        (2018, 0, date(2018, 4, 17)),  # the 15th a Sunday, Emancipation Day on Monday
        (2024, 1, date(2024, 6, 17)),
        (2023, 3, date(2024, 1, 16)),  # the 15th is Martin Luther King's
        (2026, 3, date(2027, 1, 15)),
    ],
)
def test_a_due_day_is_a_working_day(year: int, number: int, due: date) -> None:
    assert estimated_periods(year)[number].due == due


@given(st.lists(st.fractions(-1000, 1000), min_size=4, max_size=4))
def test_what_is_put_aside_is_the_rate_of_the_best_that_the_year_had_brought(nets: list[Fraction]) -> None:
    told = set_aside(estimated_periods(2025), nets, rate=Decimal("0.25"))

    best = max([Fraction(0), *(sum(nets[: number + 1], Fraction(0)) for number in range(4))])
    assert sum(one.amount for one in told) == best / 4
    assert all(one.amount >= 0 for one in told)


def test_a_rate_in_percent_is_refused() -> None:
    with pytest.raises(ValueError, match="a rate of 25 is no ratio"):
        set_aside(estimated_periods(2025), [Fraction(0)] * 4, rate=Decimal(25))


def test_the_list_has_a_row_a_lot_and_boxes_by_term_and_broker() -> None:
    pieces = sold(
        [
            receipt("a", 0, "1", "10"),
            receipt("b", 350, "3", "10"),
            disposal("s", 366, "2", "60"),
            disposal("t", 367, "1.0", "7"),
            disposal("u", 368, "1", None),
        ]
    )

    rows = form_8949_rows(pieces, zone=UTC_ZONE, reported={"t": "without basis"})

    assert [(row.box, row.description, str(row.acquired), str(row.sold)) for row in rows] == [
        ("H", "1 XMR", "2025-12-17", "2026-01-03"),
        ("I", "1 XMR", "2025-12-17", "2026-01-02"),
        ("L", "1 XMR", "2025-01-01", "2026-01-02"),
    ]
    assert [(str(row.proceeds), str(row.cost), str(row.gain)) for row in rows] == [
        ("7.00", "3.33", "3.67"),
        ("30.00", "3.33", "26.67"),
        ("30.00", "10.00", "20.00"),
    ]


@given(st.lists(st.fractions(-100, 100, max_denominator=10**9), max_size=30))
def test_rows_in_cents_add_up_to_the_cents_of_the_whole(amounts: list[Fraction]) -> None:
    told = in_cents(amounts)

    assert sum(told) == whole_cents(fraction_sum(amounts))
    assert all(abs(Fraction(one) - amount) <= Fraction(1, 100) for one, amount in zip(told, amounts, strict=True))


def test_a_brokers_rows_find_their_sales() -> None:
    def own(name: str, amount: str, day: date, proceeds: str) -> OwnSale:
        return OwnSale(
            disposal_id=name,
            asset="XMR",
            amount=Decimal(amount),
            sold=day,
            proceeds=Decimal(proceeds),
            basis=Fraction(1),
        )

    day = date(2025, 5, 5)
    broker = [
        BrokerRow(asset="XMR", amount=Decimal("1.50"), sold=day, proceeds=Decimal("99.98")),
        BrokerRow(asset="XMR", amount=Decimal(2), sold=day, proceeds=Decimal(5)),
    ]
    mine = [own("far", "1.5", day, "50"), own("near", "1.5", day, "100"), own("later", "2", date(2025, 5, 6), "5")]

    told = compare_with_broker(broker, mine)

    assert [(one.broker, one.own and one.own.disposal_id, one.difference) for one in told] == [
        (broker[0], "near", Decimal("-0.02")),
        (broker[1], None, None),
        (None, "far", None),
        (None, "later", None),
    ]


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.sampled_from(["GB", "AU", "US"]))
def test_the_years_of_a_book_add_up_to_all_of_it(day: date, country: str) -> None:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    kept = KeptFigures(
        country=country,
        zone=BERLIN,
        income=[earned((moment + timedelta(days=100 * number)).isoformat(), "1") for number in range(8)],
        bills=[PowerBill(first=day, last=day + timedelta(days=700), kilowatt_hours=Decimal(10), value=Decimal(3))],
    )
    first = tax_year_of(day, country=country).first.year
    years = [year_totals(kept, tax_year_from(first + number, country=country)) for number in range(4)]

    assert sum(year.net_profit for year in years) == year_totals(kept, ALL).net_profit == 5
