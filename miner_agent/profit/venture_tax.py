"""What taxes take of the months of a venture, with the hardware written off. Arithmetic, not advice."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from calculators.horizon.depreciation import after_tax, macrs_five_years, straight_line
from calculators.horizon.mining_months import Month, yearly
from calculators.money import Money
from calculators.units import MONTHS_PER_YEAR

Method = Literal["macrs", "straight-line", "none"]
SMALLEST_YEARS, MOST_YEARS = 1, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPlan:
    """What is taken of profits, and how the hardware is written off."""

    tax_ratio: Decimal  # on the last unit of profit
    method: Method = "straight-line"
    years: int = 3  # of straight line


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxYear:
    """Twelve months of the venture, the first from today on."""

    number: int
    revenue: Money  # coins at their worth when they were received
    operating_cost: Money
    depreciation: Money  # in the last year with what of the book the resale does not bring
    taxable: Money
    tax: Money
    cash: Money  # without the resale
    loss_carried_on: Money  # it lowers the tax of the years after


def tax_years(table: Sequence[Month], plan: TaxPlan, *, investment: Money, resale: Money) -> tuple[TaxYear, ...]:
    """The taxes of each year.

    Losses are carried on without a limit, and none is paid back. In the last year the hardware is sold: what it brings
    beyond its worth in the book is taxed, what lacks to it is taken off. Gains on coins sold later are in none.

    Args:
        table: the months.
        plan: the tax.
        investment: what the hardware cost.
        resale: what it brings in the end.

    Raises:
        ValueError: the tax is no ratio, or the hardware cannot be written off so.
    """
    nothing = Money(Decimal(0), investment.currency)
    parts = _written_off(plan, investment)
    years = yearly(table)
    book, carried = investment, nothing
    found: list[TaxYear] = []
    for year in years:
        part = parts[year.number - 1] if year.number <= len(parts) else nothing
        part = min(part, book)
        revenue = year.revenue
        book -= part
        if year.number == len(years):
            part, revenue = part + max(book - resale, nothing), revenue + max(resale - book, nothing)
        costs = year.energy_cost + year.fixed_cost
        taxed = after_tax(
            revenue=revenue + max(-costs, nothing),  # where a tariff pays for energy
            operating_cost=max(costs, nothing),
            depreciation=part,
            tax_ratio=plan.tax_ratio,
            loss_carried_in=carried,
        )
        carried = taxed.loss
        found.append(
            TaxYear(
                number=year.number,
                revenue=year.revenue,
                operating_cost=costs,
                depreciation=part,
                taxable=taxed.taxable,
                tax=taxed.tax,
                cash=year.cash_flow - taxed.tax,
                loss_carried_on=carried,
            )
        )
    return tuple(found)


def taxes_of_months(table: Sequence[Month], years: Sequence[TaxYear]) -> tuple[Money, ...]:
    """Of each month: what is owed for a year is paid with its last one."""
    nothing = Money(Decimal(0), table[0].price.currency)
    owed = {min(year.number * MONTHS_PER_YEAR, len(table)): year.tax for year in years}
    return tuple(owed.get(month.number, nothing) for month in table)


def _written_off(plan: TaxPlan, investment: Money) -> tuple[Money, ...]:
    if plan.method == "none":
        return ()
    if plan.method == "macrs":
        return macrs_five_years(basis=investment)
    return straight_line(cost=investment, salvage=Money(Decimal(0), investment.currency), years=plan.years)
