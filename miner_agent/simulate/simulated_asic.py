"""One simulated machine with hashboards and a firmware of its own."""

import math
from dataclasses import dataclass

from miner_agent.simulate.chance import Chance
from miner_agent.simulate.profiles import MachinePlan, PoolPlace
from miner_agent.simulate.simulated_program import THIEVES, USUAL_REJECTS

HASHES_PER_DIFFICULTY = 2.0**32
ROOM_CELSIUS = 25.0
CHIP_CELSIUS = 72.0  # of a board at work
FAN_CELSIUS = 12.0  # that a fan which stands still makes a board warmer
WARMING_SECONDS = 120.0
FANS, FAN_RPM = 4, 5200.0
CHIPS_LOST = 9
ERRORS_A_SECOND, ERRORS_OF_A_FAULT_A_SECOND = 0.002, 5.0


@dataclass(slots=True, kw_only=True)
class MachineFaults:
    """What is wrong with it, or happens to it, now."""

    is_down: bool = False
    board_dead: bool = False
    chips_missing: bool = False
    fan_dead: bool = False
    tells_fault: bool = False
    wrong_results: bool = False
    pool_lost: bool = False
    refused: bool = False
    pool_swapped: bool = False
    account_swapped: bool = False
    half_lost: bool = False
    none_arrives: bool = False
    on_backup: bool = False
    works_for_author: bool = False
    paused: bool = False


class SimulatedAsic:
    """Everything that moves is as of the last step. Boards count from 0."""

    def __init__(self, plan: MachinePlan) -> None:
        self.plan, self.faults = plan, MachineFaults()
        self.started_seconds = 0.0
        self.chip_celsius = [45.0] * plan.boards
        self.board_hashes_per_second = [0.0] * plan.boards
        self.board_errors = [0] * plan.boards
        self.accepted, self.rejected = [0, 0], [0, 0]  # of the pool and of the one behind it
        self.watts = self.hashes_per_second = self.best_difficulty = 0.0
        self.energy_joules = 0.0

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def pools(self) -> tuple[PoolPlace, PoolPlace]:
        """The one in front and the one behind it, as it is set up now."""
        if self.faults.pool_swapped:
            return THIEVES, self.plan.backup
        if self.faults.account_swapped:
            return PoolPlace(url=self.plan.pool.url, user=THIEVES.user), self.plan.backup
        return self.plan.pool, self.plan.backup

    @property
    def active(self) -> int:
        """Which of both it works for."""
        return 1 if self.faults.on_backup else 0

    @property
    def fans_rpm(self) -> list[float]:
        warm = max(self.chip_celsius, default=45.0) / CHIP_CELSIUS
        turning = FAN_RPM * min(1.2, max(0.4, warm)) if not self.faults.paused else 0.4 * FAN_RPM
        return [0.0 if self.faults.fan_dead and not fan else turning + 40.0 * fan for fan in range(FANS)]

    def works(self, board: int) -> bool:
        dead = self.faults.board_dead and board == self.plan.boards - 1
        return not (dead or self.faults.is_down or self.faults.paused or self.faults.pool_lost)

    def chips_of(self, board: int) -> int:
        """How many of its chips answer."""
        if self.faults.board_dead and board == self.plan.boards - 1:
            return 0
        return self.plan.chips - (CHIPS_LOST if self.faults.chips_missing and not board else 0)

    def start(self, now_seconds: float) -> None:
        """Begin anew."""
        self.started_seconds = now_seconds
        self.accepted, self.rejected = [0, 0], [0, 0]
        self.board_errors = [0] * self.plan.boards

    def step(self, now_seconds: float, step_seconds: float, chance: Chance) -> None:
        """Run on for so long."""
        wave = 1.0 + 0.01 * math.sin(2 * math.pi * now_seconds / 700.0) + chance.noise(0.004)
        for board in range(self.plan.boards):
            self._run_board(board, wave, step_seconds, chance)
        if not self.plan.boards:  # a proxy: what its workers do
            self.hashes_per_second = self.plan.hashes_per_second * wave * (not self.faults.paused)
        else:
            self.hashes_per_second = sum(self.board_hashes_per_second)
        working = sum(self.works(board) for board in range(self.plan.boards)) / max(1, self.plan.boards)
        self.watts = self.plan.watts * wave * (0.03 + 0.97 * working) * (not self.faults.is_down)
        self.energy_joules += self.watts * step_seconds
        self._find_shares(step_seconds, chance)

    def _run_board(self, board: int, wave: float, step_seconds: float, chance: Chance) -> None:
        at_work = self.works(board)
        share = self.chips_of(board) / self.plan.chips * wave * at_work
        self.board_hashes_per_second[board] = self.plan.hashes_per_second / self.plan.boards * share
        settled = (CHIP_CELSIUS + 1.5 * board if at_work else ROOM_CELSIUS) + FAN_CELSIUS * self.faults.fan_dead
        nearer = 1.0 - math.exp(-step_seconds / WARMING_SECONDS)
        self.chip_celsius[board] += (settled - self.chip_celsius[board]) * nearer
        errors = ERRORS_OF_A_FAULT_A_SECOND if self.faults.wrong_results and not board else ERRORS_A_SECOND
        self.board_errors[board] += chance.count(errors * step_seconds * at_work)

    def _find_shares(self, step_seconds: float, chance: Chance) -> None:
        hashes = HASHES_PER_DIFFICULTY if self.plan.boards else 1.0
        found = chance.count(self.hashes_per_second * step_seconds / (self.plan.difficulty * hashes))
        faults = self.faults
        if faults.half_lost:
            found = chance.of_many(found, 0.5)
        if faults.none_arrives or faults.works_for_author:
            found = 0
        rejected = found if faults.refused else chance.of_many(found, USUAL_REJECTS / 10)
        self.accepted[self.active] += found - rejected
        self.rejected[self.active] += rejected
        if found > rejected:
            self.best_difficulty = max(self.best_difficulty, chance.best_of(found - rejected, self.plan.difficulty))
