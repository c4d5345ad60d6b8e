"""Hashrates and what they cost in energy, as cells of tables."""

from collections.abc import Mapping

from miner_agent.model.efficiency import of_one_algorithm
from miner_agent.model.told_quantities import told_quantity, with_prefix


def told_hashrates(hashrates: Mapping[str, float]) -> str | None:
    """Each algorithm with its hashrate where there are several, else the hashrate alone.

    >>> told_hashrates({"kawpow": 24.5e6}), told_hashrates({"etchash": 43e6, "blake3": 310e6}), told_hashrates({})
    ('24.5 MH/s', 'etchash 43 MH/s, blake3 310 MH/s', None)
    """
    if len(hashrates) <= 1:
        return next((with_prefix(rate, "H/s") for rate in hashrates.values()), None)
    return ", ".join(f"{algorithm} {with_prefix(rate, 'H/s')}" for algorithm, rate in hashrates.items())


def told_efficiency(power_watts: float | None, hashrates: Mapping[str, float]) -> str | None:
    """
    >>> told_efficiency(120, {"kawpow": 24e6}), told_efficiency(120, {"etchash": 43e6, "blake3": 310e6})
    ('5 J/MH', None)
    """
    value = of_one_algorithm(power_watts, hashrates)
    return None if value is None else told_quantity(value, "joules_per_hash")
