"""One tick: every source is asked at once, and each gives a reading or an error by its own deadline."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from miner_agent.collectors.host.machine import HostCollector
from miner_agent.errors import AuthRefused, BadPayload, SourceError, TimedOut, Unreachable, said_of
from miner_agent.model.devices import ReadError, ReadErrorReason
from miner_agent.model.readings import HostReading, Outcome, Reading, SensorReading, SourceKind
from miner_agent.model.snapshot import DeviceEnergy, Inventory, RigSnapshot, TickClock
from miner_agent.model.status import AgentStatus
from miner_agent.sources.defects import quantity_of
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Payloads
from miner_agent.tick.counters import Counters
from miner_agent.tick.energy_counters import EnergyMeter
from miner_agent.tick.inventory import DeviceNames, take_inventory
from miner_agent.tick.plausibility import without_impossible
from miner_agent.tick.proof import Proof
from miner_agent.tick.restarts import Restarts
from miner_agent.tick.tally import Tally
from miner_agent.tick.watch import Destination, Watch
from miner_agent.tick.whole_machine import WholeMachine
from miner_agent.transport.polls import Answer, Ask, Endpoint

log = logging.getLogger(__name__)
HANDING_OVER_SECONDS = 0.5  # the transport ends by its deadline; its thread may need a moment to say so


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerSource:
    """A configured miner or meter, with the driver that understands it."""

    name: str
    driver: Driver
    endpoint: Endpoint
    wanted: Destination = field(default_factory=Destination)  # where it should mine, as far as the configuration says


class Fetcher(Protocol):
    """Whatever answers for miners: the network, or a recording of it."""

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]": ...


class Sensors(Protocol):
    """Whatever reads the sensors that can hang."""

    @property
    def restarts_total(self) -> int: ...
    def request(self) -> None: ...
    def collect(self, deadline_monotonic_seconds: float) -> Mapping[str, Mapping[str, Any] | SourceError]: ...
    def stuck(self, name: str) -> bool: ...


class Tracker(Protocol):
    """Makes readings of the raw answers of one sensor."""

    def follow(self, raw: Mapping[str, Any], now: datetime, /) -> SensorReading: ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """The half of an outcome that is known before the answer is understood."""

    source: str
    kind: SourceKind
    at: datetime
    duration_seconds: float
    stuck: bool = False
    local: bool = True

    def failed(self, error: SourceError, hint: str = "") -> Outcome[Reading]:
        return Outcome(
            source=self.source,
            kind=self.kind,
            asked_at=self.at,
            duration_seconds=self.duration_seconds,
            stuck=self.stuck,
            local=self.local,
            error=said_of(self.source, error, hint),
        )

    def parsed(self, parse: Callable[[], Reading], defects: Iterable[BadPayload] = ()) -> Outcome[Reading]:
        """What ``parse`` makes of the answer, without values that cannot be true. ``defects``: what it notes."""
        try:
            reading = parse()
        except SourceError as error:
            return self.failed(error)
        except Exception as bug:  # costs its own source only; the traceback says where
            log.exception("%s: a mistake in the agent itself", self.source)
            return self.failed(SourceError(f"a mistake in the agent itself: {type(bug).__name__}"))
        for read_error in reading.read_errors if isinstance(reading, SensorReading | HostReading) else ():
            if read_error.hint is not None:
                log.warning("%s: %s: %s", read_error.device, read_error.quantity, read_error.hint)
        reading, dropped = without_impossible(reading, source=self.source)
        return Outcome(
            source=self.source,
            kind=self.kind,
            asked_at=self.at,
            duration_seconds=self.duration_seconds,
            stuck=self.stuck,
            local=self.local,
            reading=reading,
            dropped=(*dropped, *(self._unreadable(defect) for defect in defects)),
        )

    def _unreadable(self, defect: BadPayload) -> ReadError:
        return ReadError(
            device=self.source, quantity=quantity_of(defect.path), reason=ReadErrorReason.PARSE, hint=str(defect)
        )


@dataclass(slots=True)
class Memory:
    """What is kept from tick to tick, and handed on to the pipeline of a new configuration."""

    tally: Tally = field(default_factory=Tally)
    energy: EnergyMeter = field(default_factory=EnergyMeter)
    trackers: dict[str, Tracker] = field(default_factory=dict)
    names: DeviceNames = field(default_factory=DeviceNames)
    restarts: Restarts = field(default_factory=Restarts)
    counters: Counters = field(default_factory=Counters)
    proof: Proof = field(default_factory=Proof)
    watch: Watch = field(default_factory=Watch)
    machine: WholeMachine = field(default_factory=WholeMachine)
    last_begun: float | None = None


class Pipeline:
    """Asks everything that is configured, once a tick, and keeps count."""

    def __init__(
        self,
        *,
        rig: str,
        miners: Sequence[MinerSource],
        fetcher: Fetcher,
        host: HostCollector | None,
        sensors: Sensors | None,
        trackers: Mapping[str, Tracker],
        deadline_seconds: float,
        monotonic: Callable[[], float],
        memory: Memory | None = None,
    ) -> None:
        self._rig, self._miners, self._fetcher = rig, tuple(miners), fetcher
        self._host, self._sensors, self._trackers = host, sensors, dict(trackers)
        self._deadline_seconds, self._monotonic = deadline_seconds, monotonic
        self.memory = memory or Memory()
        self.memory.trackers |= self._trackers

    def tick(self, now: datetime, agent: AgentStatus | None = None, clock: TickClock | None = None) -> RigSnapshot:
        """Ask every source and wait until each has answered or run out of time.

        Without a ``clock`` energy is not counted: it needs two ticks and the time between them.
        """
        begun = self._monotonic()
        if self._sensors is not None:
            self._sensors.request()
        answers = self._fetcher.fetch(self.asks(now)) if self._miners else None
        outcomes = [] if self._host is None else [self._host_outcome(self._host, now)]
        if self._sensors is not None:
            outcomes += self._sensor_outcomes(self._sensors, now, begun)
        if answers is not None:
            outcomes += self._miner_outcomes(answers, now, begun + self._deadline_seconds + HANDING_OVER_SECONDS)
        return self._digested(outcomes, now, begun, agent, clock)

    def take(self, answers: Sequence[Answer], now: datetime, clock: TickClock | None = None) -> RigSnapshot:
        """What a tick makes of answers to ``asks`` that somebody else has waited for. Waits for nothing itself.

        Sensors and host are not in it: whoever uses this speaks for another machine.
        """
        outcomes = [_miner_outcome(miner, answer, now) for miner, answer in zip(self._miners, answers, strict=True)]
        return self._digested(outcomes, now, self._monotonic(), None, clock)

    def asks(self, now: datetime) -> list[Ask]:
        """What each miner and meter is asked, in their order."""
        return [
            Ask(
                source=miner.name,
                endpoint=miner.endpoint,
                requests=miner.driver.requests,
                deadline_seconds=self._deadline_seconds,
                now=now,
            )
            for miner in self._miners
        ]

    def _digested(
        self,
        outcomes: list[Outcome[Reading]],
        now: datetime,
        begun: float,
        agent: AgentStatus | None,
        clock: TickClock | None,
    ) -> RigSnapshot:
        """Take one tick into everything that is kept from tick to tick."""
        memory = self.memory
        elapsed_seconds = 0.0 if memory.last_begun is None else begun - memory.last_begun
        memory.last_begun = begun
        inventory = take_inventory(outcomes, memory.names)
        restarts_total = 0 if self._sensors is None else self._sensors.restarts_total
        memory.tally.count(
            outcomes,
            inventory,
            elapsed_seconds=elapsed_seconds,
            restarts=dict.fromkeys(self._trackers, restarts_total),
        )
        names = [miner.name for miner in self._miners]
        steady_seconds = begun if clock is None else clock.monotonic_seconds
        runs = memory.restarts.follow(outcomes, memory.counters.fell_together(inventory), at_seconds=steady_seconds)
        inventory = memory.counters.follow(inventory, runs, names)
        memory.proof.follow(inventory.workloads, memory.counters.gains, now=now, configured=names)
        memory.watch.follow(inventory.workloads, {miner.name: miner.wanted for miner in self._miners})
        snapshot = RigSnapshot(
            taken_at=now,
            rig=self._rig,
            outcomes=tuple(outcomes),
            inventory=inventory,
            sources=memory.tally.sources,
            devices=memory.tally.devices,
            miners_started_at=memory.restarts.started_at,
            devices_expected=memory.tally.devices_expected,
            proven=memory.proof.proven,
            pools=memory.watch.watched,
            energy=() if clock is None else _energy(memory.energy, inventory, clock),
            clock=clock,
            agent=agent,
        )
        return memory.machine.added_to(snapshot, memory.energy)

    def _host_outcome(self, host: HostCollector, now: datetime) -> Outcome[Reading]:
        begun = self._monotonic()

        def read_and_parse() -> Reading:
            return host.parse(host.read(disk_deadline_seconds=self._deadline_seconds / 2))

        outcome = _Asked("host", "collector", now, 0.0).parsed(read_and_parse)
        return replace(outcome, duration_seconds=self._monotonic() - begun, stuck=host.disks_stuck)

    def _miner_outcomes(self, answers: "Future[list[Answer]]", now: datetime, until: float) -> list[Outcome[Reading]]:
        try:
            found = answers.result(max(0.0, until - self._monotonic()))
        except (TimeoutError, CancelledError):
            answers.cancel()
            return [
                _Asked(miner.name, miner.driver.kind, now, self._deadline_seconds).failed(self._too_late())
                for miner in self._miners
            ]
        return [_miner_outcome(miner, answer, now) for miner, answer in zip(self._miners, found, strict=True)]

    def _sensor_outcomes(self, sensors: Sensors, now: datetime, begun: float) -> list[Outcome[Reading]]:
        answers = sensors.collect(begun + self._deadline_seconds)
        duration_seconds = self._monotonic() - begun
        return [
            _sensor_outcome(
                _Asked(name, "collector", now, duration_seconds, sensors.stuck(name)),
                tracker,
                answers.get(name, self._too_late()),
            )
            for name, tracker in self._trackers.items()
        ]

    def _too_late(self) -> TimedOut:
        return TimedOut(f"no answer within {self._deadline_seconds:g} s")


def _energy(meter: EnergyMeter, inventory: Inventory, clock: TickClock) -> tuple[DeviceEnergy, ...]:
    return meter.follow(inventory.devices, at_seconds=clock.monotonic_seconds, interval_seconds=clock.interval_seconds)


def _sensor_outcome(asked: _Asked, tracker: Tracker, answer: Mapping[str, Any] | SourceError) -> Outcome[Reading]:
    if isinstance(answer, SourceError):
        return asked.failed(answer)
    return asked.parsed(lambda: tracker.follow(answer, asked.at))


def _miner_outcome(miner: MinerSource, answer: Answer, now: datetime) -> Outcome[Reading]:
    asked = _Asked(miner.name, miner.driver.kind, now, answer.duration_seconds, local=miner.endpoint.is_loopback)
    raw = answer.raw
    if raw is not None:
        payloads = Payloads(raw)
        return asked.parsed(lambda: miner.driver.read(payloads), payloads.defects)
    error = answer.error or Unreachable("no answer")
    return asked.failed(error, _hint(miner.driver, error))


def _hint(driver: Driver, error: SourceError) -> str:
    """What its owner can do, where the driver knows more of it than the error."""
    told = f"{driver.products[0]}: {driver.enable_api}"
    if type(error) is Unreachable:
        return f"Is its API on? {told}"
    takes_no_token = driver.kind == "meter" and "token_file" not in driver.takes
    return told if isinstance(error, AuthRefused) and takes_no_token else ""
