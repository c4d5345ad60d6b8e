"""What of a device is written off in each tax year, and what its sale gains: by the rules of the United States.

Every amount is exact; it is rounded where a sum of it is shown. Sources: IRS Publication 946; sections 168(k) and
179 of the Internal Revenue Code as amended by Public Law 119-21; Revenue Procedures 2017-58 to 2025-32 for the limits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from calculators.books.tax_year import BookYear, quarter_of
from calculators.macrs import HALF_YEAR, MID_QUARTER

WriteOffRule = Literal["macrs5", "section179", "bonus", "de_minimis", "none"]

SECTION_179: dict[int, tuple[int, int]] = {
    2018: (1_000_000, 2_500_000),
    2019: (1_020_000, 2_550_000),
    2020: (1_040_000, 2_590_000),
    2021: (1_050_000, 2_620_000),
    2022: (1_080_000, 2_700_000),
    2023: (1_160_000, 2_890_000),
    2024: (1_220_000, 3_050_000),
    2025: (2_500_000, 4_000_000),
    2026: (2_560_000, 4_090_000),
}
"""By year: the most that may be expensed at once, and the cost of all such property above which it goes down. [USD]"""

FULL_BONUS_FROM = date(2025, 1, 20)
"""What was acquired from this day on is written off at once."""
_PHASED_BONUS = {2023: Fraction(80, 100), 2024: Fraction(60, 100), 2025: Fraction(40, 100), 2026: Fraction(20, 100)}
"""By the year of service, for what was acquired before that."""
_LATE_SHARE = Fraction(40, 100)
"""Where more than this part of a year's basis came in its last quarter, the mid-quarter convention holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareAsset:
    """One device in the books. Days are those of the user's zone."""

    id: str
    acquired: date
    placed: date  # in service
    cost: Decimal  # [currency]
    business_share: Decimal  # 0 to 1
    rule: WriteOffRule
    sold: date | None = None
    sale_value: Decimal = Decimal(0)  # [currency]

    @property
    def basis(self) -> Fraction:
        """The part of the cost that the business has."""
        return Fraction(self.cost) * Fraction(self.business_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetYear:
    """What one tax year does to one device. [currency]"""

    asset_id: str
    depreciation: Fraction
    left: Fraction  # not yet written off at the end of the year; nothing once it is sold
    carried: Fraction  # of section 179: more than the year's income, for the years that follow
    gain: Fraction | None  # None: it was not sold in this year


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareYear:
    """What a tax year writes off, and what it gains from sales. [currency]"""

    year: BookYear
    mid_quarter: bool  # whether that convention holds for what was placed in service in this year
    assets: tuple[AssetYear, ...]

    @property
    def depreciation(self) -> Fraction:
        """Of all devices, with section 179 and bonus."""
        return sum((asset.depreciation for asset in self.assets), Fraction(0))

    @property
    def gain(self) -> Fraction:
        """Of all that was sold."""
        return sum((asset.gain for asset in self.assets if asset.gain is not None), Fraction(0))


@dataclass(slots=True, kw_only=True)
class _Course:
    """How a device is written off, and how far that has come."""

    asset: HardwareAsset
    at_once: Fraction = Fraction(0)  # bonus: in the first year
    table_basis: Fraction = Fraction(0)  # what goes by the table
    table: tuple[Decimal, ...] = HALF_YEAR
    in_halves: bool = True
    waiting: Fraction = Fraction(0)  # of section 179, elected and not yet deducted
    written_off: Fraction = Fraction(0)
    first_year: int = field(default=0)


def hardware_years(
    assets: Sequence[HardwareAsset], *, years: Sequence[BookYear], income: Mapping[str, Fraction], country: str
) -> list[HardwareYear]:
    """What is written off in each of some tax years.

    ``macrs5`` goes by the table, with the half-year convention or, where more than 40 % of the year's basis was placed
    in service in its last quarter, the mid-quarter one. ``section179`` is deducted at once up to the year's limit and
    never below an income of zero: the rest waits. ``bonus`` is deducted at once at its rate, the rest by the
    table. ``de_minimis`` and ``none`` write nothing off here: the first is an expense. What is placed in service and
    sold in one year is not written off at all.

    Args:
        assets: all that were ever booked.
        years: consecutive tax years, the first no later than that of the first device.
        income: by a year's name, what mining brought less its expenses, before anything is written off. [currency]
        country: whose tax years they are.

    Raises:
        ValueError: a device was placed in service before the first year, or sold before it was placed in service.
    """
    for asset in assets:
        if asset.sold is not None and asset.sold < asset.placed:
            raise ValueError(f"{asset.id} is sold on {asset.sold}, before it was placed in service on {asset.placed}")
        if not years or asset.placed < years[0].first:
            raise ValueError(f"{asset.id} was placed in service on {asset.placed}, before the first tax year")
    courses: list[_Course] = []
    told = []
    for index, year in enumerate(years):
        new = [_Course(asset=asset, first_year=index) for asset in assets if asset.placed in year]
        kept = [course for course in new if not (course.asset.sold is not None and course.asset.sold in year)]
        _elect(kept, year)
        late = _mid_quarter(kept, country)
        courses += new
        left = [course for course in courses if course.asset.sold is None or course.asset.sold >= year.first]
        told.append(HardwareYear(year=year, mid_quarter=late, assets=_one_year(left, index, year, income, country)))
    return told


def bonus_rate(*, acquired: date, placed: date) -> Fraction:
    """Which part of the basis may be written off at once.

    >>> bonus_rate(acquired=date(2025, 1, 19), placed=date(2025, 2, 1))
    Fraction(2, 5)
    >>> bonus_rate(acquired=date(2025, 1, 20), placed=date(2025, 2, 1))
    Fraction(1, 1)
    """
    if acquired >= FULL_BONUS_FROM or placed.year < min(_PHASED_BONUS):
        return Fraction(1)
    return _PHASED_BONUS.get(placed.year, Fraction(0))


def section_179_limit(year: int, cost_of_all: Fraction) -> Fraction:
    """The most that may be expensed at once in a year. [USD] One that is not known takes the limits of the nearest.

    >>> section_179_limit(2025, Fraction(4_100_000))
    Fraction(2400000, 1)
    """
    most, phased_from = SECTION_179[min(max(year, min(SECTION_179)), max(SECTION_179))]
    return max(Fraction(0), most - max(Fraction(0), cost_of_all - phased_from))


def _elect(courses: Sequence[_Course], year: BookYear) -> None:
    """How each device that is new in a year will be written off; the convention is not yet known."""
    written_off = [course for course in courses if course.asset.rule in {"macrs5", "section179", "bonus"}]
    limit = section_179_limit(year.first.year, sum((course.asset.basis for course in written_off), Fraction(0)))
    for course in written_off:
        asset = course.asset
        if asset.rule == "bonus":
            course.at_once = asset.basis * bonus_rate(acquired=asset.acquired, placed=asset.placed)
        elif asset.rule == "section179":
            course.waiting = min(asset.basis, limit)
            limit -= course.waiting
        course.table_basis = asset.basis - course.at_once - course.waiting


def _mid_quarter(courses: Sequence[_Course], country: str) -> bool:
    """Whether that convention holds for a year's new devices; sets it. Bonus counts as basis, section 179 does not."""
    bases = [
        (quarter_of(course.asset.placed, country=country), course.table_basis + course.at_once) for course in courses
    ]
    total = sum((basis for _, basis in bases), Fraction(0))
    late = sum((basis for quarter, basis in bases if quarter == 3), Fraction(0))
    if late <= total * _LATE_SHARE:
        return False
    for course, (quarter, _) in zip(courses, bases, strict=True):
        course.table, course.in_halves = MID_QUARTER[quarter], False
    return True


def _one_year(
    courses: Sequence[_Course], index: int, year: BookYear, income: Mapping[str, Fraction], country: str
) -> tuple[AssetYear, ...]:
    """What a year does to each device; tells the courses how far they have come."""
    depreciation = [_by_table(course, index - course.first_year, year, country) for course in courses]
    for course, amount in zip(courses, depreciation, strict=True):
        course.written_off += amount
    room = max(Fraction(0), income.get(year.name, Fraction(0)) - sum(depreciation, Fraction(0)))
    told = []
    for course, by_table in zip(courses, depreciation, strict=True):
        deducted = min(course.waiting, room)
        room -= deducted
        course.waiting -= deducted
        course.written_off += deducted
        left = course.asset.basis - course.written_off
        if course.asset.rule == "de_minimis":
            left = Fraction(0)
        gain = None
        if course.asset.sold is not None and course.asset.sold in year:
            gain = Fraction(course.asset.sale_value) * Fraction(course.asset.business_share) - left
            left = course.waiting = Fraction(0)
        told.append(
            AssetYear(
                asset_id=course.asset.id,
                depreciation=by_table + deducted,
                left=left,
                carried=course.waiting,
                gain=gain,
            )
        )
    return tuple(told)


def _by_table(course: _Course, age: int, year: BookYear, country: str) -> Fraction:
    """Bonus, and the table's share of a year: less of it in the year of a sale."""
    sold = course.asset.sold is not None and course.asset.sold in year
    if age == 0 and sold:
        return Fraction(0)
    at_once = course.at_once if age == 0 else Fraction(0)
    if age >= len(course.table):
        return at_once
    share = Fraction(course.table[age])
    if sold and age < len(course.table) - 1:  # the last year of the table ends before the year does
        assert course.asset.sold is not None  # noqa: S101 - for the type checker
        quarter = quarter_of(course.asset.sold, country=country)
        share *= Fraction(1, 2) if course.in_halves else Fraction(2 * quarter + 1, 8)
    return at_once + course.table_basis * share
