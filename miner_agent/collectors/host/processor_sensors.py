"""Which of the board's sensors stand for a processor. Pure.

Kernels name them in many ways: a sensor for the whole package, one a core, or the thermal zones of an ARM board. Of one
socket the best kind that can be read counts, and of several alike the hottest.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

SOCKETS_MAX = 64


class _Driver(NamedTuple):
    """A driver of the kernel, and the labels of its sensors, best first."""

    chip: re.Pattern[str]
    labels: tuple[re.Pattern[str], ...]


def _driver(chip: str, *labels: str) -> _Driver:
    return _Driver(re.compile(chip, re.ASCII), tuple(re.compile(label, re.ASCII) for label in labels))


_DRIVERS = (
    _driver(r"coretemp", r"Package id \d{1,3}", r"Core \d+"),
    _driver(r"k10temp|zenpower", r"Tdie", r"Tctl", r"Tccd\d+", r"temp1"),
    _driver(r"k8temp", r"Core\d Temp"),
    _driver(r"cpu_thermal", r"temp1"),
    _driver(r"cpu\d*_thermal|soc_thermal|(?:big|little|mid)core\d*_thermal|cluster\d*_thermal", r"temp1"),
)
"""Best first. The last two are an ARM board's thermal zones; all of them are of its one processor."""

_PACKAGE = re.compile(r"Package id (\d{1,3})", re.ASCII)
_CORETEMP = re.compile(r"coretemp\.(\d{1,3})", re.ASCII)


class CoreSensor(Protocol):
    """What is asked of a sensor here."""

    @property
    def chip(self) -> str: ...
    @property
    def label(self) -> str:
        """As the kernel has it, or ``temp1``."""

    @property
    def place(self) -> str:
        """Which of several chips it is, by the kernel's device."""

    @property
    def position(self) -> int:
        """Of its chip among those of the same name."""


Sensor = TypeVar("Sensor", bound=CoreSensor)
Kinds: TypeAlias = tuple[tuple[Sensor, ...], ...]
"""The sensors of one socket by their kind, the best one first."""


def by_socket(sensors: Sequence[Sensor]) -> tuple[Kinds[Sensor], ...]:
    """The sensors that stand for a processor, by the number of its socket; empty where none does."""
    for driver in _DRIVERS:
        sockets: dict[int, dict[int, list[Sensor]]] = defaultdict(lambda: defaultdict(list))
        theirs = [sensor for sensor in sensors if driver.chip.fullmatch(sensor.chip)]
        named = _named_sockets(theirs)
        for sensor in theirs:
            rank = next((rank for rank, label in enumerate(driver.labels) if label.fullmatch(sensor.label)), None)
            socket = named.get((sensor.chip, sensor.place, sensor.position), sensor.position)
            if rank is not None and socket < SOCKETS_MAX:
                sockets[socket][rank].append(sensor)
        if sockets:
            return tuple(_by_rank(sockets.get(socket, {})) for socket in range(max(sockets) + 1))
    return ()


def hottest(kinds: Kinds[Sensor], celsius: Callable[[Sensor], float | None]) -> float | None:
    """Of the best kind that can be read; ``None`` where none can be."""
    for alike in kinds:
        known = [degrees for sensor in alike if (degrees := celsius(sensor)) is not None]
        if known:
            return max(known)
    return None


def _by_rank(ranked: Mapping[int, Iterable[Sensor]]) -> Kinds[Sensor]:
    return tuple(tuple(ranked[rank]) for rank in sorted(ranked))


def _named_sockets(sensors: Iterable[CoreSensor]) -> dict[tuple[str, str, int], int]:
    """Of each chip that says it, the socket that it is of."""
    named: dict[tuple[str, str, int], int] = {}
    for sensor in sensors:
        found = _PACKAGE.fullmatch(sensor.label) or _CORETEMP.fullmatch(sensor.place)
        if found is not None:
            chip = (sensor.chip, sensor.place, sensor.position)
            named[chip] = int(found[1]) if sensor.label.startswith("Package") else named.get(chip, int(found[1]))
    return named
