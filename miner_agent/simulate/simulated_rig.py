"""The simulated rig as a whole: cards that warm, throttle, mine and draw power, and what happens to them by a script.

Its figures are those of no real card: invented, and near enough to real ones that every view has something to show.
"""

from datetime import datetime
from itertools import count

from miner_agent.simulate.chance import Chance
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import NVIDIA, Profile
from miner_agent.simulate.script import NOTHING, Scene, Script
from miner_agent.simulate.simulated_asic import MachineFaults, SimulatedAsic
from miner_agent.simulate.simulated_card import CardFaults, SimulatedCard
from miner_agent.simulate.simulated_program import LOOP_SECONDS, ProgramFaults, SimulatedProgram

HOST_WATTS = 65.0
POWER_SUPPLY_EFFICIENCY = 0.92
STEP_SECONDS = 1.0
BOOT_LOOP_SECONDS = 600.0  # between two starts of a machine that starts again and again
SEED = 8
TELL_PAUSES = frozenset({"trex", "xmrig"})  # the others are ended for the night


class SimulatedRig:
    """A function of time: the same profile, seed, script and step give the same course."""

    def __init__(
        self,
        profile: Profile = NVIDIA,
        *,
        seed: int = SEED,
        script: Script = NOTHING,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        self.profile = profile
        self._chance, self._script, self.step_seconds = Chance(seed), script, step_seconds
        self.seconds = self.booted_seconds = 0.0
        self.booted_at: datetime | None = None  # None: nobody has looked at a clock since
        self.meter_joules = 0.0
        self._scenes: tuple[Scene, ...] = ()
        self._on: frozenset[tuple[Fault, int | None, str | None]] = frozenset()
        rates = {number: plan.hashes_per_second for plan in profile.programs for number in plan.cards}
        buses = count(1)
        self.cards = [
            SimulatedCard(number, 0 if model.maker == "processor" else next(buses), model, rates.get(number, 0.0))
            for number, model in enumerate(profile.cards)
        ]
        self.programs = [SimulatedProgram(plan, [self.cards[at] for at in plan.cards]) for plan in profile.programs]
        self.machines = [SimulatedAsic(plan) for plan in profile.machines]
        self._working_for = {card.number: program for program in self.programs for card in program.cards}

    def advance(self, seconds: float) -> None:
        """Let the rig run until that second since its start; backwards does nothing."""
        while self.seconds + self.step_seconds <= seconds:
            self.seconds += self.step_seconds
            self._step()

    def cards_of(self, maker: str) -> list[SimulatedCard]:
        return [card for card in self.cards if card.model.maker == maker]

    def is_on(self, fault: Fault, *, card: int | None = None, miner: str | None = None) -> bool:
        """Whether it happens now, to that one or to the whole rig."""
        return (fault, card, miner) in self._on

    @property
    def wall_watts(self) -> float:
        """What the rig draws at the wall: cards and the rest, with the power supply's losses."""
        return (sum(card.watts for card in self.cards) + HOST_WATTS) / POWER_SUPPLY_EFFICIENCY

    @property
    def metered_watts(self) -> float:
        """What goes through the meter: the rig, or the machine that hangs on it."""
        of = self.profile.meter_of
        return self.wall_watts if of is None else next(one.watts for one in self.machines if one.name == of)

    def _step(self) -> None:
        scenes = self._script.playing(self.seconds)
        if scenes is not self._scenes:
            self._scenes = scenes
            self._begin(scenes)
        if self.is_on(Fault.REBOOT_LOOP) and self.seconds - self.booted_seconds >= BOOT_LOOP_SECONDS:
            self._boot()
        for program in self.programs:
            self._restart(program)
        for card in self.cards:
            user = self._working_for.get(card.number)
            working = user is not None and user.works(self.seconds)
            card.step(self.seconds, self.step_seconds, self._chance, working=working)
        for program in self.programs:
            program.step(self.seconds, self.step_seconds, self._chance)
        for machine in self.machines:
            machine.step(self.seconds, self.step_seconds, self._chance)
        self.meter_joules += self.metered_watts * self.step_seconds

    def _begin(self, scenes: tuple[Scene, ...]) -> None:
        """Scenes have begun or ended."""
        before, self._on = self._on, frozenset((one.fault, one.card, one.miner) for one in scenes)
        if (Fault.REBOOT, None, None) in self._on - before:
            self._boot()
        for program in self.programs:
            if (Fault.RESTART, None, program.name) in self._on - before:
                self._start(program)
            program.faults = self._of_program(program.name)
        for card in self.cards:
            card.xids += (Fault.XID, card.number, None) in self._on - before
            card.faults = self._of_card(card.number)
        for machine in self.machines:
            was_down, machine.faults = machine.faults.is_down, self._of_machine(machine.name)
            if was_down and not machine.faults.is_down:
                machine.start(self.seconds)

    def _boot(self) -> None:
        self.booted_seconds, self.booted_at = self.seconds, None
        for card in self.cards:
            card.rows_pending = False
        for program in self.programs:
            self._start(program)

    def _start(self, program: SimulatedProgram) -> None:
        """At some moment of the step: no program starts on the tick."""
        program.start(self.seconds - self._chance.within(0.0, self.step_seconds))

    def _restart(self, program: SimulatedProgram) -> None:
        """One that ends again and again."""
        loops = self.is_on(Fault.RESTART_LOOP, miner=program.name)
        if loops and self.seconds - program.started_seconds >= LOOP_SECONDS:
            self._start(program)

    def _of_card(self, number: int) -> CardFaults:
        def has(fault: Fault) -> bool:
            return self.is_on(fault, card=number)

        return CardFaults(
            lost=has(Fault.CARD_LOST),
            fan_dead=has(Fault.FAN_DEAD),
            hot=self.is_on(Fault.HEAT),
            memory_fails=has(Fault.MEMORY_ERRORS),
            link_degraded=has(Fault.PCIE_DEGRADED),
            limit_changed=has(Fault.POWER_LIMIT),
            slow=has(Fault.CARD_SLOW),
            idle=has(Fault.CARD_IDLE),
        )

    def _of_program(self, name: str) -> ProgramFaults:
        def has(fault: Fault) -> bool:
            return self.is_on(fault, miner=name)

        night = self.is_on(Fault.NIGHT_PAUSE)
        return ProgramFaults(
            hangs=has(Fault.MINER_HUNG),
            is_down=has(Fault.MINER_DOWN) or (night and name not in TELL_PAUSES),
            pool_lost=has(Fault.POOL_LOST) or self.is_on(Fault.LINE_DROP),
            refused=has(Fault.POOL_REFUSES),
            pool_swapped=has(Fault.POOL_SWAPPED),
            account_swapped=has(Fault.ACCOUNT_SWAPPED),
            half_lost=has(Fault.SHARES_LOST),
            none_arrives=has(Fault.NO_SHARES),
            wrong_results=has(Fault.HARDWARE_ERRORS),
            builds_dag=has(Fault.DAG_REBUILD),
            on_backup=has(Fault.FAILOVER),
            works_for_author=has(Fault.DEV_FEE),
            paused=night,
        )

    def _of_machine(self, name: str) -> MachineFaults:
        def has(fault: Fault) -> bool:
            return self.is_on(fault, miner=name)

        return MachineFaults(
            is_down=has(Fault.MACHINE_DOWN),
            board_dead=has(Fault.BOARD_DEAD),
            chips_missing=has(Fault.CHIPS_MISSING),
            fan_dead=has(Fault.MACHINE_FAN_DEAD),
            tells_fault=has(Fault.MACHINE_FAULT),
            wrong_results=has(Fault.HARDWARE_ERRORS),
            pool_lost=has(Fault.POOL_LOST) or self.is_on(Fault.LINE_DROP),
            refused=has(Fault.POOL_REFUSES),
            pool_swapped=has(Fault.POOL_SWAPPED),
            account_swapped=has(Fault.ACCOUNT_SWAPPED),
            half_lost=has(Fault.SHARES_LOST),
            none_arrives=has(Fault.NO_SHARES),
            on_backup=has(Fault.FAILOVER),
            works_for_author=has(Fault.DEV_FEE),
            paused=self.is_on(Fault.NIGHT_PAUSE),
        )
