"""What a hash costs in energy, and which device makes which hashes."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from miner_agent.model.snapshot import DeviceContribution, MinerWorkload


def joules_per_hash(power_watts: float | None, hashes_per_second: float | None) -> float | None:
    """``None`` where one of them is not told, or nothing is drawn or made.

    >>> joules_per_hash(3_500, 200e12), joules_per_hash(120, 0), joules_per_hash(None, 50e6)
    (1.75e-11, None, None)
    """
    if power_watts is None or power_watts <= 0 or not hashes_per_second:
        return None
    return power_watts / hashes_per_second


Hashrates: TypeAlias = Mapping[str, float | None]
"""By algorithm; ``None``: it is worked on, and how fast is not told. [H/s]"""


def hashrates_by_device(told: Iterable[DeviceContribution]) -> Mapping[str, Hashrates]:
    """What each device makes of each algorithm."""
    found: dict[str, list[tuple[str, float | None]]] = {}
    for one in told:
        found.setdefault(one.device, []).append((one.algorithm, one.work.hashes_per_second))
    return {device: _sums(rates) for device, rates in found.items()}


def hashrates_of(told: Iterable[MinerWorkload]) -> Hashrates:
    """What all of them together make of each algorithm."""
    return _sums((one.algorithm, one.workload.hashes_per_second) for one in told)


def _sums(rates: Iterable[tuple[str, float | None]]) -> Hashrates:
    """
    >>> _sums([("etchash", 40e6), ("etchash", 2e6), ("zil", 9e6), ("zil", None)])
    {'etchash': 42000000.0, 'zil': None}
    """
    found: dict[str, float | None] = {}
    for algorithm, rate in rates:
        before = found.get(algorithm, 0.0)
        found[algorithm] = None if before is None or rate is None else before + rate
    return found


def of_one_algorithm(power_watts: float | None, hashrates: Hashrates) -> float | None:
    """Joules a hash; ``None`` where several algorithms share the power: nobody can tell which takes how much."""
    return joules_per_hash(power_watts, *hashrates.values()) if len(hashrates) == 1 else None
