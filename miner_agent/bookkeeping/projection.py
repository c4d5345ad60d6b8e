"""What follows from a chain: the book as it stands. It can be made anew from the chain at any time."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from calculators.books.exact import plain
from calculators.books.lots import Order
from calculators.books.matching_rules import POOLS, match
from calculators.books.movements import Matching, Movement, Shortage
from calculators.books.tax_year import day_of
from miner_agent.bookkeeping.event_body import LOOK
from miner_agent.bookkeeping.event_movements import counts, movements_of
from miner_agent.bookkeeping.standing import EntryStanding, Row, as_they_stand
from miner_agent.errors import StorageError
from miner_agent.model.book.events import (
    Amend,
    Cancel,
    EnergyDay,
    Event,
    Invoice,
    Link,
    LotChoice,
    MovedToBook,
    Setting,
    StandingOrder,
    Valuation,
    ValuedEvent,
    YearClosed,
    YearReopened,
)
from miner_agent.model.book.whole_book import Book, BookTerms, ChainHead, OpenItem

ABOUT_OTHERS = frozenset({Amend, Cancel, Valuation, Link, MovedToBook, Setting, YearClosed, YearReopened})
"""Entries that say something of the book or of other entries, and are no events of business themselves."""


def project(name: str, rows: Sequence[Row], through: ChainHead, *, with_lots: bool = True) -> Book:
    """The book.

    Args:
        name: of the book.
        rows: all of its entries.
        through: the last of them.
        with_lots: match disposals with lots too.

    Raises:
        StorageError: an entry is not as any was written, or the book has no currency.
    """
    standing = as_they_stand(rows)
    terms = _terms(standing)
    every = [one.event for one in standing if one.status != "cancelled"]
    kinds = set(map(type, every))
    events = [event for event in _own_payouts(every, kinds) if type(event) not in ABOUT_OTHERS]
    events = _without_estimates(events, terms) if Invoice in kinds else events
    movements = tuple(movements_of(events))
    choices = _Choices(events, kinds)
    matching = _matched(movements, terms, choices) if with_lots else Matching()
    undecided = _undecided(every) if Link in kinds else ()
    return Book(
        name=name,
        terms=terms,
        events=tuple(events),
        movements=movements,
        matching=matching,
        entries_through=through,
        unpriced=tuple(event.id for event in events if _is_unpriced(event)),
        open_items=(
            *undecided,
            *choices.too_late(),
            *map(_told_short, matching.shortages),
        ),
    )


def lots_until(book: Book, end: datetime) -> Matching:
    """The lots as they stood at a moment: what happened later is left away.

    Where coins are a pool, what comes later may belong to a disposal before: its cost is as the whole book has it.

    Args:
        book: with its lots.
        end: the first moment that is left away, in UTC.
    """
    events = [event for event in book.events if event.time < end]
    matching = _matched(tuple(movements_of(events)), book.terms, _Choices(events, set(map(type, events))))
    if book.terms.method not in POOLS:
        return matching
    return replace(matching, pieces=tuple(piece for piece in book.matching.pieces if piece.disposed_at < end))


def _terms(standing: Iterable[EntryStanding]) -> BookTerms:
    said = {
        one.event.name: one.event.setting
        for one in standing
        if isinstance(one.event, Setting) and one.status != "cancelled"
    }
    if "currency" not in said:
        raise StorageError(f"the book has no currency, which every one begins with; {LOOK}")
    country = said.get("country", "US")
    return BookTerms(
        currency=said["currency"],
        time_zone=said.get("time_zone", "UTC"),
        country=cast("Any", country),
        method=cast("Any", said.get("method", "fifo")),
        scope=cast("Any", said.get("scope", "wallet" if country == "US" else "universal")),
        activity=cast("Any", said.get("activity", "hobby")),
    )


def _matched(movements: Sequence[Movement], terms: BookTerms, choices: "_Choices") -> Matching:
    return match(
        movements,
        method=terms.method,
        scope=terms.scope,
        zone=terms.zone,
        country=terms.country,
        choices=choices.made_in_time(),
        orders=choices.orders(),
    )


def _own_payouts(events: Iterable[Event], kinds: Container[type[Event]]) -> Iterable[Event]:
    """A payout of which somebody said that it is one of its own, and no second key of another, is one."""
    if Link not in kinds:
        return events
    return [
        msgspec.structs.replace(event.payout, id=event.id)
        if isinstance(event, Link) and event.target == event.id
        else event
        for event in events
    ]


def _without_estimates(events: list[Event], terms: BookTerms) -> list[Event]:
    """Of days that a bill or a reading covers, that counts alone."""
    spans = [(event.first_day, event.last_day) for event in events if isinstance(event, Invoice)]

    def is_billed(event: EnergyDay) -> bool:
        day = day_of(event.time, terms.zone)
        return any(first <= day <= last for first, last in spans)

    return [event for event in events if not (isinstance(event, EnergyDay) and is_billed(event))]


def _is_unpriced(event: Event) -> bool:
    return getattr(event, "value", 0) is None and isinstance(event, ValuedEvent) and counts(event)


class _Choices:
    """Which lots are to be taken, as far as that was said in time."""

    def __init__(self, events: Sequence[Event], kinds: Container[type[Event]]) -> None:
        if LotChoice not in kinds and StandingOrder not in kinds:
            events = ()
        self._made = [event for event in events if isinstance(event, LotChoice)]
        self._orders = [event for event in events if isinstance(event, StandingOrder)]
        targets = {choice.target for choice in self._made}
        self._times = {event.id: event.time for event in events if event.id in targets} if targets else {}

    def made_in_time(self) -> dict[str, tuple[tuple[str, Decimal], ...]]:
        return {choice.target: choice.lots for choice in self._made if not self._is_late(choice)}

    def orders(self) -> tuple[Order, ...]:
        found = [
            Order(at=order.time.astimezone(UTC), method=cast("Any", order.method), wallet=order.wallet)
            for order in self._orders
        ]
        return tuple(sorted(found, key=lambda order: order.at))

    def too_late(self) -> Iterator[OpenItem]:
        for choice in self._made:
            if self._is_late(choice):
                sentence = f"lots for {choice.target} were chosen after it, so the choice is void"
                yield OpenItem(id=choice.id, sentence=sentence)

    def _is_late(self, choice: LotChoice) -> bool:
        return choice.target in self._times and choice.time > self._times[choice.target]


def _undecided(events: Iterable[Event]) -> Iterator[OpenItem]:
    for event in events:
        if isinstance(event, Link) and event.target is None:
            payout, those = event.payout, ", ".join(event.candidates)
            sentence = (
                f"a payout of {plain(payout.amount)} {payout.asset} came under another key and may be one of: {those}; "
                f"say which: miner-agent ledger amend {event.id} --set target=ID (its own id: none of them)"
            )
            yield OpenItem(id=event.id, sentence=sentence)


def _told_short(short: Shortage) -> OpenItem:
    amount = plain(short.amount) if isinstance(short.amount, Decimal) else short.amount
    lacking = f"{amount} {short.asset} more left {short.wallet} than was in it"
    sentence = f"{lacking}: an entry is missing, or a wallet has two names"
    return OpenItem(id=short.disposal_id, sentence=sentence)
