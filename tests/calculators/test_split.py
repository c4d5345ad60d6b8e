"""The split that strays least is found exactly, and brings what it has to."""

import random
from itertools import product
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.horizon.split import MOST_COINS, least_variance
from calculators.horizon.tail import tail_of
from calculators.horizon.tail_split import best_tail
from tests import examples

SCALES = st.sampled_from([1e-6, 1.0, 1e6])


def paths(seed: int, coins: int, count: int = 60, scale: float = 1.0) -> list[list[float]]:
    chance = random.Random(seed)
    market = [chance.gauss(0, 1) for _ in range(count)]
    return [
        [scale * (chance.random() + number + 0.7 * move + chance.gauss(0, 1 + number)) for move in market]
        for number in range(coins)
    ]


def mixed(profits: list[list[float]], shares: tuple[float, ...]) -> list[float]:
    return [sum(s * each[path] for s, each in zip(shares, profits, strict=True)) for path in range(len(profits[0]))]


@pytest.mark.thorough
@settings(max_examples=examples.times(0.4))
@given(seed=st.integers(0, 10_000), level=st.floats(0, 1), scale=SCALES)
def test_no_split_of_a_fine_grid_strays_less(seed: int, level: float, scale: float) -> None:
    profits = paths(seed, 3, scale=scale)
    means = [fmean(each) for each in profits]
    floor = min(means) + level * (max(means) - min(means))
    found = least_variance(profits, floor=floor)

    assert found is not None
    assert sum(found.shares) == pytest.approx(1)
    assert min(found.shares) >= 0
    assert found.expected >= floor - 1e-6 * abs(floor)
    assert found.deviation == pytest.approx(pstdev(mixed(profits, found.shares)))
    for first, second in product(range(21), repeat=2):
        if first + second <= 20:
            grid = (first / 20, second / 20, (20 - first - second) / 20)
            values = mixed(profits, grid)
            if fmean(values) >= floor:
                assert pstdev(values) >= found.deviation * (1 - 1e-6)


def test_a_floor_that_only_the_best_brings_leaves_it_alone() -> None:
    profits = [[1.0, 2.0, 3.0], [4.0, 9.0, 2.0]]
    found = least_variance(profits, floor=5.0)

    assert found is not None
    assert found.shares == pytest.approx((0, 1))
    assert least_variance(profits, floor=5.1) is None


def test_two_coins_are_split_by_the_formula_of_the_books() -> None:
    """Of independent coins the shares go by the inverse of the variance: 1 and 4 give 4/5 and 1/5."""
    profits = [[1.0, 1.0, -1.0, -1.0], [2.0, -2.0, 2.0, -2.0]]
    found = least_variance(profits, floor=-9)

    assert found is not None
    assert found.shares == pytest.approx((0.8, 0.2))


def test_coins_that_stray_alike_are_no_trouble() -> None:
    same = [1.0, 2.0, 3.0]
    found = least_variance([same, same, [2.0, 2.0, 2.0]], floor=0)

    assert found is not None
    assert found.shares == pytest.approx((0, 0, 1))
    assert least_variance([same, same], floor=0) is not None


@pytest.mark.parametrize("wrong", [[], [[1.0]], [[1.0, 2.0], [1.0]], [[1.0, 2.0]] * (MOST_COINS + 1)])
def test_what_cannot_be_split_is_refused(wrong: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"a split of|the same paths"):
        least_variance(wrong, floor=0)


def cvar(profits: list[float]) -> float:
    return tail_of(profits, profits).cvar_5


@settings(max_examples=examples.times(0.4))
@given(seed=st.integers(0, 10_000), level=st.floats(0, 1), scale=SCALES)
def test_no_split_of_a_fine_grid_has_a_better_tail(seed: int, level: float, scale: float) -> None:
    profits = paths(seed, 3, scale=scale)
    means = [fmean(each) for each in profits]
    floor = min(means) + level * (max(means) - min(means))
    found = best_tail(profits, floor=floor)

    assert found is not None
    assert sum(found.shares) == pytest.approx(1)
    assert min(found.shares) >= 0
    assert found.expected >= floor - 1e-6 * abs(floor)
    for one, other in product(range(21), repeat=2):
        if one + other <= 20:
            shares = (one / 20, other / 20, (20 - one - other) / 20)
            tried = mixed(profits, shares)
            if fmean(tried) >= floor:
                assert cvar(tried) <= cvar(list(found.profits)) + 1e-6 * scale


@settings(max_examples=examples.times(0.15))
@given(seed=st.integers(0, 10_000), coins=st.integers(1, MOST_COINS))
def test_the_best_tail_of_many_coins_is_no_worse_than_that_of_the_least_variance(seed: int, coins: int) -> None:
    profits = paths(seed, coins, count=400)
    floor = fmean(fmean(each) for each in profits)
    by_tail, by_variance = best_tail(profits, floor=floor), least_variance(profits, floor=floor)

    assert by_tail is not None
    assert by_variance is not None
    assert cvar(list(by_tail.profits)) >= cvar(list(by_variance.profits)) - 1e-6


def test_no_coin_brings_more_than_the_best() -> None:
    profits = paths(1, 3)

    assert best_tail(profits, floor=max(fmean(each) for each in profits) + 1) is None
