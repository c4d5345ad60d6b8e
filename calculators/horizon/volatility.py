"""How coins move where no history tells: price and difficulty by normal steps in logarithms."""

from dataclasses import dataclass

from calculators.given import not_negative

MARKET_CORRELATION = 0.8
"""Of the prices of two coins. Bitcoin and Ethereum, 30 days, 2019 to 2021: 0.81."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatility:
    """How a coin moves where no history tells: standard deviations of a day's move, in logarithms.

    As over 30 days, by the square root of 30: over a day alone price and difficulty hardly move together. The default
    is Ethereum's from August 2016 to January 2021 (Etherscan: 0.070, 0.039, 0.39). With it one in twenty months takes
    48 % of what a hash earns, in the midst of the 33 to 63 % that coins have lost.
    """

    price_deviation_per_day: float = 0.07
    difficulty_deviation_per_day: float = 0.04
    correlation: float = 0.4  # of price and difficulty

    def __post_init__(self) -> None:
        most = max(self.price_deviation_per_day, self.difficulty_deviation_per_day)
        not_negative(
            price_deviation_per_day=self.price_deviation_per_day,
            difficulty_deviation_per_day=self.difficulty_deviation_per_day,
        )
        if most > 1:
            raise ValueError(f"{most} a day is no volatility that a coin has; 0.07 is 7 %")
        check_correlation(correlation=self.correlation)


def check_correlation(**given: float) -> None:
    """Raises ValueError, with its name: one is not from -1 to 1.

    >>> check_correlation(correlation=1.5)
    Traceback (most recent call last):
    ValueError: correlation is 1.5; expected a correlation from -1 to 1
    """
    for name, value in given.items():
        if not -1 <= value <= 1:
            raise ValueError(f"{name} is {value}; expected a correlation from -1 to 1")
