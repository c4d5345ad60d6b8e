"""What devices make by the table of hardware, by the names that drivers and miners have for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calculators.equipment.hardware import Hardware
from calculators.equipment.rigs import HardwareNames
from miner_agent.tables.hardware_table import load_hardware

_KEPT = 1024  # answers: miners make up names


@dataclass(frozen=True, slots=True)
class RatedHashrates:
    """Cited figures alone: what a model has of a device is no promise."""

    hardware: Mapping[str, Hardware]
    _names: HardwareNames = field(init=False, repr=False, compare=False)
    _known: dict[tuple[str, str], float | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", HardwareNames(self.hardware))

    def rate_of(self, name: str, algorithm: str) -> float | None:
        """What a device of that name makes [H/s]; ``None`` where the table does not say."""
        key = name, algorithm
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = self._looked_up(name, algorithm)
        return self._known[key]

    def _looked_up(self, name: str, algorithm: str) -> float | None:
        device = self._names.one(name)
        figures = () if device is None else device.benchmarks
        cited = (one.hashes_per_second for one in figures if one.algorithm == algorithm and one.modelled is None)
        return next(cited, None)


def load_rated(extra: Path | None = None) -> RatedHashrates:
    """Our table, with the user's own file.

    Raises:
        ConfigError: that file cannot be read, or says something that cannot be.
    """
    return RatedHashrates(load_hardware(extra))
