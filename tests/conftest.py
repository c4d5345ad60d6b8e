"""What every test shares: an empty environment, golden files, captured data, and no way out of this machine."""

import gc
import ipaddress
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import engine
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import dead_workers, doctests, foreign_tools, forked_programs, leftovers, nvml_stub, requires, skips
from tests.finding_order import FindingOrder
from tests.schedule import SCHEDULING
from tests.selection import Selection

OF_SOMEBODY_S_SHELL = re.compile(
    r"PYTHON\w+|LANG|LANGUAGE|LC_\w+|TZ|XDG_\w+|COLUMNS|LINES|TERM|NO_COLOR|FORCE_COLOR|\w+_DIRECTORY|NOTIFY_SOCKET"
    r"|WATCHDOG_\w+|LISTEN_\w+|INVOCATION_ID|JOURNAL_STREAM|MINER_AGENT_\w+"
)
"""Variables that change what a program does. No test and no process that it starts sees those of whoever runs it."""

OURS = {"MINER_AGENT_TEST_DATA"}

GARBAGE_AT = (
    150_000  # new objects: each look for garbage calls back into hypothesis, every 700 that was 4 % of the time
)

# No setting is told; its own 300 are those after which a worker is ended unheard.
engine.MAX_SHRINKING_SECONDS = min(30, engine.MAX_SHRINKING_SECONDS)

for profile, examples in (("few", 15), ("many", 100)):  # `make test-unit` takes few of each property, `make test` many
    settings.register_profile(
        profile,
        max_examples=examples,
        phases=set(Phase) - {Phase.explain},  # goes through all of a test line by line, at no limit of time
        deadline=None,  # how fast an example is says how busy the machine is
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=requires.ALL,  # a change is judged by the same examples each time
        print_blob=True,
    )
settings.load_profile("few")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write expected files anew; then read the diff")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(doctests)  # a hook of this file would not be asked about files outside this folder
    config.pluginmanager.register(dead_workers.Watch())
    config.pluginmanager.register(Selection(config.option.markexpr))
    if worker := getattr(config, "workerinput", None):
        config.pluginmanager.register(FindingOrder(worker["workerid"]))
    for name in [name for name in os.environ if OF_SOMEBODY_S_SHELL.fullmatch(name) and name not in OURS]:
        del os.environ[name]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a shell that runs this in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # of nohup; what is started here would ignore it too
        signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    scheduling = SCHEDULING.get(config.getvalue("dist"))
    return scheduling(config, log) if scheduling else None


def pytest_sessionstart() -> None:
    gc.disable()  # what is collected stays to the end: looking through it again and again took a third of the time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: item.get_closest_marker("lasting") is None
    )  # else one worker ends long after the others


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(GARBAGE_AT, *gc.get_threshold()[1:])
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skips.tell(terminalreporter)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_behind(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    mark = leftovers.mark_of(getattr(pytestconfig, "workerinput", None))
    with leftovers.none_allowed(tmp_path_factory.mktemp("temporary"), mark=mark):
        yield
        forked_programs.end()
        foreign_tools.end()


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def captured() -> Path:
    """The folder of real captured data, read in place."""
    folder = requires.captured_folder()
    if folder is None:
        pytest.skip(requires.NO_CAPTURED_DATA)
    return folder


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stand-in for NVIDIA's library."""
    return nvml_stub.build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """A test that tries to leave this machine fails there and then."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = ipaddress.ip_address(address[0].partition("%")[0])
            if not host.is_loopback:
                raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
