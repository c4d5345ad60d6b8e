"""An amount of money in one currency. Amounts of different currencies never meet in one sum."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

CURRENCY = re.compile(r"[A-Z0-9]{2,12}")
"""How the code of a currency is written, or a coin's that prices stand in."""
ESTIMATE_DIGITS = 12
"""Significant digits of an amount that was estimated from floats: as many as they carry after a few operations."""


def decimal_of(number: float) -> Decimal:
    """A float as the decimal that a person would write for it, so that sums of money stay exact.

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

    >>> Money(Decimal("0.10"), "EUR") + Money(Decimal("0.25"), "EUR")
    Money(amount=Decimal('0.35'), currency='EUR')
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise ValueError(f"an amount of money is a finite Decimal, not {self.amount!r}")
        if not CURRENCY.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is not a currency; write its code, such as EUR")

    @classmethod
    def estimated(cls, amount: float, currency: str) -> Self:
        """An amount that was computed in floats.

        Raises:
            ValueError: it is not finite.
        """
        return cls(decimal_of(amount), currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

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

        Raises:
            ValueError: the product is not finite.
        """
        return Money.estimated(float(self.amount) * factor, self.currency)

    def converted(self, *, rate: Decimal, currency: str) -> "Money":
        """The same worth in another currency, at ``rate`` units of it for one of ours.

        Raises:
            ValueError: the rate is not finite or not above zero.
        """
        if not rate.is_finite() or rate <= 0:
            raise ValueError(f"a rate of exchange is above zero, not {rate}")
        return Money(self.amount * rate, currency)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added or compared; convert one first")
        return other.amount
