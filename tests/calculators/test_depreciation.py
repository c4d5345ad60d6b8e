"""What hardware loses of its worth by the year, and profits after tax."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.horizon.depreciation import after_tax, macrs_five_years, straight_line
from calculators.macrs import HALF_YEAR
from tests.calculators.mining_table import usd


def test_the_macrs_table_is_double_declining_balance_with_half_years() -> None:
    """200 % declining balance over five years, half a year first, then straight line once that takes more."""
    left, shares = Decimal(1), []
    for year in range(6):
        remaining = Decimal(5) - (Decimal(year) - Decimal("0.5") if year else Decimal(0))
        declining, even = left * 2 / 5, left / remaining
        share = max(declining, even) * (Decimal("0.5") if year == 0 else min(Decimal(1), remaining))
        shares.append(share)
        left -= share

    assert (
        tuple(shares)
        == HALF_YEAR
        == tuple(Decimal(each) for each in ("0.20", "0.32", "0.192", "0.1152", "0.1152", "0.0576"))
    )


amounts = st.decimals(min_value=0, max_value=10**6, places=2)


@given(amounts, amounts, st.integers(1, 40))
def test_depreciation_adds_up_to_what_is_lost(one: Decimal, other: Decimal, years: int) -> None:
    cost, salvage = max(one, other), min(one, other)

    assert (
        sum((part.amount for part in straight_line(cost=usd(cost), salvage=usd(salvage), years=years)), Decimal(0))
        == cost - salvage
    )
    assert sum((part.amount for part in macrs_five_years(basis=usd(cost))), Decimal(0)) == cost


def test_depreciation_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one year, not 0"):
        straight_line(cost=usd(1), salvage=usd(0), years=0)
    with pytest.raises(ValueError, match="a salvage of 2 does not lie between 0 and the cost of 1"):
        straight_line(cost=usd(1), salvage=usd(2), years=3)
    with pytest.raises(ValueError, match="a salvage of -2"):
        straight_line(cost=usd(1), salvage=usd(-2), years=3)
    with pytest.raises(ValueError, match="a basis of -1 USD is negative"):
        macrs_five_years(basis=usd(-1))


@given(amounts, amounts, amounts, st.decimals(min_value=0, max_value=1, places=3))
def test_a_profit_after_tax_is_the_published_formula(
    revenue: Decimal, cost: Decimal, worn: Decimal, tax: Decimal
) -> None:
    year = after_tax(revenue=usd(revenue), operating_cost=usd(cost), depreciation=usd(worn), tax_ratio=tax)

    if revenue - cost - worn >= 0:
        assert year.cash == usd((revenue - cost - worn) * (1 - tax) + worn)
        assert year.loss == usd(0)
    else:
        assert (year.tax, year.cash, year.loss) == (usd(0), usd(revenue - cost), usd(worn + cost - revenue))


def test_a_loss_lowers_the_tax_of_the_year_that_the_user_names() -> None:
    bad = after_tax(revenue=usd(100), operating_cost=usd(80), depreciation=usd(50), tax_ratio=Decimal("0.3"))
    good = after_tax(
        revenue=usd(200),
        operating_cost=usd(80),
        depreciation=usd(50),
        tax_ratio=Decimal("0.3"),
        loss_carried_in=bad.loss,
    )

    assert bad.loss == usd(30)
    assert (good.taxable, good.tax, good.cash) == (usd(40), usd(12), usd(108))


def test_a_tax_that_cannot_be_is_refused() -> None:
    def year(**changed: Any) -> None:
        after_tax(
            **{"revenue": usd(1), "operating_cost": usd(0), "depreciation": usd(0), "tax_ratio": Decimal(0), **changed}
        )

    with pytest.raises(ValueError, match=r"a tax of 25 is no ratio from 0 to 1: 0\.25 is 25 %"):
        year(tax_ratio=Decimal(25))
    for name in ("operating_cost", "depreciation", "loss_carried_in"):
        with pytest.raises(ValueError, match=f"{name} is -1; expected 0 or more"):
            year(**{name: usd(-1)})
