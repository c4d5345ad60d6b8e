"""Hardware in the tax book, and what a year leaves after tax. Arithmetic, not advice: the law of the place rules.

What the hardware still brings on the market is another thing: see the resale in ``finance``.

Source of the five years: IRS Publication 946, table A-1.
"""

from dataclasses import dataclass
from decimal import Context, Decimal

from calculators.macrs import HALF_YEAR
from calculators.money import Money

_SHORT = Context(prec=15)  # leaves room to add the years up without rounding


def straight_line(*, cost: Money, salvage: Money, years: int) -> tuple[Money, ...]:
    """The same amount each year; the last one takes what rounding left, so that they add up to cost less salvage.

    Args:
        cost: what the hardware cost. [currency]
        salvage: what it is taken to bring in the end. [currency]
        years: over how many, whole ones. [a]

    Raises:
        ValueError: there is no year, the salvage is negative or above the cost, or currencies mix.

    >>> [str(part.amount) for part in straight_line(
    ...     cost=Money(Decimal(1000), "EUR"), salvage=Money(Decimal(100), "EUR"), years=3)]
    ['300', '300', '300']
    """
    if years < 1:
        raise ValueError(f"depreciation takes at least one year, not {years}")
    base = cost - salvage
    if salvage.amount < 0 or base.amount < 0:
        raise ValueError(f"a salvage of {salvage.amount} does not lie between 0 and the cost of {cost.amount}")
    each = Money(_SHORT.divide(base.amount, Decimal(years)), base.currency)
    return (*[each] * (years - 1), base - each * (years - 1))


def macrs_five_years(*, basis: Money) -> tuple[Money, ...]:
    """The six tax years of 5-year property in the United States: half a year in the first, half a year in the last.

    Section 179, bonus depreciation and the mid-quarter convention are not in it.

    Args:
        basis: cost less what was deducted at once. [currency]

    Raises:
        ValueError: the basis is negative.

    >>> [str(part.amount) for part in macrs_five_years(basis=Money(Decimal(1000), "USD"))]
    ['200.0', '320.00', '192.000', '115.2000', '115.2000', '57.6000']
    """
    if basis.amount < 0:
        raise ValueError(f"a basis of {basis} is negative")
    return tuple(basis * share for share in HALF_YEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedYear:
    """What one year leaves."""

    taxable: Money  # what the tax is taken from; zero in a year of loss
    tax: Money
    cash: Money  # revenue less costs less tax
    loss: Money  # zero or more: what may lower the tax of another year, if the law lets it


def after_tax(
    *,
    revenue: Money,
    operating_cost: Money,
    depreciation: Money,
    tax_ratio: Decimal,
    loss_carried_in: Money | None = None,
) -> TaxedYear:
    """A year after tax: (revenue - costs - depreciation) * (1 - tax) + depreciation, where that is a profit.

    A loss brings no money back here: it is told, for the user to carry into the years and up to the limits that the law
    allows. Gains and losses on coins that are sold later are not in it: their basis is what they were worth on receipt.

    Args:
        revenue: coins at their market value when they were received. [currency/a]
        operating_cost: energy, fees, rent, repairs. [currency/a]
        depreciation: of the year. [currency]
        tax_ratio: on the last unit of profit, 0 to 1. [1]
        loss_carried_in: how much of earlier losses is set off in this year. [currency]

    Raises:
        ValueError: the tax is no ratio, costs, depreciation or a loss is negative, or currencies mix.

    >>> year = after_tax(revenue=Money(Decimal(1000), "USD"), operating_cost=Money(Decimal(400), "USD"),
    ...                  depreciation=Money(Decimal(200), "USD"), tax_ratio=Decimal("0.25"))
    >>> year.cash.amount  # (1000 - 400 - 200) * 0.75 + 200
    Decimal('500.00')
    """
    nothing = Money(Decimal(0), revenue.currency)
    carried = nothing if loss_carried_in is None else loss_carried_in
    if not (tax_ratio.is_finite() and 0 <= tax_ratio <= 1):
        raise ValueError(f"a tax of {tax_ratio} is no ratio from 0 to 1: 0.25 is 25 %")
    for name, amount in (
        ("operating_cost", operating_cost),
        ("depreciation", depreciation),
        ("loss_carried_in", carried),
    ):
        if amount < nothing:
            raise ValueError(f"{name} is {amount.amount}; expected 0 or more: it is taken off")
    profit = revenue - operating_cost - depreciation - carried
    taxable, loss = (profit, nothing) if profit > nothing else (nothing, -profit)
    tax = taxable * tax_ratio
    return TaxedYear(taxable=taxable, tax=tax, cash=revenue - operating_cost - tax, loss=loss)
