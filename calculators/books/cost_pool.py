"""Coins whose cost is one sum: each of them cost the average."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from calculators.books.exact import EXACT
from calculators.books.movements import HeldLot
from calculators.books.whereabouts import Whereabouts

_WIDEST_BITS = 1024
_FINEST = 10**80


@dataclass(slots=True)
class CostPool:
    """How many coins, and what they cost together."""

    amount: Decimal = Decimal(0)
    basis: Fraction = Fraction(0)  # [currency]

    def put(self, amount: Decimal, basis: Decimal | Fraction) -> None:
        """Adds coins, or with an amount of nothing a cost alone."""
        self.amount = EXACT.add(self.amount, amount)
        self.basis += Fraction(basis)

    def take(self, amount: Decimal) -> tuple[Decimal, Fraction]:
        """Takes coins away, as far as there are so many: how many, and what they cost at the average.

        Nothing is lost: what is taken and what stays are the cost before. Where many takings have made a fraction too
        long to go on with, what is taken is rounded at the 80th digit behind the point.
        """
        part = min(amount, self.amount)
        if part == self.amount:
            basis = self.basis
        else:
            basis = self.basis * Fraction(part) / Fraction(self.amount)
            if basis.denominator.bit_length() > _WIDEST_BITS:
                basis = Fraction(round(basis * _FINEST), _FINEST)
        self.amount = EXACT.subtract(self.amount, part)
        self.basis -= basis
        return part, basis

    def held(self, asset: str, wallet: str, whereabouts: Whereabouts) -> Iterator[HeldLot]:
        """What is left, in the wallets where it lies.

        Args:
            asset: the coin.
            wallet: where it lies if nothing else is known.
            whereabouts: what each wallet holds, where one pool is for all of them.
        """
        if not self.amount:
            return
        for _, part, place in whereabouts.places(asset, [(None, self.amount, wallet)]):
            basis = self.basis * Fraction(part) / Fraction(self.amount)
            yield HeldLot(asset=asset, wallet=place, receipt=None, amount=part, pool_cost=basis)
