"""A proxy, or a pool of one's own, speaks for miners that may be asked themselves: what both tell counts once. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from miner_agent.model.snapshot import MinerWorkload

Running = Mapping[str, Sequence[tuple[str, MinerWorkload]]]
"""What each miner mines, with our word for its algorithm."""


def counted_once(running: Running, problems: list[str]) -> dict[str, list[tuple[str, MinerWorkload]]]:
    """``running`` without what a proxy says of miners that stand in it.

    Which of them mine through it nobody tells: all that mine its algorithm are taken to. Where it has no more miners
    than those, they say all of it; else what is above them is left of it.
    """
    told: dict[str, list[float]] = {}
    left: dict[str, list[tuple[str, MinerWorkload]]] = {miner: [] for miner in running}
    for miner, algorithm, work in _miners_first(running):
        rate, others = work.workload.hashes_per_second or 0.0, told.setdefault(algorithm, [])
        connected = _connected(work)
        if connected is not None and others:
            rate -= sum(others)
            if connected <= len(others) or rate <= 0:
                continue
            problems.append(f"{miner}: what the other miners of {algorithm} tell themselves is taken off what it tells")
            work = replace(work, workload=replace(work.workload, hashes_per_second=rate))  # noqa: PLW2901
        others.append(rate)
        left[miner].append((algorithm, work))
    return {miner: works for miner, works in left.items() if works}


def _miners_first(running: Running) -> Iterator[tuple[str, str, MinerWorkload]]:
    """Miners, then those who speak for others: the slowest first, as it may mine through the next."""
    works = [(miner, algorithm, work) for miner, each in running.items() for algorithm, work in each]
    return iter(sorted(works, key=lambda one: (_connected(one[2]) is not None, _pace(one[2]))))


def _pace(work: MinerWorkload) -> float:
    return 0.0 if _connected(work) is None else work.workload.hashes_per_second or 0.0


def _connected(work: MinerWorkload) -> int | None:
    """How many mine through it; ``None`` for a miner."""
    said = work.snapshot
    return len(said.workers) or None if said.workers_connected is None else said.workers_connected
