"""What a card, processor or ASIC does on an algorithm, and what it draws."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

HardwareKind = Literal["gpu", "cpu", "asic"]
PowerIs = Literal["wall", "board"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """What a card or a processor is made of, as its maker tells it; what a kind of device does not have is ``None``."""

    design: str  # ampere, rdna2, zen3: what its maker calls it, or a name for what is alike
    cores: int
    boost_hertz: float
    limit_watts: float  # what it may draw for long
    memory_bytes: float | None = None  # of a card, in decimal gigabytes
    memory_bytes_per_second: float | None = None
    threads: int | None = None  # of a processor
    cache_bytes: float | None = None  # of its last level


@dataclass(frozen=True, slots=True, kw_only=True)
class Modelled:
    """What a model makes of a device on an algorithm, and between what the truth is in so many cases as it says."""

    hashes_per_second: float
    hashes_per_second_from: float
    hashes_per_second_to: float
    power_watts: float
    power_watts_from: float
    power_watts_to: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One device on one algorithm, as a public source measured it, or as a model has it where none was looked up."""

    algorithm: str  # spelled as in the table of coins
    hashes_per_second: float  # in the algorithm's own unit: hashes, solutions, graphs
    power_watts: float | None  # None: the source told no power
    source: str
    dated: date
    modelled: Modelled | None = None  # its hashrate is a model's
    power_is_modelled: bool = False


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
    specification: Specification | None = None
