"""Rounding of many amounts so that their sums stay right."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from calculators.books.exact import EXACT, NOTHING


def running(amounts: Iterable[Decimal], grid: Decimal) -> list[Decimal]:
    """Amounts on a grid whose sums are never more than half a step away from the real ones.

    Args:
        amounts: in the order in which they are summed.
        grid: the step.

    >>> running([Decimal("0.4"), Decimal("0.4"), Decimal("0.4")], Decimal(1))
    [Decimal('0'), Decimal('1'), Decimal('0')]
    """
    told, total, before = [], NOTHING, NOTHING
    step = Fraction(grid)
    for amount in amounts:
        total = EXACT.add(total, amount)
        now = EXACT.multiply(Decimal(round(Fraction(total) / step)), grid)
        told.append(EXACT.subtract(now, before))
        before = now
    return told
