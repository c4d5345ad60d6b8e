"""Everything that a tick of this machine needs, put together from a configuration."""

import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from miner_agent import __version__
from miner_agent.assembly import configured, miner_sources, unsaid
from miner_agent.collectors.amdgpu import amdgpu_cards
from miner_agent.collectors.child.sensors import Seat, SensorChild
from miner_agent.collectors.host.machine import UTILIZATION_SECONDS_MIN, HostCollector
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.config.configuration import Config
from miner_agent.errors import ConfigError
from miner_agent.model.algorithms import Algorithms
from miner_agent.model.expected import ExpectedRig
from miner_agent.model.hashrate_expectations import HashrateExpectations
from miner_agent.model.status import AgentStatus
from miner_agent.model.temperature_limits import TemperatureLimits
from miner_agent.tick.memory import Host, Memory, Sensors, Tracker
from miner_agent.tick.pipeline import Fetcher, MinerSource, Pipeline
from miner_agent.transport.polls import Answer, Ask, Transport

SETTLE_SECONDS = UTILIZATION_SECONDS_MIN
"""Before the first tick: a processor's load is a difference between two moments."""

LONGEST_DEADLINE_SECONDS = 4.0
DEADLINE_SHARE = 0.8  # of an interval
Key = TypeVar("Key")


class Closing(Protocol):
    """What is let go of at the end."""

    def close(self) -> None: ...


class ClosingFetcher(Fetcher, Closing, Protocol):
    """What answers for miners, and is let go of at the end."""


class RigsFetcher(ClosingFetcher, Protocol):
    """What answers for the rigs behind the gateway, for each as soon as it can."""

    def fetch_each(
        self,
        groups: Mapping[Key, Sequence[Ask]],
        take: Callable[[Key, list[Answer] | Exception], None],
        *,
        over_seconds: float = 0.0,
    ) -> None: ...


class ClosingSensors(Sensors, Closing, Protocol):
    """What is read in the place of cards, and is let go of at the end."""

    def start(self) -> None:
        """Begin with what takes a while, before the first request."""


class ClosingHost(Host, Closing, Protocol):
    """What reads the machine itself, and is let go of at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a configuration makes of this machine, here and now: equal plans need no new parts."""

    rig: str
    sources: tuple[MinerSource, ...]
    deadline_seconds: float
    host_enabled: bool
    collectors: tuple[str, ...]  # that the sensor child reads
    procfs: Path
    sysfs: Path
    algorithms: Algorithms
    limits: TemperatureLimits
    expected: ExpectedRig
    hashrates: HashrateExpectations

    @property
    def host(self) -> tuple[Path, Path] | None:
        return (self.procfs, self.sysfs) if self.host_enabled else None

    @property
    def sensors(self) -> tuple[tuple[str, ...], Path, Path] | None:
        return (self.collectors, self.procfs, self.sysfs) if self.collectors else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A pipeline, and what must be closed after it."""

    plan: Plan
    pipeline: Pipeline
    fetcher: ClosingFetcher
    sensors: ClosingSensors | None
    host: ClosingHost | None
    seat: Seat

    def settle(self, wait: Callable[[float], object]) -> None:
        """Wait a moment before the first tick, in which the sensors' process starts."""
        if self.sensors is not None:
            self.sensors.start()
        wait(SETTLE_SECONDS)

    def close(self, *others: "Parts") -> None:
        """Let go of every socket, thread and process that none of the ``others`` works with.

        Whatever waits for an answer gets an error.
        """
        for part in (self.fetcher, self.host, self.sensors):
            kept = (held for other in others for held in (other.fetcher, other.host, other.sensors))
            if part is not None and not any(part is one for one in kept):
                part.close()


def build(
    loaded: Config,
    environment: Mapping[str, str],
    before: Parts | None = None,
    *,
    fetcher: ClosingFetcher | None = None,
    sensors: tuple[ClosingSensors, Mapping[str, Tracker]] | None = None,
    host: ClosingHost | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Parts:
    """Everything that one tick needs. Starts no process and opens no connection by itself.

    Args:
        loaded: what is to be read.
        environment: where libraries may lie.
        before: the last that were built, in use or not. What need not be another is taken over: all of it where
            nothing has changed, and always its memory: counters, names and lost cards outlive a configuration.
            They stay as they are, until whoever takes these closes them.
        fetcher: what answers for miners in place of the network.
        sensors: what is read in place of this machine's cards, and what makes readings of it.
        host: what is read in place of the machine itself.
        monotonic: the clock of its ticks.

    Raises:
        ConfigError: this cannot be read. Nothing is left behind.
    """
    fresh = _trackers(loaded, environment) if sensors is None else sensors[1]
    remembered_seconds = loaded.agent.devices_remembered_seconds
    plan = _plan(loaded, tuple(fresh) if sensors is None else ())
    if before is not None:
        before.pipeline.memory.course.remember_for(remembered_seconds)
    if before is not None and before.plan == plan and (fetcher is None or fetcher is before.fetcher):
        return before
    memory, seat = (Memory(), Seat()) if before is None else (before.pipeline.memory, before.seat)
    memory.course.remember_for(remembered_seconds)
    trackers = {name: memory.trackers.get(name, tracker) for name, tracker in fresh.items()}
    reading = _sensors(plan, before, seat) if sensors is None else sensors[0]
    answering = fetcher or (Transport() if before is None else before.fetcher)
    host = host or _host(plan, before)
    pipeline = Pipeline(
        rig=plan.rig,
        miners=plan.sources,
        fetcher=answering,
        host=host,
        sensors=reading,
        trackers=trackers,
        deadline_seconds=plan.deadline_seconds,
        monotonic=monotonic,
        memory=memory,
        algorithms=plan.algorithms,
        limits=plan.limits,
        expected=plan.expected,
        hashrates=plan.hashrates,
    )
    return Parts(plan=plan, pipeline=pipeline, fetcher=answering, sensors=reading, host=host, seat=seat)


def _plan(loaded: Config, collectors: tuple[str, ...]) -> Plan:
    procfs = loaded.collectors.procfs
    if loaded.collectors.host.enabled and not (procfs / "stat").exists():
        raise ConfigError(f'[collectors]: procfs = "{procfs}" holds no file "stat"; the usual place is "/proc"')
    return Plan(
        rig=unsaid.rig_name(loaded),
        sources=(
            *(miner_sources.of_miner(miner) for miner in loaded.miners if miner.rig is None),
            *(miner_sources.of_meter(meter) for meter in loaded.meters if meter.rig is None),
        ),
        deadline_seconds=min(LONGEST_DEADLINE_SECONDS, DEADLINE_SHARE * loaded.agent.interval_seconds),
        host_enabled=loaded.collectors.host.enabled,
        collectors=collectors,
        procfs=procfs,
        sysfs=loaded.collectors.sysfs,
        algorithms=configured.algorithms(loaded),
        limits=configured.temperature_limits(loaded),
        expected=configured.expected(loaded),
        hashrates=configured.expected_hashrates(loaded),
    )


def _sensors(plan: Plan, before: Parts | None, seat: Seat) -> ClosingSensors | None:
    if before is not None and before.plan.sensors == plan.sensors:
        return before.sensors
    if plan.sensors is None:
        return None
    return SensorChild(plan.collectors, procfs=plan.procfs, sysfs=plan.sysfs, seat=seat)


def _host(plan: Plan, before: Parts | None) -> ClosingHost | None:
    if before is not None and before.plan.host == plan.host:
        return before.host
    if plan.host is None:
        return None
    return HostCollector(sysfs=plan.sysfs, procfs=plan.procfs, monotonic=time.monotonic)


def _trackers(loaded: Config, environment: Mapping[str, str]) -> dict[str, Tracker]:
    """The graphics cards to read: those that are configured, else those whose maker's cards are there."""
    collectors = loaded.collectors
    wants_nvml, wants_amdgpu = collectors.nvml.enabled, collectors.amdgpu.enabled
    if wants_nvml is None:
        libraries = _library_directories(environment)
        wants_nvml = nvml_cards.present(sysfs=collectors.sysfs, procfs=collectors.procfs, library_directories=libraries)
    if wants_amdgpu is None:
        wants_amdgpu = amdgpu_cards.present(sysfs=collectors.sysfs)
    trackers: dict[str, Tracker] = {}
    if wants_nvml:
        trackers["nvml"] = nvml_cards.NvmlTracker()
    if wants_amdgpu:
        trackers["amdgpu"] = amdgpu_cards.AmdgpuTracker()
    return trackers


def _library_directories(environment: Mapping[str, str]) -> tuple[Path, ...]:
    named = environment.get("LD_LIBRARY_PATH", "").split(":")
    return (*(Path(directory) for directory in named if directory), *nvml_cards.LIBRARY_DIRECTORIES)


def agent_status(config_loaded_at: datetime) -> AgentStatus:
    """What the agent is, before it has counted anything."""
    return AgentStatus(
        version=__version__,
        python_version=".".join(str(part) for part in sys.version_info[:3]) + _flavour(),
        config_loaded_at=config_loaded_at,
    )


def _flavour() -> str:
    name = platform.python_implementation()
    return "" if name == "CPython" else f" ({name})"
