"""The vocabulary of a driver: what to ask a mining program, and how to read its answers."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Literal

from miner_agent.errors import BadPayload, Unquoted
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MeterReading, MinerSnapshot, Workload
from miner_agent.sources.kept_private import without_secrets
from miner_agent.sources.payload import Payloads
from miner_agent.sources.reading_budget import FARM_STEPS, STEPS_A_PART, STEPS_A_WORKER, ReadingBudget

ANSWER_BYTES = 256 << 10
"""Of all answers of one source: thirty times the longest that was ever recorded."""
FARM_BYTES = 1 << 20
"""The same of what lists everybody that mines through it: ten thousand rows of a hundred bytes."""
TOKEN = b"$TOKEN$"
"""Stands, in what is sent, for the configured token: as a JSON text, with its quotes."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a login gives: a token, and how long it lives unused where that is told."""

    token: str = field(repr=False)
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class HttpLogin:
    """POST ``body``, with the configured password for ``TOKEN`` in it, and read the session off the answer.

    Nothing else is ever posted. ``session`` returns, or raises ``BadPayload``.
    """

    path: str
    body: bytes
    session: Callable[[bytes], Session] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class HttpDigest:
    """Prove by HTTP Digest that the configured password of ``user`` is known; the password itself is never sent."""

    user: str


@dataclass(frozen=True, slots=True)
class HttpGet:
    """GET ``path``. ``aliases`` are older paths of the same answer, tried where the first is not found.

    A configured token goes along as ``Bearer``; with a ``login`` it is a password, and the session's token or a proof
    of the password goes along.
    """

    name: str
    path: str
    aliases: tuple[str, ...] = ()
    login: HttpLogin | HttpDigest | None = None


@dataclass(frozen=True, slots=True)
class TcpCommand:
    """Send ``command`` on a connection of its own; the answer ends with ``until``, a NUL or the connection.

    ``with_token`` is sent in its place where a token is configured: one after the other, each when the one before has
    been answered. The last answer counts.
    """

    name: str
    command: bytes
    until: bytes | None = None
    with_token: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class FramedCommand:
    """Send ``payload`` behind its length, four bytes with the lowest first; the answer is framed alike.

    A length of zero is a heartbeat, and no answer.
    """

    name: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class FileRead:
    """Read the file ``path`` below the configured directory, if it was written within ``fresh_seconds``."""

    name: str
    path: str
    fresh_seconds: float


Request = HttpGet | TcpCommand | FramedCommand | FileRead


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterOptions:
    """What a configuration says of one meter beside where it is. ``None``: nothing."""

    channel: int | None = None
    request: str | None = None
    power: str | None = None
    energy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """How one mining program, firmware or meter is asked and understood. ``name`` is the name of its file.

    Its first request must be answered; every other one is optional, and ``parse`` lives without it. ``parse`` returns,
    or raises ``BadPayload`` where the answer is not this program's; ``read`` is what others call. ``configured`` makes
    the driver for one configured meter of it, or raises ``ValueError`` with a sentence. Two that are made
    alike are equal: functions are not compared, since each making has its own, but what they were made from is.
    """

    name: str
    products: tuple[str, ...]
    requests: tuple[Request, ...]
    parse: Callable[[Payloads], MinerSnapshot | MeterReading] = field(repr=False, compare=False)
    default_port: int | None
    enable_api: str
    documentation: str
    kind: Literal["miner", "meter"] = "miner"
    of_farm: bool = False  # it lists thousands of others that mine through it
    takes: tuple[str, ...] = ()  # keys of ``[[meters]]`` that it knows, beside name, driver, address and rig
    configured: "Callable[[MeterOptions], Driver] | None" = field(default=None, repr=False, compare=False)
    options: MeterOptions | None = None  # that it was made for
    seen: tuple[str, ...] = ()  # versions of which recorded answers were read
    only_read_about: str | None = None  # what no recorded answer has shown yet
    old: bool = False  # hardly anybody runs it any more
    processes: tuple[str, ...] = ()  # what its process is called, and no other's, in lower case
    shared_processes: tuple[str, ...] = ()  # and what others' are called as well
    own_options: tuple[str, ...] = ()  # by one of these, or by its path, it is told from those
    port_options: tuple[str, ...] = ()  # which of its options name the port, or HOST:PORT, that its API listens on

    def __post_init__(self) -> None:
        names = [request.name for request in self.requests]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"{self.name}: each request needs a name of its own, got {names}")

    def read(self, payloads: Payloads) -> MinerSnapshot | MeterReading:
        """What the answers tell; what of them could not be read stands in ``payloads.defects``.

        Raises:
            BadPayload: they are not this program's, or nothing beyond a name was found in them.
            Excessive: they are too much work.
        """
        reading = self.parse(payloads)
        payloads.budget.spend(_steps_later(reading))
        if isinstance(reading, MinerSnapshot):
            reading = without_secrets(reading)
        if _tells_something(reading) or (self.kind == "meter" and not payloads.defects):  # one may say that it failed
            return reading
        nothing = BadPayload(self.requests[0].name, Unquoted("without any reading"), "an answer with one in it")
        raise next(iter(payloads.defects), nothing)

    @property
    def most_bytes(self) -> int:
        """How long its answers may be, all together."""
        return FARM_BYTES if self.of_farm else ANSWER_BYTES

    def budget(self) -> ReadingBudget:
        """How much work its answers of one tick may be."""
        return ReadingBudget(FARM_STEPS) if self.of_farm else ReadingBudget()

    @property
    def scheme(self) -> str:
        """``http``, ``tcp`` or ``file``: what an address without a scheme means for this driver."""
        if isinstance(self.requests[0], FileRead):
            return "file"
        return "http" if isinstance(self.requests[0], HttpGet) else "tcp"

    @property
    def usual_place(self) -> str:
        """Where it listens, or writes, unless it is told otherwise."""
        if self.default_port is not None:
            return f"port {self.default_port}"
        return "no usual directory" if self.scheme == "file" else "no usual port"


_NAMES: dict[type, frozenset[str]] = {
    MeterReading: frozenset({"product"}),
    MinerSnapshot: frozenset({"software", "software_version", "product", "boards_expected", "workloads", "devices"}),
    Workload: frozenset(
        {"algorithm", "coin", "hashrate_window_seconds", "hashes_per_difficulty", "dev_fee", "devices"}
    ),
    DeviceWork: frozenset({"device_index"}),
    DeviceReading: frozenset({"index", "kind", "name", "vendor"}),
}
"""Fields that say what something is called, what follows from its name, or of what it is a part: not how it does."""
_TELLING = {
    kind: tuple(field.name for field in fields(kind) if field.name not in names) for kind, names in _NAMES.items()
}


def _steps_later(reading: MinerSnapshot | MeterReading) -> int:
    """What looking through all that it holds will take."""
    if isinstance(reading, MeterReading):
        return STEPS_A_PART
    parts = len(reading.devices) + sum(1 + len(workload.devices) for workload in reading.workloads)
    return STEPS_A_PART * parts + STEPS_A_WORKER * len(reading.workers)


def _tells_something(reading: MinerSnapshot | MeterReading) -> bool:
    """Whether anything but names is in it."""
    if _says_how_it_does(reading):
        return True
    if isinstance(reading, MeterReading):
        return False
    return any(
        _says_how_it_does(workload) or any(map(_says_how_it_does, workload.devices)) for workload in reading.workloads
    ) or any(map(_says_how_it_does, reading.devices))


def _says_how_it_does(value: MeterReading | MinerSnapshot | Workload | DeviceReading | DeviceWork) -> bool:
    return any(getattr(value, name) not in (None, ()) for name in _TELLING[type(value)])
