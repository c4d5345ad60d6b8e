"""Counts the work that pools have accepted: what proves a hashrate, whatever the miner shows.

An accepted share of difficulty D has taken D times the hashes per difficulty on average. Where the miner keeps the
sum of its accepted difficulties, that sum is followed; else each new share counts with the difficulty of that moment,
and with the lower one where it has changed meanwhile. What cannot be known is left out, so that the count is never
above what the pool has seen: shares from before the first look, and those around a restart that nothing confirms.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from miner_agent.model.readings import Workload
from miner_agent.model.snapshot import MinerWorkload, ProvenWork

UPTIME_JITTER_SECONDS = 5.0  # uptimes are whole seconds, and answers take time


@dataclass(slots=True)
class _Followed:
    """What was last known of one algorithm of one miner, and what has been proven since the agent started."""

    shares_total: int | None = None
    difficulty_total: float | None = None
    difficulty: float | None = None
    uptime_seconds: float | None = None  # of the program
    looked_at: datetime | None = None
    hashes_total: float = 0.0
    last_accepted_at: datetime | None = None

    def forget_counts(self) -> None:
        """What the program has counted meanwhile belongs to another algorithm: start as at the first look."""
        self.shares_total = self.difficulty_total = self.difficulty = None


class Proof:
    """The counters of accepted work. Fed once a tick."""

    def __init__(self) -> None:
        self._followed: dict[tuple[str, str], _Followed] = {}
        self._proven: tuple[ProvenWork, ...] = ()

    @property
    def proven(self) -> tuple[ProvenWork, ...]:
        """One entry a workload that was seen in the last tick and whose shares can be weighed."""
        return self._proven

    def follow(self, workloads: Iterable[MinerWorkload], *, now: datetime, configured: Iterable[str]) -> None:
        """Take one tick in.

        Args:
            workloads: of the miners that answered.
            now: of this tick.
            configured: names of all miners; what is known of others is forgotten.
        """
        there = tuple(workloads)
        self._forget(there, frozenset(configured))
        proven = []
        for entry in there:
            hashes = entry.workload.hashes_per_difficulty
            if hashes is None:
                continue
            known = self._followed.setdefault((entry.miner, entry.algorithm), _Followed())
            restarted = _restarted(known, entry.snapshot.uptime_seconds, now)
            new_hashes = _new_difficulty(known, entry.workload, restarted=restarted) * hashes
            if new_hashes > 0 and math.isfinite(known.hashes_total + new_hashes):
                known.hashes_total += new_hashes
                known.last_accepted_at = now
            _remember(known, entry, now)
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

    def _forget(self, workloads: tuple[MinerWorkload, ...], configured: frozenset[str]) -> None:
        """Miners that are not configured, and the counts of algorithms that were switched away from."""
        self._followed = {key: known for key, known in self._followed.items() if key[0] in configured}
        mined = {(entry.miner, entry.algorithm) for entry in workloads}
        mining = {entry.miner for entry in workloads}
        for key, known in self._followed.items():
            if key[0] in mining and key not in mined:
                known.forget_counts()


def _restarted(known: _Followed, uptime_seconds: float | None, now: datetime) -> bool:
    """Whether the program is a new one: only then its counters count from zero.

    Its uptime has fallen, and is no longer than the last look is ago: a clock that was set, here or there, does not
    look like that.
    """
    if known.uptime_seconds is None or known.looked_at is None or uptime_seconds is None:
        return False
    elapsed_seconds = (now - known.looked_at).total_seconds()
    return uptime_seconds < known.uptime_seconds and uptime_seconds <= elapsed_seconds + UPTIME_JITTER_SECONDS


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


def _remember(known: _Followed, entry: MinerWorkload, now: datetime) -> None:
    """Keep the newest of each; what a miner leaves out for a tick is what it was before."""
    workload = entry.workload
    if entry.snapshot.uptime_seconds is not None:
        known.uptime_seconds, known.looked_at = entry.snapshot.uptime_seconds, now
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
