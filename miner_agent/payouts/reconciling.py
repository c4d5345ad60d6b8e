"""What should agree: what a pool credited and paid with what it still owes, lots with what lies in a wallet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from calculators.books.exact import EXACT, exact_sum
from miner_agent.bookkeeping.booking import Request, book_events
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.errors import AgentError, SourceError
from miner_agent.market.feeding import Fetch
from miner_agent.model.book.whole_book import Book
from miner_agent.payouts.asking import AskedPool
from miner_agent.payouts.pool import Ask, Gathered
from miner_agent.payouts.syncing import events_told

NODE = "bitcoind"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReconciled:
    """One pool, in its coin. ``None``: it does not tell that."""

    name: str
    pool: str
    coin: str
    paid: Decimal | None = None  # of all payouts that it lists, with what it kept of them
    credited: Decimal | None = None
    unpaid: Decimal | None = None  # as it says
    expected_unpaid: Decimal | None = None  # credits less payouts
    not_booked: int = 0  # payouts that it lists
    errors: tuple[SourceError, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether nothing contradicts: what is not told does not."""
        told = self.unpaid is None or self.expected_unpaid is None or self.unpaid == self.expected_unpaid
        return told and not self.not_booked


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletReconciled:
    """One wallet of the book, and the node that holds it."""

    name: str
    wallet: str
    coin: str
    lots: Decimal
    held: Decimal | None  # as the node says; None: it could not be asked
    errors: tuple[SourceError, ...] = ()

    @property
    def agrees(self) -> bool:
        return self.held is None or self.held == self.lots


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """How everybody is asked."""

    folder: BooksFolder
    book: Book
    fetch: Fetch
    monotonic: Callable[[], float]
    now: datetime

    def pool(self, asked: AskedPool) -> PoolReconciled:
        """One pool: each of its questions by itself, so that one that fails leaves the others.

        Raises:
            AgentError: the books or the key cannot be read.
        """
        entry, errors = asked.entry, list[SourceError]()
        payouts, is_read = self._asked(asked, asked.pool.payouts, errors)
        paid = exact_sum(EXACT.add(one.amount, one.fee_amount or Decimal(0)) for one in payouts.all_payouts)
        credited = unpaid = None
        if asked.pool.credits is not None:
            told, credits_read = self._asked(asked, asked.pool.credits, errors)
            credited = exact_sum(one.amount for one in told.credits) if credits_read else None
        if asked.pool.unpaid is not None:
            unpaid = self._asked(asked, asked.pool.unpaid, errors)[0].unpaid
        return PoolReconciled(
            name=entry.name,
            pool=entry.pool,
            coin=entry.coin,
            paid=paid if is_read else None,
            credited=credited,
            unpaid=unpaid,
            expected_unpaid=EXACT.subtract(credited, paid) if credited is not None and is_read else None,
            not_booked=self._not_booked(asked, payouts),
            errors=tuple(errors),
        )

    def wallet(self, asked: AskedPool) -> WalletReconciled:
        """A wallet that a node holds: the balance of all of its addresses.

        Raises:
            AgentError: the key cannot be read.
        """
        entry, errors = asked.entry, list[SourceError]()
        held = None if asked.pool.unpaid is None else self._asked(asked, asked.pool.unpaid, errors)[0].unpaid
        lots = exact_sum(
            lot.amount
            for lot in self.book.matching.held
            if (lot.wallet, lot.asset) == (entry.wallet, entry.coin) and isinstance(lot.amount, Decimal)
        )
        return WalletReconciled(
            name=entry.name, wallet=entry.wallet, coin=entry.coin, lots=lots, held=held, errors=tuple(errors)
        )

    def _asked(self, asked: AskedPool, question: Ask, errors: list[SourceError]) -> tuple[Gathered, bool]:
        told = asked.ask(question, now=self.now, fetch=self.fetch, monotonic=self.monotonic)
        if told.error is not None:
            errors.append(told.error)
        return told.gathered, told.error is None

    def _not_booked(self, asked: AskedPool, gathered: Gathered) -> int:
        events, made_up_ids = events_told(asked, gathered)
        request = Request(
            events=events, by_whom="reconcile", currency=None, name=asked.entry.name, made_up_ids=made_up_ids
        )
        return len(book_events(self.folder, self.book.name, request, now=self.now, dry_run=True).added)


def reconciled(
    asking: Reconciling, pools: Sequence[AskedPool]
) -> tuple[list[PoolReconciled], list[WalletReconciled], list[AgentError]]:
    """All of them; what could not be asked at all is an error."""
    done, wallets, errors = list[PoolReconciled](), list[WalletReconciled](), list[AgentError]()
    for asked in pools:
        try:
            if asked.entry.pool == NODE:
                wallets.append(asking.wallet(asked))
            else:
                done.append(asking.pool(asked))
        except AgentError as error:
            errors.append(error)
    told = [*(one.errors for one in done), *(one.errors for one in wallets)]
    return done, wallets, [*errors, *(error for each in told for error in each)]
