"""How the books stand, as the agent shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidStatus:
    """What one pool paid of one coin, as a book has it."""

    pool: str
    coin: str
    payouts: int
    coins: float
    value: float  # in the book's currency, of those that have a price
    last_at: datetime  # when the newest of them arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus:
    """How asking one pool for its payouts goes since the agent started."""

    name: str
    read_at: datetime | None = None  # when all of its history was last read
    failures_total: int = 0
    last_error: str | None = None  # None: the last attempt was good


@dataclass(frozen=True, slots=True, kw_only=True)
class BookStatus:
    """One book."""

    book: str
    entries: int
    head_known: bool  # that state.db knows where the chain ends, and it ends there or further on
    unpriced: int  # income, disposals and days of energy without a value
    open_items: int  # that somebody has to decide, or to look for
    posted_until: datetime | None = None  # the end of the newest day of which electricity was posted
    paid: tuple[PaidStatus, ...] = ()
    currency: str | None = None
    paid_value_since_start: float | None = (
        None  # of payouts that arrived since the agent started; None: of some, or since when, not known
    )

    def paid_to_estimate_ratio(self, estimated: Mapping[str, float]) -> float | None:
        """What was paid as a part of what was estimated meanwhile, by currency; ``None`` before a payout."""
        expected = estimated.get(self.currency or "")
        return self.paid_value_since_start / expected if self.paid_value_since_start and expected else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStatus:
    """All of them, and how posting goes since the agent started."""

    books: tuple[BookStatus, ...] = ()
    posted_at: datetime | None = None  # when days that are over were last looked at to the end
    failures_total: int = 0
    last_error: str | None = None  # None: the last attempt was good
    pools: tuple[PoolStatus, ...] = ()
