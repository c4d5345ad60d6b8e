"""What cards and processors do where nobody was asked: fitted on what is cited, by algorithms that work alike.

The logarithm of a hashrate goes by those of memory bandwidth, of cores times clock and, of processors, of the
threads that the cache feeds, by the design, which follows the one before it, and by the algorithm. How far such a
figure errs is measured: each cited figure is left out and told by the others.

Source of leaving each out: M. Stone, "Cross-validatory choice and assessment of statistical predictions", 1974.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from calculators.equipment.hardware import Hardware, HardwareKind, Modelled, Specification
from calculators.equipment.ridge import Ridge

COVERAGE_RATIO = 0.8
"""Of figures like the cited ones so many are within the interval."""
FEW = 5
"""Of an algorithm with fewer cited figures than this nothing can be measured: its interval is twice as wide."""
_RANDOMX_BYTES = 2.1e6  # of cache that each thread works in
_FREE, _LOOSE, _TIGHT = 1e-4, 0.05, 0.5  # penalties: none to speak of; of designs and sizes; of kin from each other
_DESIGNS: Mapping[str, tuple[str, ...]] = {  # each after the ones that it grew out of
    "NVIDIA": ("pascal", "turing", "ampere", "ada", "blackwell"),
    "AMD": ("polaris", "vega", "rdna1", "rdna2", "rdna3", "rdna4"),
    "Intel": ("alchemist", "battlemage"),
    "AMD processors": ("zen1", "zen2", "zen3", "zen4", "zen5"),
    "Intel processors": ("intel-core", "intel-hybrid"),
}
_BESIDE = {"turing-16": "turing", "zen3-apu": "zen3", "zen4-apu": "zen4"}  # a design with something left away
DESIGNS = (*(design for chain in _DESIGNS.values() for design in chain), *_BESIDE)
"""What a specification may say as its design."""
_STEPS = (*DESIGNS, *_DESIGNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kin:
    """Algorithms that work alike, each with its hashes to one of the first by what their rules make it do."""

    kind: HardwareKind
    relative: Mapping[str, float]
    least_memory_bytes: Mapping[str, float]  # of their data on 2026-10-04; a card with less cannot mine them


_FAMILIES = (
    _Kin(  # the same reads and sums for a hash; ProgPowZ and Epic's do a few sums more or fewer
        kind="gpu",
        relative={"kawpow": 1, "firopow": 1, "progpowz": 1, "progpow-epic": 1},
        least_memory_bytes={"kawpow": 4.1e9, "firopow": 4.1e9, "progpowz": 3e9, "progpow-epic": 3e9},
    ),
    _Kin(  # 64 reads of 128 bytes; FishHash 96 of them; Verthash many small ones, its factor is of one cited figure
        kind="gpu",
        relative={"etchash": 1, "ethash": 1, "fishhash": 2 / 3, "verthash": 0.0147},
        least_memory_bytes={"etchash": 4.7e9, "ethash": 8.2e9, "fishhash": 4.7e9, "verthash": 1.3e9},
    ),
    *(
        _Kin(kind="gpu", relative={name: 1}, least_memory_bytes={name: least})
        for name, least in (
            ("autolykos2", 4.1e9),
            ("octopus", 6.1e9),
            ("beamhash-3", 3e9),
            ("cuckatoo31", 7e9),
            ("cuckatoo32", 6e9),
            ("nexapow", 1e9),
            ("pearl-pow", 1e9),
            ("quantus", 1e9),
            ("kheavyhash", 1e9),
            ("eaglesong", 1e9),
        )
    ),
    _Kin(kind="cpu", relative={"randomx": 1}, least_memory_bytes={}),
)
ALGORITHMS: Mapping[HardwareKind, tuple[str, ...]] = {
    kind: tuple(name for family in _FAMILIES if family.kind == kind for name in family.relative)
    for kind in ("gpu", "cpu", "asic")
}
"""What is modelled, by the kind of device. A machine that is built for one algorithm has its maker's rating alone."""


@dataclass(frozen=True, slots=True)
class Within:
    """How many of the cited figures are within the interval that the others alone give them."""

    held_count: int
    count: int

    @property
    def ratio(self) -> float:
        return self.held_count / self.count


class _Fit:
    """A fit of logarithms with an interval that is measured."""

    def __init__(self, rows: Sequence[Sequence[float]], values: Sequence[float], penalties: Sequence[float]) -> None:
        self._ridge = Ridge(rows, values, penalties)
        self._errors = [abs(error) / spread for error, spread in self._ridge.left_out()]

    def told(self, row: Sequence[float], *, widened: float = 1) -> tuple[float, float, float]:
        """The value and the ends of its interval."""
        half = widened * _quantile(self._errors) * self._ridge.spread(row)
        value = math.exp(self._ridge.value(row))
        return value, value * math.exp(-half), value * math.exp(half)

    def without(self) -> Iterator[float]:
        """Of each figure: how far the others' fit errs, as a logarithm, value over truth."""
        return (-error for error, _ in self._ridge.left_out())

    def held(self) -> Iterator[bool]:
        """Of each figure: whether it is within the interval that the others' errors give it."""
        for at, error in enumerate(self._errors):
            yield error <= _quantile([*self._errors[:at], *self._errors[at + 1 :]])


class HardwareModel:
    """Fitted on the cited figures of a table of hardware."""

    def __init__(self, hardware: Iterable[Hardware]) -> None:
        self._known = [device for device in hardware if device.specification is not None]
        self._families = {name: family for family in _FAMILIES for name in family.relative}
        self._hashes: dict[int, _Fit] = {}
        self._cited: dict[int, list[tuple[Hardware, str]]] = {}
        for family in _FAMILIES:
            cited = list(self._figures(family.relative, family.kind))
            rows = [_hash_features(device, name, family) for device, name, _ in cited]
            self._hashes[id(family)] = _Fit(
                rows, [math.log(value / family.relative[name]) for _, name, value in cited], _hash_penalties(family)
            )
            self._cited[id(family)] = [(device, name) for device, name, _ in cited]
        drawn = [
            (device, figure.algorithm, math.log(figure.power_watts / _made_of(device).limit_watts))
            for device in self._known
            for figure in device.benchmarks
            if figure.power_watts is not None and not figure.power_is_modelled and figure.algorithm in self._families
        ]
        self._watts = _Fit(
            [_watts_features(device, name) for device, name, _ in drawn],
            [value for _, _, value in drawn],
            _watts_penalties(),
        )

    def figures(self, device: Hardware) -> dict[str, Modelled]:
        """What a device does and draws on each algorithm that its kind mines and its memory holds.

        Raises:
            ValueError: its specification lacks what a device of its kind has, or its design is not known.
        """
        made = device.specification
        if made is None:
            return {}
        if device.kind == "gpu" and (made.memory_bytes is None or made.memory_bytes_per_second is None):
            raise ValueError("memory_bytes and memory_bytes_per_second belong to the specification of a card")
        if device.kind == "cpu" and (made.threads is None or made.cache_bytes is None):
            raise ValueError("threads and cache_bytes belong to the specification of a processor")
        return {
            name: self._figure(device, name)
            for name in ALGORITHMS[device.kind]
            if made.memory_bytes is None or made.memory_bytes >= self._families[name].least_memory_bytes.get(name, 0)
        }

    def coverage(self) -> dict[str, Within]:
        """Of each group of algorithms, named by its first, and of watts: how many figures are as its interval says."""
        fits = {next(iter(family.relative)): self._hashes[id(family)] for family in _FAMILIES} | {"watts": self._watts}
        counted = {name: list(fit.held()) for name, fit in fits.items()}
        return {name: Within(sum(held), len(held)) for name, held in counted.items()}

    def errors(self) -> dict[tuple[str, str], float]:
        """Of each cited hashrate, by device and algorithm: what the others alone make of it, over what is
        cited. [1]"""
        return {
            (device.slug, name): math.exp(error)
            for key, fit in self._hashes.items()
            for (device, name), error in zip(self._cited[key], fit.without(), strict=True)
        }

    def _figures(self, names: Iterable[str], kind: HardwareKind) -> Iterator[tuple[Hardware, str, float]]:
        wanted = set(names)
        for device in self._known:
            for figure in device.benchmarks:
                if device.kind == kind and figure.algorithm in wanted and figure.modelled is None:
                    yield device, figure.algorithm, figure.hashes_per_second

    def _figure(self, device: Hardware, name: str) -> Modelled:
        family = self._families[name]
        cited = sum(each == name for _, each in self._cited[id(family)])
        widened = 2 if cited < FEW else 1
        found = self._hashes[id(family)].told(_hash_features(device, name, family), widened=widened)
        hashes, hashes_from, hashes_to = (value * family.relative[name] for value in found)
        limit = _made_of(device).limit_watts
        watts, watts_from, watts_to = (value * limit for value in self._watts.told(_watts_features(device, name)))
        return Modelled(
            hashes_per_second=hashes,
            hashes_per_second_from=hashes_from,
            hashes_per_second_to=hashes_to,
            power_watts=watts,
            power_watts_from=watts_from,
            power_watts_to=watts_to,
        )


def _made_of(device: Hardware) -> Specification:
    if device.specification is None:
        raise ValueError(f"{device.slug}: a model needs to know what it is made of")
    return device.specification


def _design_features(device: Hardware) -> list[float]:
    """One for each step on the way to its design, and for its maker: a new design is taken for the one before it."""
    design = _made_of(device).design
    stem = _BESIDE.get(design, design)
    maker = next((maker for maker, chain in _DESIGNS.items() if stem in chain), None)
    if maker is None:
        raise ValueError(f"design {design!r} is not known; it is one of {', '.join(DESIGNS)}")
    way = set(_DESIGNS[maker][1 : _DESIGNS[maker].index(stem) + 1]) | {design, maker}
    return [1.0 if step in way else 0.0 for step in _STEPS]


def _hash_features(device: Hardware, name: str, family: _Kin) -> list[float]:
    made = _made_of(device)
    sums = math.log(made.cores * made.boost_hertz / 1e13)
    if device.kind == "gpu":
        sizes = [math.log((made.memory_bytes_per_second or math.nan) / 5e11), sums]
    else:
        fed = min(made.threads or made.cores, (made.cache_bytes or math.inf) / _RANDOMX_BYTES)
        sizes = [math.log(fed / 10), math.log(made.boost_hertz / 4e9)]
    kin = [1.0 if name == each else 0.0 for each in family.relative]
    return [1.0, *sizes, *kin, *_design_features(device)]


def _hash_penalties(family: _Kin) -> list[float]:
    return [_FREE, _LOOSE, _LOOSE, *[_TIGHT] * len(family.relative), *[_LOOSE * 4] * len(_STEPS)]


def _watts_features(device: Hardware, name: str) -> list[float]:
    known = [1.0 if name == each else 0.0 for names in ALGORITHMS.values() for each in names]
    return [1.0, *known, *_design_features(device)]


def _watts_penalties() -> list[float]:
    return [_FREE, *[_LOOSE * 4] * sum(map(len, ALGORITHMS.values())), *[_LOOSE * 4] * len(_STEPS)]


def _quantile(errors: Sequence[float]) -> float:
    """So many errors are below it as ``COVERAGE_RATIO`` says, counting one that is yet to come."""
    rank = math.ceil(COVERAGE_RATIO * (len(errors) + 1))
    return sorted(errors)[min(rank, len(errors)) - 1]
