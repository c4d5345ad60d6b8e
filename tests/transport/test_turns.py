"""Many sources at once: none delays another, and those of one host are asked in turn."""

import asyncio
import gc
import queue
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Self

import pytest

from miner_agent.errors import Mistake, TimedOut, Unreachable
from miner_agent.transport.polls import BEGUN_TOGETHER, Answer, Ask, Transport
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.transport.asking import BODY, SUMMARY, answer_of, ask_of
from tests.waiting import dwell, until, until_in_loop

# Many at once


def test_32_hung_sources_delay_no_other_and_cost_no_thread(transport: Transport, miner: FakeMiner) -> None:
    with FakeMiner(mode=Mode.HANG) as hung:
        answer_of(transport, ask_of(miner))
        threads = threading.active_count()
        fetched = transport.fetch([ask_of(hung, deadline_seconds=1.0)] * 32 + [ask_of(miner)])
        until(lambda: hung.open_connections == 32)
        assert threading.active_count() == threads
        *late, early = fetched.result(10)
        until(lambda: hung.open_connections == 0)
    assert all(isinstance(answer.error, TimedOut) for answer in late)
    assert early.raw == {"summary": BODY}
    assert early.duration_seconds < min(answer.duration_seconds for answer in late)


@pytest.mark.parametrize("mode", [Mode.TINY_CHUNKS, Mode.CHUNK_EXTENSIONS, Mode.ENDLESS_CHUNKS])
def test_a_source_that_floods_does_not_keep_the_others_waiting(
    transport: Transport, miner: FakeMiner, mode: Mode
) -> None:
    with FakeMiner({SUMMARY.path: BODY}, mode=mode) as flood:
        *_, answer = transport.fetch([ask_of(flood, deadline_seconds=2.0)] * 4 + [ask_of(miner)]).result(10)
    assert answer.raw == {"summary": BODY}
    assert answer.duration_seconds < 2.0


def test_a_cancelled_fetch_leaves_no_connection_behind(transport: Transport) -> None:
    with FakeMiner(mode=Mode.HANG) as hung:
        fetched = transport.fetch([ask_of(hung, deadline_seconds=60)] * 8)
        until(lambda: hung.open_connections == 8)
        assert fetched.cancel()
        until(lambda: hung.open_connections == 0)


def test_what_is_cancelled_has_no_answers_and_what_is_there_is_not_cancelled(
    transport: Transport, miner: FakeMiner
) -> None:
    told = queue.SimpleQueue[str]()
    with FakeMiner(mode=Mode.HANG) as hung:
        given_up = transport.fetch([ask_of(hung, deadline_seconds=60)], told=lambda: told.put("given up"))
        with pytest.raises(TimeoutError):
            given_up.result(0)
        assert not given_up.done()
        assert given_up.cancel()
        assert not given_up.cancel()
        assert given_up.done()
        for _ in range(2):
            with pytest.raises(CancelledError):
                given_up.result()
    fetched = transport.fetch([ask_of(miner)], told=lambda: told.put("fetched"))
    assert told.get(timeout=20) == "fetched"
    assert fetched.done()
    assert not fetched.cancel()
    assert [fetched.result(0), fetched.result()] == [fetched.result(20)] * 2
    assert told.empty()


def test_a_fetch_that_nobody_waits_for_any_more_is_gone_without_the_collector(
    transport: Transport, miner: FakeMiner
) -> None:
    gc.disable()
    try:
        fetched = transport.fetch([ask_of(miner), ask_of(miner)])
        assert [answer.error for answer in fetched.result(20)] == [None, None]
        held = weakref.ref(fetched)
        del fetched
        until(lambda: held() is None)
    finally:
        gc.enable()


def test_closing_is_quick_with_32_hung_connections_and_wakes_who_waits() -> None:
    transport = Transport()
    with FakeMiner(mode=Mode.HANG) as hung:
        fetched = transport.fetch([ask_of(hung, deadline_seconds=60)] * 32)
        until(lambda: hung.open_connections == 32)
        transport.close()
        transport.close()
        with pytest.raises(CancelledError):
            fetched.result(20)
        until(lambda: hung.open_connections == 0)
    assert not any(thread.name == "transport" for thread in threading.enumerate())


def test_a_closed_transport_fetches_nothing_and_an_unused_one_closes() -> None:
    transport = Transport()
    transport.close()
    with pytest.raises(Unreachable, match="closed"):
        transport.fetch([])


# Turns


class Crowd:
    """Several fakes of one host, and how many conversations they had at a time: they wait for as many as are expected."""

    def __init__(self, *hosts: str, expected: int = 1) -> None:
        self.most_at_once = self.talking = 0
        self.expected = expected
        self.lock = threading.Lock()
        self.fakes = [self._fake(host) for host in hosts]

    def _fake(self, host: str) -> FakeMiner:
        crowd = self

        class Counting(FakeMiner):
            async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                with crowd.lock:
                    crowd.talking += 1
                    crowd.most_at_once = max(crowd.most_at_once, crowd.talking)
                await until_in_loop(lambda: crowd.most_at_once >= crowd.expected)
                await dwell()
                with crowd.lock:
                    crowd.talking -= 1
                await super()._serve(reader, writer)

        return Counting({SUMMARY.path: BODY}, host=host)

    def __enter__(self) -> Self:
        for fake in self.fakes:
            fake.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for fake in self.fakes:
            fake.__exit__()


def answers_each(transport: Transport, asks: list[Ask]) -> list[Answer]:
    """What is handed over for each of them, asked as groups of one."""
    found: queue.SimpleQueue[list[Answer] | Exception] = queue.SimpleQueue()
    transport.fetch_each({number: [ask] for number, ask in enumerate(asks)}, lambda _, answers: found.put(answers))
    answers = [found.get(timeout=20) for _ in asks]
    assert not [one for one in answers if isinstance(one, Exception)]
    return [answer for one in answers if not isinstance(one, Exception) for answer in one]


@pytest.fixture
def polite() -> Iterator[Transport]:
    transport = Transport(at_once=4)
    yield transport
    transport.close()


def test_several_programs_on_one_host_are_asked_one_after_the_other(polite: Transport) -> None:
    with Crowd(*["127.0.0.9"] * 3) as crowd:
        answers = answers_each(polite, [ask_of(fake) for fake in crowd.fakes] * 3)

    assert [answer.error for answer in answers] == [None] * 9
    assert crowd.most_at_once == 1


@pytest.mark.parametrize("hosts", [["127.0.0.1"] * 4, [f"127.0.0.{number}" for number in range(9, 13)]])
def test_hosts_are_asked_at_the_same_time_and_a_port_of_localhost_is_a_host(
    polite: Transport, hosts: list[str]
) -> None:
    with Crowd(*hosts, expected=2) as crowd:
        answers_each(polite, [ask_of(fake) for fake in crowd.fakes] * 2)

    assert crowd.most_at_once > 1


def test_no_more_are_asked_at_once_than_allowed(polite: Transport) -> None:
    with Crowd(*[f"127.0.0.{number}" for number in range(9, 21)], expected=4) as crowd:
        answers = answers_each(polite, [ask_of(fake) for fake in crowd.fakes])

    assert [answer.error for answer in answers] == [None] * 12
    assert crowd.most_at_once == 4


def test_who_waits_for_its_turn_loses_none_of_its_time(polite: Transport) -> None:
    with FakeMiner(mode=Mode.HANG, host="127.0.0.9") as hung, FakeMiner({SUMMARY.path: BODY}, host="127.0.0.9") as good:
        asks = [
            ask_of(hung, deadline_seconds=0.3),
            ask_of(hung, deadline_seconds=0.3),
            ask_of(good, deadline_seconds=0.5),
        ]
        answers = answers_each(polite, asks)

    assert [type(answer.error) for answer in answers] == [TimedOut, TimedOut, type(None)]


def test_each_group_is_handed_over_when_its_last_answer_is_there(polite: Transport) -> None:
    handed_over: queue.SimpleQueue[tuple[str, list[Answer] | Exception]] = queue.SimpleQueue()
    with FakeMiner(mode=Mode.HANG, host="127.0.0.9") as hung, FakeMiner({SUMMARY.path: BODY}) as good:
        groups = {"slow": [ask_of(hung, deadline_seconds=0.3), ask_of(good)], "quick": [ask_of(good)]}
        polite.fetch_each(groups, lambda name, answers: handed_over.put((name, answers)))
        first, second = handed_over.get(timeout=5), handed_over.get(timeout=5)

    assert (first[0], second[0]) == ("quick", "slow")
    assert isinstance(second[1], list)
    assert [answer.raw is None for answer in second[1]] == [True, False]


def test_what_is_begun_over_a_time_is_all_begun_in_its_order(miner: FakeMiner) -> None:
    order: queue.SimpleQueue[int] = queue.SimpleQueue()
    transport = Transport(at_once=1)
    transport.fetch_each({n: [ask_of(miner)] for n in range(20)}, lambda n, _: order.put(n), over_seconds=0.2)
    found = [order.get(timeout=5) for _ in range(20)]
    transport.close()

    assert found == list(range(20))


def test_a_transport_that_closes_begins_nothing_more(miner: FakeMiner) -> None:
    transport = Transport(at_once=1)
    transport.fetch_each({n: [ask_of(miner)] for n in range(20)}, lambda *_: None, over_seconds=60)
    until(lambda: miner.accepted_total == BEGUN_TOGETHER)
    transport.close()

    assert miner.accepted_total == BEGUN_TOGETHER


def test_one_that_is_closed_while_it_begins_leaves_no_question_behind() -> None:
    with FakeMiner({SUMMARY.path: BODY}) as miner:
        asks = {number: [ask_of(miner)] for number in range(600)}
        for _ in range(3):
            transport = Transport()
            transport.fetch_each(asks, lambda *_: None)
            transport.close()
            assert not transport._rounds


def test_a_mistake_of_ours_is_handed_over_in_the_place_of_answers(
    polite: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Transport, "_collect", broken)
    handed_over: queue.SimpleQueue[list[Answer] | Exception] = queue.SimpleQueue()
    polite.fetch_each({1: [ask_of(miner)]}, lambda _, answers: handed_over.put(answers))

    answers = handed_over.get(timeout=5)
    assert not isinstance(answers, Exception)
    assert isinstance(answers[0].error, Mistake)
    assert isinstance(answers[0].error.__cause__, ZeroDivisionError)


def test_a_transport_that_closes_hands_nothing_over_any_more(polite: Transport) -> None:
    handed_over: list[object] = []
    with FakeMiner(mode=Mode.HANG) as hung:
        polite.fetch_each({n: [ask_of(hung)] for n in range(20)}, lambda *found: handed_over.append(found))
        until(lambda: hung.accepted_total > 0)
        polite.close()
        until(lambda: hung.open_connections == 0)

    assert handed_over == []
    with pytest.raises(Unreachable, match="closed"):
        polite.fetch_each({}, lambda *_: None)
