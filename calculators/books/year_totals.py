"""What a tax year adds up to: income, gains, expenses, depreciation, and what is left.

It is a record and no advice. Sums are exact; who shows one rounds it once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from calculators.books.electricity_costs import ElectricityCost, PowerBill, PoweredDay, electricity_cost
from calculators.books.exact import EXACT, NOTHING, exact_sum, fraction_sum
from calculators.books.hardware_assets import HardwareAsset, HardwareYear, hardware_years
from calculators.books.holding import KNOWS_TERMS, Term, long_from
from calculators.books.movements import Disposal, Piece, Receipt
from calculators.books.tax_year import BookYear, day_of, instants_of, tax_years

_ZERO = Fraction(0)
_SURELY_SHORT = timedelta(days=364)
ELECTRICITY, HARDWARE = "electricity", "hardware"
"""Categories that the books fill in themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySpent:
    """An expense."""

    at: datetime
    category: str
    value: Decimal  # [currency]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFigures:
    """Everything in a book that counts in some year."""

    country: str
    zone: ZoneInfo
    income: Sequence[Receipt] = ()  # mined, or come in otherwise without being paid for
    pieces: Sequence[Piece] = ()
    spent: Sequence[MoneySpent] = ()
    powered: Sequence[PoweredDay] = ()
    bills: Sequence[PowerBill] = ()
    assets: Sequence[HardwareAsset] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class YearTotals:
    """One tax year, or all of them. [currency]"""

    year: BookYear
    payouts: int
    income: Fraction
    other_income: Fraction  # of it, what was not mined
    gain: Fraction
    gain_short: Fraction | None  # None: the country does not ask how long something was held
    gain_long: Fraction | None
    expenses: Mapping[str, Fraction]
    depreciation: Fraction
    hardware_gain: Fraction
    kilowatt_hours: Fraction
    hardware: Sequence[HardwareYear]
    unpriced: int  # income and disposals without a value, and days of energy: they count for nothing
    without_basis: int  # disposals, or parts of them, whose cost nobody knows: it counts for nothing

    @property
    def net_profit(self) -> Fraction:
        """Income less expenses and depreciation. Gains are not in it, and no tax on it either."""
        return self.income - sum(self.expenses.values(), Fraction(0)) - self.depreciation


def year_totals(kept: KeptFigures, year: BookYear) -> YearTotals:
    """Adds up a year.

    What was disposed of without a known basis gains all that it brought: its income was never counted either.

    Args:
        kept: all years of the book.
        year: one of the book's country, or all.

    Raises:
        ValueError: hardware was sold before it was placed in service, or a bill ends before it begins.
    """
    start, end = instants_of(year, kept.zone)
    income = [one for one in kept.income if start <= one.at < end]
    pieces = [piece for piece in kept.pieces if start <= piece.disposal.at < end]
    gains = gains_by_term(pieces, country=kept.country, zone=kept.zone)
    electricity = electricity_cost(kept.powered, kept.bills, year)
    hardware = _hardware(kept, year)
    knows = kept.country in KNOWS_TERMS
    return YearTotals(
        year=year,
        payouts=sum(one.kind == "mining" for one in income),
        income=_value(income),
        other_income=_value(one for one in income if one.kind != "mining"),
        gain=gains["short"] + gains["long"],
        gain_short=gains["short"] if knows else None,
        gain_long=gains["long"] if knows else None,
        expenses=_expenses(kept, year, electricity),
        depreciation=fraction_sum(one.depreciation for one in hardware),
        hardware_gain=fraction_sum(one.gain for one in hardware),
        kilowatt_hours=electricity.kilowatt_hours,
        hardware=hardware,
        unpriced=sum(one.basis is None for one in income)
        + len({piece.disposal_id for piece in pieces if piece.proceeds is None})
        + electricity.unpriced_days,
        without_basis=sum(piece.basis is None for piece in pieces),
    )


def gains_by_term(pieces: Iterable[Piece], *, country: str, zone: ZoneInfo) -> dict[Term, Fraction]:
    """Gains of pieces by how long they were held; those of a pool, and those without a date, are short.

    Args:
        pieces: of disposals that count.
        country: whose law asks.
        zone: whose days count.
    """
    sums = {"short": _Gained(), "long": _Gained()}
    for piece in pieces:
        if piece.disposal.proceeds is not None:
            sums[term_of(piece, country=country, zone=zone)].add(piece)
    return {"short": sums["short"].gain(), "long": sums["long"].gain()}


@dataclass(slots=True)
class _Gained:
    """Pieces by what they are parts of: the parts of one whole together are seldom a fraction that is slow to add."""

    sold: dict[str, tuple[Disposal, Decimal]] = field(default_factory=dict)
    bought: dict[str, tuple[Receipt, Decimal]] = field(default_factory=dict)
    pooled: list[Fraction] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        disposal, receipt, amount = piece.disposal, piece.receipt, piece.amount
        _, so_far = self.sold.get(disposal.id, (None, NOTHING))
        self.sold[disposal.id] = disposal, EXACT.add(so_far, amount)
        if piece.pool_cost is not None:
            self.pooled.append(piece.pool_cost)
        elif receipt is not None:
            _, so_far = self.bought.get(receipt.id, (None, NOTHING))
            self.bought[receipt.id] = receipt, EXACT.add(so_far, amount)

    def gain(self) -> Fraction:
        """An unknown cost counts for nothing."""
        proceeds = fraction_sum(disposal.proceeds_of(amount) or _ZERO for disposal, amount in self.sold.values())
        costs = fraction_sum(receipt.basis_of(amount) or _ZERO for receipt, amount in self.bought.values())
        return proceeds - costs - fraction_sum(self.pooled)


def term_of(piece: Piece, *, country: str, zone: ZoneInfo) -> Term:
    """How long it was held, by the days of the user."""
    if piece.receipt is None:
        return "short"
    held = piece.disposal.at - piece.receipt.at
    if held < _SURELY_SHORT:  # most are, and calendars are slow
        return "short"
    first_long = _long_from(day_of(piece.receipt.at, zone), country)
    return "long" if day_of(piece.disposal.at, zone) >= first_long else "short"


@lru_cache(maxsize=4096)  # days of a book
def _long_from(acquired: date, country: str) -> date:
    return long_from(acquired, country=country)


def _value(income: Iterable[Receipt]) -> Fraction:
    return Fraction(exact_sum(one.basis for one in income if one.basis is not None))


def _expenses(kept: KeptFigures, year: BookYear, electricity: ElectricityCost) -> dict[str, Fraction]:
    """By category, in the order of their names; with small hardware that is expensed at once."""
    start, end = instants_of(year, kept.zone)
    sums: dict[str, list[Fraction]] = defaultdict(list)
    for one in kept.spent:
        if start <= one.at < end:
            sums[one.category].append(Fraction(one.value))
    for asset in kept.assets:
        if asset.rule == "de_minimis" and asset.placed in year:
            sums[HARDWARE].append(asset.basis)
    if electricity.value or electricity.kilowatt_hours:
        sums[ELECTRICITY].append(electricity.value)
    return {category: fraction_sum(sums[category]) for category in sorted(sums)}


def _hardware(kept: KeptFigures, year: BookYear) -> list[HardwareYear]:
    """What the years that are asked write off; those before them are worked out too, for what they left."""
    if not kept.assets:
        return []
    first = min(asset.placed for asset in kept.assets)
    last = _last_day(kept) if year.whole else max(first, year.last)
    years = tax_years(first, last, country=kept.country)
    income: dict[str, Fraction] = {}
    if any(asset.rule == "section179" for asset in kept.assets):
        income = {each.name: _before_write_offs(kept, each) for each in years}
    told = hardware_years(kept.assets, years=years, income=income, country=kept.country)
    return [one for one in told if year.first <= one.year.first <= year.last]


def _before_write_offs(kept: KeptFigures, year: BookYear) -> Fraction:
    start, end = instants_of(year, kept.zone)
    expenses = _expenses(kept, year, electricity_cost(kept.powered, kept.bills, year))
    return _value(one for one in kept.income if start <= one.at < end) - sum(expenses.values(), Fraction(0))


def _last_day(kept: KeptFigures) -> date:
    """The last day that the book knows of."""
    instants = [
        *(one.at for one in kept.income),
        *(one.disposed_at for one in kept.pieces),
        *(one.at for one in kept.spent),
    ]
    days = [
        *(one.day for one in kept.powered),
        *(one.last for one in kept.bills),
        *(asset.sold or asset.placed for asset in kept.assets),
    ]
    return max([*days, *([day_of(max(instants), kept.zone)] if instants else [])])
