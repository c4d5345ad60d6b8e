"""What the followers of cards share: a reader's whole numbers in the model's units, and errors that are said once."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from calculators.units import MEGAHERTZ, MICRO_PER_UNIT, MILLI_PER_UNIT, PERCENT_PER_UNIT
from miner_agent.model.devices import ReadError

Convert = Callable[[int], Any]


def from_milli(number: int) -> float:
    return number / MILLI_PER_UNIT


def from_micro(number: int) -> float:
    return number / MICRO_PER_UNIT


def from_percent(number: int) -> float:
    return number / PERCENT_PER_UNIT


def from_mega(number: int) -> float:
    return number * MEGAHERTZ


def said_once(errors: Iterable[ReadError], told: set[str], lasting: Callable[[ReadError], bool]) -> Iterator[ReadError]:
    """The errors, without those that last and were told before; their quantities are added to ``told``."""
    for error in errors:
        if lasting(error):
            if error.quantity in told:
                continue
            told.add(error.quantity)
        yield error
