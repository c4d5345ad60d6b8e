"""Counts how many shares were to be expected, and how many came over exactly the same time.

What a miner shows as its hashrate is to bring so many shares of that difficulty. Both counts grow over the same looks
and over no others: not while it pauses or works for its author, not over a gap, and not where its counter of shares is
not sure. So each may be held against the other over any time, and over any end of the agent.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from miner_agent.model.kept_counter import (
    ANSWERED_SHARES,
    AWAITED_SHARES,
    EXPECTED_SHARES,
    PROVEN_SHARES,
    workload_label,
)
from miner_agent.model.made_in_c import made_in_c
from miner_agent.model.readings import Workload
from miner_agent.model.snapshot import AwaitedShares, MinerWorkload
from miner_agent.tick.counters import Gain
from miner_agent.tick.energy_counters import GAP_INTERVALS
from miner_agent.tick.kept_facts import ByMiner, KeptFacts
from miner_agent.tick.lasting_counters import LastingCounters
from miner_agent.tick.leaps import LEAP
from miner_agent.tick.mistakes import STRICT, Costing
from miner_agent.tick.one_counter import STRANGE_LOOKS
from miner_agent.tick.own_pace import OwnPace
from miner_agent.tick.restarts import Continuity

MILLI_PER_SHARE = 1000
SETTLING_SECONDS = 600.0  # pools find their difficulty in the first minutes: an own pace is not learnt from them


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one answer says of the pace at which shares are to come."""

    at_seconds: float
    difficulty: float | None
    shares_per_second: float | None  # at the hashrate that it shows; None: not told
    mines: bool  # for its owner


@dataclass(slots=True)
class _Followed:
    """One workload, from look to look."""

    label: str
    pace: OwnPace
    pool: str | None = None
    look: _Look | None = None
    looks_to_skip: int = STRANGE_LOOKS
    settled_seconds: float = 0.0  # for which it has mined since something was odd
    is_rated: bool = False  # it has told how much work a share is
    last_accepted_at: datetime | None = None


@dataclass(slots=True)
class ExpectedShares:
    """Of one rig. Fed once a tick."""

    awaited: tuple[AwaitedShares, ...] = ()  # one entry a workload of the last tick that counts its shares
    _followed: dict[tuple[str, str], _Followed] = field(default_factory=dict)
    _facts: KeptFacts = field(default_factory=KeptFacts)  # paces by workload

    def see(self, facts: ByMiner | None) -> None:
        """Learn the paces that are on disk, by workload; ``None`` while nobody knows."""
        if self._facts.see(facts):
            for known in self._followed.values():
                if fact := self._facts.left(known.label):
                    known.pace = OwnPace.read(fact)

    def unsaved_facts(self) -> dict[str, str]:
        """Paces that are new since this was last asked: one an hour and workload at most."""
        return self._facts.unsaved()

    def follow(
        self,
        workloads: Iterable[MinerWorkload],
        gains: Mapping[tuple[str, str], Gain],
        runs: Mapping[str, Continuity],
        counters: LastingCounters,
        *,
        at_seconds: float,
        interval_seconds: float,
        now: datetime,
        configured: Collection[str],
        costs: Costing = STRICT,
    ) -> None:
        """Take one tick in.

        Args:
            workloads: of the miners that answered.
            gains: what came to each of them in this tick.
            runs: of the miners that answered.
            counters: of the rig, that outlive the agent.
            at_seconds: of this tick, on a clock that is never set. [s]
            interval_seconds: time from tick to tick as configured. [s]
            now: of this tick, by the wall clock.
            configured: names of all miners; what is known of others is forgotten.
            costs: what becomes of a mistake.
        """
        there = {(entry.miner, entry.algorithm): entry for entry in workloads}
        self._followed = {key: known for key, known in self._followed.items() if key[0] in configured}
        for key, left in self._followed.items():
            if key[0] in runs and key not in there:
                _break(left)  # it works on something else
        awaited = []
        for key, entry in there.items():
            with costs.of(entry.miner):
                gain, known = gains.get(key), self._known(entry)
                if gain is None or known is None:
                    continue
                look = _looked(entry, at_seconds)
                accepted = (gain.shares or 0) > 0 or (gain.difficulty or 0) > 0
                is_sure = gain.shares is not None and not gain.held and runs.get(entry.miner) is Continuity.GOES_ON
                self._count(entry, known, gain, look, GAP_INTERVALS * interval_seconds, counters, is_sure=is_sure)
                if accepted:
                    known.last_accepted_at = now
                    counters.level((known.label, ANSWERED_SHARES), (known.label, AWAITED_SHARES), entry.miner)
                awaited.append(_told(entry, known, look, counters))
        self.awaited = tuple(awaited)

    def _known(self, entry: MinerWorkload) -> _Followed | None:
        """What is known of a workload; ``None`` where it counts no shares."""
        key = entry.miner, entry.algorithm
        known = self._followed.get(key)
        if known is None and entry.workload.accepted_shares_total is not None:
            label = workload_label(*key)
            known = self._followed[key] = _Followed(label, OwnPace.read(self._facts.left(label)))
        return known

    def _count(
        self,
        entry: MinerWorkload,
        known: _Followed,
        gain: Gain,
        look: _Look,
        longest_seconds: float,
        counters: LastingCounters,
        *,
        is_sure: bool,
    ) -> None:
        before, pool = known.look, None if entry.workload.dev_fee else entry.workload.pool
        moved = pool is not None and known.pool not in {None, pool}
        known.pool, known.look = pool or known.pool, look
        known.is_rated = known.is_rated or look.shares_per_second is not None
        expected = proven = awaited = 0.0
        if not is_sure or moved:
            _break(known, look)
            if moved:
                known.pace = OwnPace()
        elif known.looks_to_skip:
            known.looks_to_skip -= 1
        elif before is not None and before.mines and look.mines:
            seconds, shares = look.at_seconds - before.at_seconds, gain.shares or 0
            if 0 < seconds <= longest_seconds:
                pace_seconds = known.pace.interval_seconds
                rate = _mean_rate(before, look)
                if rate is not None:
                    expected, proven = rate * seconds, shares
                    awaited = expected
                elif not known.is_rated and pace_seconds is not None:
                    awaited = seconds / pace_seconds
                self._learn(known, shares, seconds)
        for source, amount in ((EXPECTED_SHARES, expected), (PROVEN_SHARES, proven), (AWAITED_SHARES, awaited)):
            counters.count((known.label, source), amount * MILLI_PER_SHARE, entry.miner)

    def _learn(self, known: _Followed, shares: float, seconds: float) -> None:
        known.settled_seconds += seconds
        if not known.is_rated and known.settled_seconds > SETTLING_SECONDS and known.pace.add(shares, seconds):
            self._facts.keep(known.label, known.pace.written())


def _break(known: _Followed, look: _Look | None = None) -> None:
    """What is counted next is counted from that look on, and not at once."""
    known.look, known.looks_to_skip, known.settled_seconds = look, STRANGE_LOOKS, 0.0


def _looked(entry: MinerWorkload, at_seconds: float) -> _Look:
    workload = entry.workload
    is_own = not entry.snapshot.paused and not workload.dev_fee
    is_rated = workload.share_difficulty is not None and workload.hashes_per_difficulty is not None
    return _Look(
        at_seconds=at_seconds,
        difficulty=workload.share_difficulty,
        shares_per_second=_share_rate(workload),
        mines=is_own and (is_rated or bool(workload.hashes_per_second)),
    )


def _share_rate(workload: Workload) -> float | None:
    """How many shares a second its hashrate is to bring; ``None`` where one of the three is not told."""
    rate, difficulty, hashes = workload.hashes_per_second, workload.share_difficulty, workload.hashes_per_difficulty
    if rate is None or not difficulty or not hashes:
        return None
    work = difficulty * hashes
    return rate / work if 0 < work < math.inf and math.isfinite(rate / work) else None


def _mean_rate(before: _Look, look: _Look) -> float | None:
    """Between two looks; ``None`` also where the difficulty has become another one altogether: nobody knows when."""
    if before.shares_per_second is None or look.shares_per_second is None:
        return None
    lower, higher = sorted((before.difficulty or 0.0, look.difficulty or 0.0))
    if higher >= LEAP * lower:
        return None
    return (before.shares_per_second + look.shares_per_second) / 2


def _told(entry: MinerWorkload, known: _Followed, look: _Look, counters: LastingCounters) -> AwaitedShares:
    label = known.label
    interval_seconds = 1 / look.shares_per_second if look.shares_per_second else None
    if not known.is_rated:
        interval_seconds = known.pace.interval_seconds
    behind = counters.behind((label, ANSWERED_SHARES), (label, AWAITED_SHARES), entry.miner)
    is_known = known.is_rated or interval_seconds is not None
    expected = counters.shown((label, EXPECTED_SHARES)) if known.is_rated else None
    proven = counters.shown((label, PROVEN_SHARES)) if known.is_rated else None
    return AwaitedShares(
        miner=entry.miner,
        algorithm=entry.algorithm,
        expected_shares_total=None if expected is None else expected / MILLI_PER_SHARE,
        proven_shares_total=None if proven is None else proven / MILLI_PER_SHARE,
        expected_since_accepted=behind / MILLI_PER_SHARE if is_known and behind is not None else None,
        last_accepted_at=known.last_accepted_at,
        share_interval_expected_seconds=interval_seconds if interval_seconds and interval_seconds < math.inf else None,
    )
