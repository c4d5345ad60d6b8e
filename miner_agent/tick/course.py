"""Remembers of earlier ticks what a verdict goes by: devices that were there, fans that turned, what pools said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from miner_agent.model.devices import DeviceKind
from miner_agent.model.health import Past
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import Inventory, MinerWorkload
from miner_agent.tick.counters import Gain
from miner_agent.tick.mistakes import STRICT, Costing
from miner_agent.tick.restarts import Restarts

REMEMBERED_SECONDS = 86_400.0  # a device that is gone for longer was taken out
SETTLING_SECONDS = 120.0  # a program that was just started has not found all of its devices yet
MISSED_KINDS = frozenset({DeviceKind.GPU, DeviceKind.HASHBOARD})


@dataclass(slots=True)
class _Pool:
    """How the pool of one workload answers."""

    refused_in_a_row: int = 0
    since_seconds: float = 0.0  # it was last accepted a share, or began to mine


class Course:
    """Of one rig. Fed once a tick."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, float]] = {}  # device: its source, and when it was last told of
        self._turned: dict[str, set[int]] = {}  # fans by miner
        self._pools: dict[tuple[str, str], _Pool] = {}

    def follow(
        self,
        outcomes: Iterable[Outcome[Reading]],
        inventory: Inventory,
        gains: Mapping[tuple[str, str], Gain],
        restarts: Restarts,
        *,
        at_seconds: float,
        costs: Costing = STRICT,
    ) -> Past:
        """Take one tick in.

        Args:
            outcomes: of all sources that are configured; what is known of others is forgotten.
            inventory: of the tick.
            gains: what came to each workload.
            restarts: what is known of the miners' runs.
            at_seconds: of this tick, on a clock that is never set. [s]
            costs: what becomes of a mistake.
        """
        asked = {outcome.source: outcome for outcome in outcomes}
        stopped = []
        for source, outcome in asked.items():
            if isinstance(outcome.reading, MinerSnapshot):
                with costs.of(source):
                    stopped += [(source, fan) for fan in self._stopped_fans(source, outcome.reading)]
        for entry in inventory.workloads:
            with costs.of(entry.miner):
                self._hear_pool(entry, gains.get((entry.miner, entry.algorithm)), at_seconds)
        mined = {(entry.miner, entry.algorithm) for entry in inventory.workloads}
        self._pools = {key: pool for key, pool in self._pools.items() if key in mined}
        self._turned = {source: fans for source, fans in self._turned.items() if source in asked}
        return Past(
            missing=self._missing(asked, inventory, at_seconds),
            fans_stopped=tuple(stopped),
            restarted=restarts.restarted,
            restarts_last_hour=restarts.often,
            refused_in_a_row={key: pool.refused_in_a_row for key, pool in self._pools.items()},
            waited_seconds={key: at_seconds - pool.since_seconds for key, pool in self._pools.items()},
        )

    def _missing(
        self, asked: Mapping[str, Outcome[Reading]], inventory: Inventory, at_seconds: float
    ) -> tuple[tuple[str, str], ...]:
        for device in inventory.devices:
            if device.reading.kind in MISSED_KINDS:
                self._seen[device.label] = device.source, at_seconds
        self._seen = {
            label: (source, seen_seconds)
            for label, (source, seen_seconds) in self._seen.items()
            if source in asked and at_seconds - seen_seconds <= REMEMBERED_SECONDS
        }
        there = {device.label for device in inventory.devices}
        return tuple(
            (label, source)
            for label, (source, _) in self._seen.items()
            if label not in there and _has_settled(asked[source].reading)
        )

    def _stopped_fans(self, source: str, miner: MinerSnapshot) -> list[int]:
        turned = self._turned.setdefault(source, set())
        turned.update(fan for fan, speed in enumerate(miner.fan_speeds_rpm) if speed)
        return [fan for fan, speed in enumerate(miner.fan_speeds_rpm) if speed == 0 and fan in turned]

    def _hear_pool(self, entry: MinerWorkload, gain: Gain | None, at_seconds: float) -> None:
        pool = self._pools.setdefault((entry.miner, entry.algorithm), _Pool(since_seconds=at_seconds))
        if entry.snapshot.paused or not entry.workload.hashes_per_second:
            pool.since_seconds = at_seconds
        if gain is not None and (gain.shares or gain.difficulty):
            pool.since_seconds, pool.refused_in_a_row = at_seconds, 0
        elif gain is not None:
            pool.refused_in_a_row += int(gain.refused or 0)


def _has_settled(reading: Reading | None) -> bool:
    """Whether what a source leaves out now can be missed."""
    if not isinstance(reading, MinerSnapshot):
        return reading is not None
    return reading.uptime_seconds is None or reading.uptime_seconds >= SETTLING_SECONDS
