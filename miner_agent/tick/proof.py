"""Counts the work that pools have accepted: what proves a hashrate, whatever the miner shows.

An accepted share of difficulty D has taken D times the hashes per difficulty on average. Where the miner keeps the
sum of its accepted difficulties, that sum is followed; else each new share counts with the difficulty of that moment,
and with the lower one where it has changed meanwhile. What has come to either, ``counters`` says. What cannot be known
is left out, so that the count is never above what the pool has seen: shares from before the first look, and those
around a restart that nothing confirms.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from miner_agent.model.snapshot import MinerWorkload, ProvenWork
from miner_agent.tick.counters import Gain
from miner_agent.tick.mistakes import STRICT, Costing


@dataclass(slots=True)
class _Followed:
    """What has been proven of one algorithm of one miner since the agent started, and at which difficulty it works."""

    difficulty: float | None = None  # the last one that was told; while shares are held back the lowest
    hashes_total: float = 0.0


class Proof:
    """The counters of accepted work. Fed once a tick."""

    __slots__ = ("_followed", "_proven")

    def __init__(self) -> None:
        self._followed: dict[tuple[str, str], _Followed] = {}
        self._proven: tuple[ProvenWork, ...] = ()

    @property
    def proven(self) -> tuple[ProvenWork, ...]:
        """One entry a workload that was seen in the last tick and whose shares can be weighed."""
        return self._proven

    def follow(
        self,
        workloads: Iterable[MinerWorkload],
        gains: Mapping[tuple[str, str], Gain],
        *,
        configured: Iterable[str],
        costs: Costing = STRICT,
    ) -> None:
        """Take one tick in.

        Args:
            workloads: of the miners that answered.
            gains: what came to each of them in this tick.
            configured: names of all miners; what is known of others is forgotten.
            costs: what becomes of a mistake.
        """
        known_miners = frozenset(configured)
        self._followed = {key: known for key, known in self._followed.items() if key[0] in known_miners}
        proven = []
        for entry in workloads:
            with costs.of(entry.miner):
                found = self._proved(entry, gains.get((entry.miner, entry.algorithm)))
                if found is not None:
                    proven.append(found)
        self._proven = tuple(proven)

    def _proved(self, entry: MinerWorkload, gain: Gain | None) -> ProvenWork | None:
        hashes = entry.workload.hashes_per_difficulty
        if hashes is None or gain is None:
            return None
        known = self._followed.setdefault((entry.miner, entry.algorithm), _Followed())
        told = [d for d in (known.difficulty, entry.workload.share_difficulty) if d is not None]
        lowest = min(told, default=None)
        by_share = (gain.shares or 0) * (lowest or 0.0)
        new_hashes = (by_share if gain.difficulty is None else gain.difficulty) * hashes
        if new_hashes > 0 and math.isfinite(known.hashes_total + new_hashes):
            known.hashes_total += new_hashes
        known.difficulty = lowest if gain.held else told[-1] if told else None
        return ProvenWork(
            miner=entry.miner,
            algorithm=entry.algorithm,
            accepted_hashes_total=known.hashes_total,
        )
