"""The sensor child and its parent: a real process, the real pynvml, a stand-in for NVIDIA's library."""

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.collectors.child import sensors
from miner_agent.collectors.child.sensors import CHILD_MODULE, Seat, SensorChild
from miner_agent.errors import BadPayload, SourceError, TimedOut
from tests import nvml_stub
from tests.collectors.amdgpu_tree import Tree
from tests.nvml_stub import HANGS, NvmlStub
from tests.waiting import let_pass, until

LONG_SECONDS, SHORT_SECONDS = 15.0, 0.3
RSS_KIBIBYTES_MAX = 18 * 1024


@pytest.fixture
def stub(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NvmlStub]:
    with NvmlStub(library, tmp_path / "control", cards=2) as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


class Clock:
    """A monotonic clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def child(stub: NvmlStub, clock: Clock) -> Iterator[SensorChild]:
    made = SensorChild(("nvml",), monotonic=clock)
    yield made
    made.close()


def ask(child: SensorChild, clock: Clock, *, seconds: float = LONG_SECONDS) -> sensors.Answer:
    deadline = clock() + seconds
    child.request(deadline)
    return child.collect(deadline)["nvml"]


def process_of(child: SensorChild) -> "subprocess.Popen[bytes]":
    assert child._child is not None
    return child._child.process


def let_library_hang(child: SensorChild, clock: Clock, stub: NvmlStub) -> None:
    """From the next request on: the driver is loaded anew, and does not come to its end."""
    ask(child, clock)
    stub.init_error = HANGS
    stub.reload_driver()
    ask(child, clock)  # the cards say so, and the library is started anew at the next request


def is_answer(answer: sensors.Answer, *, cards: int) -> bool:
    return not isinstance(answer, SourceError) and len(answer["cards"]) == cards


def test_what_is_asked_is_answered(child: SensorChild, clock: Clock) -> None:
    assert is_answer(ask(child, clock), cards=2)
    assert is_answer(ask(child, clock), cards=2)
    assert (child.restarts_total, child.stuck("nvml")) == (0, False)


def test_its_process_can_be_started_before_it_is_asked(child: SensorChild, clock: Clock) -> None:
    child.start()
    started = process_of(child)
    child.start()

    assert is_answer(ask(child, clock), cards=2)
    assert process_of(child) is started
    assert child.restarts_total == 0


def test_the_parent_never_loads_the_drivers_library(child: SensorChild, clock: Clock) -> None:
    script = (
        "import sys; import miner_agent.collectors.child.sensors, miner_agent.collectors.nvml.nvml_cards;"
        "sys.exit('pynvml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


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
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


def test_closing_from_another_thread_ends_the_wait_and_nothing_is_started_after_it(
    child: SensorChild, clock: Clock, stub: NvmlStub
) -> None:
    let_library_hang(child, clock, stub)
    asked = stub.init_calls
    child.request(clock() + LONG_SECONDS)
    until(lambda: stub.init_calls > asked)
    process = process_of(child)
    process.terminate = process.kill = lambda: None  # type: ignore[method-assign]  # one that sleeps in a driver
    answers: list[sensors.Answer] = []
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
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


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
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


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


@pytest.mark.parametrize("line", [b"no JSON\n", b"[1]\n", b'{"id": 1}\n', b"[" * 100_000 + b"\n", b"\xff\n"])
def test_a_garbage_line_is_a_bad_payload(line: bytes) -> None:
    request_id, answer = sensors._parsed(line)

    assert request_id is None
    assert isinstance(answer, BadPayload)


def test_garbage_from_the_child_is_told_and_the_next_round_is_whole(
    child: SensorChild, clock: Clock, stub: NvmlStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "LINE_BYTES_MAX", 500)  # every line is cut into pieces that are none

    assert isinstance(ask(child, clock), BadPayload)
    until(lambda: child._child is not None)
    monkeypatch.setattr(sensors, "LINE_BYTES_MAX", 1 << 20)
    until(lambda: is_answer(ask(child, clock), cards=2))


def test_an_exception_in_a_collector_is_an_error_and_not_the_end() -> None:
    request_id, answer = sensors._parsed(b'{"id": 7, "collector": "nvml", "error": "OSError: broken"}\n')

    assert request_id == 7
    assert isinstance(answer, SourceError)
    assert "OSError: broken" in str(answer)


def test_a_program_that_cannot_be_started_is_an_error(
    child: SensorChild, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    child._arguments = ("/nonexistent/python",)

    assert "cannot be started" in str(ask(child, clock))


def started(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", CHILD_MODULE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_the_child_ends_with_its_standard_input_even_while_a_call_hangs(stub: NvmlStub) -> None:
    stub.set_fault(0, hanging=True)
    with started("nvml") as process:
        assert process.stdin is not None
        process.stdin.write(b'{"id": 1, "collector": "nvml", "within_seconds": 5}\n')
        process.stdin.flush()
        until(lambda: stub.calls(0)["handle"] + stub.calls(0)["temperature"] > 0)
        process.stdin.close()

        assert process.wait(LONG_SECONDS) == 0


def test_the_child_leaves_an_interrupt_to_its_parent(child: SensorChild, clock: Clock) -> None:
    ask(child, clock)
    process_of(child).send_signal(signal.SIGINT)

    assert is_answer(ask(child, clock), cards=2)


def test_a_collector_that_does_not_exist_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with started("nvlm") as process:
        assert process.wait(LONG_SECONDS) == 2
    assert "nvlm is no collector" in capfd.readouterr().err


def test_the_child_with_twelve_cards_of_each_maker_stays_within_its_memory(
    clock: Clock, stub: NvmlStub, tmp_path: Path
) -> None:
    stub.cards = range(12)
    tree = Tree(tmp_path / "sys")
    for number in range(12):
        tree.plug(f"0000:{number + 1:02x}:00.0", number=number, hwmon=number)
    child = SensorChild(("nvml", "amdgpu"), sysfs=tree.root, monotonic=clock)
    for _ in range(5):
        child.request(clock() + LONG_SECONDS)
        answers = child.collect(clock() + LONG_SECONDS)
        assert all(is_answer(answers[name], cards=12) for name in ("nvml", "amdgpu"))

    status = Path(f"/proc/{process_of(child).pid}/status").read_text()
    resident_kibibytes = int(status.split("VmRSS:")[1].split()[0])
    child.close()
    assert resident_kibibytes <= RSS_KIBIBYTES_MAX


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


def test_nothing_of_the_child_is_left_open(child: SensorChild, clock: Clock) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_files()
    ask(child, clock)
    child.close()

    assert open_files() <= before


@pytest.mark.parametrize("replaced", [True, False])
def test_a_driver_installed_under_the_child_is_loaded_by_a_new_one(
    child: SensorChild, clock: Clock, stub: NvmlStub, library: Path, tmp_path: Path, *, replaced: bool
) -> None:
    installed = tmp_path / nvml_stub.SONAME
    shutil.copy(library / nvml_stub.SONAME, installed)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LD_LIBRARY_PATH", str(tmp_path))
        ask(child, clock)
        process = process_of(child)
        if replaced:
            installed.unlink()
            shutil.copy(library / nvml_stub.SONAME, installed)
        stub.reload_driver()
        stub.init_error = 18
        ask(child, clock)
        mismatch = ask(child, clock)
        assert not isinstance(mismatch, SourceError)
        assert mismatch["init_error"] == 18
        stub.init_error = 0
        if replaced:
            process.wait(LONG_SECONDS)
            assert "exit code 3" in str(ask(child, clock))
            clock.ahead_seconds += 1.0
            assert is_answer(ask(child, clock), cards=2)
        assert child.restarts_total == int(replaced)
