"""The rig that everything is measured on: 12 stub cards and two fake miners in a process of their own."""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.process import compile_all, running
from tests import databases, nvml_stub
from tests.agent import USUAL, Agent
from tests.nvml_stub import NvmlStub

CARDS = 12
OWN_ALERTS = '[alerts]\nowner = "local"\n\n[[alerts.channels]]\nname = "log"\nkind = "journal"\n'
"""Lines of a configuration: the agent looks for its own alerts, and tells its log of them."""
CAPTURES = Path(__file__).parents[1] / "tests" / "captures"
_FAKES = """
import sys
from pathlib import Path
from tests.fake_http import FakeMiner
from tests.fakes import Mode
captures = Path(sys.argv[1])
xmrig, trex = captures / "xmrig/6.21__2x-gpu__mining", captures / "trex/0.26__2x-gpu__dual"
a = FakeMiner({"/2/summary": (xmrig / "summary.raw").read_bytes(), "/2/backends": (xmrig / "backends.raw").read_bytes()})
b = FakeMiner({"/summary": (trex / "summary.raw").read_bytes()})
c = FakeMiner(mode=Mode.HANG)
with a, b, c:
    print(a.address, b.address, c.address, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Rig:
    """The running parts."""

    stub: NvmlStub
    xmrig: str
    trex: str
    hung: str
    folder: Path


@contextmanager
def rig() -> Iterator[Rig]:
    """Cards and miners, until the end of the block."""
    compile_all()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stub = stack.enter_context(NvmlStub(nvml_stub.build(folder), folder / "control", cards=CARDS))
        fakes = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", _FAKES, str(CAPTURES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        assert fakes.stdout is not None
        xmrig, trex, hung = fakes.stdout.readline().split()
        yield Rig(stub, xmrig, trex, hung, folder)
        fakes.terminate()


def agent_on(
    rig: Rig,
    *,
    interval_seconds: float,
    miners: bool = True,
    hung: bool = False,
    more: str = "",
    program: tuple[str, ...] = tuple(USUAL[1:]),
) -> Agent:
    """The agent, configured for the rig, with ``more`` in its configuration."""
    config = config_on(rig, interval_seconds=interval_seconds, miners=miners, hung=hung) + more
    folder = rig.folder / f"agent-{time.monotonic_ns()}"
    folder.mkdir()
    return agent_in(folder, config, rig.stub.environment(), program=program)


def agent_in(
    folder: Path,
    config: str,
    environment: Mapping[str, str] | None = None,
    *,
    program: tuple[str, ...] = tuple(USUAL[1:]),
) -> Agent:
    """The agent as its user starts it, with databases that are there already.

    What tests start elsewhere may be forked from a process that has loaded its libraries: it would begin at once, and
    share their memory.
    """
    databases.begun(folder / "state")
    return Agent(folder, config, environment=environment, first_start=True, program=program)


def config_on(rig: Rig, *, interval_seconds: float, miners: bool = True, hung: bool = False) -> str:
    """The text of a configuration for the rig."""
    names = [("cpu", "xmrig", rig.xmrig), ("cards", "trex", rig.trex)] if miners else []
    if hung:
        names.append(("hung", "trex", rig.hung))
    return f"[agent]\ninterval_seconds = {interval_seconds}\n" + "".join(
        f'[[miners]]\nname = "{name}"\ndriver = "{driver}"\naddress = "{address}"\n' for name, driver, address in names
    )


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def typical(rig: Rig, port: int, *, interval_seconds: float) -> list[str]:
    """The command line of the typical exporter, for the rig."""
    miners = f"{rig.xmrig}/2/summary", f"{rig.trex}/summary"
    return [sys.executable, str(Path(__file__).with_name("typical.py")), str(port), str(interval_seconds), *miners]


@contextmanager
def peer(
    arguments: list[str], url: str, environment: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A peer that serves metrics at ``url``, once it does."""
    with running(arguments, environment) as process:
        for _ in range(100):
            try:
                urllib.request.urlopen(url, timeout=2).read()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield process
