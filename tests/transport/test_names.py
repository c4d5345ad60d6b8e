"""Names with a resolver that a test steers: a lookup costs its own name, and what is known is used meanwhile."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from miner_agent.errors import Unreachable
from miner_agent.transport import names
from miner_agent.transport.names import HostNames, NoSuchName, Target, look_up

LATE_SECONDS = 0.05


def at(number: int) -> tuple[Target, ...]:
    return ((socket.AF_INET, f"127.0.0.{number}", 0),)


class Resolver:
    """Answers as ``answers`` says; a name that is not in it hangs until the test ends, or lets it go."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.answers: dict[str, names.Found] = {}
        self.asked: Counter[str] = Counter()
        self._released = threading.Event()
        self._lock = threading.Lock()

    def look_up(self, host: str) -> names.Found:
        with self._lock:
            self.asked[host] += 1
        while host not in self.answers and not self._released.wait(0.005):
            pass
        return self.answers.get(host, "it woke up")

    def release(self) -> None:
        self._released.set()


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    made = Resolver()
    monkeypatch.setattr(names, "look_up", made.look_up)
    monkeypatch.setattr(names, "monotonic", lambda: made.now)
    monkeypatch.setattr(names, "LATE_SECONDS", LATE_SECONDS)
    yield made
    made.release()


def run(steps: Callable[[HostNames], Coroutine[Any, Any, None]]) -> None:
    async def with_names() -> None:
        known = HostNames(asyncio.get_running_loop())
        try:
            await asyncio.wait_for(steps(known), 20)
        finally:
            known.close()

    asyncio.run(with_names())


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.005)


async def refused(known: HostNames, host: str) -> str:
    with pytest.raises(Unreachable) as refusal:
        await known.targets(host)
    return str(refusal.value)


async def waits(known: HostNames, host: str) -> bool:
    """Whether the name has no answer of any kind at once."""
    asked = asyncio.ensure_future(known.targets(host))
    await asyncio.sleep(0)
    done = asked.done()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    return not done


def test_what_is_known_is_used_for_five_minutes_and_while_it_is_looked_up_anew(resolver: Resolver) -> None:
    async def steps(known: HostNames) -> None:
        resolver.answers["rig7"] = at(7)
        assert await asyncio.gather(*(known.targets("rig7") for _ in range(5))) == [at(7)] * 5
        resolver.now += names.KEPT_SECONDS - 1
        assert await known.targets("rig7") == at(7)
        assert resolver.asked["rig7"] == 1
        del resolver.answers["rig7"]  # from now on it hangs
        resolver.now += 2
        for _ in range(3):
            assert not await waits(known, "rig7")
            assert await known.targets("rig7") == at(7)
        await until(lambda: resolver.asked["rig7"] == 2)
        resolver.answers["rig7"] = at(8)
        await until(lambda: known._known["rig7"].lookup is None)
        assert await known.targets("rig7") == at(8)
        assert resolver.asked["rig7"] == 2

    run(steps)


def test_a_resolver_that_fails_takes_no_address_away_for_a_day_and_a_name_that_is_gone_loses_its(
    resolver: Resolver,
) -> None:
    async def steps(known: HostNames) -> None:
        resolver.answers["rig7"] = at(7)
        await known.targets("rig7")
        resolver.answers["rig7"] = "name lookup failed: temporary failure in name resolution"
        resolver.now += names.KEPT_SECONDS
        for asked in (2, 3, 4):
            assert await known.targets("rig7") == at(7)
            await until(lambda: known._known["rig7"].lookup is None)
            assert resolver.asked["rig7"] == asked
            resolver.now += names.FAILED_SECONDS
        resolver.now += names.STALE_SECONDS
        assert "temporary failure" in await refused(known, "rig7")

        resolver.answers["rig7"] = at(7)
        resolver.now += names.FAILED_SECONDS
        assert await known.targets("rig7") == at(7)
        resolver.answers["rig7"] = NoSuchName("name lookup failed: name or service not known")
        resolver.now += names.KEPT_SECONDS
        assert await known.targets("rig7") == at(7)
        await until(lambda: known._known["rig7"].lookup is None)
        assert "not known" in await refused(known, "rig7")

    run(steps)


def test_a_failure_holds_for_ten_seconds(resolver: Resolver) -> None:
    async def steps(known: HostNames) -> None:
        resolver.answers["rig7"] = NoSuchName("not known")
        assert await refused(known, "rig7") == "not known"
        resolver.answers["rig7"] = at(7)
        resolver.now += names.FAILED_SECONDS - 1
        assert await refused(known, "rig7") == "not known"
        resolver.now += 1
        assert await known.targets("rig7") == at(7)
        assert resolver.asked["rig7"] == 2

    run(steps)


def test_a_name_that_failed_late_is_refused_at_once_while_it_is_looked_up_again(resolver: Resolver) -> None:
    async def steps(known: HostNames) -> None:
        first = asyncio.ensure_future(known.targets("slow"))
        await until(lambda: not known._prompt and bool(known._started_at))
        resolver.now += 5
        resolver.answers["slow"] = "name lookup failed: timed out"
        with pytest.raises(Unreachable, match="timed out"):
            await first
        del resolver.answers["slow"]
        resolver.now += names.FAILED_SECONDS
        assert not await waits(known, "slow")
        await until(lambda: resolver.asked["slow"] == 2)
        assert await refused(known, "slow") == "name lookup failed: timed out"
        resolver.answers["slow"] = at(7)
        await until(lambda: known._known["slow"].lookup is None)
        assert await known.targets("slow") == at(7)

    run(steps)


def test_names_that_hang_delay_no_other_name_and_no_address(resolver: Resolver) -> None:
    hanging = [f"hung{number}" for number in range(names.LATE_THREADS)]

    async def steps(known: HostNames) -> None:
        asked = [asyncio.ensure_future(known.targets(host)) for host in hanging]
        assert await known.targets("192.0.2.7") == ((socket.AF_INET, "192.0.2.7", 0),)
        for number in range(100):
            resolver.answers[f"good{number}"] = at(7)
            assert await known.targets(f"good{number}") == at(7)
        assert not any(one.done() for one in asked)
        for one in asked:
            one.cancel()

    run(steps)


def test_the_threads_are_bounded_and_whoever_was_late_waits_behind_the_others(resolver: Resolver) -> None:
    hanging = [f"hung{number}" for number in range(3 * names.THREADS)]

    async def steps(known: HostNames) -> None:
        before = threading.active_count()
        asked = [asyncio.ensure_future(known.targets(host)) for host in hanging]
        await until(lambda: len(known._started_at) == names.THREADS)
        assert threading.active_count() <= before + names.THREADS
        resolver.now += 30
        resolver.answers.update(dict.fromkeys(hanging, "timed out"))
        await asyncio.gather(*asked, return_exceptions=True)
        was_late = [host for host in hanging if known._known[host].was_late]
        assert len(was_late) >= names.THREADS
        resolver.answers.clear()
        resolver.now += names.FAILED_SECONDS
        for host in was_late:
            await refused(known, host)
        assert len(known._started_at) <= names.LATE_THREADS
        resolver.answers["good"] = at(7)
        assert await known.targets("good") == at(7)

    run(steps)


def test_a_machine_without_room_for_a_thread_refuses_the_name(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def steps(known: HostNames) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_room)
            told = await asyncio.gather(*(refused(known, f"rig{number}") for number in range(2000)))
        assert set(told) == {"name lookup failed: no thread could be started for it"}
        resolver.answers["rig7"] = at(7)
        resolver.now += names.FAILED_SECONDS
        assert await known.targets("rig7") == at(7)

    run(steps)


@pytest.mark.parametrize(
    ("error", "gone"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), True),
        (socket.gaierror(socket.EAI_NODATA, "No address associated with hostname"), True),
        (UnicodeError("label too long"), True),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), False),
        (OSError(12, "Cannot allocate memory"), False),
    ],
)
def test_only_a_resolver_that_says_so_means_that_there_is_no_such_name(
    monkeypatch: pytest.MonkeyPatch, error: Exception, *, gone: bool
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    found = look_up("rig7")

    assert isinstance(found, NoSuchName) == gone
    assert str(found).startswith("name lookup failed: ")
