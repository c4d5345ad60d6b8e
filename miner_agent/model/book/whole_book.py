"""A book as it stands after its last entry."""

from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from calculators.books.movements import Matching, Movement
from miner_agent.model.book.events import Event

FIRST_BOOK = "main"
"""Where the first one gets no name."""
Country = Literal["US", "GB", "DE", "CA", "AU"]
Method = Literal["fifo", "lifo", "hifo", "lofo", "specific", "average", "section104"]
Scope = Literal["wallet", "universal"]
Activity = Literal["business", "hobby"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTerms:
    """What holds for a whole book."""

    currency: str
    time_zone: str = "UTC"  # IANA name: whose days and years hold
    country: Country = "US"
    method: Method = "fifo"
    scope: Scope = "wallet"
    activity: Activity = "hobby"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """How far a chain goes: what is made from it says so."""

    seq: int  # of the last entry; 0: there is none
    hash: str  # hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What somebody has to decide, or to look for."""

    id: str  # of the entry that it is about
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything that follows from the entries of one book."""

    name: str
    terms: BookTerms
    events: tuple[Event, ...]  # as amended, without what was cancelled, in the order of the chain
    movements: tuple[Movement, ...] = ()  # of coins, in the order of the chain
    matching: Matching = field(default_factory=Matching)
    entries_through: ChainHead
    unpriced: tuple[str, ...] = ()  # ids of income and disposals without a value
    open_items: tuple[OpenItem, ...] = ()
