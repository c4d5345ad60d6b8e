"""What a card, processor or ASIC does on an algorithm, and what it draws."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

HardwareKind = Literal["gpu", "cpu", "asic"]
PowerIs = Literal["wall", "board"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One device on one algorithm, as a public source measured it."""

    algorithm: str  # spelled as in the table of coins
    hashes_per_second: float  # in the algorithm's own unit: hashes, solutions, graphs
    power_watts: float | None  # None: the source told no power
    source: str
    dated: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """A model that miners own."""

    slug: str  # rtx3080, rx5700xt, antminer-s19-xp
    name: str
    kind: HardwareKind
    vendor: str
    benchmarks: tuple[Benchmark, ...]
    power_is: PowerIs = "board"  # wall: its power supply's losses are in it already, as of most ASICs
    aliases: tuple[str, ...] = ()  # other names that people write
