"""What each movement does to the lots in each wallet, for who keeps an account of lots for each wallet.

Where all wallets share their lots, a disposal may take a lot that lies elsewhere: then the two lots change places, in
the same step, so that what leaves a wallet has lain in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from calculators.books.exact import EXACT, NOTHING
from calculators.books.instants import replay
from calculators.books.movements import Carried, Disposal, Matching, Move, Movement, Piece, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class LotChange:
    """More or less of a lot in one wallet."""

    wallet: str
    receipt: Receipt | None  # None: coins that nobody knows the receipt of
    amount: Decimal  # below zero: less


@dataclass(frozen=True, slots=True, kw_only=True)
class LotStep:
    """One movement, and all that it changes."""

    movement: Movement
    changes: tuple[LotChange, ...]


def lot_steps(movements: Sequence[Movement], matching: Matching, *, by_wallet: bool) -> list[LotStep]:
    """Every movement in the order in which it happened.

    Args:
        movements: those that were matched.
        matching: what a method of lots made of them.
        by_wallet: whether each wallet has lots of its own.

    Raises:
        ValueError: it was made by pools, which have no lots, or an amount is not above zero.
    """
    costs = [*(piece.pool_cost for piece in matching.pieces), *(lot.pool_cost for lot in matching.held)]
    if any(cost is not None for cost in costs):
        raise ValueError("pools have no lots that could lie anywhere")
    lying = _Lying(by_wallet=by_wallet)
    for piece in matching.pieces:
        lying.pieces[piece.disposal_id].append(piece)
    for carried in matching.carried:
        lying.carried[carried.move.id].append(carried)
    replay(movements, lying)
    return lying.steps


@dataclass(slots=True, kw_only=True)
class _Lying:
    """Which lots lie in which wallet."""

    by_wallet: bool
    pieces: defaultdict[str, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    carried: defaultdict[str, list[Carried]] = field(default_factory=lambda: defaultdict(list))
    steps: list[LotStep] = field(default_factory=list)
    _lots: dict[str, dict[str, dict[str, Decimal]]] = field(default_factory=dict)  # by coin, wallet and receipt
    _receipts: dict[str, Receipt] = field(default_factory=dict)
    _changes: list[LotChange] = field(default_factory=list)

    def receive(self, receipt: Receipt) -> None:
        """A lot begins."""
        self._receipts[receipt.id] = receipt
        self._change(receipt, receipt.wallet, receipt.amount)
        self._end(receipt)

    def lack(self, movement: Disposal | Move) -> bool:
        """Whether too few coins lie there."""
        lots = self._in(movement.asset, movement.wallet)
        so_far = NOTHING
        for amount in lots.values():
            so_far = EXACT.add(so_far, amount)
            if so_far >= movement.amount:
                return False
        return True

    def dispose(self, disposal: Disposal) -> None:
        """Its pieces leave; those that lie elsewhere change places first."""
        elsewhere: list[tuple[Receipt, Decimal]] = []
        for piece in self.pieces[disposal.id]:
            if piece.receipt is None:
                self._changes.append(LotChange(wallet=disposal.wallet, receipt=None, amount=EXACT.minus(piece.amount)))
                continue
            here = min(piece.amount, self._in(disposal.asset, disposal.wallet).get(piece.receipt.id, NOTHING))
            if here:
                self._change(piece.receipt, disposal.wallet, EXACT.minus(here))
            if here < piece.amount:
                elsewhere.append((piece.receipt, EXACT.subtract(piece.amount, here)))
        for receipt, amount in elsewhere:
            self._fetch(receipt, amount, disposal.wallet)
        self._end(disposal)

    def move(self, move: Move) -> None:
        """Lots go along: those that the matching says, or whichever lie there."""
        if self.by_wallet:
            along = [(one.receipt, one.amount) for one in self.carried[move.id] if one.receipt is not None]
        else:
            along = list(self._some(move.asset, move.wallet, move.amount))
        for receipt, amount in along:
            self._change(receipt, move.wallet, EXACT.minus(amount))
            self._change(receipt, move.to_wallet, amount)
        self._end(move)

    def _fetch(self, receipt: Receipt, amount: Decimal, wallet: str) -> None:
        """Disposes of a lot that lies in other wallets, and gives these as many coins of other lots."""
        for there in sorted(self._lots[receipt.asset]):
            part = min(amount, self._in(receipt.asset, there).get(receipt.id, NOTHING))
            if not part:
                continue
            amount = EXACT.subtract(amount, part)
            self._change(receipt, there, EXACT.minus(part))
            for other, given in list(self._some(receipt.asset, wallet, part)):
                self._change(other, wallet, EXACT.minus(given))
                self._change(other, there, given)

    def _some(self, asset: str, wallet: str, amount: Decimal) -> Iterator[tuple[Receipt, Decimal]]:
        """Lots that lie there, the oldest first, as far as there are so many coins."""
        for receipt_id, there in self._in(asset, wallet).items():
            part = min(amount, there)
            if not part:
                return
            amount = EXACT.subtract(amount, part)
            yield self._receipts[receipt_id], part

    def _in(self, asset: str, wallet: str) -> dict[str, Decimal]:
        return self._lots.setdefault(asset, {}).setdefault(wallet, {})

    def _change(self, receipt: Receipt, wallet: str, amount: Decimal) -> None:
        lots = self._in(receipt.asset, wallet)
        left = EXACT.add(lots.get(receipt.id, NOTHING), amount)
        if left:
            lots[receipt.id] = left
        else:
            del lots[receipt.id]
        self._changes.append(LotChange(wallet=wallet, receipt=receipt, amount=amount))

    def _end(self, movement: Movement) -> None:
        self.steps.append(LotStep(movement=movement, changes=tuple(self._changes)))
        self._changes.clear()
