"""A processor that is full costs no source its answer."""

import asyncio
import errno
import gc
import os
import queue
import selectors
import socket
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterable
from contextlib import ExitStack
from functools import partial
from selectors import SelectorKey

import pytest

from miner_agent.errors import TimedOut, Unreachable
from miner_agent.transport import held_up, service_calls
from miner_agent.transport.held_up import MOST_MET, UNNOTICED_SECONDS, Lateness, WatchedSelector
from miner_agent.transport.names import HostNames
from miner_agent.transport.polls import Answer, Ask, Endpoint, Transport
from miner_agent.transport.room import Allowance, Room
from miner_agent.transport.service_calls import ServiceAddress
from miner_agent.transport.wire import Connection
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.transport.asking import BODY, SUMMARY, answer_of, ask_of
from tests.waiting import let_pass, until

LONG_SECONDS = 60.0
ADDRESS = ServiceAddress.parse("http://127.0.0.1:9/")
ASKING = Ask(source="left-rack", endpoint=ADDRESS.endpoint, requests=(SUMMARY,), deadline_seconds=1.0)


class Unready:
    """Waits for nothing, and nothing happens there."""

    closed = False

    def register(self, *_: int) -> None:
        """Never mind."""

    def poll(self, *_: float | None) -> list[tuple[int, int]]:
        return []

    def close(self) -> None:
        self.closed = True


def watched(moments: Iterable[float], timeouts: Iterable[float | None], monkeypatch: pytest.MonkeyPatch) -> float:
    """How late a loop was with these moments: one at the start, then one before and one behind each wait."""
    ticking = iter(moments)
    monkeypatch.setattr(held_up, "monotonic", lambda: next(ticking))
    monkeypatch.setattr(held_up, "epoll", Unready)
    lateness = Lateness()
    selector = WatchedSelector(lateness)
    for timeout in timeouts:
        selector.select(timeout)
    selector.close()
    return lateness.seconds


def test_a_turn_that_takes_long_is_late_by_what_nobody_would_notice_less(monkeypatch: pytest.MonkeyPatch) -> None:
    late = watched([0.0, 1.0, 1.0, 1.01, 1.01], [0.0, 0.0], monkeypatch)
    assert late == pytest.approx(1.0 - UNNOTICED_SECONDS)


def test_who_sleeps_longer_than_it_wanted_to_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched([0.0, 0.0, 3.0], [2.0], monkeypatch) == pytest.approx(1.0 - UNNOTICED_SECONDS)


def test_who_waits_for_nothing_or_is_woken_early_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched([0.0, 0.0, 100.0, 100.0, 101.0], [None, 2.0], monkeypatch) == 0.0


def in_a_loop(work: Callable[[WatchedSelector], Coroutine[None, None, None]]) -> WatchedSelector:
    selector = WatchedSelector(Lateness())
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(work(selector))
    return selector


def test_who_waits_for_a_socket_is_woken_when_it_is_ready_whoever_waited_for_it_before() -> None:
    ours, theirs = socket.socketpair()

    async def woken(selector: WatchedSelector) -> None:
        given_up = asyncio.create_task(selector.until(ours, selectors.EVENT_READ))
        patient = asyncio.create_task(selector.until(theirs, selectors.EVENT_READ))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        await selector.until(ours, selectors.EVENT_WRITE)
        ours.send(b"x")
        await asyncio.wait_for(patient, LONG_SECONDS)
        theirs.close()
        await asyncio.wait_for(selector.until(ours, selectors.EVENT_READ), LONG_SECONDS)
        assert given_up.cancelled()

    with ours, theirs:
        in_a_loop(woken)


def test_what_other_threads_hand_over_is_done_in_its_order_whatever_fails_of_it() -> None:
    done: list[str] = []
    told: list[str] = []

    async def taken(selector: WatchedSelector) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda _, mistake: told.append(mistake["message"]))

        def hand_all_over() -> None:
            for work in (partial(done.append, "first"), partial(int, "x"), partial(done.append, "last"), ended.set):
                selector.hand_over(work)

        handing = threading.Thread(target=hand_all_over)
        handing.start()
        await asyncio.wait_for(ended.wait(), LONG_SECONDS)
        handing.join()

    selector = in_a_loop(taken)
    assert done == ["first", "last"]
    assert told == ["a mistake in what was handed over"]
    with pytest.raises(RuntimeError, match="closed"):
        selector.hand_over(list)


async def _passes(
    selector: WatchedSelector, seconds: float, *, late_seconds: float, most_late_seconds: float, block_seconds: float
) -> bool:
    try:
        with held_up.Deadline(seconds, selector, most_late_seconds=most_late_seconds):
            selector.lateness.seconds += late_seconds
            await asyncio.sleep(block_seconds)
    except TimeoutError:
        return True
    return False


def test_a_deadline_waits_as_long_as_the_loop_was_late_and_no_longer_than_it_may() -> None:
    def passes(late_seconds: float, most_late_seconds: float, block_seconds: float) -> bool:
        found: list[bool] = []

        async def timed(selector: WatchedSelector) -> None:
            found.append(
                await _passes(
                    selector,
                    0.01,
                    late_seconds=late_seconds,
                    most_late_seconds=most_late_seconds,
                    block_seconds=block_seconds,
                )
            )

        in_a_loop(timed)
        return found[0]

    assert passes(0.0, LONG_SECONDS, LONG_SECONDS)
    assert passes(LONG_SECONDS, 0.0, LONG_SECONDS)
    assert passes(LONG_SECONDS, 0.01, LONG_SECONDS)
    assert not passes(LONG_SECONDS, LONG_SECONDS, 0.02)


def test_each_deadline_has_its_own_end_whatever_becomes_of_others() -> None:
    ended: list[str] = []

    async def held(selector: WatchedSelector) -> None:
        with held_up.Deadline(0.005, selector, most_late_seconds=0.0):
            ended.append("met")
        try:
            with held_up.Deadline(0.01, selector, most_late_seconds=0.0):
                try:
                    with held_up.Deadline(LONG_SECONDS, selector, most_late_seconds=0.0):
                        await asyncio.sleep(LONG_SECONDS)
                except asyncio.CancelledError:
                    ended.append("within another")
                    raise
        except TimeoutError:
            ended.append("over")

    in_a_loop(held)
    assert ended == ["met", "within another", "over"]


def test_a_loop_that_stood_still_costs_a_rig_no_answer_and_whoever_waits_no_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def held_up_and_answered(_: object, ask: Ask, __: object, ___: object, raw: dict[str, bytes]) -> None:
        let_pass(ask.deadline_seconds + 0.01)
        await asyncio.sleep(0.01)
        raw["summary"] = b"{}"

    monkeypatch.setattr(Transport, "_collect", held_up_and_answered)
    transport, found = Transport(), queue.SimpleQueue[list[Answer] | Exception]()
    with FakeMiner(mode=Mode.HANG) as miner:
        ask = ask_of(miner, deadline_seconds=0.3)
        transport.fetch_each({1: [ask]}, lambda _, answers: found.put(answers))
        answers = found.get(timeout=20)
        (waited_for,) = transport.fetch([ask]).result(20)
    transport.close()

    assert isinstance(answers, list)
    assert answers[0].raw == {"summary": b"{}"}
    assert isinstance(waited_for.error, TimedOut)


def test_an_answer_goes_before_the_next_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def answered(_: object, ask: Ask, __: object, ___: object, raw: dict[str, bytes]) -> None:
        asked.append(ask.source)
        await asyncio.sleep(0)  # as one that waits for its machine
        raw["summary"] = b"{}"

    monkeypatch.setattr(Transport, "_collect", answered)
    transport, found = Transport(), queue.SimpleQueue[int]()
    with FakeMiner(mode=Mode.HANG) as miner:
        asks = {number: [ask_of(miner)] for number in range(200)}
        transport.fetch_each(asks, lambda *_: found.put(len(asked)))
        asked_before_the_first_answer = found.get(timeout=20)
        for _ in range(199):
            found.get(timeout=20)
    transport.close()

    assert len(asked) == 200
    assert asked_before_the_first_answer < 50


def test_a_deadline_that_was_met_leaves_nothing_for_the_collection_of_garbage() -> None:
    async def met(selector: WatchedSelector) -> None:
        with held_up.Deadline(LONG_SECONDS, selector, most_late_seconds=0.0):
            pass

    in_a_loop(met)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        in_a_loop(met)
        gc.collect()
        left = [one for one in gc.garbage if isinstance(one, held_up.Deadline)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert left == []


def test_deadlines_that_were_met_hold_no_task_and_are_few_while_an_earlier_one_is_not_over() -> None:
    async def meet(selector: WatchedSelector) -> None:
        with held_up.Deadline(LONG_SECONDS, selector, most_late_seconds=0.0):
            pass

    async def met(selector: WatchedSelector) -> None:
        with held_up.Deadline(LONG_SECONDS, selector, most_late_seconds=0.0):
            meeting = asyncio.create_task(meet(selector))
            await meeting
            gone = weakref.ref(meeting)
            del meeting
            await asyncio.sleep(0)  # the turn in which it ended holds it
            assert gone() is None
            for _ in range(3 * MOST_MET):
                await meet(selector)
            assert len(selector._deadlines) <= MOST_MET + 1

    in_a_loop(met)


def test_where_no_loop_can_be_made_nothing_stays_open_and_nobody_can_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, close = list[WatchedSelector](), WatchedSelector.close

    def closed(selector: WatchedSelector) -> None:
        made.append(selector)
        close(selector)

    def refused() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(WatchedSelector, "close", closed)
    monkeypatch.setattr(socket, "socketpair", refused)
    for begun, said in (
        (lambda: Transport().fetch([ASKING]), "nobody can be asked (too many open files)"),
        (
            lambda: service_calls.ask(ADDRESS, deadline_seconds=1.0, most_bytes=1),
            "http://127.0.0.1:9: no connection (too many open files)",
        ),
    ):
        with pytest.raises(Unreachable) as refusal:
            begun()
        assert str(refusal.value) == said
        with pytest.raises(RuntimeError, match="closed"):
            made.pop().hand_over(list)


def test_a_selector_for_which_the_system_has_no_room_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Full(Unready):
        def register(self, *asked: int) -> None:
            made.append(asked[0])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(held_up, "epoll", Full)
    with pytest.raises(OSError, match="No space left"):
        WatchedSelector(Lateness())
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(made.pop())


def test_a_thread_that_could_not_be_begun_costs_no_later_question(
    transport: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refused)
        with pytest.raises(Unreachable, match=r"^nobody can be asked \(can't start new thread\)$"):
            transport.fetch([ask_of(miner)])
    assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_loop_that_fails_says_so_to_who_waits_and_the_next_question_has_another(
    transport: Transport, miner: FakeMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    select, found = WatchedSelector.select, queue.SimpleQueue[list[Answer] | Exception]()
    with FakeMiner(mode=Mode.HANG) as hung:
        ask = ask_of(hung, deadline_seconds=LONG_SECONDS)
        waiting = transport.fetch([ask])
        transport.fetch_each({1: [ask]}, lambda _, answers: found.put(answers))
        until(lambda: len(transport._rounds) == 2)
        thread = transport._thread
        assert thread is not None

        def failed_once(selector: WatchedSelector, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
            monkeypatch.setattr(WatchedSelector, "select", select)
            raise MemoryError

        monkeypatch.setattr(WatchedSelector, "select", failed_once)
        transport.fetch([])
        with pytest.raises(MemoryError):
            waiting.result(20)
        assert isinstance(found.get(timeout=20), MemoryError)
        thread.join(20)
        assert answer_of(transport, ask_of(miner)).raw == {"summary": BODY}


def test_a_connection_is_there_when_it_is_and_not_when_its_socket_is_said_to_be_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A child that is being begun holds sockets that are closed here; what it is told of their numbers is of theirs."""
    waits: list[int] = []

    async def ready_at_once(_: WatchedSelector, waited_for: socket.socket, events: int) -> None:
        assert events == selectors.EVENT_WRITE
        waits.append(waited_for.fileno())
        await asyncio.sleep(0.01)

    async def reached(selector: WatchedSelector) -> None:
        monkeypatch.setattr(WatchedSelector, "until", ready_at_once)
        names = HostNames(asyncio.get_running_loop())
        line = Connection(endpoint, selector, names, Allowance(0, Room()))
        reaching = asyncio.create_task(line.reach())
        while len(waits) < 3:  # it is told that often that there is a connection, and there is none
            assert not reaching.done()
            await asyncio.sleep(0)
        reaching.cancel()
        await asyncio.wait([reaching])
        line.close()

    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as filling:
        endpoint = Endpoint(scheme="tcp", host="127.0.0.1", port=full.getsockname()[1])
        for _ in range(4):  # more than its backlog takes
            one = filling.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        in_a_loop(reached)
