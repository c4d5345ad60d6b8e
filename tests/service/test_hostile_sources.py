"""The whole agent beside sources that answer without end, or with as much work as their bytes can hold.

Every driver is in it. The good source beside them is read in time, in every tick.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.sources.driver import Driver, FileRead, FramedCommand, HttpGet, TcpCommand
from tests.agent import Agent
from tests.captured import own
from tests.certificates import ONE, fingerprint_of, speaking
from tests.excessive import excessive
from tests.fake_http import FakeMiner
from tests.fake_sockets import FakeFramedMiner, FakeTcpMiner
from tests.fakes import LoopbackFake, Mode

pytestmark = [pytest.mark.e2e, pytest.mark.thorough]

Sources = Callable[[ExitStack, Path], Iterator[str]]
TICKS, INTERVAL_SECONDS = 5, 2  # in one there is no room for all of them where other tests run beside
MORE_MEBIBYTES = 20
ENDING_SECONDS = 5
HTTP_FLOODS = (Mode.HUGE_BODY, Mode.ENDLESS_HEAD, Mode.ENDLESS_BODY, Mode.ENDLESS_CHUNKS, Mode.TINY_CHUNKS)
TCP_FLOODS = (Mode.ENDLESS_BODY,)
FRAMED_FLOODS = (Mode.HUGE_BODY, Mode.ENDLESS_BODY, Mode.HEARTBEATS)
METER_KEYS = {"json": 'request = "/"\npower = "a.b W"\n'}


def fake_of(driver: Driver, raw: dict[str, bytes], mode: Mode = Mode.NORMAL) -> LoopbackFake | None:
    """A source that answers ``driver`` with that; ``None`` where files are read."""
    match driver.requests[0]:
        case HttpGet():
            asked = [request for request in driver.requests if isinstance(request, HttpGet)]
            pages = {path: raw.get(one.name, b"{}") for one in asked for path in (one.path, *one.aliases)}
            return FakeMiner(pages, mode=mode)
        case TcpCommand(until=until):
            tcp = FakeTcpMiner(ending=until or b"", keeps_open=until is not None, mode=mode)
            tcp.answers_anything = next(iter(raw.values()), b"")
            tcp.answers = {one.command: raw[one.name] for one in driver.requests if one.name in raw}  # type: ignore[union-attr]
            return tcp
        case FramedCommand():
            answers = {one.payload: raw[one.name] for one in driver.requests if one.name in raw}  # type: ignore[union-attr]
            return FakeFramedMiner(answers, mode=mode)
    return None


def entry(name: str, driver: Driver, address: str, more: str = "") -> str:
    more += METER_KEYS.get(driver.name, "") if driver.kind == "meter" else ""
    return f'[[{driver.kind}s]]\nname = "{name}"\ndriver = "{driver.name}"\naddress = "{address}"\n{more}'


def as_recorded(stack: ExitStack, folder: Path) -> Iterator[str]:
    """Every driver, answered with its first capture."""
    return answering(stack, folder, {name: next(own(name)) for name in drivers.names()})


def with_long_lists(stack: ExitStack, folder: Path) -> Iterator[str]:
    """Every driver, answered with the longest lists of its first capture."""
    return answering(stack, folder, {name: next(excessive(drivers.load(name))) for name in drivers.names()})


def answering(stack: ExitStack, folder: Path, answers: Mapping[str, dict[str, bytes]]) -> Iterator[str]:
    for name, raw in answers.items():
        driver = drivers.load(name)
        fake = fake_of(driver, raw)
        if fake is not None:
            yield entry(name, driver, stack.enter_context(fake).address)
            continue
        for request in driver.requests:
            assert isinstance(request, FileRead)
            place = folder / name / request.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(raw.get(request.name, b"{}"))
        yield entry(name, driver, f"file://{folder / name}")


def without_end(stack: ExitStack, _folder: Path) -> Iterator[str]:
    """Every driver over the network, flooded in one of the ways of its protocol."""
    floods = {HttpGet: itertools.cycle(HTTP_FLOODS), TcpCommand: itertools.cycle(TCP_FLOODS)}
    floods[FramedCommand] = itertools.cycle(FRAMED_FLOODS)
    for name in drivers.names():
        driver = drivers.load(name)
        kind = type(driver.requests[0])
        if kind is not FileRead:
            fake = fake_of(driver, {}, next(floods[kind]))
            assert fake is not None
            yield entry(name, driver, stack.enter_context(fake).address)
    pin = f'tls_fingerprint_sha256 = "{fingerprint_of(ONE)}"\n'
    for mode in HTTP_FLOODS:
        secret = FakeMiner({"/summary": b"{}"}, mode=mode)
        secret.tls = speaking(ONE)
        yield entry(f"secret-{mode}", drivers.load("trex"), stack.enter_context(secret).address, pin)


def most_mebibytes(agent: Agent) -> float:
    """The most memory that the main process ever had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{agent.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def ticked(folder: Path, sources: Sources) -> tuple[float, dict[str, float]]:
    """How much memory the agent had at most while it ticked beside these, and its last page."""
    asked, failed = (f'rig_agent_collector_{what}_total{{collector="good"}}' for what in ("requests", "failures"))
    driver = drivers.load("trex")
    good = fake_of(driver, next(own("trex")))
    assert good is not None
    with ExitStack() as stack:
        entries = [entry("good", driver, stack.enter_context(good).address), *sources(stack, folder / "files")]
        agent = stack.enter_context(
            Agent(folder, f"[agent]\ninterval_seconds = {INTERVAL_SECONDS}\n" + "".join(entries))
        )
        page = agent.wait_until(lambda page: page.get(asked, 0) >= TICKS, seconds=4 * TICKS * INTERVAL_SECONDS)
        memory = most_mebibytes(agent)
        code, seconds = agent.stop()
    assert len(entries) >= len(drivers.names())
    assert code == 0
    assert seconds < ENDING_SECONDS
    assert page[failed] == 0
    assert page["rig_agent_late_ticks_total"] == 0
    return memory, page


def test_a_good_source_is_read_in_time_beside_those_who_do_harm(tmp_path: Path) -> None:
    memory = {}
    for sources in (as_recorded, with_long_lists, without_end):
        folder = tmp_path / sources.__name__
        folder.mkdir()
        memory[sources], page = ticked(folder, sources)
        up = [name for name, value in page.items() if name.startswith(("rig_miner_up", "rig_meter_up")) and value]
        assert (len(up) == 1) == (sources is without_end)

    assert max(memory[with_long_lists], memory[without_end]) < memory[as_recorded] + MORE_MEBIBYTES
