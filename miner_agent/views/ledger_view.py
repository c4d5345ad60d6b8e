"""How the books stand. Private: ``ledger_view`` hides it from who may not see it."""

from collections.abc import Mapping

import msgspec

from calculators.money import Money
from miner_agent.model.ledger_status import BookStatus, LedgerStatus, PaidStatus, PoolStatus
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import (
    NOT_SHOWN,
    Circumstances,
    Figure,
    Moment,
    MoneyFigure,
    Perhaps,
    figure,
    figures_of,
    money_figure,
)

NO_BOOKS = "there are no books, or nobody has looked at them yet"
NO_VALUE = "the value of a payout is not known"
NOT_COUNTED_YET = "payouts are counted once the clock has run evenly for a day"
NO_RATIO = "nothing was paid since the agent started, or nothing was estimated meanwhile"


class PaidView(msgspec.Struct, frozen=True, kw_only=True):
    """What one pool paid of one coin."""

    pool: str
    coin: str
    last_at: Moment
    payouts: Figure
    coins: Figure
    value: MoneyFigure  # of those that have a price


class BookView(msgspec.Struct, frozen=True, kw_only=True):
    """One book."""

    book: str
    currency: str | None
    head_known: bool
    posted_until: Moment | None
    entries: Figure
    unpriced: Figure
    open_items: Figure
    paid_since_start: MoneyFigure
    paid_to_estimate_ratio: Figure  # of what was estimated since the agent started
    paid: list[PaidView]


class PayoutPoolView(msgspec.Struct, frozen=True, kw_only=True):
    """How asking one pool for its payouts goes."""

    pool: str
    read_at: Moment | None
    last_error: str | None
    failures_total: Figure


class LedgerView(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    books: list[BookView]
    posted_at: Moment | None
    last_error: str | None
    failures_total: Figure
    pools: list[PayoutPoolView]


def ledger_view(snapshot: RigSnapshot, at: Circumstances) -> Perhaps[LedgerView]:
    """The books, to who may see them."""
    ledger = None if snapshot.agent is None else snapshot.agent.ledger
    if not at.sees_money:
        return Perhaps(value=None, reason=NOT_SHOWN)
    if ledger is None:
        return Perhaps(value=None, reason=NO_BOOKS)
    estimated = {} if snapshot.economy is None else snapshot.economy.revenue_estimated_total
    return Perhaps(value=_ledger_view(ledger, estimated, at))


def _ledger_view(ledger: LedgerStatus, estimated: Mapping[str, float], at: Circumstances) -> LedgerView:
    return LedgerView(
        books=[_book_view(one, estimated, at) for one in ledger.books],
        posted_at=ledger.posted_at,
        last_error=ledger.last_error,
        pools=[_pool_view(one, at) for one in ledger.pools],
        **figures_of(LedgerView, ledger, source="agent", taken_at=at.taken_at, at=at),
    )


def _book_view(book: BookStatus, estimated: Mapping[str, float], at: Circumstances) -> BookView:
    figures = figures_of(BookView, book, source=book.book, taken_at=at.taken_at, at=at)
    figures["paid_to_estimate_ratio"] = figure(
        "paid_to_estimate_ratio",
        book.paid_to_estimate_ratio(estimated),
        source=book.book,
        taken_at=at.taken_at,
        at=at,
        reason=NO_RATIO,
    )
    return BookView(
        book=book.book,
        currency=book.currency,
        head_known=book.head_known,
        posted_until=book.posted_until,
        paid_since_start=_value(
            book.paid_value_since_start, book, at, reason=NO_VALUE if book.unpriced else NOT_COUNTED_YET
        ),
        paid=[_paid_view(one, book, at) for one in book.paid],
        **figures,
    )


def _paid_view(one: PaidStatus, book: BookStatus, at: Circumstances) -> PaidView:
    return PaidView(
        pool=one.pool,
        coin=one.coin,
        last_at=one.last_at,
        value=_value(one.value, book, at),
        **figures_of(PaidView, one, source=book.book, taken_at=at.taken_at, at=at),
    )


def _value(value: float | None, book: BookStatus, at: Circumstances, *, reason: str = NO_VALUE) -> MoneyFigure:
    known = None if value is None or book.currency is None else Money.estimated(value, book.currency)
    return money_figure(known, source=book.book, taken_at=at.taken_at, at=at, reason=reason)


def _pool_view(one: PoolStatus, at: Circumstances) -> PayoutPoolView:
    figures = figures_of(PayoutPoolView, one, source="agent", taken_at=at.taken_at, at=at)
    return PayoutPoolView(pool=one.name, read_at=one.read_at, last_error=one.last_error, **figures)
