"""Puts the parts together: from a configuration to something that can tick."""

import logging
import platform
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from miner_agent import __version__, drivers
from miner_agent.collectors import programs
from miner_agent.collectors.amdgpu import amdgpu_cards
from miner_agent.collectors.child.sensors import SensorChild
from miner_agent.collectors.host.machine import HostCollector
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.config import loading
from miner_agent.config.loading import Config
from miner_agent.config.words import did_you_mean
from miner_agent.errors import ConfigError, Unreachable
from miner_agent.look import discovery, record
from miner_agent.look.discovery import FoundMiner
from miner_agent.model.readings import MeterReading, MinerSnapshot
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.model.status import AgentStatus
from miner_agent.sources.driver import Driver, MeterOptions
from miner_agent.text import LOG_LENGTH, clean_or_none, clean_text
from miner_agent.tick.pipeline import Fetcher, Memory, MinerSource, Pipeline, Sensors, Tracker
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Ask, Endpoint, Transport

log = logging.getLogger(__name__)
SETTLE_SECONDS = 0.3  # before the first tick: a processor's load is a difference between two moments
LONGEST_DEADLINE_SECONDS = 4.0
ONCE_DEADLINE_SECONDS = 10.0
RIGS_AT_ONCE = 128  # of one look: each takes a socket
DEADLINE_SHARE = 0.8  # of an interval
NOWHERE, NO_FILES = "127.0.0.1:1", "file:///"  # nobody asks a recording


class Closing(Protocol):
    """What is let go of at the end."""

    def close(self) -> None: ...


class ClosingFetcher(Fetcher, Closing, Protocol):
    """What answers for miners, and is let go of at the end."""


class ClosingSensors(Sensors, Closing, Protocol):
    """What is read in the place of cards, and is let go of at the end."""


class Origin(Protocol):
    """Where a configuration and what it names come from: this machine, a recording or a simulation."""

    def load(self) -> Config: ...
    def build(self, loaded: Config, memory: Memory | None = None) -> "Parts": ...
    def look_again(self, loaded: Config) -> bool: ...


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


class ThisMachine:
    """The rig that the agent runs on, as its files and its environment configure it, and the miners found on it."""

    def __init__(self, given: Path | None, environment: Mapping[str, str]) -> None:
        self._given, self._environment = given, environment
        self._found: dict[str, FoundMiner] = {}

    def load(self) -> Config:
        return load_config(self._given, self._environment)

    def build(self, loaded: Config, memory: Memory | None = None) -> Parts:
        self.look_again(loaded)
        if discovers(loaded):
            loaded = msgspec.structs.replace(loaded, miners=(*loaded.miners, *self._found_beside(loaded)))
        return build(loaded, self._environment, memory)

    def _found_beside(self, loaded: Config) -> Iterator[loading.Miner]:
        """What was found and is not configured: neither its place nor its name."""
        places = [_miner_source(miner).endpoint for miner in loaded.miners]
        names = {miner.name for miner in loaded.miners} | {meter.name for meter in loaded.meters}
        for name, found in self._found.items():
            if not any(_is_at(found, place) for place in places):
                while name in names:
                    name = f"found-{name}"  # noqa: PLW2901
                names.add(name)
                yield _found_miner(name, found)

    def look_again(self, loaded: Config) -> bool:
        """Whether there is a miner that was not there when this was last asked."""
        if not discovers(loaded):
            return False
        known = [drivers.load(name) for name in drivers.names()]
        running = programs.programs(discovery.process_names(known), procfs=loaded.procfs)
        found = discovery.find(running, programs.listeners(procfs=loaded.procfs), known) if running else ()
        before, self._found = self._found, discovery.named(found, self._found)
        for name in self._found.keys() - before.keys():
            log.info("found %s at %s; name it in [[miners]] to keep its name", name, self._found[name].address)
        return self._found != before


def discovers(loaded: Config) -> bool:
    """Whether miners of this machine are looked for: where none is configured, if nothing else is said."""
    if loaded.discovery_enabled is not None:
        return loaded.discovery_enabled
    return not any(miner.rig is None for miner in loaded.miners)


def _is_at(found: FoundMiner, place: Endpoint) -> bool:
    """Whether the configured place is the found one: loopback has several names and addresses."""
    where = Endpoint(scheme=place.scheme, host=found.host, port=found.port)
    return place.port == found.port and (place.host == found.host or (place.is_loopback and where.is_loopback))


def _found_miner(name: str, found: FoundMiner) -> loading.Miner:
    return loading.Miner(
        place="found on this machine", name=name, driver=found.driver, address=found.address, token_file=None
    )


@dataclass(frozen=True, slots=True)
class RecordedRig:
    """Miners as they were recorded, every tick the same; nothing of this machine is read."""

    folder: Path
    state_directory: Path
    environment: Mapping[str, str]

    def load(self) -> Config:
        loaded = loading.load((), environment=self.environment, known_drivers=drivers.names())
        found = self._recordings()
        meters = {name: one for name, one in found.items() if drivers.load(one.driver).kind == "meter"}
        nothing_else = {"host_enabled": False, "nvml_enabled": False, "amdgpu_enabled": False}
        return msgspec.structs.replace(
            loaded,
            miners=tuple(self._miner(name, one) for name, one in found.items() if name not in meters),
            meters=tuple(self._meter(name, one) for name, one in meters.items()),
            state_directory=self.state_directory,
            discovery_enabled=False,
            **nothing_else,
        )

    def build(self, loaded: Config, memory: Memory | None = None) -> Parts:
        return build(loaded, self.environment, memory, fetcher=record.Replay(self._recordings()))

    def look_again(self, loaded: Config) -> bool:  # noqa: ARG002
        return False

    def _miner(self, name: str, found: record.Recording) -> loading.Miner:
        place = f"{self.folder}: {name}"
        address = NO_FILES if drivers.load(found.driver).scheme == "file" else NOWHERE
        return loading.Miner(place=place, name=name, driver=found.driver, address=address, token_file=None)

    def _meter(self, name: str, found: record.Recording) -> loading.Meter:
        place = f"{self.folder}: {name}"
        try:
            options = msgspec.convert(found.options, MeterOptions)
        except msgspec.ValidationError as error:
            raise ConfigError(f"{place}: [options]: {clean_text(str(error), length=LOG_LENGTH)}; correct it") from None
        return loading.Meter(
            place=place,
            name=name,
            driver=found.driver,
            address=NOWHERE,
            token_file=None,
            channel=options.channel,
            request=options.request,
            power=options.power,
            energy=options.energy,
        )

    def _recordings(self) -> dict[str, record.Recording]:
        """By a name for each: the driver's, with a number where one driver was recorded several times."""
        found = record.recordings(self.folder, read_toml=loading.read_toml, known_drivers=drivers.names())
        named: dict[str, record.Recording] = {}
        for one in found:
            same = sum(other.driver == one.driver for other in named.values())
            named[f"{one.driver}-{same + 1}" if same else one.driver] = one
        return named


def load_config(given: Path | None, environment: Mapping[str, str]) -> Config:
    """The configuration that holds for this user and machine, checked as far as that goes without asking anyone."""
    paths = loading.search(given=given, environment=environment)
    loaded = loading.load(paths, environment=environment, known_drivers=drivers.names())
    for miner in loaded.miners:
        _miner_source(miner)
        _refuse_own_name(miner, loaded)
    for meter in loaded.meters:
        _meter_source(meter)
        _refuse_own_name(meter, loaded)
    if loaded.feeds:
        from miner_agent.market import markets

        for entry in loaded.feeds:
            markets.settings_of(entry)
    return loaded


def rigs(loaded: Config) -> dict[str, list[MinerSource]]:
    """The miners and meters of every other machine that this agent reads, by the rig's name."""
    found: dict[str, list[MinerSource]] = {}
    for miner in loaded.miners:
        if miner.rig is not None:
            found.setdefault(miner.rig, []).append(_miner_source(miner))
    for meter in loaded.meters:
        if meter.rig is not None:
            found.setdefault(meter.rig, []).append(_meter_source(meter))
    return found


def _refuse_own_name(entry: loading.Miner | loading.Meter, loaded: Config) -> None:
    if entry.rig == rig_name(loaded):
        raise ConfigError(
            f'{entry.place}: rig = "{entry.rig}" is the name of this machine; leave rig away if this machine is meant, '
            "else give it another name with [agent] rig"
        )


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
        rig=rig_name(loaded),
        miners=[
            *(_miner_source(miner) for miner in loaded.miners if miner.rig is None),
            *(_meter_source(meter) for meter in loaded.meters if meter.rig is None),
        ],
        fetcher=answering,
        host=host,
        sensors=reading,
        trackers=trackers,
        deadline_seconds=min(LONGEST_DEADLINE_SECONDS, DEADLINE_SHARE * loaded.interval_seconds),
        monotonic=time.monotonic,
        memory=memory,
    )
    return Parts(pipeline, answering, reading, host)


def look_at_rigs(loaded: Config, now: datetime, *, only: str | None = None) -> tuple[RigSnapshot, ...]:
    """One look at every machine behind the gateway, or at one of them.

    Raises:
        ConfigError: there is no such machine.
    """
    known = rigs(loaded)
    if only is not None:
        known = {only: _rig_of(known, only)}
    transport = Transport(at_once=RIGS_AT_ONCE)
    try:
        pipelines = [_other_machine(name, sources, transport) for name, sources in known.items()]
        asks = [pipeline.asks(now) for pipeline in pipelines]
        answers = iter(transport.fetch([ask for of_one in asks for ask in of_one]).result())
    finally:
        transport.close()
    return tuple(
        pipeline.take([next(answers) for _ in of_one], now) for pipeline, of_one in zip(pipelines, asks, strict=True)
    )


def _rig_of(known: Mapping[str, list[MinerSource]], name: str) -> list[MinerSource]:
    if name in known:
        return known[name]
    mend = did_you_mean(name, known) if known else "no other machine is configured"
    raise ConfigError(f"no miner and no meter has rig = {clean_text(name)!r}; {mend}")


def _other_machine(name: str, sources: Sequence[MinerSource], transport: Transport) -> Pipeline:
    return Pipeline(
        rig=name,
        miners=sources,
        fetcher=transport,
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=ONCE_DEADLINE_SECONDS,
        monotonic=time.monotonic,
    )


def _sensors(loaded: Config, collectors: tuple[str, ...], memory: Memory) -> SensorChild | None:
    """The sensor child; the one that is there, where it reads the same."""
    if not collectors:
        return None
    made_for = (collectors, loaded.procfs, loaded.sysfs)
    if memory.sensors is not None and memory.sensors[0] == made_for:
        kept = memory.sensors[1]
        if isinstance(kept, SensorChild):
            return kept
    child = SensorChild(collectors, procfs=loaded.procfs, sysfs=loaded.sysfs)
    memory.sensors = (made_for, child)
    return child


def _host(loaded: Config) -> HostCollector | None:
    if not loaded.host_enabled:
        return None
    if not (loaded.procfs / "stat").exists():
        raise ConfigError(f'[collectors]: procfs = "{loaded.procfs}" holds no file "stat"; the usual place is "/proc"')
    return HostCollector(sysfs=loaded.sysfs, procfs=loaded.procfs, monotonic=time.monotonic)


def _trackers(loaded: Config, environment: Mapping[str, str]) -> dict[str, Tracker]:
    """The graphics cards to read: those that are configured, else those whose maker's cards are there."""
    wants_nvml, wants_amdgpu = loaded.nvml_enabled, loaded.amdgpu_enabled
    if wants_nvml is None:
        libraries = _library_directories(environment)
        wants_nvml = nvml_cards.present(sysfs=loaded.sysfs, procfs=loaded.procfs, library_directories=libraries)
    if wants_amdgpu is None:
        wants_amdgpu = amdgpu_cards.present(sysfs=loaded.sysfs)
    trackers: dict[str, Tracker] = {}
    if wants_nvml:
        trackers["nvml"] = nvml_cards.NvmlTracker()
    if wants_amdgpu:
        trackers["amdgpu"] = amdgpu_cards.AmdgpuTracker()
    return trackers


def rig_name(loaded: Config) -> str:
    """What people call this machine."""
    return clean_or_none(loaded.rig) or clean_or_none(socket.gethostname()) or "rig"


def agent_status(config_loaded_at: datetime) -> AgentStatus:
    """What the agent is, before it has counted anything."""
    return AgentStatus(
        version=__version__,
        python_version=".".join(str(part) for part in sys.version_info[:3]) + _flavour(),
        config_loaded_at=config_loaded_at,
    )


def state_directory(loaded: Config, environment: Mapping[str, str]) -> Path:
    """The configured directory, else systemd's, else the user's."""
    if loaded.state_directory is not None:
        return loaded.state_directory
    if environment.get("STATE_DIRECTORY"):
        return Path(environment["STATE_DIRECTORY"].partition(":")[0])
    if environment.get("XDG_STATE_HOME"):
        return Path(environment["XDG_STATE_HOME"], "miner-agent")
    if environment.get("HOME"):
        return Path(environment["HOME"], ".local", "state", "miner-agent")
    raise ConfigError("no place for the agent's state: set [agent] state_directory")


def _flavour() -> str:
    name = platform.python_implementation()
    return "" if name == "CPython" else f" ({name})"


def source_at(driver: str, address: str, token_file: Path | None) -> MinerSource:
    """A source that was named on the command line.

    Raises:
        ConfigError: there is no such driver, or that is no address.
    """
    known = drivers.names()
    if driver not in known:
        raise ConfigError(f"driver {clean_text(driver)!r} is not known; {did_you_mean(driver, known)}")
    place = "command line"
    if drivers.load(driver).kind == "meter":
        return _meter_source(
            loading.Meter(place=place, name=driver, driver=driver, address=address, token_file=token_file)
        )
    return _miner_source(loading.Miner(place=place, name=driver, driver=driver, address=address, token_file=token_file))


def ask_once(source: MinerSource, now: datetime) -> dict[str, bytes]:
    """The raw answers of one source. ``now`` tells the age of files.

    Raises:
        SourceError: it gave none.
    """
    transport = Transport()
    try:
        ask = Ask(
            source=source.name,
            endpoint=source.endpoint,
            requests=source.driver.requests,
            deadline_seconds=ONCE_DEADLINE_SECONDS,
            now=now,
        )
        (answer,) = transport.fetch([ask]).result()
    finally:
        transport.close()
    if answer.raw is None:
        raise answer.error or Unreachable("no answer")
    return answer.raw


def software_of(reading: MinerSnapshot | MeterReading) -> str:
    """Which program or meter it was, for the head of a recording."""
    if isinstance(reading, MeterReading):
        return reading.product or "a meter"
    return " ".join(part for part in (reading.software, reading.software_version) if part)


def _miner_source(miner: loading.Miner) -> MinerSource:
    driver = drivers.load(miner.driver)
    if driver.kind != "miner":
        raise ConfigError(f'{miner.place}: driver = "{driver.name}" reads a meter; write it under [[meters]]')
    address = miner.address
    if address is None:
        if driver.default_port is None:
            raise ConfigError(
                f'{miner.place}: key "address" is missing, and {driver.products[0]} has {driver.usual_place}; '
                f"switch its API on ({driver.enable_api}) and write where it is"
            )
        address = f"127.0.0.1:{driver.default_port}"
    return MinerSource(
        name=miner.name,
        driver=driver,
        endpoint=_endpoint(miner, driver, address),
        wanted=Destination.of(pools=miner.pool, accounts=miner.account, workers=miner.worker),
    )


def _meter_source(meter: loading.Meter) -> MinerSource:
    driver = drivers.load(meter.driver)
    if driver.kind != "meter" or driver.configured is None:
        raise ConfigError(f'{meter.place}: driver = "{driver.name}" reads a miner; write it under [[miners]]')
    for key in ("token_file", "channel", "request", "power", "energy"):
        if key not in driver.takes and getattr(meter, key) is not None:
            raise ConfigError(f'{meter.place}: key "{key}" means nothing to driver "{driver.name}"; leave it away')
    try:
        driver = driver.configured(
            MeterOptions(channel=meter.channel, request=meter.request, power=meter.power, energy=meter.energy)
        )
    except ValueError as error:
        raise ConfigError(f"{meter.place}: {error}") from None
    return MinerSource(name=meter.name, driver=driver, endpoint=_endpoint(meter, driver, meter.address))


def _endpoint(entry: loading.Miner | loading.Meter, driver: Driver, address: str) -> Endpoint:
    try:
        endpoint = Endpoint.parse(address, default_scheme=driver.scheme, default_port=driver.default_port)
    except ValueError as error:
        raise ConfigError(f"{entry.place}: address: {error}") from None
    if endpoint.scheme != driver.scheme:
        raise ConfigError(f"{entry.place}: address: {driver.name} speaks {driver.scheme}, not {endpoint.scheme}")
    try:
        return replace(endpoint, token=loading.read_token(entry))
    except ValueError as error:
        raise ConfigError(f"{entry.place}: {error}") from None


def _library_directories(environment: Mapping[str, str]) -> tuple[Path, ...]:
    named = environment.get("LD_LIBRARY_PATH", "").split(":")
    return (*(Path(directory) for directory in named if directory), *nvml_cards.LIBRARY_DIRECTORIES)
