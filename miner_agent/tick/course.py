"""Remembers of earlier ticks what a verdict goes by: devices that were there, fans that turned, what pools said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from miner_agent.model.health import Past
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import Inventory, MinerWorkload
from miner_agent.tick.counters import Gain
from miner_agent.tick.known_devices import KnownDevices
from miner_agent.tick.known_fans import KnownFans
from miner_agent.tick.known_xids import KnownXids
from miner_agent.tick.mistakes import STRICT, Costing
from miner_agent.tick.restarts import Restarts


@dataclass(slots=True)
class _Pool:
    """How the pool of one workload answers."""

    refused_in_a_row: int = 0
    since_seconds: float = 0.0  # it was last accepted a share, or began to mine


class Course:
    """Of one rig. Fed once a tick."""

    __slots__ = ("_pools", "devices", "fans", "xids")

    def __init__(self) -> None:
        self.devices = KnownDevices()
        self.fans = KnownFans()
        self.xids = KnownXids()
        self._pools: dict[tuple[str, str], _Pool] = {}

    def remember_for(self, seconds: float) -> None:
        """After so long a device or a fan that is gone is no longer missed. [s]"""
        self.devices.remembered_seconds = self.fans.remembered_seconds = seconds

    def follow(
        self,
        outcomes: Iterable[Outcome[Reading]],
        inventory: Inventory,
        gains: Mapping[tuple[str, str], Gain],
        restarts: Restarts,
        *,
        at_seconds: float,
        now: datetime | None = None,
        costs: Costing = STRICT,
    ) -> Past:
        """Take one tick in.

        Args:
            outcomes: of all sources that are configured; what is known of others is forgotten.
            inventory: of the tick.
            gains: what came to each workload.
            restarts: what is known of the miners' runs.
            at_seconds: of this tick, on a clock that is never set. [s]
            now: the same by the wall clock.
            costs: what becomes of a mistake.
        """
        asked = {outcome.source: outcome for outcome in outcomes}
        stopped = []
        self.fans.begin(asked, at_seconds=at_seconds, now=now)
        for source, outcome in asked.items():
            if isinstance(outcome.reading, MinerSnapshot):
                with costs.of(source):
                    stopped += [(source, fan) for fan in self.fans.follow(source, outcome.reading, now=now)]
        for entry in inventory.workloads:
            with costs.of(entry.miner):
                self._hear_pool(entry, gains.get((entry.miner, entry.algorithm)), at_seconds)
        mined = {(entry.miner, entry.algorithm) for entry in inventory.workloads}
        self._pools = {key: pool for key, pool in self._pools.items() if key in mined}
        missing = self.devices.follow(asked, inventory, at_seconds=at_seconds, now=now)
        return Past(
            missing=tuple(missing.items()),
            missing_since=self.devices.missing_since,
            fans_stopped=tuple(stopped),
            restarted=restarts.restarted,
            restarts_last_hour=restarts.often,
            refused_in_a_row={key: pool.refused_in_a_row for key, pool in self._pools.items()},
            waited_seconds={key: at_seconds - pool.since_seconds for key, pool in self._pools.items()},
        )

    def _hear_pool(self, entry: MinerWorkload, gain: Gain | None, at_seconds: float) -> None:
        pool = self._pools.setdefault((entry.miner, entry.algorithm), _Pool(since_seconds=at_seconds))
        if entry.snapshot.paused or not entry.workload.hashes_per_second:
            pool.since_seconds = at_seconds
        if gain is not None and (gain.shares or gain.difficulty):
            pool.since_seconds, pool.refused_in_a_row = at_seconds, 0
        elif gain is not None:
            pool.refused_in_a_row += int(gain.refused or 0)
