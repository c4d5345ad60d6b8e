"""The vocabulary of a driver: what to ask a mining program, and how to read its answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from miner_agent.model import MeterReading, MinerSnapshot
from miner_agent.payload import Payloads


@dataclass(frozen=True, slots=True)
class HttpGet:
    """GET ``path``. ``aliases`` are older paths of the same answer, tried where the first is not found."""

    name: str
    path: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TcpCommand:
    """Send ``command`` on a connection of its own; the answer ends with ``until``, a NUL or the connection."""

    name: str
    command: bytes
    until: bytes | None = None


Request = HttpGet | TcpCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """How one mining program, firmware or meter is asked and understood. ``name`` is the name of its file.

    Its first request must be answered; every other one is optional, and ``parse`` lives without it.
    ``parse`` returns, or raises ``BadPayload``.
    """

    name: str
    products: tuple[str, ...]
    requests: tuple[Request, ...]
    parse: Callable[[Payloads], MinerSnapshot | MeterReading] = field(repr=False)
    default_port: int | None
    enable_api: str
    documentation: str
    kind: Literal["miner", "meter"] = "miner"
    seen: tuple[str, ...] = ()  # versions of which recorded answers were read
    only_read_about: str | None = None  # what no recorded answer has shown yet
    old: bool = False  # hardly anybody runs it any more
    processes: tuple[str, ...] = ()  # what its process is called, in lower case
    port_options: tuple[str, ...] = ()  # which of its options name the port, or HOST:PORT, that its API listens on

    def __post_init__(self) -> None:
        names = [request.name for request in self.requests]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"{self.name}: each request needs a name of its own, got {names}")

    @property
    def scheme(self) -> str:
        """``http`` or ``tcp``: what an address without a scheme means for this driver."""
        return "http" if isinstance(self.requests[0], HttpGet) else "tcp"
