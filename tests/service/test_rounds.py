"""When rigs are asked: each at its own moment, dead ones ever less often, and a round ends before the next begins."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.service import rounds

NAMES = [f"rig-{number}" for number in range(1000)]
names = st.text(min_size=1, max_size=64)
intervals = st.floats(1, 3600)


def due(name: str, asked: float, *, failures: int = 0, interval: float = 30.0) -> float:
    return rounds.due_seconds(name, asked_seconds=asked, failures=failures, interval_seconds=interval)


def course(name: str, failures: range, *, interval: float = 30.0) -> list[float]:
    """When a rig is asked that fails from its first answer on."""
    moments = [0.0]
    for count in failures:
        moments.append(due(name, moments[-1], failures=count, interval=interval))
    return moments


def test_a_rig_has_the_same_moment_in_every_round_and_after_every_restart() -> None:
    assert rounds.phase("left-rack") == pytest.approx(0.557486, abs=1e-6)
    moments = course("left-rack", range(1))
    for _ in range(20):
        moments.append(due("left-rack", moments[-1]))

    assert moments[1] >= 30
    assert {after - before for before, after in pairwise(moments[1:])} == {30.0}


def test_rigs_are_spread_evenly_over_a_round() -> None:
    together = Counter(due(name, 0.0) for name in NAMES)

    assert len(together) == 55  # half seconds between 30 and 57.5
    assert max(together.values()) < 4 * len(NAMES) / len(together)


@given(names, st.floats(0, 1e6), intervals)
def test_a_rig_that_answers_is_asked_once_a_round(name: str, asked: float, interval: float) -> None:
    after = due(name, asked, interval=interval)

    assert after >= interval * (1 - 1e-9)
    assert after - asked >= interval / 2 * (1 - 1e-6)
    assert after - max(asked, interval / 2) <= 1.5 * interval * (1 + 1e-6)


@given(names, st.floats(0, 1e6), intervals)
def test_the_last_rig_has_answered_when_the_next_round_begins(name: str, asked: float, interval: float) -> None:
    moment = due(name, asked, interval=interval) % interval
    into_the_round = 0.0 if interval - moment < 1e-6 * interval else moment

    latest = into_the_round + rounds.begin_over_seconds(interval)
    assert latest + rounds.deadline_seconds(interval) <= interval * (1 + 1e-6)


def test_one_failure_changes_nothing() -> None:
    assert due("left-rack", 100.0, failures=1) == due("left-rack", 100.0)


def test_the_pause_doubles_up_to_five_minutes_and_is_shortened_by_chance() -> None:
    pauses = [rounds.pause_seconds("left-rack", failures, 30.0) for failures in range(2, 9)]
    whole = [60.0, 120.0, 240.0, 300.0, 300.0, 300.0, 300.0]

    assert all(0.75 * most < pause <= most for pause, most in zip(pauses, whole, strict=True))
    assert len(set(pauses)) == len(pauses)


def test_rigs_that_died_together_are_not_asked_together() -> None:
    moments = Counter(due(name, 1000.0, failures=6) for name in NAMES)

    assert max(moments.values()) < len(NAMES) / 20


@given(names, st.floats(0, 1e6), st.integers(2, 10**6), intervals)
def test_a_rig_that_comes_back_is_seen_within_the_longest_pause(
    name: str, asked: float, failures: int, interval: float
) -> None:
    wait = due(name, asked, failures=failures, interval=interval) - asked
    longest = max(rounds.LONGEST_PAUSE_SECONDS, 2 * interval)

    assert interval / 2 * (1 - 1e-6) <= wait <= longest * (1 + 1e-6)


def test_a_dead_rig_is_asked_ever_less_often() -> None:
    waits = [after - before for before, after in pairwise(course("left-rack", range(1, 12)))]

    assert waits[2] < waits[3] < waits[4]
    assert max(waits) <= rounds.LONGEST_PAUSE_SECONDS


@given(names, intervals)
def test_a_page_holds_until_its_rig_had_time_to_be_read_again(name: str, interval: float) -> None:
    asked = due(name, 1e4, interval=interval)
    again = due(name, asked, interval=interval)

    assert rounds.fresh_until_seconds(again, interval) > again + rounds.deadline_seconds(interval)
