"""What the followers of cards share: a reader's whole numbers in the model's units, and errors that are said once."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from calculators.units import MEGAHERTZ, MICRO_PER_UNIT, MILLI_PER_UNIT, PERCENT_PER_UNIT
from miner_agent.model.devices import ReadError

Convert = Callable[[int], Any]


# of C: a tick of twelve cards converts some three hundred numbers
from_milli: Convert = float(MILLI_PER_UNIT).__rtruediv__
from_micro: Convert = float(MICRO_PER_UNIT).__rtruediv__
from_percent: Convert = float(PERCENT_PER_UNIT).__rtruediv__
from_mega: Convert = MEGAHERTZ.__mul__


def said_once(errors: Iterable[ReadError], told: set[str], lasting: Callable[[ReadError], bool]) -> Iterator[ReadError]:
    """The errors, without those that last and were told before; their quantities are added to ``told``."""
    for error in errors:
        if lasting(error):
            if error.quantity in told:
                continue
            told.add(error.quantity)
        yield error
