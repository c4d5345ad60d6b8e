"""Which lots each disposal takes: first, last, highest or lowest in, or those that were chosen.

With lots by wallet a transfer takes the lots that a sale would take, and carries their date and their basis along.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from calculators.books.exact import EXACT
from calculators.books.instants import replay
from calculators.books.lot_pile import Lot, LotMethod, LotPile
from calculators.books.movements import (
    Carried,
    Disposal,
    HeldLot,
    Matching,
    Move,
    Movement,
    Piece,
    Receipt,
    Shortage,
)
from calculators.books.whereabouts import Whereabouts

Choices = Mapping[str, Sequence[tuple[str, Decimal]]]
"""By the id of a disposal or a transfer: which receipts it takes, and how much of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How lots are chosen from a moment on, where nothing else is said."""

    at: datetime
    method: LotMethod
    wallet: str | None = None  # None: everywhere


@dataclass(slots=True, kw_only=True)
class LotHoldings:
    """Every lot that is held, and every piece that was disposed of."""

    method: LotMethod
    by_wallet: bool
    choices: Choices = field(default_factory=dict)
    orders: Sequence[Order] = ()  # in the order of their time
    pieces: list[Piece] = field(default_factory=list)
    shortages: list[Shortage] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    _piles: defaultdict[tuple[str, str], LotPile] = field(default_factory=lambda: defaultdict(LotPile))
    _receipts: int = 0

    def receive(self, receipt: Receipt) -> None:
        """A new lot."""
        self._pile(receipt.asset, receipt.wallet).put(receipt, self._receipts, receipt.amount)
        self._receipts += 1

    def lack(self, movement: Disposal | Move) -> bool:
        """Whether there are too few coins for it."""
        return self._pile(movement.asset, movement.wallet).amount < movement.amount

    def dispose(self, disposal: Disposal) -> None:
        """Takes lots; what is more than all of them has a piece without a basis."""
        self.pieces += [
            Piece(disposal=disposal, receipt=lot.receipt if lot else None, amount=amount)
            for lot, amount in self._take(disposal)
        ]

    def move(self, move: Move) -> None:
        """Takes lots to another wallet. Where lots lie everywhere, nothing changes but where the coins are."""
        if not self.by_wallet:
            return
        there = self._pile(move.asset, move.to_wallet)
        for lot, amount in list(self._take(move)):
            if lot is not None:
                there.put(lot.receipt, lot.number, amount)
                self.carried.append(Carried(move=move, receipt=lot.receipt, amount=amount))

    def held(self, whereabouts: Whereabouts) -> list[HeldLot]:
        """What is left, by coin and wallet."""
        held = []
        for (asset, wallet), pile in sorted(self._piles.items()):
            rest = list(pile.rest())
            places = (
                [(lot, amount, wallet) for lot, amount in rest]
                if self.by_wallet
                else whereabouts.places(asset, [(lot, amount, lot.receipt.wallet) for lot, amount in rest])
            )
            held += [
                HeldLot(asset=asset, wallet=place, receipt=lot.receipt, amount=amount) for lot, amount, place in places
            ]
        return held

    def _pile(self, asset: str, wallet: str) -> LotPile:
        return self._piles[asset, wallet if self.by_wallet else ""]

    def _take(self, movement: Disposal | Move) -> list[tuple[Lot | None, Decimal]]:
        """The lots of a movement; the last one is ``None`` where there were too few."""
        pile = self._pile(movement.asset, movement.wallet)
        missing = EXACT.subtract(movement.amount, min(movement.amount, pile.amount))
        taken: list[tuple[Lot | None, Decimal]] = []
        taken += pile.take(movement.amount, self._method(movement), self.choices.get(movement.id, ()))
        if missing:
            self.shortages.append(
                Shortage(disposal_id=movement.id, asset=movement.asset, wallet=movement.wallet, amount=missing)
            )
            taken.append((None, missing))
        return taken

    def _method(self, movement: Disposal | Move) -> LotMethod:
        """The last order before it that is for its wallet."""
        for order in reversed(self.orders):
            if order.at <= movement.at and order.wallet in {None, movement.wallet}:
                return order.method
        return self.method


def match_lots(
    movements: Sequence[Movement],
    *,
    method: LotMethod,
    by_wallet: bool,
    choices: Choices | None = None,
    orders: Sequence[Order] = (),
) -> Matching:
    """Matches disposals with lots.

    Args:
        movements: of any coins, in the order of the chain.
        method: which lots go first: the oldest, the newest, the dearest, the cheapest.
        by_wallet: whether each wallet has lots of its own, or all of them together.
        choices: lots that were chosen for single disposals; what they leave open goes by the method.
        orders: methods that hold from a moment on.
    """
    holdings = LotHoldings(
        method=method,
        by_wallet=by_wallet,
        choices=choices or {},
        orders=sorted(orders, key=lambda order: order.at),
    )
    replay(movements, holdings)
    return Matching(
        pieces=tuple(holdings.pieces),
        held=tuple(holdings.held(Whereabouts.of(() if by_wallet else movements))),
        shortages=tuple(holdings.shortages),
        carried=tuple(holdings.carried),
    )
