"""Reads what a model has of cards and processors where no figure was looked up.

``tools/modelled_table.py`` makes the file.
"""

import functools
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from calculators.equipment.hardware import Modelled

FILE = Path(__file__).parent / "modelled.json"
Six = tuple[float, float, float, float, float, float]


class ModelledFile(msgspec.Struct, frozen=True):
    """``modelled.json``"""

    dated: date  # of the newest figure that it is fitted on
    coverage_ratio: float  # of its intervals, as they are meant
    held: int  # of the cited figures so many are within the interval that the others give them
    of: int
    figures: dict[str, dict[str, Six]]  # by device and algorithm: hashes per second, from, to; watts, from, to

    @property
    def source(self) -> str:
        """How a modelled figure tells where it comes from."""
        return f"a model, fitted on {self.of} cited figures: {self.held} of them are within the interval that it gives"

    def of_device(self, slug: str) -> Mapping[str, Modelled]:
        """What is modelled of a device, by algorithm."""
        return {name: _figure(six) for name, six in self.figures.get(slug, {}).items()}


@functools.cache
def modelled_figures() -> ModelledFile:
    """The file that comes with the agent."""
    return msgspec.json.decode(FILE.read_bytes(), type=ModelledFile)


def _figure(six: Six) -> Modelled:
    return Modelled(
        hashes_per_second=six[0],
        hashes_per_second_from=six[1],
        hashes_per_second_to=six[2],
        power_watts=six[3],
        power_watts_from=six[4],
        power_watts_to=six[5],
    )
