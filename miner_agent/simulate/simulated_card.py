"""One simulated card, or processor: what it draws warms it, its fan cools it, and too warm it slows down."""

import math
from dataclasses import dataclass

from miner_agent.simulate.chance import Chance
from miner_agent.simulate.profiles import CardModel

ROOM_CELSIUS, HOT_ROOM_CELSIUS = 26.0, 48.0
SLOWING_CELSIUS = 83.0  # a card lowers its clocks long before its driver's own limit
WARMING_SECONDS = 40.0  # time constant of a card and its cooler
WAVE_SECONDS = 300.0
SLOWED_RATIO, SLOW_RATIO = 0.72, 0.4
IDLE_RATIO = 0.12  # of its power, where nobody gives it work
TYPICAL_WATTS = 230.0  # of a card with a cooler as those here have
CELSIUS_PER_WATT = 0.165  # at half of the fan's speed
HOT_CELSIUS_PER_WATT, FANLESS_CELSIUS_PER_WATT = 0.27, 0.40
FULL_RPM = 3200.0
ERRORS_A_SECOND = 0.05
REPLAYS_A_SECOND = 20.0


@dataclass(slots=True, kw_only=True)
class CardFaults:
    """What is wrong with it now."""

    lost: bool = False
    fan_dead: bool = False
    hot: bool = False
    memory_fails: bool = False
    link_degraded: bool = False
    limit_changed: bool = False
    slow: bool = False
    idle: bool = False


class SimulatedCard:
    """Everything that moves is as of the last step."""

    def __init__(self, number: int, bus: int, model: CardModel, full_hashes_per_second: float) -> None:
        self.number, self.bus, self.model = number, bus, model
        self.full_hashes_per_second = full_hashes_per_second
        self.faults = CardFaults()
        self.temperature_celsius, self.fan_ratio, self.fan_rpm = 45.0, 0.5, 0.5 * FULL_RPM
        self.watts = self.hashes_per_second = 0.0
        self.energy_joules = 1.0e6
        self.throttled = False
        self.xids = self.replays = self.ecc_corrected = self.ecc_uncorrected = 0
        self.rows_pending = False  # until the machine is started anew
        self.accepted_shares = self.rejected_shares = self.hardware_errors = 0

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def uuid(self) -> str:
        return f"GPU-de300000-0000-4000-8000-{self.number:012x}"

    @property
    def lost(self) -> bool:
        return self.faults.lost

    def step(self, now_seconds: float, step_seconds: float, chance: Chance, *, working: bool) -> None:
        """Run on for so long."""
        wave = math.sin(2 * math.pi * (now_seconds / WAVE_SECONDS + self.number / 8))
        share = 1.0 + 0.015 * wave + chance.noise(0.004)
        self.throttled = not self.lost and self.temperature_celsius >= SLOWING_CELSIUS
        if self.throttled:
            share *= SLOWED_RATIO
        at_work = working and not self.faults.idle
        self.watts = 0.0 if self.lost else self.model.full_watts * share * (1.0 if at_work else IDLE_RATIO)
        self.hashes_per_second = self.full_hashes_per_second * share * (at_work and not self.lost)
        if self.faults.slow:
            self.hashes_per_second *= SLOW_RATIO
        self.energy_joules += self.watts * step_seconds
        self._count(step_seconds, chance)
        self._warm(step_seconds)

    def _count(self, step_seconds: float, chance: Chance) -> None:
        self.replays += chance.count(REPLAYS_A_SECOND * step_seconds) if self.faults.link_degraded else 0
        if self.faults.memory_fails:
            self.ecc_uncorrected += chance.count(ERRORS_A_SECOND * step_seconds)
            self.rows_pending |= self.ecc_uncorrected > 0
            self.ecc_corrected += chance.count(10 * ERRORS_A_SECOND * step_seconds)

    def _warm(self, step_seconds: float) -> None:
        wanted = 0.35 + (self.temperature_celsius - 45.0) / 50.0
        self.fan_ratio = min(1.0, max(0.3, wanted))
        self.fan_rpm = 0.0 if self.faults.fan_dead else FULL_RPM * self.fan_ratio
        celsius_per_watt = HOT_CELSIUS_PER_WATT if self.faults.hot else CELSIUS_PER_WATT / (0.5 + self.fan_ratio)
        if self.faults.fan_dead:
            celsius_per_watt = FANLESS_CELSIUS_PER_WATT
        room = HOT_ROOM_CELSIUS if self.faults.hot else ROOM_CELSIUS
        settled = room + self.watts * celsius_per_watt * TYPICAL_WATTS / self.model.full_watts
        nearer = 1.0 - math.exp(-step_seconds / WARMING_SECONDS)
        self.temperature_celsius += (settled - self.temperature_celsius) * nearer
