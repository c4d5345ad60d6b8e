"""Counts the work that pools have accepted: what proves a hashrate, whatever the miner shows.

An accepted share of difficulty D has taken D times the hashes per difficulty on average. Where the miner keeps the
sum of its accepted difficulties, that sum is followed; else each new share counts with the difficulty of that moment,
and with the lower one where it has changed meanwhile. What cannot be known is left out, so that the count is never
above what the pool has seen: shares from before the first look, and those around a restart that nothing confirms.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from miner_agent.model import MinerWorkload, ProvenWork, Workload


@dataclass(slots=True)
class _Followed:
    """What was last known of one algorithm of one miner, and what has been proven since the agent started."""

    started_at: datetime | None
    shares_total: int | None = None
    difficulty_total: float | None = None
    difficulty: float | None = None
    hashes_total: float = 0.0
    last_accepted_at: datetime | None = None


class Proof:
    """The counters of accepted work. Fed once a tick."""

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
        started_at: Mapping[str, datetime],
        *,
        now: datetime,
        configured: Iterable[str],
    ) -> None:
        """Take one tick in.

        Args:
            workloads: of the miners that answered.
            started_at: when each miner's program started, where that is known: a new time confirms a restart.
            now: of this tick.
            configured: names of all miners; what is known of others is forgotten.
        """
        kept = frozenset(configured)
        self._followed = {key: known for key, known in self._followed.items() if key[0] in kept}
        proven = []
        for entry in workloads:
            hashes = entry.workload.hashes_per_difficulty
            if hashes is None:
                continue
            key = entry.miner, entry.algorithm
            started = started_at.get(entry.miner)
            known = self._followed.get(key)
            if known is None:
                known = self._followed[key] = _Followed(started_at=started)
                new_hashes = 0.0
            else:
                new_hashes = _new_difficulty(known, entry.workload, restarted=_restarted(known, started)) * hashes
            if new_hashes > 0 and math.isfinite(known.hashes_total + new_hashes):
                known.hashes_total += new_hashes
                known.last_accepted_at = now
            _remember(known, entry.workload, started)
            proven.append(
                ProvenWork(
                    miner=entry.miner,
                    algorithm=entry.algorithm,
                    accepted_hashes_total=known.hashes_total,
                    last_accepted_at=known.last_accepted_at,
                    share_interval_expected_seconds=_share_interval(entry.workload, hashes),
                )
            )
        self._proven = tuple(proven)


def _restarted(known: _Followed, started: datetime | None) -> bool:
    """Whether the program is a new one: only then its counters count from zero."""
    return known.started_at is not None and started is not None and started > known.started_at


def _new_difficulty(known: _Followed, workload: Workload, *, restarted: bool) -> float:
    """The difficulty of all shares that were accepted since the last look, at least."""
    summed = workload.accepted_difficulty_total
    if summed is not None and known.difficulty_total is not None:
        return _grown(known.difficulty_total, summed, restarted=restarted)
    if workload.accepted_shares_total is None or known.shares_total is None:
        return 0.0
    told = [found for found in (known.difficulty, workload.share_difficulty) if found is not None]
    shares = _grown(known.shares_total, workload.accepted_shares_total, restarted=restarted)
    return shares * min(told, default=0.0)


def _grown(before: float, after: float, *, restarted: bool) -> float:
    """How far a counter went. One that fell without a restart has lost its start: nothing is known of it."""
    if restarted:
        return after
    return max(0.0, after - before)


def _remember(known: _Followed, workload: Workload, started: datetime | None) -> None:
    """Keep the newest of each; what a miner leaves out for a tick is what it was before."""
    if started is not None:
        known.started_at = started
    if workload.accepted_shares_total is not None:
        known.shares_total = workload.accepted_shares_total
    if workload.accepted_difficulty_total is not None:
        known.difficulty_total = workload.accepted_difficulty_total
    if workload.share_difficulty is not None:
        known.difficulty = workload.share_difficulty


def _share_interval(workload: Workload, hashes_per_difficulty: float) -> float | None:
    """How long a share takes on average at the hashrate that the miner shows. [s]"""
    if not workload.share_difficulty or not workload.hashes_per_second:
        return None
    seconds = workload.share_difficulty * hashes_per_difficulty / workload.hashes_per_second
    return seconds if math.isfinite(seconds) else None
