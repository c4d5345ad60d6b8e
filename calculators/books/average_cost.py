"""Canada: all coins of a kind cost their average, and a loss that is bought back becomes cost of what was bought.

Income Tax Act, section 47 and the definition of "superficial loss" in section 54. Of a loss the part
least(sold, acquired, left) / sold is denied: what was acquired from 30 days before to 30 days after the disposal, and
what is left at the end of these. Each acquired coin denies the loss of one coin.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from calculators.books.cost_pool import CostPool
from calculators.books.exact import EXACT, NOTHING
from calculators.books.instants import replay
from calculators.books.movements import Carried, Disposal, HeldLot, Matching, Move, Movement, Piece, Receipt, Shortage
from calculators.books.tax_year import day_of
from calculators.books.whereabouts import Whereabouts

WINDOW = timedelta(days=30)


@dataclass(slots=True)
class _Acquired:
    """A receipt that may deny losses, each coin of it once."""

    day: date
    free: Decimal  # coins that deny no loss yet
    denied: Fraction = Fraction(0)  # losses that are to be part of its cost, and are not yet
    here: bool = False  # whether it came in already


@dataclass(slots=True)
class _Coin:
    """What has to be known of one coin before the first of its movements."""

    days: list[date] = field(default_factory=list)
    balances: list[Decimal] = field(default_factory=list)  # at the end of each of these days
    acquired: list[_Acquired] = field(default_factory=list)  # by day
    by_receipt: dict[str, _Acquired] = field(default_factory=dict)

    def left_on(self, day: date) -> Decimal:
        """How many coins there are at the end of a day."""
        index = bisect_right(self.days, day)
        return self.balances[index - 1] if index else NOTHING


@dataclass(slots=True, kw_only=True)
class AverageHoldings:
    """A pool for each coin, or for each coin in each wallet."""

    by_wallet: bool
    zone: ZoneInfo
    coins: dict[str, _Coin]  # empty: no loss is denied
    pools: defaultdict[tuple[str, str], CostPool] = field(default_factory=lambda: defaultdict(CostPool))
    pieces: list[Piece] = field(default_factory=list)
    shortages: list[Shortage] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)

    def receive(self, receipt: Receipt) -> None:
        """More coins, at what they cost and at the losses that were denied for them."""
        basis = Fraction(receipt.basis or 0)
        coin = self.coins.get(receipt.asset)
        if coin is not None:
            acquired = coin.by_receipt[receipt.id]
            acquired.here = True
            basis += acquired.denied
            acquired.denied = Fraction(0)
        self._pool(receipt.asset, receipt.wallet).put(receipt.amount, basis)

    def lack(self, movement: Disposal | Move) -> bool:
        """Whether there are too few coins for it."""
        return self._pool(movement.asset, movement.wallet).amount < movement.amount

    def dispose(self, disposal: Disposal) -> None:
        """Fewer coins, at the average."""
        pool = self._pool(disposal.asset, disposal.wallet)
        part, basis = pool.take(disposal.amount)
        if part:
            proceeds = disposal.proceeds_of(part)
            if proceeds is not None and proceeds < basis and disposal.asset in self.coins:
                basis -= self._deny(disposal, part, basis - proceeds, pool)
            self.pieces.append(_piece(disposal, part, basis))
        self._short(disposal, part)

    def move(self, move: Move) -> None:
        """From wallet to wallet at the average, where each has a pool of its own."""
        if not self.by_wallet:
            return
        part, basis = self._pool(move.asset, move.wallet).take(move.amount)
        self._pool(move.asset, move.to_wallet).put(part, basis)
        if part:
            self.carried.append(Carried(move=move, receipt=None, amount=part, pool_cost=basis))
        self._short(move, part)

    def _pool(self, asset: str, wallet: str) -> CostPool:
        return self.pools[asset, wallet if self.by_wallet else ""]

    def _short(self, movement: Disposal | Move, found: Decimal) -> None:
        missing = EXACT.subtract(movement.amount, found)
        if not missing:
            return
        self.shortages.append(
            Shortage(disposal_id=movement.id, asset=movement.asset, wallet=movement.wallet, amount=missing)
        )
        if isinstance(movement, Disposal):
            self.pieces.append(_piece(movement, missing, None))

    def _deny(self, disposal: Disposal, sold: Decimal, loss: Fraction, pool: CostPool) -> Fraction:
        """The part of a loss that is denied; it becomes cost of what was acquired."""
        coin, day = self.coins[disposal.asset], day_of(disposal.at, self.zone)
        open_coins = min(sold, coin.left_on(day + WINDOW))
        denied = Fraction(0)
        first = bisect_left(coin.acquired, day - WINDOW, key=lambda acquired: acquired.day)
        for acquired in coin.acquired[first:]:
            if acquired.day > day + WINDOW or open_coins <= 0:
                break
            coins = min(acquired.free, open_coins)
            if acquired.here and not pool.amount:
                continue  # it is sold: its cost can grow no more
            acquired.free = EXACT.subtract(acquired.free, coins)
            open_coins = EXACT.subtract(open_coins, coins)
            part = loss * Fraction(coins) / Fraction(sold)
            denied += part
            if acquired.here:
                pool.put(NOTHING, part)
            else:
                acquired.denied += part
        return denied


def match_average(
    movements: Sequence[Movement], *, by_wallet: bool, zone: ZoneInfo, superficial_losses: bool
) -> Matching:
    """Matches disposals with the average.

    Args:
        movements: of any coins, in the order of the chain.
        by_wallet: whether each wallet has an average of its own; superficial losses look at all wallets.
        zone: whose days count.
        superficial_losses: whether losses are denied where coins were acquired around the disposal.
    """
    holdings = AverageHoldings(
        by_wallet=by_wallet, zone=zone, coins=_looked_ahead(movements, zone) if superficial_losses else {}
    )
    replay(movements, holdings)
    whereabouts = Whereabouts.of(() if by_wallet else movements)
    held: list[HeldLot] = []
    for (asset, wallet), pool in sorted(holdings.pools.items()):
        held += pool.held(asset, wallet, whereabouts)
    return Matching(
        pieces=tuple(holdings.pieces),
        held=tuple(held),
        shortages=tuple(holdings.shortages),
        carried=tuple(holdings.carried),
    )


def _looked_ahead(movements: Sequence[Movement], zone: ZoneInfo) -> dict[str, _Coin]:
    coins: dict[str, _Coin] = defaultdict(_Coin)
    for movement in sorted(movements, key=lambda movement: movement.at):
        if isinstance(movement, Move):
            continue
        coin, day, amount = coins[movement.asset], day_of(movement.at, zone), movement.amount
        balance = coin.balances[-1] if coin.balances else NOTHING
        if isinstance(movement, Receipt):
            acquired = coin.by_receipt[movement.id] = _Acquired(day, amount)
            coin.acquired.append(acquired)
            balance = EXACT.add(balance, amount)
        else:
            balance = max(NOTHING, EXACT.subtract(balance, amount))
        if coin.days and coin.days[-1] == day:
            coin.balances[-1] = balance
        else:
            coin.days.append(day)
            coin.balances.append(balance)
    return dict(coins)


def _piece(disposal: Disposal, amount: Decimal, basis: Fraction | None) -> Piece:
    return Piece(disposal=disposal, receipt=None, amount=amount, pool_cost=basis, rule="average")
