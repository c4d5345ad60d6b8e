"""Books what pools tell: each by itself, so that one that fails costs nothing but itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from calculators.books.exact import plain
from miner_agent.bookkeeping.booking import Booked, Request, book_events, book_into, settings_of
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.event_body import events_of, time_text, transaction_fact
from miner_agent.bookkeeping.event_reader import EventRefused, read_event
from miner_agent.errors import AgentError, BadPayload, ConfigError, said_of
from miner_agent.market.feeding import Fetch
from miner_agent.model.book.events import Event, Link, Payout
from miner_agent.payouts.asking import AskedPool, PoolTold
from miner_agent.payouts.found_payouts import PaidInto, payout_events, short_id
from miner_agent.payouts.pool import Gathered
from miner_agent.payouts.pricing import price_by_kept
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.ledger.side_tables import keep_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSynced:
    """What came of one pool."""

    name: str
    pool: str
    booked: Booked | None = None  # None: nothing could be booked
    error: AgentError | None = None  # why it was not read, or not to its end
    notes: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Syncing:
    """Where to, and by whom."""

    folder: BooksFolder
    book: str
    currency: str | None  # of a book that is not begun yet
    fetch: Fetch
    monotonic: Callable[[], float]
    dry_run: bool = False

    def all_of(self, pools: Sequence[AskedPool], *, clock: Callable[[], datetime]) -> Iterator[PoolSynced]:
        """One pool after the other; what each came to is booked before the next one is asked."""
        for asked in pools:
            try:
                yield self._one(asked, now=clock())
            except AgentError as error:
                yield PoolSynced(name=asked.entry.name, pool=asked.entry.pool, error=error)

    def _one(self, asked: AskedPool, *, now: datetime) -> PoolSynced:
        entry = asked.entry
        questions = [asked.pool.payouts]
        if entry.recognition == "credit" and asked.pool.credits is not None:
            questions.append(asked.pool.credits)
        self._refuse_other_recognition(asked)
        answers = asked.ask(*questions, now=now, fetch=self.fetch, monotonic=self.monotonic)
        try:
            events, made_up_ids = events_told(asked, answers.gathered)
        except EventRefused as refused:
            error = said_of(entry.name, BadPayload("a payout", "such", f"one that can be booked: it {refused}"))
            return PoolSynced(name=entry.name, pool=entry.pool, error=error)
        request = Request(
            events=events,
            by_whom=f"payouts sync {entry.name}",
            currency=self.currency if self._is_new() else None,
            settings={_setting(entry.pool): entry.recognition} if entry.recognition == "credit" else {},
            name=entry.name,
            made_up_ids=made_up_ids,
        )
        booked = self._booked(asked, answers, request, now)
        if booked.added and not self.dry_run:
            price_by_kept(self.folder, self.book, by_whom=request.by_whom, now=now)
        return PoolSynced(
            name=entry.name,
            pool=entry.pool,
            booked=booked,
            error=answers.error,
            notes=(
                *asked.notes,
                *_gaps(answers.gathered, known=self._booked_of(asked) if answers.gathered.told_total else 0),
            ),
        )

    def _booked(self, asked: AskedPool, answers: PoolTold, request: Request, now: datetime) -> Booked:
        if self.dry_run or (not request.events and not answers.gathered.taken_back):
            return book_events(self.folder, self.book, request, now=now, dry_run=True)
        with self.folder.appending(self.book, now=now) as book:
            booked = book_into(book, request, now=now)
            back = _taken_back(book.ledger, self.book, asked, answers.gathered, now)
            if back:
                more = Request(events=back, by_whom=request.by_whom, currency=None, name=asked.entry.name)
                again = book_into(book, more, now=now)
                booked = _together(booked, again)
            if booked.added or booked.linked or booked.open:
                for raw in answers.raw:
                    keep_evidence(book.ledger, raw, source=request.by_whom, taken_at=now)
        return booked

    def _is_new(self) -> bool:
        if self.folder.is_empty():
            return True
        with self.folder.reading() as ledger:
            return not settings_of(ledger, self.book)

    def _refuse_other_recognition(self, asked: AskedPool) -> None:
        """What is income of a pool is said once: said otherwise later, the same coins would be income twice."""
        entry = asked.entry
        if self.folder.is_empty():
            return
        with self.folder.reading() as ledger:
            before = settings_of(ledger, self.book).get(_setting(entry.pool))
            if before is None and entry.recognition == "credit" and _payouts_of(ledger, self.book, asked):
                before = "payout"
        if before is not None and before != entry.recognition:
            raise ConfigError(
                f'{entry.place}: recognition = "{entry.recognition}", but "{before}" is what was booked of '
                f"{entry.pool} so far; write that, or keep it in another book"
            )

    def _booked_of(self, asked: AskedPool) -> int:
        if self.folder.is_empty():
            return 0
        with self.folder.reading() as ledger:
            return len(_payouts_of(ledger, self.book, asked))


def recognised_credits(ledger: LedgerFile, book: str) -> frozenset[str]:
    """The names of pools of which credits are income, so that their payouts are none."""
    begin = _setting("")
    return frozenset(
        name.removeprefix(begin)
        for name, value in settings_of(ledger, book).items()
        if name.startswith(begin) and value == "credit"
    )


def events_told(asked: AskedPool, gathered: Gathered) -> tuple[tuple[Event, ...], bool]:
    """As they are booked, and whether ids of payouts had to be made up.

    Raises:
        EventRefused: one of them cannot be booked.
    """
    entry = asked.entry
    told = payout_events(
        sorted(gathered.all_payouts, key=lambda one: one.time),
        PaidInto(pool=entry.pool, asset=entry.coin, wallet=entry.wallet),
    )
    if entry.recognition == "payout":
        return told.events, told.made_up_ids
    owed = [
        {
            "kind": "pool_credit",
            "id": short_id(entry.pool, "credit", entry.name, one.own_id),
            "time": time_text(one.time),
            "wallet": at_pool(asked),
            "asset": entry.coin,
            "amount": plain(one.amount),
            "pool": entry.pool,
            "recognised": True,
        }
        for one in sorted(gathered.credits, key=lambda one: one.time)
    ]
    events = [*map(read_event, owed), *(_moved(one, asked) for one in told.events if isinstance(one, Payout))]
    return tuple(sorted(events, key=lambda event: event.time)), False


def at_pool(asked: AskedPool) -> str:
    """The wallet that credits lie in until they are paid."""
    return f"at {asked.entry.name}"


def _moved(payout: Payout, asked: AskedPool) -> Event:
    raw = {
        "kind": "transfer",
        "id": payout.id,
        "time": time_text(payout.time),
        "wallet": at_pool(asked),
        "to_wallet": payout.wallet,
        "asset": payout.asset,
        "amount": plain(payout.amount),
    }
    return read_event(raw if payout.txid is None else {**raw, "note": f"transaction {payout.txid}"})


def _setting(pool: str) -> str:
    return f"recognition of {pool}"


def _payouts_of(ledger: LedgerFile, book: str, asked: AskedPool) -> list[Payout]:
    entry = asked.entry
    events = events_of(body for _, _, body in ledger.bodies_of(book, "payout"))
    return [
        event
        for event in events
        if isinstance(event, Payout)
        and (event.pool, event.asset, event.wallet) == (entry.pool, entry.coin, entry.wallet)
    ]


def _taken_back(ledger: LedgerFile, book: str, asked: AskedPool, gathered: Gathered, now: datetime) -> list[Event]:
    """Cancels what was booked of transactions that are no longer in the chain."""
    found: list[Event] = []
    for txid, output in gathered.taken_back:
        for place in {output, None}:
            fact = transaction_fact(asked.entry.coin, txid, asked.entry.wallet, place)
            seq = ledger.seq_of_fact(book, fact)
            entry = None if seq is None else ledger.entry(book, seq)
            if entry is None:
                continue
            (event,) = events_of([entry.body])
            target = event.target if isinstance(event, Link) else event.id
            if target is not None:
                raw = {
                    "kind": "cancel",
                    "id": short_id("taken back", target),
                    "time": now.isoformat(),
                    "target": target,
                    "why": "the wallet no longer has the transaction",
                }
                found.append(read_event(raw))
    return found


def _gaps(gathered: Gathered, known: int) -> tuple[str, ...]:
    """That a pool paid more often than it lists, and the rest was never booked."""
    total = gathered.told_total
    if total is None or total <= max(known, len(gathered.payouts)):
        return ()
    listed = f"it lists {len(gathered.payouts)} of {total} payouts, and {known} are booked"
    return (f"{listed}; import the older ones from a file, or ask the wallet",)


def _together(first: Booked, second: Booked) -> Booked:
    return Booked(
        head=second.head,
        added=(*first.added, *second.added),
        known=first.known + second.known,
        linked=first.linked,
        open=first.open,
    )
