"""The lines of a sum, with where each is from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from calculators.earnings.operation import Operation
from calculators.money import Money
from calculators.units import HOURS_PER_DAY, WATTS_PER_KILOWATT


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One line of the sum. A line with a formula was computed from lines above it; others were given."""

    name: str  # as formulas spell it
    value: float | Money
    unit: str
    source: str | None = None
    taken_at: datetime | None = None
    formula: str | None = None


class Sheet:
    """The lines of a sum, as they come about."""

    def __init__(self, *, currency: str) -> None:
        self.currency = currency
        self.terms: list[Term] = []

    def given(self, name: str, value: float | Money, unit: str, source: str, taken_at: datetime | None = None) -> None:
        """Adds a line that was given.

        Args:
            name: as formulas spell it.
            value: of the line. [its unit]
            unit: for people.
            source: where it is from.
            taken_at: when it was taken. ``None``: it has no time.
        """
        self.terms.append(Term(name=name, value=value, unit=unit, source=source, taken_at=taken_at))

    def computed(self, name: str, value: float, unit: str, formula: str) -> float:
        """Adds a line that was computed, and gives its value back. [its unit]

        Args:
            name: as formulas spell it.
            value: of the line. [its unit]
            unit: for people.
            formula: of lines above it.
        """
        self.terms.append(Term(name=name, value=value, unit=unit, formula=formula))
        return value

    def computed_money(self, name: str, value: Money, formula: str, unit: str | None = None) -> Money:
        """The same for money.

        Args:
            name: as formulas spell it.
            value: of the line. [currency/d]
            formula: of lines above it.
            unit: for people, where it is no money of a day.
        """
        self.terms.append(Term(name=name, value=value, unit=unit or f"{self.currency}/d", formula=formula))
        return value


def add_profit(
    sheet: Sheet, revenue: Money, operation: Operation, energy: Money, fixed: Money, energy_terms: Sequence[Term]
) -> Money:
    """The lines from revenue to profit, with ``energy_terms`` as how the cost of energy came about.

    Args:
        sheet: to which they are added.
        revenue: of a day. [currency/d]
        operation: with its power.
        energy: of a day. [currency/d]
        fixed: of a day. [currency/d]
        energy_terms: how the cost of energy came about.

    >>> from decimal import Decimal
    >>> def usd(amount: str) -> Money:
    ...     return Money(Decimal(amount), "USD")
    >>> sheet = Sheet(currency="USD")
    >>> operation = Operation(hashes_per_second=1, power_watts=1000)
    >>> print(add_profit(sheet, usd("10"), operation, usd("2.40"), usd("0.60"), ()))
    7.00 USD
    """
    sheet.given("power_watts", operation.power_watts, "W", "operation")
    sheet.computed(
        "kilowatt_hours_per_day",
        operation.power_watts / WATTS_PER_KILOWATT * HOURS_PER_DAY,
        "kWh/d",
        f"power_watts / {WATTS_PER_KILOWATT} * {HOURS_PER_DAY}",
    )
    sheet.terms.extend(energy_terms)
    sheet.given("energy_cost_per_day", energy, f"{sheet.currency}/d", "tariff")
    sheet.given("fixed_cost_per_day", fixed, f"{sheet.currency}/d", "operation")
    profit = revenue - energy - fixed
    return sheet.computed_money("profit_per_day", profit, "revenue_per_day - energy_cost_per_day - fixed_cost_per_day")


def energy_terms(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The lines that ``add_profit`` was given.

    >>> from decimal import Decimal
    >>> nothing, price = Money(Decimal(0), "USD"), Term(name="price_per_kilowatt_hour", value=0.1, unit="USD/kWh")
    >>> sheet = Sheet(currency="USD")
    >>> _ = add_profit(sheet, nothing, Operation(hashes_per_second=1, power_watts=1), nothing, nothing, [price])
    >>> energy_terms(sheet.terms) == (price,)
    True
    """
    names = [term.name for term in terms]
    return tuple(terms[names.index("kilowatt_hours_per_day") + 1 : names.index("energy_cost_per_day")])


def identifier(text: str) -> str:
    """A name as formulas can spell it.

    >>> identifier("whatsminer-m30s++")
    'whatsminer_m30s__'
    """
    return re.sub(r"\W", "_", text)
