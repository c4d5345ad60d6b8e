"""What a hash costs in energy, and which device makes which hashes."""

from collections.abc import Iterable, Mapping

from miner_agent.model.snapshot import DeviceContribution, MinerWorkload


def joules_per_hash(power_watts: float | None, hashes_per_second: float | None) -> float | None:
    """``None`` where one of them is not told, or nothing is drawn or made.

    >>> joules_per_hash(3_500, 200e12), joules_per_hash(120, 0), joules_per_hash(None, 50e6)
    (1.75e-11, None, None)
    """
    if power_watts is None or power_watts <= 0 or not hashes_per_second:
        return None
    return power_watts / hashes_per_second


def hashrates_by_device(told: Iterable[DeviceContribution]) -> Mapping[str, Mapping[str, float]]:
    """What each device makes of each algorithm; what is not told is not there. [H/s]"""
    found: dict[str, dict[str, float]] = {}
    for one in told:
        if one.work.hashes_per_second is not None:
            of_device = found.setdefault(one.device, {})
            of_device[one.algorithm] = of_device.get(one.algorithm, 0.0) + one.work.hashes_per_second
    return found


def hashrates_of(told: Iterable[MinerWorkload]) -> Mapping[str, float]:
    """What all of them together make of each algorithm; without those that one of them does not tell. [H/s]"""
    found: dict[str, float | None] = {}
    for one in told:
        before, rate = found.get(one.algorithm, 0.0), one.workload.hashes_per_second
        found[one.algorithm] = None if before is None or rate is None else before + rate
    return {algorithm: rate for algorithm, rate in found.items() if rate is not None}


def of_one_algorithm(power_watts: float | None, hashrates: Mapping[str, float]) -> float | None:
    """Joules a hash; ``None`` where several algorithms share the power: nobody can tell which takes how much."""
    return joules_per_hash(power_watts, *hashrates.values()) if len(hashrates) == 1 else None
