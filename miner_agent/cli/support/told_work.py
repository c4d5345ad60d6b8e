"""Hashrates and what they cost in energy, as cells of tables."""

from miner_agent.model.efficiency import Hashrates, of_one_algorithm
from miner_agent.model.told_quantities import told_quantity, with_prefix


def told_hashrates(hashrates: Hashrates) -> str | None:
    """Each algorithm with its hashrate where there are several, else the hashrate alone; of those that are told.

    >>> told_hashrates({"kawpow": 24.5e6}), told_hashrates({"etchash": 43e6, "blake3": 310e6}), told_hashrates({})
    ('24.5 MH/s', 'etchash 43 MH/s, blake3 310 MH/s', None)
    """
    told = [(algorithm, with_prefix(rate, "H/s")) for algorithm, rate in hashrates.items() if rate is not None]
    return ", ".join(rate if len(hashrates) == 1 else f"{algorithm} {rate}" for algorithm, rate in told) or None


def told_efficiency(power_watts: float | None, hashrates: Hashrates) -> str | None:
    """
    >>> told_efficiency(120, {"kawpow": 24e6}), told_efficiency(120, {"etchash": 43e6, "blake3": 310e6})
    ('5 J/MH', None)
    >>> print(told_efficiency(120, {"etchash": 43e6, "blake3": None}))
    None
    """
    value = of_one_algorithm(power_watts, hashrates)
    return None if value is None else told_quantity(value, "joules_per_hash")
