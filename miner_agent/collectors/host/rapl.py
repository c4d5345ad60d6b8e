"""Energy of the processors, from the kernel's powercap tree (RAPL). AMD's processors stand in the same tree.

A package's energy is its own and that of the memory it measures (zone ``dram``); cores and graphics are part of the
package, and ``psys`` and ``intel-rapl-mmio`` say once more what others say. Counters wrap around within minutes.
Several dies of one socket have a counter each, or show one and the same: AMD's processors count by socket.
Since 2020 the kernel lets only root read them: without permission there is no value, and a sentence says so.
"""

import errno
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from calculators.units import MICRO_PER_UNIT
from miner_agent.collectors.host.kernel_files import read_attribute
from miner_agent.model.devices import ReadError, ReadErrorReason

POWER_WATTS_MAX = 1000.0
"""More than any one zone draws: what would need more is a counter that started again, or wrapped unseen."""

SECONDS_MIN = 0.2
"""Between two readings that give a power: the counter moves a thousand times a second."""

GAPS_TOLD = 2
"""Readings in a row that come too late for a counter, before that is said."""

HINT = (
    "the kernel lets only root read its energy. "
    "Give this user's group the file: chgrp miner-agent {file}; chmod 0440 {file} (a tmpfiles rule keeps it so)"
)

SHORT_HINT = (
    "its counter ({file}) goes round within {bridged} s at {watts:.0f} W, and {seconds:.0f} s lay between two "
    "readings: what it drew cannot be told. Set [agent] interval_seconds below {bridged}"
)

MIRROR_MICROJOULES = MICRO_PER_UNIT
"""What two views of one counter may be apart beside what was drawn between reading them: it moves in steps."""

_ZONE = re.compile(r"intel-rapl:\d+", re.ASCII)
_SUBZONE = re.compile(r"intel-rapl:\d+:\d+", re.ASCII)
_PACKAGE = re.compile(r"package-(\d{1,3})(?:-die-\d+)?", re.ASCII)
_QUANTITIES = ("energy_joules_total", "power_watts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One counter of energy, and the processor it belongs to."""

    package: int
    energy_file: Path
    range_microjoules: int  # it starts again at 0 after this
    part: str = "package"  # of each die: all of it, or its memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one counter said, or the number of the error that kept it from saying anything."""

    zone: Zone
    text: str | None
    error: int | None = None
    text_after: str | None = None  # the same once all others were read, where the socket has others like it


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageEnergy:
    """What one processor has drawn since the agent first read it, and its mean power since the last reading."""

    package: int
    energy_joules_total: float | None
    power_watts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyReading:
    """The processors whose energy is known, and what was wrong with the others."""

    packages: tuple[PackageEnergy, ...] = ()
    read_errors: tuple[ReadError, ...] = ()


NO_ENERGY = EnergyReading()


def find(sysfs: Path) -> tuple[Zone, ...]:
    """The counters of this machine: of every package, and of the memory that belongs to it."""
    zones: list[Zone] = []
    for directory in sorted((sysfs / "class" / "powercap").glob("intel-rapl:*")):
        package = _package(directory) if _ZONE.fullmatch(directory.name) else None
        if package is None:
            continue
        within = [inner for inner in sorted(directory.glob("intel-rapl:*")) if _SUBZONE.fullmatch(inner.name)]
        memories = [inner for inner in within if _text(inner / "name") == "dram"]
        for zone, part in ((directory, "package"), *((memory, "memory") for memory in memories)):
            limit = _text(zone / "max_energy_range_uj")
            if limit.isdecimal() and int(limit) > 0:
                file = zone / "energy_uj"
                zones.append(Zone(package=package, energy_file=file, range_microjoules=int(limit), part=part))
    return tuple(zones)


def read(zones: Iterable[Zone]) -> tuple[Sample, ...]:
    """The text of each counter now, or why there is none."""
    asked = tuple(zones)
    samples = [_sample(zone) for zone in asked]
    if len(samples) < 2:
        return tuple(samples)
    alike = Counter((zone.package, zone.part) for zone in asked)
    return tuple(
        replace(sample, text_after=_sample(sample.zone).text)
        if alike[sample.zone.package, sample.zone.part] > 1
        else sample
        for sample in samples
    )


def joules_between(
    previous_microjoules: int, present_microjoules: int, *, range_microjoules: int, seconds: float
) -> float | None:
    """Energy drawn between two readings of a counter that wraps around.

    Args:
        previous_microjoules: the counter then. [µJ]
        present_microjoules: the counter now. [µJ]
        range_microjoules: the counter starts again at 0 after this. [µJ]
        seconds: time between the two. [s]

    Returns:
        the energy [J]; ``None`` where the counter may have gone round twice, or did not simply go on.

    >>> joules_between(262_000_000_000, 143_328_850, range_microjoules=262_143_328_850, seconds=10)
    286.6577
    """
    if seconds * POWER_WATTS_MAX * MICRO_PER_UNIT >= range_microjoules:
        return None
    microjoules = present_microjoules - previous_microjoules
    if microjoules < 0:
        microjoules += range_microjoules
    joules = microjoules / MICRO_PER_UNIT
    return joules if 0 <= joules <= POWER_WATTS_MAX * seconds else None


@dataclass(slots=True, kw_only=True)
class _Package:
    """One processor as it was last read, and what it has drawn until then."""

    at_seconds: float
    counters: dict[Path, int]  # [µJ]
    mirrors: frozenset[Path] = frozenset()  # of its counters, those that show what another one shows
    joules_total: float = 0.0
    gaps: int = 0  # in a row that were too long for its counters


class PackageMeter:
    """Adds up energy from reading to reading. It touches nothing.

    A total starts at 0 J. What was drawn in a gap is not known: there is no total then, and a new one after it.
    """

    def __init__(self) -> None:
        self._packages: dict[int, _Package] = {}
        self._told: set[tuple[int, ReadErrorReason]] = set()  # what will be so at every reading, and was said

    def open(self, samples: Sequence[Sample], at_seconds: float) -> None:
        """Take the moment that the first reading is compared with. What is wrong is told with that reading."""
        self.follow(samples, at_seconds)
        self._told.clear()

    def follow(self, samples: Sequence[Sample], at_seconds: float) -> EnergyReading:
        """Take in what the counters said at that moment of a monotonic clock."""
        if not samples:
            return NO_ENERGY
        of_package: dict[int, list[Sample]] = defaultdict(list)
        for sample in samples:
            of_package[sample.zone.package].append(sample)
        found: list[PackageEnergy] = []
        errors: list[ReadError] = []
        for package, its_samples in sorted(of_package.items()):
            values = {sample.zone: value for sample in its_samples if (value := _value(sample)) is not None}
            if len(values) < len(its_samples):  # a part of the energy would look like all of it
                errors.extend(self._errors(package, its_samples))
                self._packages.pop(package, None)
            else:
                held = self._packages.get(package)
                before = at_seconds if held is None else held.at_seconds
                found.append(self._package(package, values, _mirrors(its_samples), at_seconds))
                errors.extend(self._too_short(package, values, at_seconds - before))
        return EnergyReading(packages=tuple(found), read_errors=tuple(errors))

    def _package(
        self, package: int, values: Mapping[Zone, int], mirrors: frozenset[Path], at_seconds: float
    ) -> PackageEnergy:
        counters = {zone.energy_file: value for zone, value in values.items()}
        held = self._packages.get(package)
        if held is None or held.counters.keys() != counters.keys():
            self._packages[package] = _Package(at_seconds=at_seconds, counters=counters, mirrors=mirrors)
            return PackageEnergy(package=package, energy_joules_total=0.0)
        seconds = at_seconds - held.at_seconds
        if seconds < SECONDS_MIN:
            return PackageEnergy(package=package, energy_joules_total=held.joules_total)
        drawn = [
            joules_between(
                held.counters[zone.energy_file],
                value,
                range_microjoules=zone.range_microjoules,
                seconds=seconds,
            )
            for zone, value in values.items()
            if zone.energy_file not in held.mirrors & mirrors  # two that meet once are two
        ]
        known = [joules for joules in drawn if joules is not None]
        held.at_seconds, held.counters, held.mirrors = at_seconds, counters, mirrors
        if len(known) < len(drawn):
            held.joules_total = 0.0
            return PackageEnergy(package=package, energy_joules_total=None)
        held.joules_total += sum(known)
        return PackageEnergy(package=package, energy_joules_total=held.joules_total, power_watts=sum(known) / seconds)

    def _errors(self, package: int, samples: Iterable[Sample]) -> Iterable[ReadError]:
        """Why a package has no energy; what will be so at every reading is said once."""
        failed = next(sample for sample in samples if _value(sample) is None)
        reason, hint = ReadErrorReason.OTHER, None
        if failed.error in {errno.EACCES, errno.EPERM}:
            reason = ReadErrorReason.PERMISSION
            if (package, reason) in self._told:
                return
            self._told.add((package, reason))
            hint = HINT.format(file=failed.zone.energy_file)
        elif failed.error is None:
            reason = ReadErrorReason.PARSE
        yield from _absent(package, reason, hint)

    def _too_short(self, package: int, zones: Iterable[Zone], seconds: float) -> Iterable[ReadError]:
        """Says once that no interval is short enough for a counter. One gap alone is a pause: it ends by itself."""
        shortest = min(zones, key=lambda zone: zone.range_microjoules)
        bridged = shortest.range_microjoules / MICRO_PER_UNIT / POWER_WATTS_MAX
        if 0.0 < seconds < SECONDS_MIN:
            return
        held, reason = self._packages[package], ReadErrorReason.UNSUPPORTED
        held.gaps = held.gaps + 1 if seconds >= bridged else 0
        if held.gaps < GAPS_TOLD or (package, reason) in self._told:
            return
        self._told.add((package, reason))
        file = shortest.energy_file
        hint = SHORT_HINT.format(file=file, bridged=int(bridged), watts=POWER_WATTS_MAX, seconds=seconds)
        yield from _absent(package, reason, hint)


def _absent(package: int, reason: ReadErrorReason, hint: str | None) -> Iterable[ReadError]:
    """Both quantities are; one sentence for them is enough."""
    for quantity in _QUANTITIES:
        yield ReadError(device=f"cpu{package}", quantity=quantity, reason=reason, hint=hint)
        hint = None


def _sample(zone: Zone) -> Sample:
    try:
        return Sample(zone=zone, text=read_attribute(zone.energy_file).decode("ascii", "replace").strip())
    except OSError as error:
        return Sample(zone=zone, text=None, error=error.errno or 0)


def _mirrors(samples: Sequence[Sample]) -> frozenset[Path]:
    """The counters of one package that show what one before them shows."""
    own: list[Sample] = []
    mirrors: set[Path] = set()
    for sample in samples:
        if any(_shows_the_same(sample, other) for other in own):
            mirrors.add(sample.zone.energy_file)
        else:
            own.append(sample)
    return frozenset(mirrors)


def _shows_the_same(sample: Sample, other: Sample) -> bool:
    """Whether what one shows lies between what the other one showed before it and after it."""
    value, before = _value(sample), _value(other)
    after = _microjoules(other.text_after, other.zone)
    size = other.zone.range_microjoules
    if value is None or before is None or after is None:
        return False
    if (sample.zone.part, sample.zone.range_microjoules) != (other.zone.part, size):
        return False
    return (value - before + MIRROR_MICROJOULES) % size <= (after - before) % size + 2 * MIRROR_MICROJOULES


def _value(sample: Sample) -> int | None:
    return _microjoules(sample.text, sample.zone)


def _microjoules(text: str | None, zone: Zone) -> int | None:
    if not (text and text.isascii() and text.isdecimal() and len(text) <= len(str(zone.range_microjoules))):
        return None
    return int(text)


def _package(directory: Path) -> int | None:
    found = _PACKAGE.fullmatch(_text(directory / "name"))
    return int(found[1]) if found else None


def _text(file: Path) -> str:
    try:
        text = read_attribute(file).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return text if text.isascii() else ""
