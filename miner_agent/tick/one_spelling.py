"""The one place in which what a miner calls its algorithm becomes our word for it.

Between the drivers, which hand on what was said, and everything that is kept or shown by algorithm.
"""

from miner_agent.model.algorithms import Algorithms
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.readings import MinerSnapshot, Reading, Workload


def in_one_spelling(reading: Reading, algorithms: Algorithms) -> Reading:
    """The reading with every algorithm in our spelling, and what the miner calls it beside that."""
    if not isinstance(reading, MinerSnapshot):
        return reading
    return copied_with(reading, workloads=tuple(_spelled(workload, algorithms) for workload in reading.workloads))


def _spelled(workload: Workload, algorithms: Algorithms) -> Workload:
    told = workload.algorithm
    if told is None:
        return workload
    return copied_with(workload, algorithm=algorithms.spelled(told), algorithm_told=told)
