"""The simulated rig in the place of network and sensors: everything behind it is the real agent."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar

from miner_agent.errors import SourceError, TimedOut, Unreachable
from miner_agent.model.readings import HostReading
from miner_agent.simulate import meter_answers
from miner_agent.simulate.card_answers import READERS
from miner_agent.simulate.machine_answers import MACHINES
from miner_agent.simulate.market_files import MarketFiles
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.program_answers import PROGRAMS
from miner_agent.simulate.simulated_host import host_reading
from miner_agent.simulate.simulated_rig import SimulatedRig
from miner_agent.transport.polls import Answer, Ask

METER = "plug"
HEAD_START_SECONDS = 30.0  # so that the first look sees cards at work
LOOKED_SECONDS = 0.5  # how often it looks whether it may go on, while it stands still
Key = TypeVar("Key")


class SimulatedSources:
    """Answers for all that one simulated rig has, as of the moment that it is asked at."""

    restarts_total = 0

    def __init__(
        self,
        rig: SimulatedRig,
        monotonic: Callable[[], float],
        *,
        now: Callable[[], datetime],
        files: MarketFiles | None = None,
        head_start_seconds: float = HEAD_START_SECONDS,
    ) -> None:
        self.rig, self.files = rig, files
        self._monotonic, self._now = monotonic, now
        self._started = monotonic() - head_start_seconds
        self._lock = threading.Lock()  # a new configuration is built while the old one ticks
        self._closed = threading.Event()
        self._cards: Mapping[str, Mapping[str, Any] | SourceError] = {}

    # In the place of the network

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        done.set_result(self._answers(asks))
        return done

    def fetch_each(
        self,
        groups: Mapping[Key, Sequence[Ask]],
        take: Callable[[Key, list[Answer] | Exception], None],
        *,
        over_seconds: float = 0.0,  # noqa: ARG002
    ) -> None:
        for key, asks in groups.items():
            take(key, self._answers(asks))

    # In the place of the process that reads cards

    def start(self) -> None:
        """Nothing takes a while."""

    def request(self, deadline_monotonic_seconds: float) -> None:  # noqa: ARG002
        with self._lock:
            self._advance()
            self._cards = {name: self._read(name) for name in self.collectors}

    def collect(self, deadline_monotonic_seconds: float) -> Mapping[str, Mapping[str, Any] | SourceError]:  # noqa: ARG002
        return self._cards

    def stuck(self, name: str) -> bool:  # noqa: ARG002
        return self.rig.is_on(Fault.DRIVER_STUCK)

    @property
    def collectors(self) -> tuple[str, ...]:
        """Who reads its cards."""
        makers = {"nvidia": "nvml", "amd": "amdgpu"}
        return tuple(name for maker, name in makers.items() if self.rig.profile.cards_of(maker))

    # In the place of the host's collector

    @property
    def disks_stuck(self) -> bool:
        return False

    def read(self, *, disk_deadline_seconds: float) -> HostReading:  # noqa: ARG002
        self._stand_still()
        with self._lock:
            self._advance()
            return host_reading(self.rig, self._now())

    def parse(self, raw: HostReading) -> HostReading:
        """It speaks in readings."""
        return raw

    def close(self) -> None:
        """Stand still no longer; nothing else is held."""
        self._closed.set()

    def _advance(self) -> None:
        self.rig.advance(self._monotonic() - self._started)
        if self.files is not None:
            self.files.keep(self.rig, self._now())

    def _stand_still(self) -> None:
        """Whoever asks waits, for as long as the agent itself is to stand still."""
        while self.rig.is_on(Fault.PAGE_SILENT) and not self._closed.wait(LOOKED_SECONDS):
            with self._lock:
                self._advance()

    def _read(self, name: str) -> Mapping[str, Any] | SourceError:
        if self.rig.is_on(Fault.DRIVER_STUCK):
            return TimedOut("the driver does not answer")
        return READERS[name](self.rig)

    def _answers(self, asks: Sequence[Ask]) -> list[Answer]:
        with self._lock:
            self._advance()
            return [self._answer(ask) for ask in asks]

    def _answer(self, ask: Ask) -> Answer:
        said = self._said(ask)
        if isinstance(said, SourceError):
            return Answer(source=ask.source, raw=None, error=said, duration_seconds=ask.deadline_seconds)
        raw = {request.name: said[request.name] for request in ask.requests if request.name in said}
        return Answer(source=ask.source, raw=raw, error=None, duration_seconds=0.001)

    def _said(self, ask: Ask) -> dict[str, bytes] | SourceError:
        rig, silent = self.rig, TimedOut(f"{ask.endpoint}: no answer within {ask.deadline_seconds:g} s")
        if ask.source == METER:
            return silent if rig.is_on(Fault.METER_SILENT) else meter_answers.shelly(rig)
        for machine in rig.machines:
            if machine.name == ask.source:
                return silent if machine.faults.is_down else MACHINES[machine.plan.driver](rig, machine)
        program = next(program for program in rig.programs if program.name == ask.source)
        if program.faults.is_down:
            return Unreachable(f"{ask.endpoint}: no connection")
        return silent if program.faults.hangs else PROGRAMS[program.name](rig, program)
