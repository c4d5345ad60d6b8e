"""What came, left and moved in a year, as entries of a journal with an account for each coin in each wallet."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from calculators.books.exact import EXACT, NOTHING
from calculators.books.lot_steps import LotChange, LotStep, lot_steps
from calculators.books.matching_rules import POOLS
from calculators.books.movements import Disposal, Move, Movement, Piece, Receipt
from calculators.books.tax_year import day_of
from exporters.tax.exported_book import ExportedBook, as_decimal
from exporters.tax.journal import (
    CAPITAL_GAINS,
    CASH,
    MINING,
    NETWORK_FEES,
    OPENING,
    SWAPS,
    TRADING_FEES,
    UNPRICED,
    CoinPosting,
    JournalEntry,
    expense_account,
)
from miner_agent.model.book.events import ARRIVED, Event, Fee, OtherIncome, Sale, Spend, Swap


def coin_journal(told: ExportedBook) -> list[JournalEntry]:
    """All of them in the order in which they happened, behind what was held when the year began."""
    start, end = told.span
    movements = [one for one in told.book.movements if one.at < end]
    if told.book.terms.method in POOLS:
        return [*_opening_pools(told), *_pooled(told, movements)]
    steps = lot_steps(movements, told.matching, by_wallet=told.book.terms.scope == "wallet")
    before = [step for step in steps if step.movement.at < start]
    writer = _Writer(told)
    return [
        *writer.opening(before),
        *(writer.entry(step.movement, writer.lots(step.changes)) for step in steps[len(before) :]),
    ]


class _Writer:
    """Knows the events behind the movements."""

    def __init__(self, told: ExportedBook) -> None:
        self.told = told
        self.zone = told.book.terms.zone
        self.events: Mapping[str, Event] = {event.id: event for event in told.book.events}
        self.taxed = told.taxed

    def opening(self, steps: list[LotStep]) -> Iterator[JournalEntry]:
        """The lots that earlier years left."""
        held: dict[tuple[str, str, str], tuple[Receipt, Decimal]] = {}
        for step in steps:
            for change in step.changes:
                if change.receipt is not None:
                    key = (change.receipt.asset, change.wallet, change.receipt.id)
                    _, so_far = held.get(key, (change.receipt, NOTHING))
                    held[key] = change.receipt, EXACT.add(so_far, change.amount)
        for (_, wallet, _), (receipt, amount) in sorted(held.items()):
            if amount:
                entry = JournalEntry(day=self.told.year.first, word="opening", id=receipt.id)
                entry.postings.append(self._coins(LotChange(wallet=wallet, receipt=receipt, amount=amount), receipt))
                entry.rest(OPENING)
                yield entry

    def lots(self, changes: tuple[LotChange, ...]) -> list[CoinPosting]:
        """The coins of a step. Those that nobody knows the receipt of lay in no wallet."""
        return [self._coins(change, change.receipt) for change in changes if change.receipt is not None]

    def _coins(self, change: LotChange, receipt: Receipt) -> CoinPosting:
        basis = receipt.basis_of(abs(change.amount))
        return CoinPosting(
            wallet=change.wallet,
            asset=receipt.asset,
            amount=change.amount,
            cost=NOTHING if basis is None else as_decimal(basis),
            acquired=day_of(receipt.at, self.zone),
            receipt=receipt,
        )

    def entry(self, movement: Movement, coins: list[CoinPosting]) -> JournalEntry:
        """One movement with the money on its other side.

        Args:
            movement: what happened.
            coins: what of them it changes.
        """
        event = self.events[movement.id.removesuffix(ARRIVED) if movement.id not in self.events else movement.id]
        entry = JournalEntry(
            day=day_of(movement.at, self.zone), at=movement.at, word=event.kind, id=event.id, note=event.note
        )
        entry.postings += coins
        match movement:
            case Receipt():
                self._receipt(entry, movement, event)
            case Disposal():
                self._disposal(entry, movement, event)
            case Move():
                pass
        return entry

    def _receipt(self, entry: JournalEntry, receipt: Receipt, event: Event) -> None:
        match receipt.kind, event:
            case "mining", _:
                account = MINING
            case "other_income", OtherIncome(category=category):
                account = ("Income", "Other", category)
            case "purchase", _:
                account = CASH
            case "swap_in", _:
                account = SWAPS
            case _:
                account = OPENING
        entry.is_sure = receipt.basis is not None
        entry.rest(account)

    def _disposal(self, entry: JournalEntry, disposal: Disposal, event: Event) -> None:
        match event:
            case Sale():
                account = CASH
            case Swap():
                account = SWAPS
            case Fee():
                account = NETWORK_FEES
            case Spend(category=category):
                account = expense_account(category or "Spending")
            case _:
                account = ("Expenses", "Gifts" if disposal.kind == "gift" else "Losses")
        if disposal.proceeds is None:
            entry.is_sure = False
            entry.rest(UNPRICED)
        elif disposal.id not in self.taxed:
            entry.rest(account)
        else:
            fee = event.fee_fiat if isinstance(event, Sale | Swap) else NOTHING
            entry.money(account, disposal.proceeds if account == CASH else EXACT.add(disposal.proceeds, fee))
            entry.money(TRADING_FEES, fee)
            entry.money(CASH, NOTHING if account == CASH else EXACT.minus(fee))
            entry.rest(CAPITAL_GAINS)


def _opening_pools(told: ExportedBook) -> Iterator[JournalEntry]:
    for lot in told.opening:
        entry = JournalEntry(day=told.year.first, word="opening", id=lot.asset)
        entry.postings.append(
            CoinPosting(
                wallet=lot.wallet, asset=lot.asset, amount=lot.amount, cost=as_decimal(lot.basis or Fraction(0))
            )
        )
        entry.rest(OPENING)
        yield entry


def _pooled(told: ExportedBook, movements: list[Movement]) -> Iterator[JournalEntry]:
    """Where coins are a pool: each disposal with what its coins cost in it."""
    start, _ = told.span
    writer = _Writer(told)
    pieces: dict[str, list[Piece]] = defaultdict(list)
    for piece in told.pieces:
        pieces[piece.disposal_id].append(piece)
    for movement in sorted((one for one in movements if one.at >= start), key=lambda one: one.at):
        yield writer.entry(movement, list(_of_pool(movement, pieces)))


def _of_pool(movement: Movement, pieces: Mapping[str, list[Piece]]) -> Iterator[CoinPosting]:
    def coins(wallet: str, amount: Decimal, cost: Decimal | None) -> CoinPosting:
        return CoinPosting(wallet=wallet, asset=movement.asset, amount=amount, cost=cost)

    match movement:
        case Receipt():
            yield coins(movement.wallet, movement.amount, movement.basis or NOTHING)
        case Disposal():
            for piece in pieces[movement.id]:
                yield coins(movement.wallet, EXACT.minus(piece.amount), as_decimal(piece.basis or Fraction(0)))
        case Move():
            yield coins(movement.wallet, EXACT.minus(movement.amount), None)
            yield coins(movement.to_wallet, movement.amount, None)
