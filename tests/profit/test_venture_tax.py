"""Taxes of a venture, worked out by hand."""

from decimal import Decimal

import pytest

from calculators.horizon.decay import Growth
from calculators.horizon.mining_months import Month, mining_months
from calculators.money import Money
from miner_agent.profit.venture_tax import TaxPlan, TaxYear, tax_years, taxes_of_months


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def months(count: int, *, energy: str = "100") -> tuple[Month, ...]:
    """Each earns 200, pays for energy, and 10 of rent."""
    return mining_months(
        coins_per_month=2, price=usd("100"), energy_cost_per_month=usd(energy), fixed_cost_per_month=usd("10"),
        investment=usd("1200"), outlook=Growth(), months=count, may_idle=False,
    )  # fmt: skip


def years(plan: TaxPlan, count: int = 24, *, resale: str = "0", energy: str = "100") -> tuple[TaxYear, ...]:
    return tax_years(months(count, energy=energy), plan, investment=usd("1200"), resale=usd(resale))


QUARTER = Decimal("0.25")


def amounts(found: tuple[TaxYear, ...], name: str) -> list[Decimal]:
    return [getattr(year, name).amount for year in found]


def test_straight_line_takes_the_same_each_year() -> None:
    found = years(TaxPlan(tax_ratio=QUARTER, years=3), 36)

    assert amounts(found, "depreciation") == [400, 400, 400]
    assert amounts(found, "taxable") == [680, 680, 680]  # 2400 - 1320 - 400
    assert amounts(found, "tax") == [170, 170, 170]
    assert amounts(found, "cash") == [910, 910, 910]


def test_macrs_takes_a_fifth_first_and_what_is_left_where_it_ends_early() -> None:
    found = years(TaxPlan(tax_ratio=QUARTER, method="macrs"), 24)

    assert amounts(found, "depreciation") == [240, 960]  # 20 %, then 32 % and the 48 % that are left
    assert sum(amounts(found, "depreciation")) == 1200


def test_a_resale_above_the_book_is_taxed_and_one_below_takes_less_off() -> None:
    above = years(TaxPlan(tax_ratio=QUARTER, years=2), 24, resale="300")
    below = years(TaxPlan(tax_ratio=QUARTER, method="none"), 24, resale="300")

    assert amounts(above, "taxable") == [480, 780]  # 2400 - 1320 - 600, and the 300
    assert amounts(below, "depreciation") == [0, 900]


def test_a_loss_lowers_the_tax_of_the_years_after() -> None:
    found = years(TaxPlan(tax_ratio=QUARTER, method="none"), 24, energy="200", resale="1200")
    losing = years(TaxPlan(tax_ratio=QUARTER, years=1), 36)

    assert amounts(found, "tax") == [0, 0]
    assert amounts(found, "loss_carried_on") == [120, 240]
    assert amounts(losing, "loss_carried_on") == [120, 0, 0]  # 2400 - 1320 - 1200
    assert amounts(losing, "taxable") == [0, 960, 1080]


def test_a_year_in_which_the_tariff_pays_for_energy_is_taxed_on_that_too() -> None:
    found = years(TaxPlan(tax_ratio=QUARTER, method="none"), 12, energy="-50", resale="1200")

    assert amounts(found, "taxable") == [2400 + 12 * (50 - 10)]


def test_taxes_are_paid_with_the_last_month_of_their_year() -> None:
    table = months(18)
    paid = taxes_of_months(table, tax_years(table, TaxPlan(tax_ratio=QUARTER), investment=usd("1200"), resale=usd("0")))

    assert [number for number, tax in enumerate(paid, 1) if tax.amount] == [12]
    assert len(paid) == 18


@pytest.mark.parametrize("wrong", ["-0.1", "1.5"])
def test_a_tax_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no ratio"):
        years(TaxPlan(tax_ratio=Decimal(wrong)))
