"""The sensor child and its parent: a real process, the real pynvml, a stand-in for NVIDIA's library."""

import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miner_agent.collectors.child import child_process
from miner_agent.collectors.child.sensors import SensorChild
from miner_agent.collectors.nvml.nvml_cards import NvmlTracker
from miner_agent.errors import BadPayload, SourceError
from tests import nvml_stub
from tests.collectors.amdgpu_tree import Tree
from tests.collectors.asked_child import (
    LONG_SECONDS,
    Clock,
    ask,
    is_answer,
    process_of,
    started,
)
from tests.nvml_stub import NvmlStub
from tests.waiting import until

RSS_KIBIBYTES_MAX = 18 * 1024


@pytest.mark.thorough
def test_what_is_asked_is_answered(child: SensorChild, clock: Clock) -> None:
    assert is_answer(ask(child, clock), cards=2)
    assert is_answer(ask(child, clock), cards=2)
    assert (child.restarts_total, child.stuck("nvml")) == (0, False)


def test_of_a_calm_card_only_numbers_come_and_each_is_of_its_tick_also_after_a_new_start(
    child: SensorChild, clock: Clock, stub: NvmlStub
) -> None:
    for _ in range(2):
        tracker = NvmlTracker()
        for stub.tick in range(1, 6):
            answer = ask(child, clock)
            assert not isinstance(answer, SourceError)
            found = [device.power_watts for device in tracker.follow(answer, datetime.now(UTC)).devices]
            assert found == [pytest.approx(120 + card + 0.1 * stub.tick) for card in (0, 1)]
            kinds = [type(card) for card in answer["cards"]]
        assert kinds == [list, list]
        process_of(child).kill()
        process_of(child).wait()
        clock.ahead_seconds += 100.0
        until(lambda: is_answer(ask(child, clock), cards=2))


@pytest.mark.thorough
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


@pytest.mark.parametrize("line", [b"no JSON\n", b"[1]\n", b'{"id": 1}\n', b"[" * 100_000 + b"\n", b"\xff\n"])
def test_a_garbage_line_is_a_bad_payload(line: bytes) -> None:
    request_id, answer = child_process.parsed(line)

    assert request_id is None
    assert isinstance(answer, BadPayload)


def test_garbage_from_the_child_is_told_and_the_next_round_is_whole(
    child: SensorChild, clock: Clock, stub: NvmlStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "LINE_BYTES_MAX", 500)  # every line is cut into pieces that are none

    assert isinstance(ask(child, clock), BadPayload)
    until(lambda: child._child is not None)
    monkeypatch.setattr(child_process, "LINE_BYTES_MAX", 1 << 20)
    until(lambda: is_answer(ask(child, clock), cards=2))


def test_an_exception_in_a_collector_is_an_error_and_not_the_end() -> None:
    request_id, answer = child_process.parsed(b'{"id": 7, "collector": "nvml", "error": "OSError: broken"}\n')

    assert request_id == 7
    assert isinstance(answer, SourceError)
    assert "OSError: broken" in str(answer)


def test_a_program_that_cannot_be_started_is_an_error(
    child: SensorChild, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    child._arguments = ("/nonexistent/python",)

    assert "cannot be started" in str(ask(child, clock))


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
