"""The lots of one coin in one place, and the order in which each method takes them."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Literal, TypeAlias

from calculators.books.exact import EXACT, NOTHING
from calculators.books.movements import Receipt

LotMethod = Literal["fifo", "lifo", "hifo", "lofo"]
Rank: TypeAlias = int | tuple[bool, Decimal, int]

_PRICES = Context(prec=150)
"""Tells any two prices from each other: amounts have 66 digits at most, so two quotients differ before digit 133."""


@dataclass(slots=True, eq=False)
class Lot:
    """What lies in one place of a receipt."""

    receipt: Receipt
    number: int  # in the order in which receipts came in, which is that of their time
    left: Decimal


@dataclass(slots=True)
class LotPile:
    """Lots in one place; each is taken in parts, by whichever method is asked."""

    amount: Decimal = NOTHING
    _lots: dict[str, Lot] = field(default_factory=dict)
    _heaps: dict[LotMethod, list[tuple[Rank, int, Lot]]] = field(default_factory=dict)
    _puts: int = 0  # of one receipt a part may lie in a heap that was taken, and another that came after it

    def put(self, receipt: Receipt, number: int, amount: Decimal) -> None:
        """Adds a lot, or a part of one, of which another part may lie here already."""
        self.amount = EXACT.add(self.amount, amount)
        lot = self._lots.get(receipt.id)
        if lot is not None:
            lot.left = EXACT.add(lot.left, amount)
            return
        lot = self._lots[receipt.id] = Lot(receipt, number, amount)
        self._puts += 1
        for method, heap in self._heaps.items():
            heapq.heappush(heap, (_RANKS[method](lot), self._puts, lot))

    def take(
        self, amount: Decimal, method: LotMethod, chosen: Sequence[tuple[str, Decimal]] = ()
    ) -> Iterator[tuple[Lot, Decimal]]:
        """Takes lots away: those that were chosen by their receipt's id, then as the method says."""
        for receipt_id, most in chosen:
            lot = self._lots.get(receipt_id)
            if lot is not None and amount and most > 0:
                part = min(lot.left, most, amount)
                amount = EXACT.subtract(amount, part)
                yield self._part(lot, part)
        if not amount:
            return
        heap = self._heap(method)
        while amount and heap:
            lot = heap[0][2]
            if not lot.left:  # another method, or a choice, took it
                heapq.heappop(heap)
                continue
            part = min(lot.left, amount)
            amount = EXACT.subtract(amount, part)
            taken = self._part(lot, part)
            if not lot.left:
                heapq.heappop(heap)
            yield taken

    def rest(self) -> Iterator[tuple[Lot, Decimal]]:
        """What is left, in the order in which it came in."""
        for lot in sorted(self._lots.values(), key=lambda lot: lot.number):
            yield lot, lot.left

    def _part(self, lot: Lot, part: Decimal) -> tuple[Lot, Decimal]:
        lot.left = EXACT.subtract(lot.left, part)
        self.amount = EXACT.subtract(self.amount, part)
        if not lot.left:
            del self._lots[lot.receipt.id]
        return lot, part

    def _heap(self, method: LotMethod) -> list[tuple[Rank, int, Lot]]:
        """Made when a method is first asked: a pile that never sells costs nothing."""
        heap = self._heaps.get(method)
        if heap is None:
            heap = [(_RANKS[method](lot), 0, lot) for lot in self._lots.values()]
            heapq.heapify(heap)
            self._heaps[method] = heap
        return heap


def _by_price(lot: Lot, sign: int) -> Rank:
    """By price; of equal ones the earlier first; those whose price nobody knows last."""
    receipt = lot.receipt
    price = _PRICES.divide(receipt.basis, receipt.amount) if receipt.basis is not None else NOTHING
    return receipt.basis is None, _PRICES.multiply(price, sign), lot.number


_RANKS: dict[LotMethod, Callable[[Lot], Rank]] = {
    "fifo": lambda lot: lot.number,
    "lifo": lambda lot: -lot.number,
    "hifo": lambda lot: _by_price(lot, -1),
    "lofo": lambda lot: _by_price(lot, 1),
}
"""What is taken first has the lowest rank; no two receipts have the same one."""
