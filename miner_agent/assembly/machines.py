"""Where a configuration and what it names come from: the machine that the agent runs on, or a recording of one."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import msgspec

from miner_agent import drivers
from miner_agent.assembly import configured, miner_sources
from miner_agent.assembly.parts import Parts, RigsFetcher, build
from miner_agent.collectors import programs
from miner_agent.collectors.host.clock_synchronisation import is_synchronised
from miner_agent.config import loading
from miner_agent.config.configuration import CollectorsTable, Config, HostTable, Switch
from miner_agent.config.entries import Meter, Miner
from miner_agent.errors import ConfigError
from miner_agent.look import discovery, record
from miner_agent.look.discovery import FoundMiner
from miner_agent.sources.driver import MeterOptions
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.transport.polls import Endpoint, Transport
from miner_agent.web.pages import NO_RIGS, RigPage

log = logging.getLogger(__name__)
NOWHERE, NO_FILES = "127.0.0.1:1", "file:///"  # nobody asks a recording


class Origin(Protocol):
    """Where a configuration and what it names come from: this machine, a recording or a simulation."""

    @property
    def beside(self) -> Mapping[str, RigPage]:
        """Rigs whose pages are there without being asked for."""

    @property
    def is_invented(self) -> bool:
        """Whether nobody owns what is told of it."""

    def load(self) -> Config: ...
    def build(self, loaded: Config, before: Parts | None = None) -> Parts: ...
    def asker(self, at_once: int) -> RigsFetcher: ...
    def clock_synchronized(self) -> bool | None: ...
    def look_again(self, loaded: Config) -> bool: ...


class ThisMachine:
    """The rig that the agent runs on, as its files and its environment configure it, and the miners found on it."""

    is_invented: ClassVar[bool] = False
    beside: ClassVar[Mapping[str, RigPage]] = NO_RIGS

    def __init__(self, given: Path | None, environment: Mapping[str, str]) -> None:
        self._given, self._environment = given, environment
        self._found: dict[str, FoundMiner] = {}

    def load(self) -> Config:
        return configured.load_config(self._given, self._environment)

    def build(self, loaded: Config, before: Parts | None = None) -> Parts:
        self.look_again(loaded)
        if discovers(loaded):
            loaded = msgspec.structs.replace(loaded, miners=(*loaded.miners, *self._found_beside(loaded)))
        return build(loaded, self._environment, before)

    def asker(self, at_once: int) -> RigsFetcher:
        return Transport(at_once=at_once)

    def clock_synchronized(self) -> bool | None:
        return is_synchronised()

    def _found_beside(self, loaded: Config) -> Iterator[Miner]:
        """What was found and is not configured: neither its place nor its name."""
        places = [miner_sources.of_miner(miner).endpoint for miner in loaded.miners]
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
        running = programs.programs(discovery.process_names(known), procfs=loaded.collectors.procfs)
        found = discovery.find(running, programs.listeners(procfs=loaded.collectors.procfs), known) if running else ()
        before, self._found = self._found, discovery.named(found, self._found)
        for name in self._found.keys() - before.keys():
            log.info("found %s at %s; name it in [[miners]] to keep its name", name, self._found[name].address)
        return self._found != before


def discovers(loaded: Config) -> bool:
    """Whether miners of this machine are looked for: where none is configured, if nothing else is said."""
    if loaded.discovery.enabled is not None:
        return loaded.discovery.enabled
    return not any(miner.rig is None for miner in loaded.miners)


def _is_at(found: FoundMiner, place: Endpoint) -> bool:
    """Whether the configured place is the found one: loopback has several names and addresses."""
    where = Endpoint(scheme=place.scheme, host=found.host, port=found.port)
    return place.port == found.port and (place.host == found.host or (place.is_loopback and where.is_loopback))


def _found_miner(name: str, found: FoundMiner) -> Miner:
    return Miner(place="found on this machine", name=name, driver=found.driver, address=found.address)


@dataclass(frozen=True, slots=True)
class RecordedRig:
    """Miners as they were recorded, every tick the same; nothing of this machine is read."""

    is_invented: ClassVar[bool] = False
    beside: ClassVar[Mapping[str, RigPage]] = NO_RIGS

    folder: Path
    state_directory: Path
    environment: Mapping[str, str]

    def load(self) -> Config:
        loaded = loading.load(
            (), environment=self.environment, known_drivers=drivers.names(), products=drivers.products
        )
        found = self._recordings()
        meters = {name: one for name, one in found.items() if drivers.load(one.driver).kind == "meter"}
        off = Switch(enabled=False)
        return msgspec.structs.replace(
            loaded,
            miners=tuple(self._miner(name, one) for name, one in found.items() if name not in meters),
            meters=tuple(self._meter(name, one) for name, one in meters.items()),
            agent=msgspec.structs.replace(loaded.agent, state_directory=self.state_directory),
            discovery=off,
            collectors=CollectorsTable(host=HostTable(enabled=False), nvml=off, amdgpu=off),
        )

    def build(self, loaded: Config, before: Parts | None = None) -> Parts:
        return build(loaded, self.environment, before, fetcher=record.Replay(self._recordings()))

    def asker(self, at_once: int) -> RigsFetcher:
        return Transport(at_once=at_once)

    def clock_synchronized(self) -> bool | None:
        return None

    def look_again(self, loaded: Config) -> bool:  # noqa: ARG002
        return False

    def _miner(self, name: str, found: record.Recording) -> Miner:
        place = f"{self.folder}: {name}"
        address = NO_FILES if drivers.load(found.driver).scheme == "file" else NOWHERE
        return Miner(place=place, name=name, driver=found.driver, address=address)

    def _meter(self, name: str, found: record.Recording) -> Meter:
        place = f"{self.folder}: {name}"
        try:
            options = msgspec.convert(found.options, MeterOptions)
        except msgspec.ValidationError as error:
            raise ConfigError(f"{place}: [options]: {clean_text(str(error), length=LOG_LENGTH)}; correct it") from None
        return Meter(
            place=place,
            name=name,
            driver=found.driver,
            address=NOWHERE,
            channel=options.channel,
            request=options.request,
            power=options.power,
            energy=options.energy,
        )

    def _recordings(self) -> dict[str, record.Recording]:
        """By a name for each: the driver's, with a number where one driver was recorded several times."""
        found = record.recordings(self.folder, known_drivers=drivers.names())
        named: dict[str, record.Recording] = {}
        for one in found:
            same = sum(other.driver == one.driver for other in named.values())
            named[f"{one.driver}-{same + 1}" if same else one.driver] = one
        return named
