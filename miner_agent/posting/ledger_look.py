"""How each book stands, for the page of metrics."""

from collections import defaultdict
from datetime import datetime

from calculators.books.exact import exact_sum
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.projection import project
from miner_agent.bookkeeping.standing import as_they_stand
from miner_agent.model.book.events import EnergyDay, Payout
from miner_agent.model.book.whole_book import Book
from miner_agent.model.ledger_status import BookStatus, PaidStatus
from miner_agent.posting.own_entries import PostedDays, end_of


def books_now(folder: BooksFolder, *, started_at: datetime | None = None) -> list[BookStatus]:
    """Every book that was begun.

    Args:
        started_at: since when payouts are added up beside; ``None``: nobody knows.

    Raises:
        AgentError: the books cannot be read, or are gone.
    """
    if folder.is_unbegun():
        return []
    known = folder.known()
    found = []
    with folder.reading() as ledger:
        for name in ledger.books():
            rows, head = ledger.bodies(name), ledger.head(name)
            book = project(name, rows, head)
            kept = None if known is None else known.get(name)
            entry = None if kept is None or kept.seq == 0 else ledger.entry(name, kept.seq)
            posted = PostedDays((one.event for one in as_they_stand(rows)), book.terms.zone)
            found.append(
                BookStatus(
                    book=name,
                    entries=head.seq,
                    head_known=kept is not None and entry is not None and entry.hash == kept.hash,
                    unpriced=len(book.unpriced) + _energy_without_value(book),
                    open_items=len(book.open_items),
                    posted_until=None if posted.last is None else end_of(posted.last, book.terms.zone),
                    paid=paid_in(book),
                    currency=book.terms.currency,
                    paid_value_since_start=None if started_at is None else paid_value_since(book, started_at),
                )
            )
    return found


def paid_in(book: Book) -> tuple[PaidStatus, ...]:
    """What each pool paid of each coin; who told no pool is not among them."""
    by_pool: defaultdict[tuple[str, str], list[Payout]] = defaultdict(list)
    for event in book.events:
        if isinstance(event, Payout) and event.pool is not None:
            by_pool[event.pool, event.asset].append(event)
    return tuple(
        PaidStatus(
            pool=pool,
            coin=coin,
            payouts=len(paid),
            coins=float(exact_sum(payout.amount for payout in paid)),
            value=float(exact_sum(payout.value for payout in paid if payout.value is not None)),
            last_at=max(payout.time for payout in paid),
        )
        for (pool, coin), paid in sorted(by_pool.items())
    )


def paid_value_since(book: Book, moment: datetime) -> float | None:
    """What arrived since then was worth; ``None``: of some of it that is not known."""
    values = [event.value for event in book.events if isinstance(event, Payout) and event.time >= moment]
    known = [value for value in values if value is not None]
    return float(exact_sum(known)) if len(known) == len(values) else None


def _energy_without_value(book: Book) -> int:
    return sum(isinstance(event, EnergyDay) and event.value is None for event in book.events)
