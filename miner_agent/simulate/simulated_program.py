"""One simulated mining program: the shares that its cards find, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from miner_agent.simulate.chance import Chance
from miner_agent.simulate.profiles import PoolPlace, ProgramPlan
from miner_agent.simulate.simulated_card import SimulatedCard

USUAL_REJECTS = 0.01
FEE_ROUND_SECONDS = 3600.0  # in which a program works for its author once
LOOP_SECONDS = 90.0  # between two starts, where it ends again and again
BUILDING_SECONDS = 20.0  # of a DAG, after a start
HARDWARE_ERRORS_A_SECOND = 2.0
THIEVES = PoolPlace(url="stratum+tcp://pool.thief.example:6060", user="43Thief")


@dataclass(slots=True, kw_only=True)
class ProgramFaults:
    """What is wrong with it, or happens to it, now."""

    hangs: bool = False
    is_down: bool = False
    pool_lost: bool = False
    refused: bool = False
    pool_swapped: bool = False
    account_swapped: bool = False
    half_lost: bool = False
    none_arrives: bool = False
    wrong_results: bool = False
    builds_dag: bool = False
    on_backup: bool = False
    works_for_author: bool = False
    paused: bool = False


class SimulatedProgram:
    """Everything that moves is as of the last step."""

    def __init__(self, plan: ProgramPlan, cards: Sequence[SimulatedCard]) -> None:
        self.plan, self.cards = plan, list(cards)
        self.faults = ProgramFaults()
        self.started_seconds = self.connected_seconds = 0.0
        self.stale_shares = 0
        self.accepted_hashes = 0.0
        self.best_difficulty = 0.0

    @property
    def name(self) -> str:
        return self.plan.driver

    @property
    def difficulty_hashes(self) -> float:
        return self.plan.difficulty_hashes

    @property
    def pool(self) -> PoolPlace:
        """Where it mines to now."""
        if self.faults.pool_swapped:
            return THIEVES
        place = self.plan.backup if self.faults.on_backup else self.plan.pool
        return PoolPlace(url=place.url, user=THIEVES.user) if self.faults.account_swapped else place

    @property
    def hashes_per_second(self) -> float:
        return sum(card.hashes_per_second for card in self.cards)

    def start(self, now_seconds: float) -> None:
        """Begin anew: what it counts begins at zero."""
        self.started_seconds = self.connected_seconds = now_seconds
        self.stale_shares = 0
        self.accepted_hashes = self.best_difficulty = 0.0
        for card in self.cards:
            card.accepted_shares = card.rejected_shares = card.hardware_errors = 0

    def works(self, now_seconds: float) -> bool:
        """Whether its cards have work now."""
        faults = self.faults
        builds = faults.builds_dag or (self.plan.has_dag and 0 < now_seconds - self.started_seconds < BUILDING_SECONDS)
        return not (faults.is_down or faults.paused or faults.pool_lost or (builds and self.started_seconds > 0))

    def step(self, now_seconds: float, step_seconds: float, chance: Chance) -> None:
        """Find the shares of so long."""
        faults = self.faults
        if faults.pool_lost:
            self.connected_seconds = now_seconds
        for card in self.cards:
            found = chance.count(card.hashes_per_second * step_seconds / self.difficulty_hashes)
            if faults.wrong_results:
                card.hardware_errors += chance.count(HARDWARE_ERRORS_A_SECOND * step_seconds)
            found -= self._for_author(found, chance, now_seconds, step_seconds)
            if faults.half_lost:
                found = chance.of_many(found, 0.5)
            if faults.none_arrives or faults.works_for_author:
                found = 0
            rejected = found if faults.refused else chance.of_many(found, USUAL_REJECTS)
            card.rejected_shares += rejected
            card.accepted_shares += found - rejected
            self.accepted_hashes += (found - rejected) * self.difficulty_hashes
            if found > rejected:
                best = chance.best_of(found - rejected, self.difficulty_hashes)
                self.best_difficulty = max(self.best_difficulty, best)

    def _for_author(self, found: int, chance: Chance, now_seconds: float, step_seconds: float) -> int:
        """How many of them its author gets: a stretch of each hour is his."""
        since = (now_seconds - self.started_seconds) % FEE_ROUND_SECONDS
        stretch = self.plan.dev_fee_ratio * FEE_ROUND_SECONDS
        his = min(max(0.0, min(since, FEE_ROUND_SECONDS) - (FEE_ROUND_SECONDS - stretch)), step_seconds)
        return chance.of_many(found, his / step_seconds) if his else 0
