"""Everything that a tick of this machine needs, put together from a configuration."""

import platform
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from miner_agent import __version__
from miner_agent.assembly import configured, miner_sources
from miner_agent.collectors.amdgpu import amdgpu_cards
from miner_agent.collectors.child.sensors import SensorChild
from miner_agent.collectors.host.machine import HostCollector
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.config.configuration import Config
from miner_agent.errors import ConfigError
from miner_agent.model.status import AgentStatus
from miner_agent.tick.pipeline import Fetcher, Memory, Pipeline, Sensors, Tracker
from miner_agent.transport.polls import Transport

SETTLE_SECONDS = 0.3  # before the first tick: a processor's load is a difference between two moments
LONGEST_DEADLINE_SECONDS = 4.0
DEADLINE_SHARE = 0.8  # of an interval


class Closing(Protocol):
    """What is let go of at the end."""

    def close(self) -> None: ...


class ClosingFetcher(Fetcher, Closing, Protocol):
    """What answers for miners, and is let go of at the end."""


class ClosingSensors(Sensors, Closing, Protocol):
    """What is read in the place of cards, and is let go of at the end."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A pipeline, and what must be closed after it."""

    pipeline: Pipeline
    fetcher: Closing
    sensors: Closing | None
    host: HostCollector | None

    def close(self, successor: "Parts | None" = None) -> None:
        """Let go of every socket, thread and process. Whatever waits for an answer gets an error.

        A sensor child that the successor goes on with lives on: there is never a second one beside one that hangs.
        """
        self.fetcher.close()
        if self.host is not None:
            self.host.close()
        if self.sensors is not None and (successor is None or successor.sensors is not self.sensors):
            self.sensors.close()


def build(
    loaded: Config,
    environment: Mapping[str, str],
    memory: Memory | None = None,
    *,
    fetcher: ClosingFetcher | None = None,
    sensors: tuple[ClosingSensors, Mapping[str, Tracker]] | None = None,
) -> Parts:
    """Everything that one tick needs. Starts no process and opens no connection by itself.

    Args:
        loaded: what is to be read.
        environment: where libraries may lie.
        memory: that of the pipeline before: counters, names and lost cards outlive a change of configuration.
        fetcher: what answers for miners in place of the network.
        sensors: what is read in place of this machine's cards, and what makes readings of it.
    """
    memory = memory or Memory()
    fresh = _trackers(loaded, environment) if sensors is None else sensors[1]
    trackers = {name: memory.trackers.get(name, tracker) for name, tracker in fresh.items()}
    reading = _sensors(loaded, tuple(trackers), memory) if sensors is None else sensors[0]
    host = _host(loaded)
    answering = fetcher or Transport()
    pipeline = Pipeline(
        rig=configured.rig_name(loaded),
        miners=[
            *(miner_sources.of_miner(miner) for miner in loaded.miners if miner.rig is None),
            *(miner_sources.of_meter(meter) for meter in loaded.meters if meter.rig is None),
        ],
        fetcher=answering,
        host=host,
        sensors=reading,
        trackers=trackers,
        deadline_seconds=min(LONGEST_DEADLINE_SECONDS, DEADLINE_SHARE * loaded.agent.interval_seconds),
        monotonic=time.monotonic,
        memory=memory,
    )
    return Parts(pipeline, answering, reading, host)


def _sensors(loaded: Config, collectors: tuple[str, ...], memory: Memory) -> SensorChild | None:
    """The sensor child; the one that is there, where it reads the same."""
    if not collectors:
        return None
    made_for = (collectors, loaded.collectors.procfs, loaded.collectors.sysfs)
    if memory.sensors is not None and memory.sensors[0] == made_for:
        kept = memory.sensors[1]
        if isinstance(kept, SensorChild):
            return kept
    child = SensorChild(collectors, procfs=loaded.collectors.procfs, sysfs=loaded.collectors.sysfs)
    memory.sensors = (made_for, child)
    return child


def _host(loaded: Config) -> HostCollector | None:
    sysfs, procfs = loaded.collectors.sysfs, loaded.collectors.procfs
    if not loaded.collectors.host.enabled:
        return None
    if not (procfs / "stat").exists():
        raise ConfigError(f'[collectors]: procfs = "{procfs}" holds no file "stat"; the usual place is "/proc"')
    return HostCollector(sysfs=sysfs, procfs=procfs, monotonic=time.monotonic)


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
