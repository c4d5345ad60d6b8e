"""A simulated rig in a time of its own: the real ticks and the real sums, without a socket, a process or waiting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exporters.metric_table import Family
from exporters.sections import SECTIONS
from miner_agent.assembly import configured, miner_sources
from miner_agent.assembly.parts import agent_status
from miner_agent.config.planned_keys import PlannedOff
from miner_agent.model.kept_counter import LARGEST, KeptCounter
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.model.status import AgentStatus, DatabaseStatus, GatewayStatus
from miner_agent.simulate.market_files import MarketFiles
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import Profile
from miner_agent.simulate.script import NOTHING, Script
from miner_agent.simulate.simulated_machine import DemoRig
from miner_agent.simulate.simulated_money import SimulatedMoney
from miner_agent.simulate.simulated_rig import SEED, SimulatedRig
from miner_agent.simulate.stand_ins import SimulatedSources
from miner_agent.tick.memory import Memory
from miner_agent.tick.pipeline import Pipeline

FIRST_MOMENT = datetime(2026, 1, 5, tzinfo=UTC)
MONEY_SECONDS = 900.0  # between two looks at the market
BOOT_ID = "simulated"
ROUND_SECONDS = 0.3  # of the gateway
BEFORE_SECONDS, BEHIND_SECONDS = 120.0, 900.0
"""So near to where a scene begins or ends, a course ticks at its shortest interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMoment:
    """One tick of the rig and of every machine behind its gateway."""

    seconds: float  # of the script
    now: datetime
    interval_seconds: float  # since the tick before, and of the agent
    rig: RigSnapshot
    machines: Mapping[str, RigSnapshot]  # by the rig's name


class SimulatedCourse:
    """One rig from its start on. The same arguments give the same course."""

    def __init__(
        self,
        profile: Profile,
        *,
        script: Script = NOTHING,
        interval_seconds: float = 60.0,
        calm_seconds: float | None = None,
        money_seconds: float = MONEY_SECONDS,
        begins: datetime = FIRST_MOMENT,
        seed: int = SEED,
        folder: Path | None = None,
        planned_off: tuple[PlannedOff, ...] = (),
    ) -> None:
        """
        Args:
            profile: which rig.
            script: what happens to it.
            interval_seconds: between two ticks, and of each step of the rig. [s]
            calm_seconds: the same where no scene begins or ends, for a year in a fraction of its ticks: a multiple of
                the interval, and no other than that by default. [s]
            money_seconds: between two looks at the market. [s]
            begins: the wall clock of the first tick.
            seed: of its chance.
            folder: where the files of its market and its tariff lie; without one it has none.
            planned_off: hours in which it is off, and nobody is to be told.
        """
        self._elapsed_seconds, self._begins = 0.0, begins
        self.interval_seconds = self._step_seconds = interval_seconds
        self._calm_seconds, self._money_seconds, self._script = calm_seconds or interval_seconds, money_seconds, script
        rig = SimulatedRig(profile, seed=seed, script=script, step_seconds=interval_seconds)
        files = None if folder is None else MarketFiles(folder, every_seconds=money_seconds)
        sources = SimulatedSources(
            rig, lambda: self._elapsed_seconds, now=lambda: self.now, files=files, head_start_seconds=interval_seconds
        )
        self.rig = rig
        demo = DemoRig(
            folder or Path(),
            {},
            sources,
            planned_off=planned_off,
            interval_seconds=interval_seconds,
            gateway_seconds=interval_seconds,
            monotonic=lambda: self._elapsed_seconds,
        )
        self.loaded = loaded = demo.load()
        self._pipeline, self._sources = demo.build(loaded).pipeline, sources
        algorithms = configured.algorithms(loaded)
        self._machines = {
            name: Pipeline(
                rig=name,
                miners=of_rig,
                fetcher=sources,
                host=None,
                sensors=None,
                trackers={},
                deadline_seconds=interval_seconds,
                monotonic=lambda: self._elapsed_seconds,
                algorithms=algorithms,
                limits=configured.temperature_limits(loaded),
                hashrates=configured.expected_hashrates(loaded),
            )
            for name, of_rig in miner_sources.rigs(loaded).items()
        }
        self._money = None if files is None else SimulatedMoney(loaded, files)
        self._money_due_seconds = 0.0
        self._status, self._plans = agent_status(begins), loaded.plans

    @property
    def now(self) -> datetime:
        return self._begins + timedelta(seconds=self._elapsed_seconds)

    @property
    def seconds(self) -> float:
        """Of the script, at the next tick."""
        return self._elapsed_seconds + self.interval_seconds

    def until(self, seconds: float) -> Iterator[SimulatedMoment]:
        """Every tick before that second of the script. While the agent stands still there is none."""
        while self.seconds < seconds:
            self.rig.advance(self.seconds)
            if not self.rig.is_on(Fault.PAGE_SILENT):
                yield self._tick()
            self._step_seconds = self.rig.step_seconds = self._pace()
            self._elapsed_seconds += self._step_seconds

    def pass_over(self, seconds: float) -> None:
        """Go on to that second without a tick, as an agent does that was asleep."""
        while self.seconds < seconds:
            self._elapsed_seconds += self.interval_seconds

    def _pace(self) -> float:
        """How long until the next tick: whole intervals, more of them where nothing happens."""
        last, next_ = self._script.edges_around(self.seconds)
        if self.seconds - last < BEHIND_SECONDS:
            return self.interval_seconds
        calm_seconds = min(self._calm_seconds, next_ - BEFORE_SECONDS - self.seconds)
        return max(1, calm_seconds // self.interval_seconds) * self.interval_seconds

    def _tick(self) -> SimulatedMoment:
        now = self.now
        clock = TickClock(
            boot_id=BOOT_ID,
            monotonic_seconds=self._elapsed_seconds,
            interval_seconds=self._step_seconds,
            clock_ok=True,
        )
        _keep_at_once(self._pipeline.memory)
        snapshot = self._pipeline.tick(now, self._status_at(now), clock)
        rig = self._with_money(self._with_plans(snapshot))
        machines = {}
        for name, pipeline in self._machines.items():
            _keep_at_once(pipeline.memory)
            answers = self._sources.fetch(pipeline.asks(now)).result()
            machines[name] = self._with_plans(pipeline.take(answers, now, clock))
        return SimulatedMoment(
            seconds=self.seconds, now=now, interval_seconds=self._step_seconds, rig=rig, machines=machines
        )

    def _status_at(self, now: datetime) -> AgentStatus:
        """How an agent does to which nothing happens."""
        dead = sum(machine.faults.is_down for machine in self.rig.machines)
        gateway = GatewayStatus(
            interval_seconds=self._step_seconds,
            rigs_configured=len(self._machines),
            rigs_dead=dead,
            rigs_answered=len(self._machines) - dead,
            round_duration_seconds=ROUND_SECONDS,
            round_ended_at=now,
        )
        return replace(
            self._status,
            clock_even_seconds=self._elapsed_seconds,
            clock_synchronized=not self.rig.is_on(Fault.CLOCK_UNSYNCHRONIZED),
            counters_kept=True,
            databases=tuple(DatabaseStatus(database=name, written_at=now) for name in ("telemetry", "state")),
            gateway=gateway if self._machines else None,
        )

    def _with_plans(self, snapshot: RigSnapshot) -> RigSnapshot:
        return snapshot.as_planned(self._plans.at(snapshot.taken_at, snapshot.rig))

    def _with_money(self, snapshot: RigSnapshot) -> RigSnapshot:
        if self._money is None:
            return snapshot
        if self._elapsed_seconds >= self._money_due_seconds:
            self._money_due_seconds = self._elapsed_seconds + self._money_seconds
            self._money.look(snapshot)
        return self._money.shown_with(snapshot)


def families(snapshot: RigSnapshot) -> Iterator[Family]:
    """What the page shows of it, without the process that shows it."""
    for section in SECTIONS:
        yield from section.families(snapshot)


def _keep_at_once(memory: Memory) -> None:
    """Tell what is on disk: here all that was counted, and nothing of an earlier run."""
    counted = memory.energy.counters.counted or {}
    memory.energy.counters.see({key: KeptCounter(count, ceiling=LARGEST) for key, count in counted.items()})
    memory.watch.restore({})
    memory.restarts.see({})
    memory.shares.see({})
    memory.usual.see({})
    memory.course.devices.see({})
    memory.course.fans.see({})
