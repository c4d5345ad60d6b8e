"""What has to be known of how a year's hardware is written off (US)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from calculators.books.exact import fraction_sum, plain, whole_cents
from calculators.books.hardware_assets import SECTION_179
from calculators.books.tax_year import day_of
from calculators.books.year_totals import YearTotals
from miner_agent.model.book.events import HardwareBought
from miner_agent.model.book.whole_book import Book
from miner_agent.text import clean_text

SMALL_UNTIL = Decimal(2500)
"""What one item may cost that is expensed as de minimis, without audited books (Treasury Reg. 1.263(a)-1). [USD]"""
HALF = Decimal("0.5")
NAMED = 5


def hardware_notes(book: Book, totals: YearTotals) -> Iterator[str]:
    """In whole sentences; nothing for books of other countries, whose rules the tables do not know.

    Args:
        book: as it stands.
        totals: of one of its years, or of all.
    """
    bought = [event for event in book.events if isinstance(event, HardwareBought)]
    if not bought:
        return
    if book.terms.country != "US":
        yield "Hardware is written off by the rules of the United States, which are not those of this country."
        return
    new = [event for event in bought if day_of(event.time, book.terms.zone) in totals.year]
    yield from _of_new(new)
    for year in totals.hardware:
        if year.mid_quarter:
            yield f"More than 40 % of the hardware of {year.year.name} came in its last quarter: the mid-quarter holds."
    if totals.hardware:
        waiting = fraction_sum(row.carried for row in totals.hardware[-1].assets)
        if waiting:
            told = plain(whole_cents(waiting))
            yield f"{told} of section 179 is more than the income of the year and waits for the next one."


def _of_new(new: Sequence[HardwareBought]) -> Iterator[str]:
    dear = [event.id for event in new if event.write_off == "de_minimis" and event.value > SMALL_UNTIL]
    if dear:
        yield f"De minimis is for items of up to {SMALL_UNTIL} USD; dearer: {_named(dear)}."
    at_once = [event for event in new if event.write_off in {"section179", "bonus"}]
    if private := [event.id for event in at_once if event.business_share <= HALF]:
        yield f"Section 179 and bonus want more than half of it in the business; not so: {_named(private)}."
    last = max(SECTION_179)
    if any(event.write_off == "section179" and event.time.year > last for event in new):
        yield f"The limits of section 179 are those of {last}: later ones are not known here."


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(clean_text(one, length=60) for one in ids[:NAMED]) + more
