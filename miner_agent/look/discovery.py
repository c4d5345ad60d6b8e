"""Finds the miners of this machine: a process that is known by its name, and the port that its API listens on.

Nothing is asked until it is known what it is: an unknown port stays alone, because some programs freeze when they are
spoken to in the wrong protocol. A name that many have, such as ``miner``, tells nothing by itself.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from miner_agent.collectors.programs import Listener, Program
from miner_agent.sources.driver import Driver

_PORT = re.compile(r"(?:tcp://|http://)?(?:\[[0-9a-fA-F:]+\]:|[^:\[\]/]+:)?-?(?P<port>\d{1,5})", re.ASCII)
_WORD = re.compile(r"[a-z0-9]+", re.ASCII)
MINERS = 32  # that are found on one machine, ever
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  recognised, not bound to


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMiner:
    """A miner on this machine, and where its API listens."""

    driver: str
    host: str
    port: int

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def process_names(drivers: Iterable[Driver]) -> frozenset[str]:
    """What mining programs are called."""
    return frozenset(name for driver in drivers for name in (*driver.processes, *driver.shared_processes))


def find(
    programs: Iterable[Program], listeners: Iterable[Listener], drivers: Iterable[Driver]
) -> tuple[FoundMiner, ...]:
    """The miners whose API is known to listen, each port once."""
    known, listening = tuple(drivers), tuple(listeners)
    found: dict[tuple[str, int], FoundMiner] = {}
    for program in programs:
        driver = _driver_of(program, known)
        listener = None if driver is None else _listener_of(program, driver, listening)
        if driver is not None and listener is not None:
            place = _reachable(listener.host), listener.port
            found.setdefault(place, FoundMiner(driver=driver.name, host=place[0], port=place[1]))
    return tuple(found.values())


def named(found: Iterable[FoundMiner], known: Mapping[str, FoundMiner]) -> dict[str, FoundMiner]:
    """Every miner under one name for as long as the agent runs: its driver's, with a number where there are several.

    One that was found before and is gone stays: that it is down is worth knowing. One that listens elsewhere after a
    restart takes the name of its driver that is down.
    """
    there = tuple(found)
    names = dict(known)
    for miner in there:
        if miner in names.values():
            continue
        down = (name for name, old in names.items() if old.driver == miner.driver and old not in there)
        name = next(down, None)
        if name is None and len(names) < MINERS:
            own = sum(old.driver == miner.driver for old in names.values())
            name = f"{miner.driver}-{own + 1}" if own else miner.driver
        if name is not None:
            names[name] = miner
    return names


def silent(
    programs: Iterable[Program], listeners: Iterable[Listener], drivers: Iterable[Driver]
) -> tuple[tuple[Program, Driver], ...]:
    """The mining programs whose API is off, or listens where this user cannot see it."""
    known, listening = tuple(drivers), tuple(listeners)
    named = ((program, _driver_of(program, known)) for program in programs)
    return tuple(
        (program, driver)
        for program, driver in named
        if driver is not None and _listener_of(program, driver, listening) is None
    )


def unclear(programs: Iterable[Program], drivers: Iterable[Driver]) -> tuple[tuple[Program, tuple[Driver, ...]], ...]:
    """The processes of which nothing but a name of many tells what they are, and what they may be. None is asked."""
    known = tuple(drivers)
    may_be = ((one, _of_shared_name(one, known)) for one in programs if _driver_of(one, known) is None)
    return tuple((program, drivers_of_its_name) for program, drivers_of_its_name in may_be if drivers_of_its_name)


def _driver_of(program: Program, drivers: Iterable[Driver]) -> Driver | None:
    """What reads a program, where it is sure which one it is."""
    known = tuple(drivers)
    for driver in known:
        if program.name in driver.processes:
            return driver
    meant = [driver for driver in _of_shared_name(program, known) if _tells_itself(program, driver)]
    return meant[0] if len(meant) == 1 else None


def _of_shared_name(program: Program, drivers: Iterable[Driver]) -> tuple[Driver, ...]:
    return tuple(driver for driver in drivers if program.name in driver.shared_processes)


def _tells_itself(program: Program, driver: Driver) -> bool:
    words = _WORD.findall((program.path or "").lower())
    options = {argument.partition("=")[0] for argument in program.arguments[1:]}
    return any(word.startswith(driver.name) for word in words) or not options.isdisjoint(driver.own_options)


def _listener_of(program: Program, driver: Driver, listeners: tuple[Listener, ...]) -> Listener | None:
    """Where the program's API listens: as its arguments say, else as it is usual, else its only port."""
    own = [listener for listener in listeners if listener.pid == program.pid]
    candidates = own or [listener for listener in listeners if listener.pid is None]
    for port in (_port_in(program.arguments, driver.port_options), driver.default_port):
        there = [listener for listener in candidates if listener.port == port]
        if there:
            return min(there, key=lambda listener: (not _is_loopback(listener.host), listener.host))
    return own[0] if len({listener.port for listener in own}) == 1 else None


def _port_in(arguments: tuple[str, ...], options: tuple[str, ...]) -> int | None:
    """The port that an option names: ``--port 4067``, ``--port=127.0.0.1:4067``, ``-p -3333``."""
    for position, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option not in options:
            continue
        if not equals:
            value = arguments[position + 1] if position + 1 < len(arguments) else ""
        matched = _PORT.fullmatch(value)
        if matched is not None and 1 <= int(matched["port"]) <= 65_535:
            return int(matched["port"])
    return None


def _reachable(host: str) -> str:
    """Where this machine reaches what listens there."""
    if host in ANY_ADDRESS:
        return "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return host.removeprefix("::ffff:")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False
