"""What a child says, and who waits for it: a program of a few lines stands in for the sensor child."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from miner_agent.collectors.child import child_process
from miner_agent.collectors.child.child_process import Answer, ChildProcess, KeptParts
from miner_agent.collectors.child.sensors import SensorChild
from miner_agent.errors import BadPayload, SourceError
from tests.collectors.asked_child import LONG_SECONDS, SHORT_SECONDS, Clock, ask, is_answer
from tests.waiting import until

_SAYS = "import sys; sys.stdout.write({said}); sys.stdout.flush(); open({mark!r}, 'w').close(); sys.stdin.read()"


@contextmanager
def that_says(expression: str, mark: Path) -> Iterator[ChildProcess]:
    """A child that says this, and then leaves that mark."""
    child = ChildProcess((sys.executable, "-c", _SAYS.format(said=expression, mark=str(mark))), started_at=0.0)
    try:
        yield child
    finally:
        child.kill()
        assert child.ends_within(LONG_SECONDS)
        child.release()


def test_no_thread_stands_by_to_hear_it(child: SensorChild, clock: Clock) -> None:
    before = threading.active_count()

    assert is_answer(ask(child, clock), cards=2)
    assert threading.active_count() == before


def test_a_long_answer_that_nobody_hears_keeps_the_child_from_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "said"
    with that_says("""'{"id": 1, "raw": {"a": "' + 300_000 * "a" + '"}}\\n{"ready": true}\\n'""", mark) as child:
        until(mark.exists)

        answers, garbage, ended = child.take()

        assert answers == {1: {"a": 300_000 * "a"}}
        assert (garbage, ended, child.is_ready) == (None, False, True)


def test_what_is_told_once_stands_beside_later_answers_as_it_was_when_they_came() -> None:
    kept = KeptParts()
    first, second, third = (kept.beside(raw) for raw in ({"kept": {"a": 1, "b": 1}}, {"x": 7}, {"kept": {"b": 2}}))

    assert first == {"kept": {"a": 1, "b": 1}}
    assert second == {"x": 7, "kept": {"a": 1, "b": 1}}
    assert third == {"kept": {"a": 1, "b": 2}}


@pytest.mark.parametrize("told", [7, [], {str(part): 1 for part in range(1000)}])
def test_more_than_may_be_told_once_is_refused(told: object) -> None:
    kept = KeptParts()
    kept.beside({"kept": {"a": 1}})

    assert isinstance(kept.beside({"kept": told}), BadPayload)
    assert kept.beside({}) == {"kept": {"a": 1}}


def test_a_line_without_an_end_is_no_answer_and_is_not_kept(tmp_path: Path) -> None:
    mark, most = tmp_path / "said", child_process.LINE_BYTES_MAX
    with that_says(f"""{most + 2} * "a" + '\\n{{"id": 1, "raw": {{}}}}\\n'""", mark) as child:
        heard: dict[int, Answer] = {}
        bad: list[BadPayload | None] = []

        def is_through() -> bool:
            answers, garbage, _ = child.take()
            heard.update(answers)
            bad.append(garbage)
            return 1 in heard

        until(is_through)
        assert any(bad)
        assert len(child._begun) <= most


def test_the_last_words_of_one_that_died_are_heard_and_are_no_answer(tmp_path: Path) -> None:
    said = """'{"id": 1, "raw": {}}\\n{"id": 2, "raw"'); sys.exit("""
    with that_says(said, tmp_path / "said") as child:
        child.wait_for([2], timeout_seconds=LONG_SECONDS)
        answers, garbage, _ = child.take()

        assert answers == {1: {}}
        assert isinstance(garbage, BadPayload)
        child.wait_for([2], timeout_seconds=LONG_SECONDS)
        assert child.take() == ({}, None, True)


@pytest.mark.thorough
@pytest.mark.parametrize("line", ["no answer", '{"ready":true}'])
def test_one_that_says_more_and_more_is_not_heard_to_its_end(tmp_path: Path, line: str) -> None:
    endless = f"sys.stdout.writelines(iter(lambda: 5000 * ({line!r} + chr(10)), None))"
    with that_says(endless, tmp_path / "said") as child:
        child.wait_for([1], timeout_seconds=SHORT_SECONDS)

        until(lambda: child.take()[2])


def test_one_that_takes_no_questions_holds_nobody_who_asks(tmp_path: Path) -> None:
    mark = tmp_path / "said"
    with that_says(f"""''); open({str(mark)!r}, 'w').close(); __import__('signal').pause(); (''""", mark) as child:
        until(mark.exists)
        for number in range(2000):
            child.ask(number, "nvml", within_seconds=1.0)

        child.wait_for([0], timeout_seconds=0.0)
        assert child.take() == ({}, None, False)


_ANSWERS_LATE = """
import json, pathlib, sys, time
here = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    number = json.loads(line)["id"]
    while number <= 2 and not (here / f"may_answer_{number}").exists():
        time.sleep(0.002)
    print(json.dumps({"id": number, "raw": {"of": number}}), flush=True)
    (here / f"answered_{number}").touch()
"""


def test_each_of_two_that_were_late_is_asked_again_though_one_was_heard_before(tmp_path: Path) -> None:
    child = SensorChild(("nvml", "amdgpu"))
    child._arguments = (sys.executable, "-c", _ANSWERS_LATE, str(tmp_path))
    try:
        deadline = time.monotonic() + SHORT_SECONDS
        child.request(deadline)
        assert all(isinstance(answer, SourceError) for answer in child.collect(deadline).values())
        (tmp_path / "may_answer_1").touch()
        until(lambda: child._child is not None and child._child.has_answered(1))
        (tmp_path / "may_answer_2").touch()
        until((tmp_path / "answered_2").exists)

        deadline = time.monotonic() + LONG_SECONDS
        child.request(deadline)
        assert child.collect(deadline) == {"nvml": {"of": 3}, "amdgpu": {"of": 4}}
    finally:
        child.close()
