"""The books: how far they go, what is open in them, and how posting goes."""

from collections.abc import Iterator

from exporters.metric_table import Labels, Section, flag, one, timestamp
from miner_agent.model.ledger_status import BookStatus, LedgerStatus, PaidStatus, PoolStatus
from miner_agent.model.snapshot import RigSnapshot


def _ledgers(snapshot: RigSnapshot) -> Iterator[tuple[Labels, LedgerStatus]]:
    if snapshot.agent is not None and snapshot.agent.ledger is not None:
        yield (), snapshot.agent.ledger


BOOKS: Section[BookStatus] = Section(
    title="The books",
    keys=("book",),
    subjects=lambda s: (((book.book,), book) for _, ledger in _ledgers(s) for book in ledger.books),
    private=True,
    specs=(
        one("rig_ledger_entries", "gauge", "Entries in the chain of the book.", lambda b: b.entries),
        one(
            "rig_ledger_unpriced",
            "gauge",
            "Income, disposals and days of electricity without a value: they count for nothing until they are priced.",
            lambda b: b.unpriced,
        ),
        one(
            "rig_ledger_open_items",
            "gauge",
            "What somebody has to decide or to look for; tax summary says what.",
            lambda b: b.open_items,
        ),
        one(
            "rig_ledger_head_known",
            "gauge",
            "1 if state.db knows where the chain ended, and it ends there or further on. 0: ledger verify says more.",
            lambda b: flag(b.head_known),
        ),
        one(
            "rig_ledger_posted_until_timestamp_seconds",
            "gauge",
            "The end of the newest day of which electricity or hours were posted.",
            lambda b: timestamp(b.posted_until),
        ),
        one(
            "rig_payouts_since_start_value",
            "gauge",
            "What payouts that arrived since the agent started were worth then, in the book's currency. Absent while"
            " one of them has no price.",
            lambda b: b.paid_value_since_start,
        ),
    ),
)

POSTING: Section[LedgerStatus] = Section(
    title="Posting into the books",
    keys=(),
    subjects=_ledgers,
    private=True,
    specs=(
        one(
            "rig_ledger_last_posting_timestamp_seconds",
            "gauge",
            "When the days that are over were last looked at to the end, whether or not there was anything to post.",
            lambda p: timestamp(p.posted_at),
        ),
        one(
            "rig_ledger_posting_failures_total",
            "counter",
            "Times that days could not be posted or the books not be looked at.",
            lambda p: p.failures_total,
        ),
    ),
)


def _compared(snapshot: RigSnapshot) -> Iterator[tuple[Labels, float]]:
    """What was paid of each book's currency, as a part of what was estimated meanwhile; nothing before a payout."""
    estimated = {} if snapshot.economy is None else snapshot.economy.revenue_estimated_total
    for _, ledger in _ledgers(snapshot):
        for book in ledger.books:
            if (ratio := book.paid_to_estimate_ratio(estimated)) is not None:
                yield (book.book,), ratio


COMPARED: Section[float] = Section(
    title="Payouts beside the estimate",
    keys=("book",),
    subjects=_compared,
    private=True,
    specs=(
        one(
            "rig_payouts_to_estimate_ratio",
            "gauge",
            "What was paid since the agent started, as a part of what was estimated meanwhile. It drifts from 1 where"
            " the estimate, the pool or the rig is off; pools pay late, so that it says something after several."
            " Absent before the first one, and while one of them has no price.",
            lambda ratio: ratio,
        ),
    ),
)

PAID: Section[PaidStatus] = Section(
    title="Payouts in the books",
    keys=("book", "pool", "coin"),
    subjects=lambda s: (
        ((book.book, paid.pool, paid.coin), paid)
        for _, ledger in _ledgers(s)
        for book in ledger.books
        for paid in book.paid
    ),
    private=True,
    specs=(
        one(
            "rig_payouts_booked",
            "gauge",
            "Payouts of the pool in the book, without cancelled ones.",
            lambda p: p.payouts,
        ),
        one("rig_payouts_booked_coins", "gauge", "Coins that these payouts brought.", lambda p: p.coins),
        one(
            "rig_payouts_booked_value",
            "gauge",
            "What they were worth when they came, in the book's currency, as far as a price is known.",
            lambda p: p.value,
        ),
        one(
            "rig_payouts_last_timestamp_seconds",
            "gauge",
            "When the newest of these payouts arrived.",
            lambda p: timestamp(p.last_at),
        ),
    ),
)

POOLS_ASKED: Section[PoolStatus] = Section(
    title="Asking pools for payouts",
    keys=("pool",),
    subjects=lambda s: (((pool.name,), pool) for _, ledger in _ledgers(s) for pool in ledger.pools),
    private=True,
    specs=(
        one(
            "rig_payouts_last_read_timestamp_seconds",
            "gauge",
            "When the whole history of the pool was last read.",
            lambda p: timestamp(p.read_at),
        ),
        one(
            "rig_payouts_failures_total",
            "counter",
            "Times that it could not be read, or not to its end.",
            lambda p: p.failures_total,
        ),
    ),
)
