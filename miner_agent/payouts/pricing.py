"""Values what was booked without a price, by the prices that the books keep: each by a new entry."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from operator import attrgetter
from typing import cast

from calculators.books.exact import EXACT, LARGEST, MOST_PLACES, exact_product, plain
from miner_agent.bookkeeping.booking import Booked, Request, book_into
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.event_body import time_text
from miner_agent.bookkeeping.event_reader import read_event
from miner_agent.bookkeeping.projection import project
from miner_agent.model.book.events import (
    Event,
    Fee,
    Gift,
    Loss,
    OtherIncome,
    Payout,
    PoolCredit,
    Spend,
    ValuedEvent,
)
from miner_agent.model.book.whole_book import Book
from miner_agent.storage.ledger.side_tables import KeptQuote, all_quotes, keep_quotes

OLDEST = timedelta(hours=24)
"""A price holds for so long: one of a day for that day. An older one is none."""
PRICED = (Payout, PoolCredit, OtherIncome, Fee, Spend, Gift, Loss)
"""What is worth what a market says at that moment."""
_QUOTED = Context(prec=18, rounding=ROUND_HALF_EVEN)  # a price over two markets is no more exact than they are
_at = attrgetter("at")


@dataclass(frozen=True, slots=True)
class _Price:
    price: Decimal
    source: str


class KeptPrices:
    """The newest price that is not later than a moment, directly or over another currency."""

    def __init__(self, quotes: Iterable[KeptQuote]) -> None:
        self._by_pair: defaultdict[tuple[str, str], list[KeptQuote]] = defaultdict(list)
        for quote in quotes:
            self._by_pair[quote.asset, quote.currency].append(quote)
        for pair in self._by_pair.values():
            pair.sort(key=_at)

    def of(self, asset: str, currency: str, at: datetime) -> _Price | None:
        """What one was worth; ``None``: nobody kept it."""
        direct = self._newest(asset, currency, at)
        if direct is not None:
            return _Price(direct.price, direct.source)
        for first, over in sorted(self._by_pair):
            quote = self._newest(asset, over, at) if first == asset else None
            rate = None if quote is None else self._rate(over, currency, at)
            if quote is not None and rate is not None:
                price = _QUOTED.multiply(quote.price, rate.price)
                return _Price(price, f"{quote.source} in {over}, {rate.source}")
        return None

    def _rate(self, currency: str, to: str, at: datetime) -> _Price | None:
        told = self._newest(currency, to, at)
        if told is not None:
            return _Price(told.price, told.source)
        other_way = self._newest(to, currency, at)
        return None if other_way is None else _Price(_QUOTED.divide(Decimal(1), other_way.price), other_way.source)

    def _newest(self, asset: str, currency: str, at: datetime) -> KeptQuote | None:
        quotes = self._by_pair.get((asset, currency), [])
        place = bisect_right(quotes, at, key=_at)
        found = quotes[place - 1] if place else None
        return found if found is not None and at - found.at < OLDEST else None


def valuations(book: Book, prices: KeptPrices) -> Iterator[Event]:
    """An entry for each of the unpriced for which a price is kept."""
    unpriced = set(book.unpriced)
    for event in book.events:
        if event.id not in unpriced or not isinstance(event, PRICED):
            continue
        found = prices.of(event.asset, book.terms.currency, event.time)
        valued = None if found is None else _valuation(event, found)
        if valued is not None:
            yield valued


def _valuation(event: ValuedEvent, found: _Price) -> Event | None:
    value = exact_product(found.price, event.amount)
    if value >= LARGEST or not cast("int", value.normalize(EXACT).as_tuple().exponent) >= -MOST_PLACES:
        return None  # of such a price nobody would believe the value
    return read_event(
        {
            "kind": "valuation",
            "id": f"price/{event.id}"[:200],
            "time": time_text(event.time),
            "target": event.id,
            "price": plain(found.price),
            "value": plain(value.normalize(EXACT)),
            "source": found.source[:200],
        }
    )


def keep_and_price(
    folder: BooksFolder, book: str, quotes: Sequence[KeptQuote], *, by_whom: str, now: datetime
) -> tuple[int, Booked]:
    """Keep prices, and price what lacks one by all that are kept: how many are new, and what was booked.

    Raises:
        AgentError: the books cannot be written.
        ValueError: the book was not begun.
    """
    with folder.appending(book, now=now) as opened:
        new = keep_quotes(opened.ledger, quotes)
        prices = KeptPrices(all_quotes(opened.ledger))
        projected = project(book, opened.ledger.bodies(book), opened.end.head, with_lots=False)
        events = tuple(valuations(projected, prices))
        request = Request(events=events, by_whom=by_whom, currency=None, name=by_whom)
        return new, book_into(opened, request, now=now)


def price_by_kept(folder: BooksFolder, book: str, *, by_whom: str, now: datetime) -> Booked | None:
    """Price what was booked just now by the prices that are kept; ``None``: there are none.

    Raises:
        AgentError: the books cannot be written.
    """
    with folder.reading() as ledger:
        if not all_quotes(ledger):
            return None
    return keep_and_price(folder, book, (), by_whom=by_whom, now=now)[1]


def priceable(folder: BooksFolder, book: str, quotes: Sequence[KeptQuote]) -> tuple[int, tuple[Event, ...]]:
    """What the same would come to, without writing: how many still lack a price then, and the entries.

    Raises:
        AgentError: the books cannot be read.
        ValueError: the book was not begun.
    """
    with folder.reading() as ledger:
        prices = KeptPrices([*all_quotes(ledger), *quotes])
        projected = project(book, ledger.bodies(book), ledger.head(book), with_lots=False)
    events = tuple(valuations(projected, prices))
    return len(projected.unpriced) - len(events), events
