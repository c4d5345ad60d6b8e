"""The kinds of entry in a book, each with the keys of its body. They are checked where they are booked.

Amounts are of ``asset``, in whole coins; ``price``, ``value`` and ``fee_fiat`` are in the book's currency. A ``target``
is the id of an earlier entry.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct, field

ARRIVED = ":in"
"""Behind the id of a swap: the coins that came in."""
WriteOff = Literal["macrs5", "section179", "bonus", "de_minimis", "none"]


class Event(Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """What every entry has: an id, which is its source's own, and when it happened."""

    id: str
    time: datetime  # aware
    note: str | None = None

    @property
    def kind(self) -> str:
        """The word for it in files and lists."""
        return str(self.__struct_config__.tag)


class CoinEvent(Event, frozen=True, kw_only=True):
    """One that concerns coins in a wallet."""

    wallet: str
    asset: str
    amount: Decimal
    txid: str | None = None


class ValuedEvent(CoinEvent, frozen=True, kw_only=True):
    """One whose coins have a price and a value; ``None``: not known yet."""

    price: Decimal | None = None
    value: Decimal | None = None


class Payout(ValuedEvent, frozen=True, kw_only=True, tag="payout"):
    """Mined coins that arrived: income."""

    output: int | None = None
    pool: str | None = None
    fee_amount: Decimal | None = None  # what the pool kept of it, beside what arrived


class PoolCredit(ValuedEvent, frozen=True, kw_only=True, tag="pool_credit"):
    """What a pool owes. Income where that is what is recognised of this pool."""

    pool: str
    recognised: bool = False


class Fee(ValuedEvent, frozen=True, kw_only=True, tag="fee"):
    """A network's fee, paid in coin: a taxable disposal."""


class Sale(ValuedEvent, frozen=True, kw_only=True, tag="sale"):
    """Sold for currency."""

    fee_fiat: Decimal = Decimal(0)  # the value is before it, the proceeds are after it


class Purchase(ValuedEvent, frozen=True, kw_only=True, tag="purchase"):
    """Bought for currency."""

    fee_fiat: Decimal = Decimal(0)  # the value is before it, the basis is after it


class OpeningLot(ValuedEvent, frozen=True, kw_only=True, tag="opening_lot"):
    """Held before the book began: the time is when it was acquired, the value its basis. No income."""


class Transfer(CoinEvent, frozen=True, kw_only=True, tag="transfer"):
    """From one own wallet to another."""

    to_wallet: str


class Swap(ValuedEvent, frozen=True, kw_only=True, tag="swap"):
    """One coin for another: ``amount`` leaves, ``to_amount`` arrives, both worth ``value``."""

    to_asset: str
    to_amount: Decimal
    to_wallet: str | None = None  # None: the same
    fee_fiat: Decimal = Decimal(0)


class Spend(ValuedEvent, frozen=True, kw_only=True, tag="spend"):
    """Paid with coins: a disposal at their value, and an expense where it has a category."""

    category: str | None = None


class Gift(ValuedEvent, frozen=True, kw_only=True, tag="gift"):
    """Given away."""


class Loss(ValuedEvent, frozen=True, kw_only=True, tag="loss"):
    """Lost or stolen."""

    stolen: bool = False


class OtherIncome(ValuedEvent, frozen=True, kw_only=True, tag="other_income"):
    """Coins that came in another way than by mining: a fork, an airdrop, staking."""

    category: str


class Valuation(Event, frozen=True, kw_only=True, tag="valuation"):
    """The price of a payout that was booked without one."""

    target: str
    price: Decimal | None = None
    value: Decimal
    source: str | None = None  # who said the price


class Amend(Event, frozen=True, kw_only=True, tag="amend"):
    """The named keys of an earlier entry are replaced."""

    target: str
    changes: Mapping[str, object] = field(name="set")
    why: str


class Cancel(Event, frozen=True, kw_only=True, tag="cancel"):
    """An earlier entry never was: orphaned, or taken back."""

    target: str
    why: str


class EnergyDay(Event, frozen=True, kw_only=True, tag="energy"):
    """Electricity of the day on which the time lies."""

    device: str
    kwh: Decimal
    value: Decimal | None
    unplaced: bool = False  # known of a counter, but not of which time it is
    slots: str | None = None  # the evidence with the tariff's slots, by its hash


class Invoice(Event, frozen=True, kw_only=True, tag="invoice"):
    """A bill or a meter reading: it stands in place of the energy of its days."""

    first_day: date = field(name="from")
    last_day: date = field(name="to")  # included
    kwh: Decimal
    value: Decimal


class Expense(Event, frozen=True, kw_only=True, tag="expense"):
    """Money that was spent."""

    category: str
    value: Decimal


class HardwareBought(Event, frozen=True, kw_only=True, tag="hardware"):
    """A device; the time is when it was placed in service."""

    name: str
    acquired: date
    value: Decimal
    business_share: Decimal = Decimal(1)  # 0 to 1
    write_off: WriteOff


class HardwareSale(Event, frozen=True, kw_only=True, tag="hardware_sale"):
    """A device is sold."""

    target: str
    value: Decimal


class OperatingDay(Event, frozen=True, kw_only=True, tag="hours"):
    """How long a device worked on the day on which the time lies."""

    device: str
    hours: Decimal


class MiningContract(Event, frozen=True, kw_only=True, tag="contract"):
    """Terms with a pool or a host, in its own words."""

    party: str
    terms: str


class LotChoice(Event, frozen=True, kw_only=True, tag="lot_choice"):
    """Which lots a disposal takes, recorded no later than the disposal."""

    target: str  # the disposal's id
    lots: tuple[tuple[str, Decimal], ...]  # id of a receipt, and how much of it


class StandingOrder(Event, frozen=True, kw_only=True, tag="standing_order"):
    """How lots are chosen from this moment on, where nothing else is said."""

    method: Literal["fifo", "lifo", "hifo", "lofo"]
    wallet: str | None = None  # None: everywhere


class Setting(Event, frozen=True, kw_only=True, tag="setting"):
    """A fact about the whole book."""

    name: str
    setting: str


class Link(Event, frozen=True, kw_only=True, tag="link"):
    """A payout came a second time under another key. Without a target nobody knows which one it was: an open item."""

    target: str | None = None
    candidates: tuple[str, ...] = ()
    payout: Payout  # as it came; with its own id as the target it is a payout of its own


class YearClosed(Event, frozen=True, kw_only=True, tag="year_closed"):
    """The books of a tax year were handed in: the files, by their names and hashes."""

    year: str
    files: Mapping[str, str] = {}


class YearReopened(Event, frozen=True, kw_only=True, tag="year_reopened"):
    """A closed year is worked on again."""

    year: str
    why: str


class MovedToBook(Event, frozen=True, kw_only=True, tag="moved_to_book"):
    """An entry stands in another book from now on."""

    target: str
    book: str


AnyEvent: TypeAlias = (
    Payout
    | PoolCredit
    | Fee
    | Sale
    | Purchase
    | OpeningLot
    | Transfer
    | Swap
    | Spend
    | Gift
    | Loss
    | OtherIncome
    | Valuation
    | Amend
    | Cancel
    | EnergyDay
    | Invoice
    | Expense
    | HardwareBought
    | HardwareSale
    | OperatingDay
    | MiningContract
    | LotChoice
    | StandingOrder
    | Setting
    | Link
    | YearClosed
    | YearReopened
    | MovedToBook
)

KINDS: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in AnyEvent.__args__}
"""Every kind of entry by its word."""
