"""An amount of money in one currency. Amounts of different currencies never meet in one sum."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Self, overload

CURRENCY = re.compile(r"[A-Z0-9]{2,12}")
"""How the code of a currency is written, or a coin's that prices stand in."""
ESTIMATE_DIGITS = 12
"""Significant digits of an amount that was estimated from floats: as many as they carry after a few operations."""


@lru_cache(maxsize=512)
def _is_code(currency: str) -> bool:
    """Remembered: years of hours are as many amounts of one currency."""
    return CURRENCY.fullmatch(currency) is not None


def decimal_of(number: float) -> Decimal:
    """A float as the decimal that a person would write for it, so that sums of money stay exact. [of the same unit]

    Args:
        number: any. [of any unit]

    Raises:
        ValueError: it is not finite.

    >>> decimal_of(0.1 + 0.2)
    Decimal('0.3')
    """
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number")
    return Decimal(f"{number:.{ESTIMATE_DIGITS}g}")


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` of ``currency``: an ISO 4217 code, or a coin's ticker.

    ``sum`` of none is the number 0: where there may be none, give it a start in the currency.

    >>> ten, quarter = Money(Decimal("0.10"), "EUR"), Money(Decimal("0.25"), "EUR")
    >>> ten + quarter
    Money(amount=Decimal('0.35'), currency='EUR')
    >>> print(sum([ten, ten, quarter]), abs(ten - quarter), quarter / 2)
    0.45 EUR 0.15 EUR 0.125 EUR
    >>> quarter / ten
    Decimal('2.5')
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise ValueError(f"an amount of money is a finite Decimal, not {self.amount!r}")
        if not _is_code(self.currency):
            raise ValueError(f"{self.currency!r} is not a currency; write its code, such as EUR")

    @classmethod
    def estimated(cls, amount: float, currency: str) -> Self:
        """An amount that was computed in floats.

        Args:
            amount: in units of the currency. [currency]
            currency: its code.

        Raises:
            ValueError: it is not finite.

        >>> Money.estimated(0.1 * 3, "EUR")
        Money(amount=Decimal('0.3'), currency='EUR')
        """
        return cls(decimal_of(amount), currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __radd__(self, other: int) -> "Money":
        """``sum`` starts with the number 0; no other number can be added to money."""
        return self if other == 0 else NotImplemented

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    @overload
    def __truediv__(self, divisor: Decimal | int) -> "Money": ...
    @overload
    def __truediv__(self, divisor: "Money") -> Decimal: ...
    def __truediv__(self, divisor: "Decimal | int | Money") -> "Money | Decimal":
        """A part of the amount; by other money of the same currency: how many times that it is.

        Raises:
            ValueError: it is divided by nothing, or by another currency.
        """
        by = self._same(divisor) if isinstance(divisor, Money) else divisor
        if by == 0:
            raise ValueError(f"{self} cannot be divided by nothing")
        return self.amount / by if isinstance(divisor, Money) else Money(self.amount / by, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.amount), self.currency)

    def __str__(self) -> str:
        """Every digit, and no power of ten: ``0.00000012 BTC``."""
        return f"{self.amount:f} {self.currency}"

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __float__(self) -> float:
        return float(self.amount)

    def scaled(self, factor: float) -> "Money":
        """An estimate: this amount times a factor that was computed in floats.

        Args:
            factor: how many times. [1]

        Raises:
            ValueError: the product is not finite.

        >>> print(Money(Decimal("0.10"), "EUR").scaled(2.5))
        0.25 EUR
        """
        return Money.estimated(float(self.amount) * factor, self.currency)

    def converted(self, *, rate: Decimal, currency: str) -> "Money":
        """The same worth in another currency.

        Args:
            rate: what one unit of ours is worth. [currency/currency]
            currency: the code of the other one.

        Raises:
            ValueError: the rate is not finite or not above zero.

        >>> print(Money(Decimal(10), "USD").converted(rate=Decimal("0.8"), currency="EUR"))
        8.0 EUR
        """
        if not rate.is_finite() or rate <= 0:
            raise ValueError(f"a rate of exchange is above zero, not {rate}")
        return Money(self.amount * rate, currency)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            pair = f"{self.currency} and {other.currency}"
            raise ValueError(f"{pair} cannot be added, compared or divided; convert one first")
        return other.amount
