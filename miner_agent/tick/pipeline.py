"""One tick: every source is asked at once, and each gives a reading or an error by its own deadline."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import thread_time
from typing import Any, Protocol, TypeVar

from miner_agent.errors import AuthRefused, BadPayload, Mistake, SourceError, TimedOut, Unreachable, said_of
from miner_agent.model.algorithms import NO_ALGORITHMS, Algorithms
from miner_agent.model.devices import DeviceKind, ReadError, ReadErrorReason
from miner_agent.model.expected import NOTHING_EXPECTED, ExpectedRig
from miner_agent.model.hashrate_expectations import NO_HASHRATES, HashrateExpectations
from miner_agent.model.readings import HostReading, MinerSnapshot, Outcome, Reading, SensorReading, SourceKind
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.model.status import AgentStatus
from miner_agent.model.temperature_limits import NO_LIMITS, TemperatureLimits
from miner_agent.sources.defects import quantity_of
from miner_agent.sources.driver import Driver, FileRead
from miner_agent.sources.payload import Payloads
from miner_agent.tick.digest import Tick, digest
from miner_agent.tick.inventory import WORKERS_A_MINER
from miner_agent.tick.memory import Host, Memory, Sensors, Tracker
from miner_agent.tick.mistakes import Costs
from miner_agent.tick.one_spelling import in_one_spelling
from miner_agent.tick.plausibility import without_impossible
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Answer, Ask, Endpoint

log = logging.getLogger(__name__)
Found = TypeVar("Found")
HANDING_OVER_SECONDS = 0.5  # the transport ends by its deadline; its thread may need a moment to say so

_WITH_READ_ERRORS = (SensorReading, HostReading)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerSource:
    """A configured miner or meter, with the driver that understands it."""

    name: str
    driver: Driver
    endpoint: Endpoint
    wanted: Destination = field(default_factory=Destination)  # where it should mine, as far as the configuration says
    start_grace_seconds: float = 0.0  # for which it is not asked once it has been started
    boards_expected: int | None = None  # as configured
    fans_expected: int | None = None
    workers_shown: int = WORKERS_A_MINER  # of those that mine through it, by name


class ToCome(Protocol):
    """Answers, or what is raised in their place, once they are there."""

    def result(self, timeout: float | None = None, /) -> list[Answer]: ...

    def cancel(self) -> bool: ...


class Fetcher(Protocol):
    """Whatever answers for miners: the network, or a recording of it."""

    def fetch(self, asks: Sequence[Ask]) -> ToCome: ...


@dataclass(slots=True)
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

    def parsed(
        self, parse: Callable[[], Reading], costs: Costs, defects: Iterable[BadPayload] = ()
    ) -> Outcome[Reading]:
        """What ``parse`` makes of the answer, without values that cannot be true. ``defects``: what it notes."""
        try:
            return self._understood(parse(), defects)
        except SourceError as error:
            return self.failed(error)
        except Exception as bug:  # noqa: BLE001 - costs its own source only; it is told and counted
            costs.take(self.source, bug)
            return self.failed(Mistake.of(bug))

    def _understood(self, reading: Reading, defects: Iterable[BadPayload]) -> Outcome[Reading]:
        for read_error in reading.read_errors if isinstance(reading, _WITH_READ_ERRORS) else ():
            if read_error.hint is not None:
                log.warning("%s: %s: %s", read_error.device, read_error.quantity, read_error.hint)
        reading, dropped = without_impossible(self._with_uptime(reading), source=self.source)
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

    def _with_uptime(self, reading: Reading) -> Reading:
        """The uptime of a program that tells only when it was started, where its clock is this machine's."""
        if not self.local or not isinstance(reading, MinerSnapshot) or reading.started_at is None:
            return reading
        uptime_seconds = (self.at - reading.started_at).total_seconds()
        if reading.uptime_seconds is not None or uptime_seconds < 0:
            return reading
        return replace(reading, uptime_seconds=uptime_seconds)

    def _unreadable(self, defect: BadPayload) -> ReadError:
        return ReadError(
            device=self.source, quantity=quantity_of(defect.path), reason=ReadErrorReason.PARSE, hint=str(defect)
        )


class Pipeline:
    """Asks everything that is configured, once a tick, and keeps count."""

    def __init__(
        self,
        *,
        rig: str,
        miners: Sequence[MinerSource],
        fetcher: Fetcher,
        host: Host | None,
        sensors: Sensors | None,
        trackers: Mapping[str, Tracker],
        deadline_seconds: float,
        monotonic: Callable[[], float],
        memory: Memory | None = None,
        busy: Callable[[], float] = thread_time,
        algorithms: Algorithms = NO_ALGORITHMS,
        limits: TemperatureLimits = NO_LIMITS,
        expected: ExpectedRig = NOTHING_EXPECTED,
        hashrates: HashrateExpectations = NO_HASHRATES,
    ) -> None:
        """``busy``: how long this thread has worked, without what it waited. The rest says itself."""
        self._rig, self._miners, self._fetcher = rig, tuple(miners), fetcher
        self._host, self._sensors, self._trackers = host, sensors, dict(trackers)
        self._deadline_seconds, self._monotonic, self._busy = deadline_seconds, monotonic, busy
        self._algorithms, self._limits, self._hashrates = algorithms, limits, hashrates
        self._expected = _with_machines(expected, self._miners)
        self._wanted = {miner.name: miner.wanted for miner in self._miners}
        self._workers_shown = {
            miner.name: miner.workers_shown for miner in self._miners if miner.workers_shown != WORKERS_A_MINER
        }
        self._same_asks = [None if _reads_files(miner) else self._ask(miner, None) for miner in self._miners]
        self.memory = memory or Memory()
        self.memory.trackers |= self._trackers

    def tick(self, now: datetime, agent: AgentStatus | None = None, clock: TickClock | None = None) -> RigSnapshot:
        """Ask every source and wait until each has answered or run out of time.

        Without a ``clock`` energy is not counted: it needs two ticks and the time between them. A mistake of the agent
        itself, wherever it is made, costs the source that it is made for.
        """
        begun, costs = self._monotonic(), Costs(self.memory.mistakes)
        sensors, deadline = self._sensors, begun + self._deadline_seconds
        unasked = None if sensors is None else _tried(lambda: sensors.request(deadline))
        answers = self._asked(now)
        outcomes = [] if self._host is None else [self._host_outcome(self._host, now, costs)]
        if sensors is not None:
            outcomes += self._sensor_outcomes(sensors, now, begun, unasked, costs)
        outcomes += self._miner_outcomes(answers, now, deadline + HANDING_OVER_SECONDS, costs)
        return digest(outcomes, self._tick(now, begun, agent, clock), self.memory, costs)

    def take(self, answers: Sequence[Answer], now: datetime, clock: TickClock | None = None) -> RigSnapshot:
        """What a tick makes of answers to ``asks`` that somebody else has waited for. Waits for nothing itself.

        Sensors and host are not in it: whoever uses this speaks for another machine.
        """
        costs = Costs(self.memory.mistakes)
        outcomes = self._miner_readings(answers, now, costs)
        return digest(outcomes, self._tick(now, self._monotonic(), None, clock), self.memory, costs)

    def _tick(self, now: datetime, begun: float, agent: AgentStatus | None, clock: TickClock | None) -> Tick:
        return Tick(
            rig=self._rig,
            now=now,
            begun_seconds=begun,
            wanted=self._wanted,
            workers_shown=self._workers_shown,
            sensor_restarts=dict.fromkeys(self._trackers, 0 if self._sensors is None else self._sensors.restarts_total),
            agent=agent,
            limits=self._limits,
            expected=self._expected,
            hashrates=self._hashrates,
            clock=clock,
        )

    def asks(self, now: datetime) -> list[Ask]:
        """What each miner and meter is asked, in their order."""
        return [ask or self._ask(miner, now) for ask, miner in zip(self._same_asks, self._miners, strict=True)]

    def _ask(self, miner: MinerSource, now: datetime | None) -> Ask:
        return Ask(
            source=miner.name,
            endpoint=miner.endpoint,
            requests=miner.driver.requests,
            most_bytes=miner.driver.most_bytes,
            deadline_seconds=self._deadline_seconds,
            now=now,
            start_grace_seconds=miner.start_grace_seconds,
        )

    def _asked(self, now: datetime) -> ToCome:
        """What the miners and meters will answer, or why they could not be asked."""
        if not self._miners:
            return _known([])
        asked = _tried(lambda: self._fetcher.fetch(self.asks(now)))
        return _known(asked) if isinstance(asked, Exception) else asked

    def _host_outcome(self, host: Host, now: datetime, costs: Costs) -> Outcome[Reading]:
        begun, asked = self._monotonic(), _Asked("host", "collector", now, 0.0)

        def read_and_parse() -> Reading:
            try:
                return host.parse(host.read(disk_deadline_seconds=self._deadline_seconds / 2))
            finally:
                asked.duration_seconds, asked.stuck = self._monotonic() - begun, host.disks_stuck

        return asked.parsed(read_and_parse, costs)

    def _miner_outcomes(self, answers: ToCome, now: datetime, until: float, costs: Costs) -> list[Outcome[Reading]]:
        try:
            return self._miner_readings(answers.result(max(0.0, until - self._monotonic())), now, costs)
        except (TimeoutError, CancelledError):
            answers.cancel()
            return [self._unheard(miner, now, self._too_late()) for miner in self._miners]
        except SourceError as error:
            return [self._unheard(miner, now, Unreachable(str(error))) for miner in self._miners]
        except Exception as bug:  # noqa: BLE001 - costs the miners and meters, and no card
            for miner in self._miners:
                costs.take(miner.name, bug)
            return [self._unheard(miner, now, Mistake.of(bug)) for miner in self._miners]

    def _unheard(self, miner: MinerSource, now: datetime, error: SourceError) -> Outcome[Reading]:
        return _Asked(miner.name, miner.driver.kind, now, self._deadline_seconds).failed(error)

    def _miner_readings(self, answers: Sequence[Answer], now: datetime, costs: Costs) -> list[Outcome[Reading]]:
        """In the order of the miners, though those that are the cheapest to read come first."""
        efforts = self.memory.efforts
        found: dict[str, Outcome[Reading]] = {}
        answered = {miner.name: (miner, answer) for miner, answer in zip(self._miners, answers, strict=True)}
        sizes = {name: sum(map(len, (answer.raw or {}).values())) for name, (_, answer) in answered.items()}
        began = before = self._busy()
        for name in efforts.order(sizes):
            refusal = efforts.refusal(name, spent_seconds=before - began, deadline_seconds=self._deadline_seconds)
            found[name] = _miner_outcome(*answered[name], now, costs, refusal, self._algorithms)
            if refusal is None:
                after = self._busy()
                costs.reading_seconds[name] = after - before
                efforts.note(name, after - before)
                before = after
        return [found[miner.name] for miner in self._miners]

    def _sensor_outcomes(
        self, sensors: Sensors, now: datetime, begun: float, asked: Exception | None, costs: Costs
    ) -> list[Outcome[Reading]]:
        found = asked if asked is not None else _tried(lambda: sensors.collect(begun + self._deadline_seconds))
        if isinstance(found, Exception):
            for name in self._trackers:
                costs.take(name, found)
            found = dict.fromkeys(self._trackers, Mistake.of(found))
        duration_seconds = self._monotonic() - begun
        return [
            _sensor_outcome(
                _Asked(name, "collector", now, duration_seconds, sensors.stuck(name)),
                tracker,
                found[name] if name in found else self._too_late(),
                costs,
            )
            for name, tracker in self._trackers.items()
        ]

    def _too_late(self) -> TimedOut:
        return TimedOut(f"no answer within {self._deadline_seconds:g} s")


def _reads_files(miner: MinerSource) -> bool:
    """Whether it is asked with the time of the tick, by which files have their age."""
    return any(isinstance(request, FileRead) for request in miner.driver.requests)


def _with_machines(expected: ExpectedRig, miners: Iterable[MinerSource]) -> ExpectedRig:
    """The same, with what is said of each machine: where it is of all of them, of their boards together too."""
    mining = [miner for miner in miners if miner.driver.kind == "miner"]
    boards = {miner.name: miner.boards_expected for miner in mining if miner.boards_expected is not None}
    fans = {miner.name: miner.fans_expected for miner in mining if miner.fans_expected is not None}
    if not boards and not fans:
        return expected
    together = {DeviceKind.HASHBOARD: sum(boards.values())} if boards and len(boards) == len(mining) else {}
    return replace(
        expected,
        devices_expected={**together, **expected.devices_expected},
        boards_expected=boards,
        fans_expected=fans,
    )


def _known(answers: list[Answer] | Exception) -> "Future[list[Answer]]":
    """Answers, or what is raised in their place, that nobody has to wait for."""
    found: Future[list[Answer]] = Future()
    if isinstance(answers, Exception):
        found.set_exception(answers)
    else:
        found.set_result(answers)
    return found


def _tried(work: Callable[[], Found]) -> Found | Exception:
    """What it gives, or what it raises: whoever needs it says so."""
    try:
        return work()
    except Exception as bug:  # noqa: BLE001
        return bug


def _sensor_outcome(
    asked: _Asked, tracker: Tracker, answer: Mapping[str, Any] | SourceError, costs: Costs
) -> Outcome[Reading]:
    if isinstance(answer, SourceError):
        return asked.failed(answer)
    return asked.parsed(lambda: tracker.follow(answer, asked.at), costs)


def _miner_outcome(
    miner: MinerSource, answer: Answer, now: datetime, costs: Costs, refusal: SourceError | None, algorithms: Algorithms
) -> Outcome[Reading]:
    """``refusal``: why what it answers is not read."""
    asked = _Asked(miner.name, miner.driver.kind, now, answer.duration_seconds, local=miner.endpoint.is_loopback)
    raw = answer.raw
    if refusal is not None:
        return asked.failed(refusal)
    if raw is not None:
        payloads = Payloads(raw, miner.driver.budget())
        return asked.parsed(lambda: in_one_spelling(miner.driver.read(payloads), algorithms), costs, payloads.defects)
    error = answer.error or Unreachable("no answer")
    if isinstance(error, Mistake) and isinstance(error.__cause__, Exception):
        costs.take(miner.name, error.__cause__)
    return asked.failed(error, _hint(miner.driver, error))


def _hint(driver: Driver, error: SourceError) -> str:
    """What its owner can do, where the driver knows more of it than the error."""
    told = f"{driver.products[0]}: {driver.enable_api}"
    if type(error) is Unreachable:
        return f"Is its API on? {told}"
    takes_no_token = driver.kind == "meter" and "token_file" not in driver.takes
    return told if isinstance(error, AuthRefused) and takes_no_token else ""
