"""The vocabulary of a pool: what it is asked, one request after the other, and what came of that.

A pool has the form of a feed, except that its history may have pages: ``ask`` is a generator that hands out a request,
is sent the raw answer, and puts what that tells into ``Gathered``. Where a later page fails, what was gathered before
it stands, and the pool counts as not read.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, DecimalException
from typing import TypeAlias

from calculators.books.exact import EXACT, LARGEST, MOST_PLACES
from miner_agent.market.feed import FeedRequest, KeyPlace
from miner_agent.market.feed_payload import FeedDoc
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.table_cells import whole_coins
from miner_agent.sources.payload import Step

LONGEST_ID = 150  # characters
MOST_PAGES = 2_000

DECIMALS: Mapping[str, int] = {
    "BCH": 8,
    "BTC": 8,
    "DOGE": 8,
    "ERG": 9,
    "ETC": 18,
    "ETH": 18,
    "KAS": 8,
    "LTC": 8,
    "RVN": 8,
    "XMR": 12,
    "ZEC": 8,
}
"""In how many digits behind the point the smallest unit of a coin stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCredit:
    """What a pool says that it owes, for work of some time."""

    time: datetime  # aware
    amount: Decimal
    own_id: str


@dataclass(slots=True)
class Gathered:
    """What the answers of one pool tell, so far."""

    payouts: dict[FoundPayout, None] = field(default_factory=dict)  # each row once: pages overlap
    twins: list[FoundPayout] = field(default_factory=list)  # rows without an id, of which each is one
    credits: dict[FoundCredit, None] = field(default_factory=dict)
    taken_back: list[tuple[str, int | None]] = field(default_factory=list)  # transaction and output
    told_total: int | None = None  # how many payouts there are, as the pool says
    unpaid: Decimal | None = None  # what it owes now

    def add(self, payout: FoundPayout) -> None:
        if payout.own_id is None and payout.txid is None:
            self.twins.append(payout)
        else:
            self.payouts[payout] = None

    @property
    def size(self) -> tuple[int, int, int, int]:
        """How much there is, to go back to."""
        return len(self.payouts), len(self.twins), len(self.credits), len(self.taken_back)

    def forget_after(self, size: tuple[int, int, int, int]) -> None:
        """What a page told before it turned out to be none."""
        payouts, twins, owed_for, taken_back = size
        self.payouts = dict.fromkeys(list(self.payouts)[:payouts])
        self.credits = dict.fromkeys(list(self.credits)[:owed_for])
        del self.twins[twins:], self.taken_back[taken_back:]

    @property
    def all_payouts(self) -> tuple[FoundPayout, ...]:
        return (*self.payouts, *self.twins)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAccount:
    """Whose payouts of which coin are asked for."""

    coin: str
    account: str
    now: datetime


Asking: TypeAlias = Generator[FeedRequest, bytes, None]
Ask: TypeAlias = Callable[[PoolAccount, Gathered], Asking]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """How one pool is asked. ``name`` is its word in a configuration."""

    name: str
    base_url: Callable[[str], str] | None  # of a coin; None: everybody's own
    payouts: Ask
    credits: Ask | None = None  # None: it tells none
    unpaid: Ask | None = None
    key: KeyPlace | None = None


def everywhere(url: str) -> Callable[[str], str]:
    """One address for every coin."""
    return lambda _coin: url


def coins(row: FeedDoc, *steps: Step) -> Decimal:
    """An amount of whole coins, exact.

    Raises:
        BadPayload: it is none, or not above zero.
    """
    return _above_zero(row, row.decimal(*steps), *steps)


def units(row: FeedDoc, *steps: Step, decimals: int) -> Decimal:
    """An amount that is told in the smallest unit.

    Raises:
        BadPayload: as above, or it is not whole.
    """
    told = _above_zero(row, row.decimal(*steps), *steps)
    if told != told.to_integral_value():
        row.at(*steps).expected("a whole number of the coin's smallest unit")
    return whole_coins(told, decimals)


def units_or_none(row: FeedDoc, *steps: Step, decimals: int) -> Decimal | None:
    """Where zero is told for nothing."""
    told = row.decimal_or_none(*steps)
    return None if not told else units(row, *steps, decimals=decimals)


def owed(row: FeedDoc, *steps: Step, decimals: int | None = None) -> Decimal | None:
    """A balance, which may be zero, in whole coins or in the smallest unit; ``None`` where it is not told."""
    told = row.decimal_or_none(*steps)
    if told is None:
        return None
    if told == 0:
        return Decimal(0)
    return coins(row, *steps) if decimals is None else units(row, *steps, decimals=decimals)


def has_news(rows: Sequence[FeedDoc], seen: set[str]) -> bool:
    """Whether a page tells a row that none before it told: a pool that knows no pages tells one forever."""
    told = {repr(row.value) for row in rows}
    is_new = not told <= seen
    seen |= told
    return is_new


def identity(row: FeedDoc, *steps: Step) -> str:
    """A transaction, or what a pool calls a payout.

    Raises:
        BadPayload: it is none.
    """
    told = row.value_at(*steps)
    if isinstance(told, Decimal) and told == told.to_integral_value() and 0 <= told < LARGEST:
        told = f"{told:f}"
    if not isinstance(told, str) or not 0 < len(told) <= LONGEST_ID or not told.isascii() or not told.isprintable():
        row.at(*steps).expected("an id or a transaction")
    return str(told)


def identity_or_none(row: FeedDoc, *steps: Step) -> str | None:
    """``None`` where it is missing or empty."""
    told = row.value_at(*steps)
    return None if told is None or told == "" else identity(row, *steps)


def _above_zero(row: FeedDoc, amount: Decimal, *steps: Step) -> Decimal:
    try:
        whole = amount.normalize(EXACT)
    except DecimalException:
        whole = Decimal(0)
    exponent = whole.as_tuple().exponent
    if not 0 < whole < LARGEST or not isinstance(exponent, int) or exponent < -MOST_PLACES:
        row.at(*steps).expected("an amount of coins above zero")
    return whole
