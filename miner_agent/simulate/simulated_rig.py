"""The simulated rig itself: eight cards that warm, throttle, mine and draw power, second by second.

Its figures are those of no real card: invented, and near enough to real ones that every view has something to show.
"""

import math
import random
from dataclasses import dataclass

from miner_agent.simulate.script import SCRIPT, Fault, Scene, playing

AMBIENT_CELSIUS = 26.0
SLOWDOWN_CELSIUS = 83.0
WARMING_SECONDS = 40.0  # time constant of a card and its cooler
HOST_WATTS = 65.0
POWER_SUPPLY_EFFICIENCY = 0.92
STEP_SECONDS = 1.0


@dataclass(slots=True)
class Card:
    """One graphics card. Everything that moves is as of the last step."""

    number: int
    name: str
    full_watts: float
    full_hashes_per_second: float
    temperature_celsius: float = 45.0
    fan_ratio: float = 0.5
    watts: float = 0.0
    hashes_per_second: float = 0.0
    energy_joules: float = 1.0e6
    throttled: bool = False
    lost: bool = False
    xids_total: int = 0
    accepted_shares: int = 0
    rejected_shares: int = 0

    @property
    def uuid(self) -> str:
        return f"GPU-de300000-0000-4000-8000-{self.number:012x}"

    @property
    def bus(self) -> int:
        return self.number + 1


@dataclass(slots=True)
class SimulatedProgram:
    """One mining program and the cards that it works with."""

    name: str
    algorithm: str
    cards: list[Card]
    difficulty_hashes: float  # of one share
    pool: str
    user: str
    started_seconds: float = 0.0
    hangs: bool = False
    stolen: bool = False


class SimulatedRig:
    """The whole rig. The same seed and script give the same course."""

    def __init__(self, *, seed: int = 8, script: tuple[Scene, ...] = SCRIPT) -> None:
        self._dice = random.Random(seed)  # noqa: S311  nothing secret is drawn
        self._script = script
        self.seconds = 0.0
        self.meter_silent = False
        self.meter_joules = 0.0
        self.cards = [
            *(Card(number, "GeForce RTX 3080", 230.0, 46.0e6) for number in range(4)),
            *(Card(number, "GeForce RTX 3070", 125.0, 61.0e6) for number in range(4, 8)),
        ]
        self.programs = [
            SimulatedProgram(
                "trex", "kawpow", self.cards[:4], 4.29e9, "stratum+tcp://rvn.pool.example:6060", "RInvented"
            ),
            SimulatedProgram("lolminer", "Etchash", self.cards[4:], 1.0e9, "etc.pool.example:4444", "0xInvented"),
        ]

    def advance(self, seconds: float) -> None:
        """Let the rig run until that second since its start; backwards does nothing."""
        while self.seconds + STEP_SECONDS <= seconds:
            self.seconds += STEP_SECONDS
            self._step(playing(self.seconds, self._script))

    @property
    def wall_watts(self) -> float:
        """What the rig draws at the wall: cards and the rest, with the power supply's losses."""
        return (sum(card.watts for card in self.cards) + HOST_WATTS) / POWER_SUPPLY_EFFICIENCY

    def _step(self, scenes: tuple[Scene, ...]) -> None:
        def hit(fault: Fault, *, card: int | None = None, miner: str | None = None) -> bool:
            return any((scene.fault, scene.card, scene.miner) == (fault, card, miner) for scene in scenes)

        self.meter_silent = hit(Fault.METER_SILENT)
        for card in self.cards:
            card.lost = hit(Fault.CARD_LOST, card=card.number)
            card.xids_total += hit(Fault.XID, card=card.number)
            self._work(card, fan_stands=hit(Fault.FAN_STANDS, card=card.number))
        for program in self.programs:
            program.hangs = hit(Fault.MINER_HANGS, miner=program.name)
            program.stolen = hit(Fault.THEFT, miner=program.name)
            if hit(Fault.MINER_RESTARTS, miner=program.name):
                program.started_seconds = self.seconds
                for card in program.cards:
                    card.accepted_shares = card.rejected_shares = 0
            self._find_shares(program, refused=hit(Fault.REJECTS, miner=program.name))
        self.meter_joules += self.wall_watts * STEP_SECONDS

    def _work(self, card: Card, *, fan_stands: bool) -> None:
        """One step of a card: what it draws warms it, its fan cools it, and too warm it slows down."""
        wave = math.sin(2 * math.pi * (self.seconds / 300.0 + card.number / 8))
        share = 0.0 if card.lost else 1.0 + 0.015 * wave + self._dice.gauss(0, 0.004)
        card.throttled = not card.lost and card.temperature_celsius >= SLOWDOWN_CELSIUS
        if card.throttled:
            share *= 0.72
        card.watts = card.full_watts * share
        card.hashes_per_second = card.full_hashes_per_second * share
        card.energy_joules += card.watts * STEP_SECONDS
        wanted = 0.35 + (card.temperature_celsius - 45.0) / 50.0
        card.fan_ratio = 0.0 if fan_stands else min(1.0, max(0.3, wanted))
        celsius_per_watt = 0.42 if fan_stands else 0.22 / (0.5 + card.fan_ratio)
        settled = AMBIENT_CELSIUS + card.watts * celsius_per_watt * 230.0 / card.full_watts * 0.75
        card.temperature_celsius += (settled - card.temperature_celsius) * STEP_SECONDS / WARMING_SECONDS

    def _find_shares(self, program: SimulatedProgram, *, refused: bool) -> None:
        for card in program.cards:
            for _ in range(self._poisson(card.hashes_per_second * STEP_SECONDS / program.difficulty_hashes)):
                if refused or self._dice.random() < 0.01:
                    card.rejected_shares += 1
                else:
                    card.accepted_shares += 1

    def _poisson(self, mean: float) -> int:
        """How many shares, where so many come on average (Knuth's way, for small means)."""
        limit, product, count = math.exp(-mean), self._dice.random(), 0
        while product > limit:
            product *= self._dice.random()
            count += 1
        return count
