"""Decimals that are never rounded in silence, and the one rounding at the end."""

from collections.abc import Iterable
from decimal import (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Subnormal,
)
from fractions import Fraction
from typing import Literal

Rounding = Literal["ROUND_HALF_EVEN", "ROUND_HALF_UP"]
HALF_EVEN: Rounding = ROUND_HALF_EVEN
HALF_UP: Rounding = ROUND_HALF_UP

NOTHING = Decimal(0)
EXACT = Context(prec=250, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow, Subnormal])
"""Wide enough for every sum and product of amounts that are booked. What it could not hold is an error."""

LARGEST = Decimal(10) ** 30
"""Every amount that is booked is below it."""
MOST_PLACES = 36
"""Digits behind the point of an amount that is booked: twice those of the coin that has most."""


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """All of them together, to the last digit.

    Args:
        amounts: of one coin or one currency. [of that unit]

    >>> exact_sum([Decimal("1e10"), Decimal("1e-18")])
    Decimal('10000000000.000000000000000001')
    """
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def exact_product(one: Decimal, other: Decimal) -> Decimal:
    """One times the other, to the last digit.

    Args:
        one: such as an amount. [coins]
        other: such as a price. [currency per coin]

    >>> exact_product(Decimal("0.000000000000000001"), Decimal("123456789012345678.9"))
    Decimal('0.1234567890123456789')
    """
    return EXACT.multiply(one, other)


def share_of(total: Decimal, *, part: Decimal, whole: Decimal) -> Fraction:
    """The part of a total that goes with a part of a whole, exact where no decimal is.

    Args:
        total: such as what a lot cost. [currency]
        part: such as what is taken of the lot. [coins]
        whole: such as the lot. [coins] Not zero.

    >>> share_of(Decimal(10), part=Decimal("0.1"), whole=Decimal("0.3"))
    Fraction(10, 3)
    """
    total_numerator, total_denominator = total.as_integer_ratio()
    part_numerator, part_denominator = part.as_integer_ratio()
    whole_numerator, whole_denominator = whole.as_integer_ratio()
    return Fraction(
        total_numerator * part_numerator * whole_denominator,
        total_denominator * part_denominator * whole_numerator,
    )


def fraction_sum(fractions: Iterable[Fraction]) -> Fraction:
    """All of them together, exact: thousands with denominators of their own, too, which a sum from left to right makes
    slow.

    Args:
        fractions: of one currency. [currency]

    >>> fraction_sum([Fraction(1, 3), Fraction(1, 6), Fraction(1, 2)])
    Fraction(1, 1)
    """
    by_denominator: dict[int, int] = {}
    for fraction in fractions:
        denominator = fraction.denominator
        by_denominator[denominator] = by_denominator.get(denominator, 0) + fraction.numerator
    terms = [(numerator, denominator) for denominator, numerator in by_denominator.items()] or [(0, 1)]
    while len(terms) > 1:  # in pairs: both factors of each product stay of one size
        odd = terms[-1:] if len(terms) % 2 else []
        pairs = zip(terms[::2], terms[1::2], strict=False)
        terms = [(one[0] * other[1] + other[0] * one[1], one[1] * other[1]) for one, other in pairs] + odd
    return Fraction(*terms[0])


def whole_cents(amount: Decimal | Fraction, *, rounding: Rounding = HALF_EVEN, places: int = 2) -> Decimal:
    """The only rounding of the books: a sum as it is shown, once it is a sum.

    Args:
        amount: a sum of any size. [currency]
        rounding: which way exactly a half goes: to the even digit, or away from zero.
        places: digits behind the point. [1]

    >>> whole_cents(Decimal("0.125")), whole_cents(Decimal("0.125"), rounding=HALF_UP), whole_cents(Fraction(-2, 3))
    (Decimal('0.12'), Decimal('0.13'), Decimal('-0.67'))
    """
    scaled = Fraction(amount) * 10**places
    down = abs(scaled).__floor__()
    rest = abs(scaled) - down
    half = Fraction(1, 2)
    if rest > half or (rest == half and (rounding == HALF_UP or down % 2 == 1)):
        down += 1
    return EXACT.scaleb(Decimal(-down if scaled < 0 and down else down), -places)


def plain(amount: Decimal) -> str:
    """Every digit as it was given, in fixed point; zero has no sign.

    Args:
        amount: any finite one. [of any unit]

    >>> plain(Decimal("1E-12")), plain(Decimal("-0.00")), plain(Decimal("42.00"))
    ('0.000000000001', '0.00', '42.00')
    """
    return f"{amount or abs(amount):f}"
