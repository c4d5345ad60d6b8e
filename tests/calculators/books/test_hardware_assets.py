"""What of a device is written off, against published tables and worked examples."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.books.hardware_assets import (
    HardwareAsset,
    HardwareYear,
    WriteOffRule,
    bonus_rate,
    hardware_years,
    section_179_limit,
)
from calculators.books.tax_year import tax_year_from
from calculators.macrs import HALF_YEAR, MID_QUARTER
from tests.for_each import for_each

YEARS = [tax_year_from(year, country="US") for year in range(2023, 2036)]
RICH = {year.name: Fraction(10**9) for year in YEARS}


def asset(
    rule: WriteOffRule = "macrs5",
    *,
    cost: str = "1000",
    placed: date = date(2025, 5, 1),
    acquired: date | None = None,
    share: str = "1",
    sold: date | None = None,
    value: str = "0",
    id: str = "a",  # noqa: A002 - as the field is called
) -> HardwareAsset:
    return HardwareAsset(
        id=id,
        acquired=acquired or placed,
        placed=placed,
        cost=Decimal(cost),
        business_share=Decimal(share),
        rule=rule,
        sold=sold,
        sale_value=Decimal(value),
    )


def of(assets: Sequence[HardwareAsset], income: dict[str, Fraction] = RICH) -> dict[str, HardwareYear]:
    return {year.year.name: year for year in hardware_years(assets, years=YEARS, income=income, country="US")}


def test_every_table_writes_off_the_whole_basis() -> None:
    assert all(sum(table) == 1 for table in (HALF_YEAR, *MID_QUARTER))


def test_half_a_year_in_the_first_and_in_the_last() -> None:
    told = of([asset(cost="1234.56", share="0.5")])

    assert [year.depreciation for year in told.values() if year.depreciation] == [
        Fraction(each) * Fraction("617.28") for each in HALF_YEAR
    ]
    assert told["2030"].assets[0].left == 0


def test_more_than_forty_percent_in_the_last_quarter_brings_the_mid_quarter() -> None:
    """Worked by the tables of IRS Publication 946: a device of January, and one of October that is above 40 %."""
    january = asset(cost="4000", placed=date(2025, 1, 10), id="january")
    at_the_limit = of([january, asset(cost="2666", placed=date(2025, 10, 1), id="october")])
    above = of([january, asset(cost="2667", placed=date(2025, 10, 1), id="october")])

    assert not at_the_limit["2025"].mid_quarter
    assert above["2025"].mid_quarter
    assert above["2025"].depreciation == Fraction(4000) * 35 / 100 + Fraction(2667) * 5 / 100
    assert above["2026"].depreciation == Fraction(4000) * 26 / 100 + Fraction(2667) * 38 / 100


def test_what_is_expensed_at_once_does_not_count_towards_the_forty_percent_and_bonus_does() -> None:
    january = asset(cost="4000", placed=date(2025, 1, 10), id="january")
    late = date(2025, 12, 1)

    assert not of([january, asset("section179", cost="5000", placed=late, id="late")])["2025"].mid_quarter
    assert of([january, asset("bonus", cost="5000", placed=late, id="late")])["2025"].mid_quarter


def test_section_179_never_makes_a_loss_and_the_rest_waits() -> None:
    told = of(
        [asset("section179", cost="1000")], {"2025": Fraction("299.999"), "2026": Fraction(-5), "2027": RICH["2027"]}
    )

    assert told["2025"].depreciation == Fraction("299.999")
    assert told["2025"].assets[0].carried == Fraction("700.001")
    assert told["2026"].depreciation == 0
    assert told["2027"].depreciation == Fraction("700.001")


def test_other_write_offs_come_before_section_179() -> None:
    both = [asset("section179", cost="1000", id="at once"), asset(cost="1000", id="table")]

    told = of(both, {"2025": Fraction(500)})["2025"]

    assert {each.asset_id: each.depreciation for each in told.assets} == {"at once": 300, "table": 200}


def test_what_is_above_the_limit_of_the_year_goes_by_the_table() -> None:
    told = of([asset("section179", cost="2600000")])["2025"]

    assert told.depreciation == 2_500_000 + Fraction(100_000) / 5
    assert section_179_limit(2025, Fraction(6_500_000)) == 0
    assert section_179_limit(2026, Fraction(4_090_000)) == 2_560_000


@for_each(
    ("acquired", "placed", "rate"),
    [
        (date(2025, 1, 20), date(2025, 1, 20), Fraction(1)),
        (date(2025, 1, 19), date(2025, 6, 1), Fraction(2, 5)),
        (date(2025, 1, 19), date(2026, 6, 1), Fraction(1, 5)),
        (date(2025, 1, 19), date(2027, 6, 1), Fraction(0)),
        (date(2024, 1, 1), date(2024, 1, 2), Fraction(3, 5)),
        (date(2022, 1, 1), date(2022, 1, 2), Fraction(1)),
    ],
)
def test_bonus_goes_by_the_day_of_buying(acquired: date, placed: date, rate: Fraction) -> None:
    assert bonus_rate(acquired=acquired, placed=placed) == rate


def test_the_rest_of_a_bonus_goes_by_the_table() -> None:
    told = of([asset("bonus", placed=date(2025, 2, 1), acquired=date(2025, 1, 2))])

    assert told["2025"].depreciation == 400 + 600 * Fraction(20, 100)
    assert told["2026"].depreciation == 600 * Fraction(32, 100)


@pytest.mark.parametrize(("rule", "left"), [("none", 500), ("de_minimis", 0), ("section179", 0), ("bonus", 0)])
def test_a_sale_gains_what_it_brings_above_what_is_left(rule: WriteOffRule, left: int) -> None:
    told = of([asset(rule, share="0.5", sold=date(2026, 3, 1), value="800")])

    assert told["2026"].gain == 400 - left
    assert all(year.gain == 0 for name, year in told.items() if name != "2026")


def test_half_a_year_is_written_off_in_the_year_of_a_sale() -> None:
    told = of([asset(sold=date(2026, 12, 31), value="500")])

    assert told["2026"].depreciation == 160
    assert told["2026"].gain == 500 - (1000 - 200 - 160)
    assert told["2027"].depreciation == 0


def test_the_middle_of_its_quarter_ends_what_the_mid_quarter_began() -> None:
    told = of([asset(placed=date(2025, 11, 1), sold=date(2026, 8, 1))])

    assert told["2026"].depreciation == 1000 * Fraction(38, 100) * Fraction(5, 8)


@pytest.mark.parametrize("rule", ["macrs5", "section179", "bonus"])
def test_what_comes_and_goes_in_one_year_is_not_written_off(rule: WriteOffRule) -> None:
    told = of([asset(rule, sold=date(2025, 12, 1), value="900")])["2025"]

    assert told.depreciation == 0
    assert told.gain == -100


def test_days_that_cannot_be_are_told() -> None:
    with pytest.raises(ValueError, match="sold on 2025-04-30, before it was placed in service on 2025-05-01"):
        of([asset(sold=date(2025, 4, 30))])
    with pytest.raises(ValueError, match="2022-12-31, before the first tax year"):
        of([asset(placed=date(2022, 12, 31))])


assets = st.builds(
    asset,
    st.sampled_from(["macrs5", "section179", "bonus", "none"]),
    cost=st.decimals(min_value=0, max_value=3_000_000, places=2).map(str),
    placed=st.dates(date(2023, 1, 1), date(2027, 12, 31)),
    share=st.sampled_from(["1", "0.5", "0.333", "0"]),
    value=st.decimals(min_value=0, max_value=2000, places=2).map(str),
)


@given(st.lists(st.tuples(assets, st.none() | st.dates(date(2028, 1, 1), date(2034, 12, 31))), max_size=6))
def test_what_is_written_off_and_what_is_left_are_the_basis(drawn: list[tuple[HardwareAsset, date | None]]) -> None:
    all_of_them = [
        asset(each.rule, cost=str(each.cost), placed=each.placed, share=str(each.business_share), sold=sold,
              value=str(each.sale_value), id=str(number))
        for number, (each, sold) in enumerate(drawn)
    ]  # fmt: skip

    told = of(all_of_them, {year.name: Fraction(1000) for year in YEARS})

    for each in all_of_them:
        rows = [row for year in told.values() for row in year.assets if row.asset_id == each.id]
        written_off = sum(row.depreciation for row in rows)
        gains = [row.gain for row in rows if row.gain is not None]
        if each.sold is None:
            assert written_off + rows[-1].left == each.basis
        else:
            assert gains == [Fraction(each.sale_value) * Fraction(each.business_share) - each.basis + written_off]
    for year in told.values():
        by_section_179 = sum(
            row.depreciation for row in year.assets if all_of_them[int(row.asset_id)].rule == "section179"
        )
        others = year.depreciation - by_section_179
        assert year.depreciation <= max(Fraction(1000), others) or any(each.cost > 10**6 for each in all_of_them)
