"""A year as entries of double bookkeeping, for the formats that are written so. The amounts of each sum to nothing."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from calculators.books.exact import EXACT, NOTHING, exact_sum, plain
from calculators.books.movements import Receipt

Account: TypeAlias = tuple[str, ...]
"""The words of its name, as they were told."""

CASH: Account = ("Assets", "Cash")
HARDWARE: Account = ("Assets", "Hardware")
MINING: Account = ("Income", "Mining")
CAPITAL_GAINS: Account = ("Income", "CapitalGains")
HARDWARE_GAIN: Account = ("Income", "HardwareGain")
NETWORK_FEES: Account = ("Expenses", "NetworkFees")
TRADING_FEES: Account = ("Expenses", "TradingFees")
ELECTRICITY: Account = ("Expenses", "Electricity")
DEPRECIATION: Account = ("Expenses", "Depreciation")
OPENING: Account = ("Equity", "Opening")
SWAPS: Account = ("Equity", "Swaps")
PRIVATE: Account = ("Equity", "Private")
UNPRICED: Account = ("Equity", "Unpriced")

ALWAYS = (CASH, MINING, CAPITAL_GAINS, NETWORK_FEES, TRADING_FEES)
"""Accounts of every journal, so that who asks for their sum finds them."""
OWN = (*ALWAYS, HARDWARE, HARDWARE_GAIN, ELECTRICITY, DEPRECIATION, OPENING, SWAPS, PRIVATE, UNPRICED)


def expense_account(category: str) -> Account:
    """Of a category in the user's words; electricity is one account, whoever booked it."""
    return ELECTRICITY if category.strip().casefold() == "electricity" else ("Expenses", category)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinPosting:
    """More or less of a coin in a wallet."""

    wallet: str
    asset: str
    amount: Decimal
    cost: Decimal | None  # of all of them, never below zero; None: they only change their place
    acquired: date | None = None
    receipt: Receipt | None = None  # of which they are a part; None: they are of a pool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyPosting:
    """More or less of the book's currency in an account."""

    account: Account
    amount: Decimal


Posting: TypeAlias = CoinPosting | MoneyPosting


@dataclass(slots=True, kw_only=True)
class JournalEntry:
    """One transaction."""

    day: date
    word: str
    id: str
    at: datetime | None = None
    note: str | None = None
    is_sure: bool = True  # False: a price or a receipt is missing
    postings: list[Posting] = field(default_factory=list)

    def money(self, account: Account, amount: Decimal) -> None:
        """Adds to an account; nothing is not added."""
        if amount:
            self.postings.append(MoneyPosting(account=account, amount=amount))

    def rest(self, account: Account) -> None:
        """Whatever is missing for a sum of nothing."""
        self.postings.append(MoneyPosting(account=account, amount=EXACT.minus(self.sum)))

    @property
    def sum(self) -> Decimal:
        """Of all that has a value. [currency]"""
        return exact_sum(map(_weight, self.postings))


def in_cents_at_least(amount: Decimal) -> str:
    """Money with every digit and two behind the point: a program that reads none takes it to be exact.

    >>> in_cents_at_least(Decimal(-62)), in_cents_at_least(Decimal("0.1234"))
    ('-62.00', '0.1234')
    """
    text = plain(amount)
    whole, _, places = text.partition(".")
    return text if len(places) >= 2 else f"{whole}.{places:<02}"


def _weight(posting: Posting) -> Decimal:
    if isinstance(posting, MoneyPosting):
        return posting.amount
    if posting.cost is None:
        return NOTHING
    return posting.cost if posting.amount > 0 else EXACT.minus(posting.cost)
