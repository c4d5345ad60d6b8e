"""What to put aside in each of the four periods of the estimated tax of the United States."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from calculators.books.estimated_tax import EstimatedPeriod, SetAside, estimated_periods, set_aside
from calculators.books.hardware_assets import HardwareAsset
from calculators.books.tax_year import BookYear
from calculators.books.year_totals import KeptFigures, YearTotals, year_totals
from miner_agent.bookkeeping.kept_figures import figures_of
from miner_agent.model.book.whole_book import Book


def estimates_of(book: Book, year: BookYear, *, rate: Decimal) -> list[SetAside]:
    """Income and gains less expenses and depreciation, by period; of a hobby nothing is deducted.

    Depreciation of the year counts in equal parts for each month, the sale of hardware where it happened.

    Args:
        book: of the United States.
        year: one of its tax years.
        rate: the user's. 0 to 1

    Raises:
        ValueError: the rate is no ratio, or the book or the year is of another kind.
    """
    if book.terms.country != "US" or year.whole:
        raise ValueError("periods of the estimated tax are those of one year in the United States")
    kept = figures_of(book)
    whole = year_totals(kept, year)
    periods = estimated_periods(year.first.year)
    deducts = book.terms.activity == "business"
    return set_aside(periods, [_net(kept, whole, period, deducts=deducts) for period in periods], rate=rate)


def _net(kept: KeptFigures, whole: YearTotals, period: EstimatedPeriod, *, deducts: bool) -> Fraction:
    small = [asset for asset in kept.assets if asset.rule == "de_minimis"]
    totals = year_totals(replace(kept, assets=[replace(asset, sold=None) for asset in small]), period.months)
    net = totals.income + totals.gain + _sold_hardware(whole, kept.assets, period)
    if not deducts:
        return net
    months = period.last.month - period.first.month + 1
    return net - sum(totals.expenses.values(), Fraction(0)) - whole.depreciation * Fraction(months, 12)


def _sold_hardware(whole: YearTotals, assets: Sequence[HardwareAsset], period: EstimatedPeriod) -> Fraction:
    sold = {asset.id for asset in assets if asset.sold is not None and asset.sold in period.months}
    gains = (row.gain for year in whole.hardware for row in year.assets if row.asset_id in sold)
    return sum((gain for gain in gains if gain is not None), Fraction(0))
