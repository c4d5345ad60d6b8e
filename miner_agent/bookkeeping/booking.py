"""Enters events into a book: each fact once, all of what is given or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import msgspec

from miner_agent.bookkeeping.books_folder import BooksFolder, OpenBook
from miner_agent.bookkeeping.event_body import body_of, events_of, fact_of
from miner_agent.bookkeeping.event_reader import EventRefused
from miner_agent.bookkeeping.events_file import UnfitFile
from miner_agent.bookkeeping.links import BookedPayouts
from miner_agent.bookkeeping.named_parties import with_ids
from miner_agent.bookkeeping.standing import amended_by
from miner_agent.model.book.events import (
    Amend,
    Cancel,
    Event,
    HardwareBought,
    HardwareSale,
    Link,
    MovedToBook,
    Payout,
    Setting,
    Valuation,
    ValuedEvent,
    YearClosed,
    YearReopened,
)
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger.chain_entry import Unchained
from miner_agent.storage.ledger.ledger_file import NOTHING_YET, LedgerFile
from miner_agent.storage.ledger.side_tables import keep_evidence
from miner_agent.text import clean_text

CURRENCY_SETTING = "currency"
ABOUT_THE_BOOK = (Setting, YearClosed, YearReopened)
TELL_EVERY = 1_000  # events
UNCHANGED = {"id", "kind"}  # no amendment makes another event of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What came of it."""

    head: ChainHead
    added: tuple[Event, ...] = ()
    known: int = 0  # facts that are booked already: they add nothing
    linked: tuple[Link, ...] = ()  # payouts that were booked under another key
    open: tuple[Link, ...] = ()  # payouts of which somebody has to say which they are

    @property
    def settings(self) -> int:
        """How many of the added are about the whole book."""
        return sum(isinstance(event, Setting) for event in self.added)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be booked."""

    events: Sequence[Event]
    by_whom: str  # a command with its file, or a job
    currency: str | None  # of every price in them; None: the book's own
    settings: Mapping[str, str] = field(default_factory=dict)
    name: str = "this"  # what is in front of a sentence about one of them
    raw: bytes | None = None  # what they were read from, kept as evidence
    made_up_ids: bool = False  # those of payouts were made of their times and amounts: their source has none
    tell: Callable[[int, int], None] = lambda _done, _of: None  # how far it is


def book_events(folder: BooksFolder, book: str, request: Request, *, now: datetime, dry_run: bool = False) -> Booked:
    """Enter what is not booked yet.

    Args:
        folder: where the books lie.
        book: its name; it is begun where there is none and a currency is told.
        request: what is to be booked.
        now: recorded as the moment at which it was booked.
        dry_run: say what would come of it, and enter nothing.

    Raises:
        UnfitFile: one of the events cannot be booked; none is.
        AgentError: the books are damaged or cut short, or disk or lock do not allow it.
    """
    if dry_run:
        if folder.is_unbegun():
            return _plan(None, book, NOTHING_YET, request, now)[1]
        with folder.reading() as ledger:
            return _plan(ledger, book, ledger.head(book), request, now)[1]
    with folder.appending(book, now=now) as open_book:
        return book_into(open_book, request, now=now)


def book_into(open_book: OpenBook, request: Request, *, now: datetime) -> Booked:
    """The same into a book that is held open, with whatever else is written there.

    Raises:
        UnfitFile: as above.
    """
    request = replace(request, events=with_ids(open_book.ledger, open_book.name, request.events))
    news, booked = _plan(open_book.ledger, open_book.name, open_book.end.head, request, now)
    if news and request.raw is not None:
        keep_evidence(open_book.ledger, request.raw, source=request.by_whom, taken_at=now)
    open_book.end.append(news, recorded_at=now)
    return replace(booked, head=open_book.end.head)


def settings_of(ledger: LedgerFile | None, book: str) -> dict[str, str]:
    """What holds for the whole book, by name, as far as it was said."""
    return {name: setting.setting for name, (_, setting) in _settings(ledger, book).items()}


def _settings(ledger: LedgerFile | None, book: str) -> dict[str, tuple[int, Setting]]:
    rows = [] if ledger is None else ledger.bodies_of(book, "setting")
    events = events_of(body for _, _, body in rows)
    return {
        event.name: (seq, event) for (seq, _, _), event in zip(rows, events, strict=True) if isinstance(event, Setting)
    }


def _plan(
    ledger: LedgerFile | None, book: str, head: ChainHead, request: Request, now: datetime
) -> tuple[list[Unchained], Booked]:
    plan = _Plan(ledger, book, head, request)
    plan.settle(now)
    for number, event in enumerate(request.events, start=1):
        if number % TELL_EVERY == 0:
            request.tell(number, len(request.events))
        try:
            plan.take(event)
        except EventRefused as refused:
            who = clean_text(event.id, length=60)
            raise UnfitFile(f'{request.name}: event {number} "{who}": {refused}') from None
    return plan.news, plan.booked()


class _Plan:
    """What is to be entered, found by what is there and what came before in the same request."""

    def __init__(self, ledger: LedgerFile | None, book: str, head: ChainHead, request: Request) -> None:
        self._ledger, self._book, self._head, self._request = ledger, book, head, request
        self._facts: dict[str, int] = {} if ledger is None else ledger.facts(book)
        self._told: dict[str, int] = {}  # id in this request to seq: it may be booked under another one
        self._planned: dict[int, Event] = {}
        self._amended: dict[int, Event] = {}  # by amendments of this request too
        self.news: list[Unchained] = []
        self._added: list[Event] = []
        self._links: list[Link] = []
        self._known = 0

    def booked(self) -> Booked:
        return Booked(
            head=self._head,
            added=tuple(self._added),
            known=self._known,
            linked=tuple(link for link in self._links if link.target is not None),
            open=tuple(link for link in self._links if link.target is None),
        )

    def settle(self, now: datetime) -> None:
        """The currency of a new book, and what is said of it and was not so before."""
        request = self._request
        found = _settings(self._ledger, self._book)
        currency = found.get(CURRENCY_SETTING)
        if currency is None:
            if request.currency is None:
                raise UnfitFile(
                    f"book {self._book}: it is not begun yet, so its currency is not known; "
                    'begin it with a file: {"currency": "EUR", "events": []}'
                )
            self._set(CURRENCY_SETTING, request.currency, 1, None, now)
        elif request.currency not in {None, currency[1].setting}:
            raise UnfitFile(
                f"{request.name}: its currency is {request.currency}, but book {self._book} is kept in "
                f"{currency[1].setting}; import it into another book (--book)"
            )
        for name, value in request.settings.items():
            before = found.get(name)
            if before is None or before[1].setting != value:
                number = 1 if before is None else int(before[1].id.rpartition("/")[2]) + 1
                self._set(name, value, number, None if before is None else before[0], now)

    def _set(self, name: str, value: str, number: int, before: int | None, now: datetime) -> None:
        setting = Setting(id=f"setting/{name}/{number}", time=now, name=name, setting=value)
        self._enter(setting, fact_of(setting), replaces=before)

    def take(self, event: Event) -> None:
        """Plan an entry for it, unless its fact is booked.

        Raises:
            EventRefused: it does not fit to what is booked.
        """
        fact = fact_of(event)
        seq = self._facts.get(fact)
        if seq is not None:
            self._known += 1
            self._told[event.id] = seq
            return
        told = event.id
        if isinstance(event, Payout) and (link := self._link(event)) is not None:
            seq = None if link.target is None else self._seq_of(link.target)
            self._links.append(link)
            self._enter(link, fact, replaces=seq)
            self._told[told] = self._next - 1 if seq is None else seq
            return
        event, target = self._with_own_id(event), None
        if isinstance(event, Amend | Cancel | Valuation | MovedToBook | HardwareSale):
            target = self._target(event)
            event = msgspec.structs.replace(event, target=self._event(target).id)
        self._enter(event, fact, replaces=None if isinstance(event, HardwareSale) else target)
        self._told[told] = self._next - 1

    @property
    def _next(self) -> int:
        return self._head.seq + len(self.news) + 1

    def _enter(self, event: Event, fact: str, *, replaces: int | None) -> None:
        seq = self._next
        self.news.append(
            Unchained(
                kind=event.kind,
                occurred_at=event.time,
                by_whom=self._request.by_whom,
                fact=fact,
                body=body_of(event),
                why=getattr(event, "why", None),
                replaces=replaces,
            )
        )
        self._facts[fact] = seq
        self._planned[seq] = event
        if not isinstance(event, Link):
            self._added.append(event)
        if self._ids_are_needed:
            self._ids.setdefault(event.id, seq)

    @property
    def _ids_are_needed(self) -> bool:
        return "_ids" in self.__dict__

    @cached_property
    def _ids(self) -> dict[str, int]:
        """Every id in the book, with the seq of its entry."""
        found = dict[str, int]()
        for seq, event in self._there.items():
            found.setdefault(event.id, seq)
        for seq, event in self._planned.items():
            found.setdefault(event.id, seq)
        return found

    @cached_property
    def _there(self) -> dict[int, Event]:
        """By seq what was booked before this request, as it was booked."""
        rows = [] if self._ledger is None else self._ledger.bodies(self._book)
        events = events_of(body for _, _, body in rows)
        return {seq: event for (seq, _, _), event in zip(rows, events, strict=True)}

    @cached_property
    def _payouts(self) -> BookedPayouts:
        """Those that were booked before this request: what comes in one is never one payout."""
        linked = {event.target for event in self._there.values() if isinstance(event, Link)}
        return BookedPayouts(
            event for event in self._there.values() if isinstance(event, Payout) and event.id not in linked
        )

    def _link(self, payout: Payout) -> Link | None:
        same = self._payouts.same(payout, made_up_id=self._request.made_up_ids)
        if same is None:
            return None
        own, candidates = self._free_id(f"link/{payout.id}"), tuple(one.id for one in same.payouts)
        if not same.is_certain:
            return Link(id=own, time=payout.time, candidates=candidates, payout=payout)
        self._payouts.take(same.payouts[0])
        return Link(id=own, time=payout.time, target=candidates[0], payout=payout)

    def _with_own_id(self, event: Event) -> Event:
        """Two sources may have the same id for two facts: in a book each has its own."""
        free = self._free_id(event.id)
        return event if free == event.id else msgspec.structs.replace(event, id=free)

    def _free_id(self, wanted: str) -> str:
        free, number = wanted, 1
        while free in self._ids:
            number += 1
            free = f"{wanted}~{number}"
        return free

    def _seq_of(self, told: str) -> int | None:
        return self._told.get(told) or self._ids.get(told)

    def _target(self, event: Amend | Cancel | Valuation | MovedToBook | HardwareSale) -> int:
        """The seq of the entry that it is about."""
        told = event.target
        seq = self._seq_of(told)
        if seq is None:
            raise EventRefused(f'target = "{clean_text(told)}" is no earlier event of this book')
        target = self._as_amended(seq)
        if isinstance(target, ABOUT_THE_BOOK):
            raise EventRefused(f'target = "{clean_text(told)}" is about the whole book; say it anew in a later file')
        match event:
            case Amend(changes=changes):
                if changed := UNCHANGED & changes.keys():
                    raise EventRefused(f"set replaces {', '.join(sorted(changed))}, which no event can change")
                if not changes:
                    raise EventRefused("set is empty; name the keys that are replaced")
                try:
                    self._amended[seq] = amended_by(target, changes)
                except EventRefused as refused:
                    raise EventRefused(f"set: {refused}") from None
            case Valuation() if not isinstance(target, ValuedEvent):
                raise EventRefused(f'target = "{clean_text(told)}" is a {target.kind}, which has no price')
            case HardwareSale() if not isinstance(target, HardwareBought):
                raise EventRefused(f'target = "{clean_text(told)}" is a {target.kind} and no hardware')
            case _:
                pass
        return seq

    def _event(self, seq: int) -> Event:
        return self._planned[seq] if seq in self._planned else self._there[seq]

    def _as_amended(self, seq: int) -> Event:
        if seq in self._amended:
            return self._amended[seq]
        event = self._event(seq)
        if seq in self._planned or self._ledger is None:
            return event
        corrections = events_of(body for _, _, body in self._ledger.corrections_of(self._book, seq))
        for correction in corrections:
            if isinstance(correction, Amend):
                event = amended_by(event, correction.changes)
        return event
