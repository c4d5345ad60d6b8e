"""All entries of a year in the order of their days, and what no journal can tell of it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from calculators.books.exact import EXACT, NOTHING
from exporters.tax.coin_journal import coin_journal
from exporters.tax.cost_journal import cost_journal
from exporters.tax.exported_book import ExportedBook
from exporters.tax.journal import CoinPosting, JournalEntry
from exporters.tax.left_out import NO_PLACE, NO_VALUE, UNTOLD, Remark, of_event
from miner_agent.model.book.events import EnergyDay, ValuedEvent


def whole_journal(told: ExportedBook) -> list[JournalEntry]:
    """By day; of one day in the order in which it happened, what coins do before what else is paid."""
    return sorted([*coin_journal(told), *cost_journal(told)], key=lambda entry: entry.day)


def balances(entries: Iterable[JournalEntry]) -> tuple[date | None, dict[tuple[str, str], Decimal]]:
    """The last day, and how much of each coin each wallet holds then."""
    held: dict[tuple[str, str], Decimal] = {}
    last = None
    for entry in entries:
        last = entry.day
        for posting in entry.postings:
            if isinstance(posting, CoinPosting):
                key = posting.wallet, posting.asset
                held[key] = EXACT.add(held.get(key, NOTHING), posting.amount)
    return last, held


def remarks_on(told: ExportedBook) -> list[Remark]:
    """What has no value, and coins that left without having come."""
    missing = [
        of_event(event, f"{NO_VALUE}; it stands there with a cost of nothing", told)
        for event in told.events
        if isinstance(event, ValuedEvent) and event.value is None and event.id in told.book.unpriced
    ]
    missing += [
        of_event(event, NO_VALUE, told) for event in told.events if isinstance(event, EnergyDay) and event.value is None
    ]
    short = [
        Remark(id=one.disposal_id, sentence=f"{one.amount:f} {one.asset} more left {one.wallet} than came into it")
        for one in told.matching.shortages
    ]
    untold = [of_event(event, NO_PLACE, told) for event in told.events if isinstance(event, UNTOLD)]
    return [*missing, *short, *untold]
