"""What to expect of a miner that does not say how much work a share is: what it has found by itself."""

import random

import pytest

from miner_agent.tick.own_pace import HOURS, LEAST_SHARES, LONGEST_INTERVALS, SLICE_SECONDS, OwnPace


def mined(pace: OwnPace, *, hours: float, seconds_a_share: float) -> None:
    for _ in range(round(hours * SLICE_SECONDS / seconds_a_share)):
        pace.add(1, seconds_a_share)


def test_it_is_not_known_before_enough_were_found() -> None:
    pace = OwnPace()
    for _ in range(LEAST_SHARES - 1):
        pace.add(1, 300.0)
    assert pace.interval_seconds is None

    pace.add(1, 300.0)
    assert pace.interval_seconds == 300


def test_the_slowest_hour_counts_where_there_were_enough() -> None:
    pace = OwnPace()
    for seconds_a_share in (20.0, 40.0, 10.0):
        mined(pace, hours=1, seconds_a_share=seconds_a_share)

    assert pace.interval_seconds == 40


def test_the_last_day_of_mining_counts() -> None:
    pace = OwnPace()
    mined(pace, hours=1, seconds_a_share=60.0)
    mined(pace, hours=HOURS, seconds_a_share=20.0)

    assert pace.interval_seconds == 20


def test_while_none_comes_it_stays_and_a_stop_is_no_pace() -> None:
    pace = OwnPace()
    mined(pace, hours=1, seconds_a_share=30.0)
    for _ in range(10_000):
        pace.add(0, 10.0)
    assert pace.interval_seconds == 30

    pace.add(1, 10.0)
    mined(pace, hours=1, seconds_a_share=30.0)
    assert pace.interval_seconds == pytest.approx(3600 / (1 + (3600 - LONGEST_INTERVALS * 30) / 30))


def test_an_hour_is_told_when_it_has_ended() -> None:
    pace = OwnPace()
    ends = [number for number in range(1, 400) if pace.add(1, 30.0)]

    assert ends == [120, 240, 360]


def test_luck_makes_nobody_expect_more_than_comes() -> None:
    rng, pace = random.Random(4), OwnPace()
    for _ in range(HOURS * 120):
        pace.add(1, rng.expovariate(1 / 30))

    assert pace.interval_seconds is not None
    assert 30 <= pace.interval_seconds < 45


def test_the_next_run_goes_on_with_it() -> None:
    pace = OwnPace()
    mined(pace, hours=3, seconds_a_share=20.0)

    assert OwnPace.read(pace.written()).interval_seconds == pytest.approx(20)


@pytest.mark.parametrize(
    "fact", ["", "[", "7", "[7]", "[[1]]", "[[1, 2, 3]]", '[["a", "b"]]', "[[0, 1]]", "[[1, -1]]", "[[1, 1e999]]", "{}"]
)
def test_what_is_not_one_of_ours_is_nothing(fact: str) -> None:
    assert OwnPace.read(fact).interval_seconds is None


def test_of_a_long_fact_the_last_day_counts() -> None:
    assert len(OwnPace.read(OwnPace.read(str([[60, 3600.0]] * 10_000)).written())._hours) == HOURS
