"""What a calculator asks of the numbers that it is given; what is wrong with one is a sentence with its name in it."""

import math


def above_zero(**given: float) -> None:
    """Raises ValueError unless every number is finite and above zero.

    >>> above_zero(watts=0)
    Traceback (most recent call last):
    ValueError: watts is 0; expected a finite number above zero
    """
    for name, value in given.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} is {value}; expected a finite number above zero")


def not_negative(**given: float) -> None:
    """Raises ValueError unless every number is finite and zero or more.

    >>> not_negative(watts=-1)
    Traceback (most recent call last):
    ValueError: watts is -1; expected a finite number, zero or more
    """
    for name, value in given.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is {value}; expected a finite number, zero or more")


def ratio(**given: float) -> None:
    """Raises ValueError unless every number is from 0 to 1.

    >>> ratio(pool_fee_ratio=1.5)
    Traceback (most recent call last):
    ValueError: pool_fee_ratio is 1.5; expected a ratio from 0 to 1, 0.01 for one percent
    """
    for name, value in given.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value}; expected a ratio from 0 to 1, 0.01 for one percent")
