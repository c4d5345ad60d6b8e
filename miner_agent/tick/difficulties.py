"""Drops a share difficulty that is many times what it was: one digit too many looks like that.

A pool may raise it so much at once in truth, most of all soon after a start: what has been told several times is
believed. With another pool or algorithm it begins anew.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from miner_agent.model.devices import ReadError, ReadErrorReason
from miner_agent.model.snapshot import Inventory, MinerWorkload
from miner_agent.tick.leaps import leaps
from miner_agent.tick.mistakes import STRICT, Costing
from miner_agent.tick.one_counter import SETTLED_LOOKS

QUANTITY = "share_difficulty"


@dataclass(slots=True)
class _Told:
    """What one pool wants of one algorithm's shares, as the miner tells it."""

    pool: str | None
    difficulty: float
    odd: float | None = None  # one that cannot be, and how often it was told in a row
    odd_looks: int = 0

    def takes(self, difficulty: float) -> bool:
        """Whether that is believed."""
        if leaps(self.difficulty, difficulty):
            if self.odd is None or difficulty < self.odd or leaps(self.odd, difficulty):
                self.odd_looks = 0
            self.odd = difficulty
            self.odd_looks += 1
            if self.odd_looks < SETTLED_LOOKS:
                return False
        self.difficulty, self.odd, self.odd_looks = difficulty, None, 0
        return True


class Difficulties:
    """Follows the difficulty of each workload's shares. Fed once a tick."""

    __slots__ = ("_told", "leaps")

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], _Told] = {}
        self.leaps: dict[str, list[ReadError]] = {}  # of the last tick, by miner

    def follow(self, inventory: Inventory, configured: Collection[str], costs: Costing = STRICT) -> Inventory:
        """Take one tick in; its inventory without difficulties that are not believed.

        Args:
            inventory: as the miners told it.
            configured: names of all miners; what is known of others is forgotten.
            costs: what becomes of a mistake.
        """
        answered = {entry.miner for entry in inventory.workloads}
        before, self._told, self.leaps = self._told, {}, {}
        self._told = {key: told for key, told in before.items() if key[0] in configured and key[0] not in answered}
        found = []
        for entry in inventory.workloads:
            believed = entry
            with costs.of(entry.miner):
                if not self._takes(entry, before.get((entry.miner, entry.algorithm))):
                    believed = replace(entry, workload=replace(entry.workload, share_difficulty=None))
                    self.leaps.setdefault(entry.miner, []).append(
                        ReadError(device=entry.miner, quantity=QUANTITY, reason=ReadErrorReason.IMPLAUSIBLE)
                    )
            found.append(believed)
        return replace(inventory, workloads=tuple(found)) if self.leaps else inventory

    def _takes(self, entry: MinerWorkload, told: _Told | None) -> bool:
        difficulty, pool = entry.workload.share_difficulty, entry.workload.pool
        if told is not None and (pool is None or told.pool in {None, pool}):
            told.pool = pool or told.pool
            self._told[entry.miner, entry.algorithm] = told
            return difficulty is None or told.takes(difficulty)
        if difficulty is not None:
            self._told[entry.miner, entry.algorithm] = _Told(pool, difficulty)
        return True
