"""What is kept from tick to tick."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from miner_agent.errors import SourceError
from miner_agent.model.readings import HostReading, SensorReading
from miner_agent.tick.counters import Counters
from miner_agent.tick.course import Course
from miner_agent.tick.difficulties import Difficulties
from miner_agent.tick.efforts import Efforts
from miner_agent.tick.energy_counters import EnergyMeter
from miner_agent.tick.expected_hashrates import ExpectedHashrates
from miner_agent.tick.expected_shares import ExpectedShares
from miner_agent.tick.inventory import DeviceNames
from miner_agent.tick.mistakes import Mistakes
from miner_agent.tick.proof import Proof
from miner_agent.tick.restarts import Restarts
from miner_agent.tick.tally import Tally
from miner_agent.tick.thresholds import Thresholds
from miner_agent.tick.uptimes import Uptimes
from miner_agent.tick.usual_hashrates import UsualHashrates
from miner_agent.tick.watch import Watch
from miner_agent.tick.whole_machine import WholeMachine


class Sensors(Protocol):
    """Whatever reads the sensors that can hang."""

    @property
    def restarts_total(self) -> int: ...
    def request(self, deadline_monotonic_seconds: float) -> None: ...
    def collect(self, deadline_monotonic_seconds: float) -> Mapping[str, Mapping[str, Any] | SourceError]: ...
    def stuck(self, name: str) -> bool: ...


class Host(Protocol):
    """Whatever reads the machine itself."""

    @property
    def disks_stuck(self) -> bool: ...
    def read(self, *, disk_deadline_seconds: float) -> Any: ...
    def parse(self, raw: Any, /) -> HostReading: ...


class Tracker(Protocol):
    """Makes readings of the raw answers of one sensor."""

    def follow(self, raw: Mapping[str, Any], now: datetime, /) -> SensorReading: ...


@dataclass(slots=True)
class Memory:
    """It is handed on to the pipeline of a new configuration."""

    tally: Tally = field(default_factory=Tally)
    energy: EnergyMeter = field(default_factory=EnergyMeter)
    trackers: dict[str, Tracker] = field(default_factory=dict)
    names: DeviceNames = field(default_factory=DeviceNames)
    uptimes: Uptimes = field(default_factory=Uptimes)
    restarts: Restarts = field(default_factory=Restarts)
    counters: Counters = field(default_factory=Counters)
    difficulties: Difficulties = field(default_factory=Difficulties)
    proof: Proof = field(default_factory=Proof)
    usual: UsualHashrates = field(default_factory=UsualHashrates)
    expected: ExpectedHashrates = field(default_factory=ExpectedHashrates)
    shares: ExpectedShares = field(default_factory=ExpectedShares)
    course: Course = field(default_factory=Course)
    watch: Watch = field(default_factory=Watch)
    thresholds: Thresholds = field(default_factory=Thresholds)
    machine: WholeMachine = field(default_factory=WholeMachine)
    mistakes: Mistakes = field(default_factory=Mistakes)
    efforts: Efforts = field(default_factory=Efforts)
    last_begun: float | None = None
