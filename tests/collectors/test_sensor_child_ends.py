"""A sensor child that is closed or dies: nothing of it is left, and the next one comes in time."""

import signal
import threading
import time
from pathlib import Path

import pytest

from miner_agent.collectors.child import sensors
from miner_agent.collectors.child.child_process import Answer
from miner_agent.collectors.child.sensors import Seat, SensorChild
from miner_agent.errors import SourceError
from tests.collectors.asked_child import (
    LONG_SECONDS,
    SHORT_SECONDS,
    Clock,
    ask,
    is_answer,
    let_library_hang,
    process_of,
    started,
    take_leave_of,
)
from tests.nvml_stub import NvmlStub
from tests.waiting import let_pass, until


def test_closing_does_not_wait_for_a_call_that_hangs(child: SensorChild, clock: Clock, stub: NvmlStub) -> None:
    let_library_hang(child, clock, stub)
    ask(child, clock, seconds=SHORT_SECONDS)
    process = process_of(child)

    child.close()

    assert process.poll() is not None


def test_closing_leaves_a_child_that_cannot_end(child: SensorChild, clock: Clock) -> None:
    ask(child, clock)
    process = process_of(child)
    real_kill = process.kill
    process.kill = process.terminate = lambda: None  # type: ignore[method-assign]
    begun = time.monotonic()

    child.close()

    assert time.monotonic() - begun < LONG_SECONDS
    real_kill()
    take_leave_of(process)


def test_closing_from_another_thread_ends_the_wait_and_nothing_is_started_after_it(
    child: SensorChild, clock: Clock, stub: NvmlStub
) -> None:
    let_library_hang(child, clock, stub)
    asked = stub.init_calls
    child.request(clock() + LONG_SECONDS)
    until(lambda: stub.init_calls > asked)
    process = process_of(child)
    process.terminate = process.kill = lambda: None  # type: ignore[method-assign]  # one that sleeps in a driver
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(child.collect(clock() + LONG_SECONDS)["nvml"]))
    waiting.start()

    closing = threading.Thread(target=child.close)
    closing.start()
    waiting.join(LONG_SECONDS / 2)

    assert not waiting.is_alive()
    assert "was closed" in str(answers[0])
    closing.join(LONG_SECONDS)
    clock.ahead_seconds = 1000.0
    assert "was closed" in str(ask(child, clock))
    assert child._child is None
    process.send_signal(signal.SIGKILL)
    take_leave_of(process)


def test_closing_at_any_moment_leaves_no_child_and_breaks_no_tick(stub: NvmlStub) -> None:
    for delay_milliseconds in (0, 1, 5, 20, 60, 120):
        child = SensorChild(("nvml",))
        failures: list[BaseException] = []

        def tick(child: SensorChild = child, failures: list[BaseException] = failures) -> None:
            try:
                for _ in range(20):
                    child.request(time.monotonic() + LONG_SECONDS)
                    child.collect(time.monotonic() + LONG_SECONDS)
                    child.stuck("nvml")
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

        ticking = threading.Thread(target=tick)
        ticking.start()
        let_pass(delay_milliseconds / 1000)
        child.close()
        ticking.join(LONG_SECONDS)

        assert not ticking.is_alive()
        assert (failures, child._child) == ([], None)


def test_the_next_child_starts_when_the_one_before_has_really_ended(
    stub: NvmlStub, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = Seat()
    before = SensorChild(("nvml", "amdgpu"), seat=seat, monotonic=clock)
    after = SensorChild(("nvml",), seat=seat, monotonic=clock)
    ask(before, clock)
    process = process_of(before)
    real_kill = process.kill
    process.kill = process.terminate = lambda: None  # type: ignore[method-assign]  # it sleeps in a driver
    before.close()
    try:
        told = ask(after, clock)

        assert isinstance(told, SourceError)
        assert "was killed and has not ended yet" in str(told)
        assert after._child is None
        real_kill()
        process.wait()
        assert is_answer(ask(after, clock), cards=2)
        assert after.restarts_total == 0
    finally:
        after.close()
        real_kill()
        take_leave_of(process)


def test_after_closing_nothing_is_started(child: SensorChild, clock: Clock) -> None:
    child.close()
    clock.ahead_seconds = 1000.0

    assert isinstance(ask(child, clock), SourceError)
    assert child._child is None


def test_a_child_that_dies_is_told_with_its_exit_code_and_started_again_in_time(
    child: SensorChild, clock: Clock
) -> None:
    ask(child, clock)
    process = process_of(child)
    process.kill()
    process.wait()

    told = ask(child, clock)
    assert isinstance(told, SourceError)
    assert "exit code -9 (SIGKILL)" in str(told)
    assert "within 1 s" in str(told)
    assert child.restarts_total == 0

    clock.ahead_seconds += 1.0
    assert is_answer(ask(child, clock), cards=2)
    assert child.restarts_total == 1


def test_a_child_that_dies_while_it_is_asked_ends_the_wait(child: SensorChild, clock: Clock, stub: NvmlStub) -> None:
    let_library_hang(child, clock, stub)
    child.request(clock() + LONG_SECONDS)
    process_of(child).kill()
    begun = time.monotonic()

    answer = child.collect(clock() + LONG_SECONDS)["nvml"]

    assert "SIGKILL" in str(answer)
    assert time.monotonic() - begun < LONG_SECONDS / 2


def test_restarts_come_slower_and_slower_until_one_lives_for_long(child: SensorChild, clock: Clock) -> None:
    for within_seconds in (1, 2, 4):
        ask(child, clock)
        process_of(child).kill()
        process_of(child).wait()
        assert f"within {within_seconds} s" in str(ask(child, clock))
        clock.ahead_seconds += within_seconds
    assert child.restarts_total == 2

    ask(child, clock)
    clock.ahead_seconds += sensors.HEALTHY_SECONDS
    process_of(child).kill()
    process_of(child).wait()
    assert "within 1 s" in str(ask(child, clock))


def test_the_child_ends_with_its_standard_input_even_while_a_call_hangs(stub: NvmlStub) -> None:
    stub.set_fault(0, hanging=True)
    with started("nvml") as process:
        assert process.stdin is not None
        process.stdin.write(b'{"id": 1, "collector": "nvml", "within_seconds": 5}\n')
        process.stdin.flush()
        until(lambda: stub.calls(0)["handle"] + stub.calls(0)["temperature"] > 0)
        process.stdin.close()

        assert process.wait(LONG_SECONDS) == 0


def test_nothing_of_the_child_is_left_open(child: SensorChild, clock: Clock) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_files()
    ask(child, clock)
    child.close()

    assert open_files() <= before
