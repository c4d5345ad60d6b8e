"""The lots of one coin in one place, and the order in which each method takes them."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from calculators.books.exact import EXACT, NOTHING, share_of
from calculators.books.movements import Receipt
from calculators.local_time import EPOCH, INSTANT

LotMethod = Literal["fifo", "lifo", "hifo", "lofo"]
Rank: TypeAlias = tuple[int, int] | tuple[bool, Decimal, int, int]

_PRICES = Context(prec=150)
"""Tells any two prices from each other: amounts have 66 digits at most, so two quotients differ before digit 133."""


@dataclass(slots=True, eq=False)
class Lot:
    """A receipt, and where it stands among all of them."""

    receipt: Receipt
    place: int  # in the order in which receipts came in

    def basis_of(self, amount: Decimal) -> Fraction | None:
        """What a part of it cost; ``None``: nobody knows yet. [currency]"""
        basis = self.receipt.basis
        if basis is None or amount == self.receipt.amount:
            return None if basis is None else Fraction(basis)
        return share_of(basis, part=amount, whole=self.receipt.amount)


@dataclass(slots=True, eq=False)
class _Stack:
    """What lies here of one lot."""

    lot: Lot
    left: Decimal


@dataclass(slots=True)
class LotPile:
    """Lots in one place; each is taken in parts, by whichever method is asked."""

    amount: Decimal = NOTHING
    _stacks: dict[str, _Stack] = field(default_factory=dict)
    _heaps: dict[LotMethod, list[tuple[Rank, _Stack]]] = field(default_factory=dict)

    def put(self, lot: Lot, amount: Decimal) -> None:
        """Adds a lot, or a part of one, of which another part may lie here already."""
        self.amount = EXACT.add(self.amount, amount)
        stack = self._stacks.get(lot.receipt.id)
        if stack is not None:
            stack.left = EXACT.add(stack.left, amount)
            return
        stack = self._stacks[lot.receipt.id] = _Stack(lot, amount)
        for method, heap in self._heaps.items():
            heapq.heappush(heap, (_RANKS[method](lot), stack))

    def take(
        self, amount: Decimal, method: LotMethod, chosen: Sequence[tuple[str, Decimal]] = ()
    ) -> Iterator[tuple[Lot, Decimal]]:
        """Takes lots away: those that were chosen by their receipt's id, then as the method says."""
        for receipt_id, most in chosen:
            stack = self._stacks.get(receipt_id)
            if stack is not None and amount and most > 0:
                part = min(stack.left, most, amount)
                amount = EXACT.subtract(amount, part)
                yield self._part(stack, part)
        if not amount:
            return
        heap = self._heap(method)
        while amount and heap:
            stack = heap[0][1]
            if not stack.left:  # another method, or a choice, took it
                heapq.heappop(heap)
                continue
            part = min(stack.left, amount)
            amount = EXACT.subtract(amount, part)
            taken = self._part(stack, part)
            if not stack.left:
                heapq.heappop(heap)
            yield taken

    def rest(self) -> Iterator[tuple[Lot, Decimal]]:
        """What is left, in the order in which it came in."""
        for stack in sorted(self._stacks.values(), key=lambda stack: stack.lot.place):
            yield stack.lot, stack.left

    def _part(self, stack: _Stack, part: Decimal) -> tuple[Lot, Decimal]:
        stack.left = EXACT.subtract(stack.left, part)
        self.amount = EXACT.subtract(self.amount, part)
        if not stack.left:
            del self._stacks[stack.lot.receipt.id]
        return stack.lot, part

    def _heap(self, method: LotMethod) -> list[tuple[Rank, _Stack]]:
        """Made when a method is first asked: a pile that never sells costs nothing."""
        heap = self._heaps.get(method)
        if heap is None:
            heap = [(_RANKS[method](stack.lot), stack) for stack in self._stacks.values()]
            heapq.heapify(heap)
            self._heaps[method] = heap
        return heap


def _moment(lot: Lot) -> int:
    return (lot.receipt.at - EPOCH) // INSTANT


def _by_price(lot: Lot, sign: int) -> Rank:
    """By price; of equal ones the earlier first; those whose price nobody knows last."""
    receipt = lot.receipt
    price = _PRICES.divide(receipt.basis, receipt.amount) if receipt.basis is not None else NOTHING
    return receipt.basis is None, _PRICES.multiply(price, sign), _moment(lot), lot.place


_RANKS: dict[LotMethod, Callable[[Lot], Rank]] = {
    "fifo": lambda lot: (_moment(lot), lot.place),
    "lifo": lambda lot: (-_moment(lot), -lot.place),
    "hifo": lambda lot: _by_price(lot, -1),
    "lofo": lambda lot: _by_price(lot, 1),
}
"""What is taken first has the lowest rank. No two lots have the same one."""
