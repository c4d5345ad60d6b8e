"""A sensor child whose driver does not answer: it is left at the deadline, and no second one is begun."""

import sys
import time
from pathlib import Path

from miner_agent.collectors.child import sensors
from miner_agent.collectors.child.sensors import SensorChild
from miner_agent.errors import SourceError, TimedOut
from tests.collectors.amdgpu_tree import Tree
from tests.collectors.asked_child import (
    LONG_SECONDS,
    SHORT_SECONDS,
    Clock,
    ask,
    is_answer,
    let_library_hang,
    process_of,
)
from tests.nvml_stub import NvmlStub
from tests.waiting import until


def test_a_library_that_hangs_is_left_at_the_deadline(child: SensorChild, clock: Clock, stub: NvmlStub) -> None:
    let_library_hang(child, clock, stub)
    begun = time.monotonic()

    answer = ask(child, clock, seconds=SHORT_SECONDS)

    assert isinstance(answer, TimedOut)
    assert str(answer) == "no answer after 0.3 s"
    assert SHORT_SECONDS <= time.monotonic() - begun < LONG_SECONDS
    assert child.stuck("nvml")


def test_a_driver_is_said_to_hang_when_it_is_long_late(child: SensorChild, clock: Clock, stub: NvmlStub) -> None:
    let_library_hang(child, clock, stub)
    for is_long in (False, False, False, True):
        assert ("its driver hangs; see dmesg" in str(ask(child, clock, seconds=0.01))) is is_long
        clock.ahead_seconds += 4.0


def test_a_process_that_is_still_starting_is_no_driver_that_hangs(clock: Clock) -> None:
    child = SensorChild(("nvml",), monotonic=clock)
    child._arguments = (sys.executable, "-c", "import signal; signal.pause()")
    try:
        answer = ask(child, clock, seconds=SHORT_SECONDS)

        assert isinstance(answer, TimedOut)
        assert str(answer).startswith("no answer after 0.3 s: the process that reads it is still starting")
        assert not child.stuck("nvml")
    finally:
        child.close()


def test_a_hanging_call_is_not_asked_again_and_costs_no_second_wait(
    child: SensorChild, clock: Clock, stub: NvmlStub
) -> None:
    let_library_hang(child, clock, stub)
    ask(child, clock, seconds=SHORT_SECONDS)
    begun = time.monotonic()

    assert isinstance(ask(child, clock), TimedOut)
    assert time.monotonic() - begun < LONG_SECONDS / 2


def test_after_a_hang_the_late_answer_is_dropped_and_the_next_one_is_fresh(
    child: SensorChild, clock: Clock, stub: NvmlStub
) -> None:
    let_library_hang(child, clock, stub)
    ask(child, clock, seconds=SHORT_SECONDS)
    stub.tick = 3
    stub.init_error = 0
    until(lambda: not child.stuck("nvml"))
    stub.tick = 4

    answer = ask(child, clock)

    assert not isinstance(answer, SourceError)
    assert answer["cards"][0]["values"]["core_temperature_celsius"] == 54
    assert child.restarts_total == 0


def test_a_child_stuck_for_a_minute_is_killed_and_followed_by_another(
    child: SensorChild, clock: Clock, stub: NvmlStub
) -> None:
    let_library_hang(child, clock, stub)
    ask(child, clock, seconds=SHORT_SECONDS)
    process = process_of(child)
    clock.ahead_seconds += sensors.STUCK_SECONDS_MAX + 1.0

    told = ask(child, clock, seconds=SHORT_SECONDS)
    assert "hung for 61 s" in str(told) or "SIGKILL" in str(told)
    until(lambda: process.poll() is not None)
    stub.init_error = 0
    ask(child, clock, seconds=SHORT_SECONDS)
    clock.ahead_seconds += 1.0

    assert is_answer(ask(child, clock), cards=2)
    assert child.restarts_total == 1


def test_no_second_child_is_started_while_a_killed_one_has_not_ended(
    child: SensorChild, clock: Clock, stub: NvmlStub
) -> None:
    let_library_hang(child, clock, stub)
    ask(child, clock, seconds=SHORT_SECONDS)
    process = process_of(child)
    real_kill, process.kill = process.kill, lambda: None  # type: ignore[method-assign]
    clock.ahead_seconds += sensors.STUCK_SECONDS_MAX + 1.0

    for _ in range(3):
        assert "has not ended yet" in str(ask(child, clock, seconds=SHORT_SECONDS))
        assert child.stuck("nvml")
        assert process_of(child) is process
        clock.ahead_seconds += sensors.LAST_RESTART_SECONDS
    real_kill()


def test_a_collector_that_hangs_holds_up_no_other(clock: Clock, stub: NvmlStub, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "sys")
    tree.plug()
    child = SensorChild(("nvml", "amdgpu"), sysfs=tree.root, monotonic=clock)
    let_library_hang(child, clock, stub)
    child.request(clock() + LONG_SECONDS)

    answers = child.collect(clock() + 1.0)
    child.close()

    assert isinstance(answers["nvml"], TimedOut)
    assert is_answer(answers["amdgpu"], cards=1)
