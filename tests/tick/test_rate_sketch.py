"""The usual hashrate: a median over seven days of mining, in little room."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.tick.rate_sketch import BINS, DAYS, HISTOGRAM_SECONDS, LEAST_SECONDS, RateSketch


def mined(sketch: RateSketch, rate: float, *, hours: float, step_seconds: float = 600.0) -> None:
    for _ in range(round(hours * 3600 / step_seconds)):
        sketch.add(rate, step_seconds)


def test_nothing_is_usual_before_it_was_seen_for_long_enough() -> None:
    sketch = RateSketch()
    mined(sketch, 60e6, hours=LEAST_SECONDS / 3600 - 0.5)
    assert sketch.hashes_per_second is None

    mined(sketch, 60e6, hours=1)
    assert sketch.hashes_per_second == pytest.approx(60e6, rel=0.006)


def test_what_happens_for_less_than_half_of_the_time_changes_nothing() -> None:
    sketch = RateSketch()
    for _ in range(2 * DAYS):
        mined(sketch, 60e6, hours=13)
        mined(sketch, 20e6, hours=11)

    assert sketch.hashes_per_second == pytest.approx(60e6, rel=0.006)


def test_a_new_setting_is_usual_after_half_a_week_and_the_old_one_forgotten_after_a_whole() -> None:
    sketch = RateSketch()
    mined(sketch, 60e6, hours=24 * 30)
    mined(sketch, 48e6, hours=24 * 3)
    assert sketch.hashes_per_second == pytest.approx(60e6, rel=0.006)
    mined(sketch, 48e6, hours=24 * 1)
    assert sketch.hashes_per_second == pytest.approx(48e6, rel=0.006)
    mined(sketch, 48e6, hours=24 * 3)
    assert sketch.seconds <= DAYS * HISTOGRAM_SECONDS


@given(st.lists(st.floats(1e-6, 1e25), min_size=1, max_size=300))
def test_however_a_rate_varies_it_takes_little_room_and_comes_back_from_disk(rates: list[float]) -> None:
    sketch = RateSketch()
    for rate in rates:
        sketch.add(rate, HISTOGRAM_SECONDS / 30)
    again = RateSketch.read(sketch.written())

    assert len(sketch.written()) < 2500
    assert again.written() == sketch.written()
    assert sketch.hashes_per_second is None or 0.98e-6 <= sketch.hashes_per_second <= 1.02e25


def test_noise_of_some_percent_moves_it_by_a_percent_at_most() -> None:
    rng, sketch = random.Random(1), RateSketch()
    for _ in range(1008):
        sketch.add(rng.gauss(100.0, 3.0), 600.0)

    assert sketch.hashes_per_second == pytest.approx(100.0, rel=0.01)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_rate_is_not_taken_in(bad: float) -> None:
    sketch = RateSketch()

    assert not sketch.add(bad, 600.0)
    assert not sketch.add(1.0, bad)
    assert sketch.seconds == 0


@pytest.mark.parametrize(
    "fact",
    [
        "",
        "[]",
        "{",
        "7",
        '{"days": 1}',
        '{"days": [], "today": []}',
        '{"days": [[1]], "today": {}}',
        '{"days": [["a", 1]], "today": {}}',
        '{"days": [[1e31, 5]], "today": {}}',
        '{"days": [[1, 1e9]], "today": {}}',
        '{"days": [[NaN, 5]], "today": {}}',
        '{"days": [], "today": {"1": -5}}',
        '{"days": [], "today": {"99999999": 5}}',
        '{"days": [], "today": {"x": 5}}',
        "[" * 100_000,
    ],
    ids=lambda fact: fact[:40],
)
def test_what_is_not_one_of_ours_is_nothing(fact: str) -> None:
    assert RateSketch.read(fact).seconds == 0


def test_of_a_fact_that_is_too_long_no_more_is_taken_than_has_room() -> None:
    days = [[1.0, 86_400.0]] * 1000
    today = {str(step): 1.0 for step in range(1000)}
    sketch = RateSketch.read(str({"days": days, "today": today}).replace("'", '"'))

    assert sketch.seconds == (DAYS - 1) * 86_400 + BINS
