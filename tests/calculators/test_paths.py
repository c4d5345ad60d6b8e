"""Joint paths of prices, difficulties and tariffs: what is drawn together, and by which model."""

import math
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from calculators.horizon.history import History, MarketDay
from calculators.horizon.paths import BootstrapPaths, ParametricPaths, Paths
from calculators.horizon.volatility import Volatility
from tests.calculators.drawn_paths import COUNT, START, a_history, drawn, models, walk
from tests.quotes import usd


def test_price_and_difficulty_of_a_day_stay_together() -> None:
    together = walk(5, 200)
    history = a_history({"ETC": (together, together)})
    paths = BootstrapPaths(history=history, coins=["ETC"], days=30, count=COUNT, drift="history")

    # A hash earns price by difficulty: where both move alike it earns the same for ever.
    for ratios in paths.revenue_ratios("ETC"):
        assert ratios == pytest.approx(np.ones(COUNT), rel=1e-9)


def test_every_coin_and_the_tariff_have_the_same_day_drawn() -> None:
    prices = walk(6, 200)
    moves = [math.log(after / before) for before, after in pairwise(prices)]
    flat = [1.0] * 200
    history = a_history({"ETC": (prices, flat), "RVN": (flat, prices)}, tariffs=[0.0, *moves])
    paths = BootstrapPaths(history=history, coins=["ETC", "RVN"], days=5, count=COUNT, drift="history")

    etc, rvn, dearer = (
        np.array(list(each))
        for each in (paths.revenue_ratios("ETC"), paths.revenue_ratios("RVN"), paths.energy_price_changes())
    )
    assert etc * rvn == pytest.approx(np.ones((5, COUNT)), rel=1e-9)
    # The tariff of the history is the price's own move of the day, less the mean.
    moved = np.diff(np.log(np.vstack([np.ones(COUNT), etc])), axis=0)
    for day in range(5):
        assert moved[day] - moved[day].mean() == pytest.approx(dearer[day], abs=1e-9)


def test_days_of_a_block_follow_on_each_other() -> None:
    cycle = [2.0 ** (number % 7) for number in range(141)]
    history = a_history({"ETC": (cycle, [1.0] * 141)})
    paths = BootstrapPaths(history=history, coins=["ETC"], days=14, count=COUNT, block_days=14, drift="history")

    after_two_weeks = list(paths.revenue_ratios("ETC"))[-1]
    assert after_two_weeks == pytest.approx(np.ones(COUNT))


def test_moves_over_a_gap_are_left_out() -> None:
    prices = [1.0] * 100 + [500.0] * 100
    history = a_history({"ETC": (prices, [1.0] * 200)}, skipped=(99, 100))
    paths = BootstrapPaths(history=history, coins=["ETC"], days=10, count=COUNT, drift="history")

    assert set(np.concatenate(list(paths.revenue_ratios("ETC"))).tolist()) == {1.0}


def test_days_without_a_tariff_are_left_out_where_others_have_one() -> None:
    rows = [
        MarketDay(
            day=START + timedelta(days=number),
            coin="ETC",
            price=usd(Decimal(8 if number < 100 else 8 * 2 ** (number - 100))),
            difficulty=1,
            price_per_kilowatt_hour=usd("0.2") if number < 100 else None,
        )
        for number in range(110)
    ]
    paths = BootstrapPaths(history=History(rows, currency="USD"), coins=["ETC"], days=5, count=COUNT, drift="history")

    assert set(np.concatenate(list(paths.revenue_ratios("ETC"))).tolist()) == {1.0}


@pytest.mark.parametrize("make", [drawn, lambda **more: ParametricPaths(days=10, count=COUNT, **more)])
def test_the_same_seed_gives_the_same_paths_and_another_gives_others(make: Any) -> None:
    first, again, other = (list(make(seed=seed).revenue_ratios("ETC"))[-1] for seed in (7, 7, 8))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_coin_has_the_same_paths_whoever_else_is_asked_for() -> None:
    paths = ParametricPaths(days=10, count=COUNT)
    list(paths.revenue_ratios("RVN"))
    alone = ParametricPaths(days=10, count=COUNT)

    assert np.array_equal(list(paths.revenue_ratios("ETC"))[-1], list(alone.revenue_ratios("ETC"))[-1])


@pytest.mark.parametrize("paths", models())
def test_without_drift_the_mean_of_each_day_is_today(paths: Paths) -> None:
    for ratios, changes in zip(paths.revenue_ratios("ETC"), paths.energy_price_changes(), strict=True):
        assert ratios.mean() == pytest.approx(1, rel=1e-12)
        assert changes.mean() == pytest.approx(0, abs=1e-12)


def test_with_the_drift_of_the_history_its_trend_goes_on() -> None:
    history = a_history({"ETC": (walk(9, 400, 0.001, 0.01), [1.0] * 400)})
    paths = BootstrapPaths(history=history, coins=["ETC"], days=30, count=COUNT, drift="history")

    assert list(paths.revenue_ratios("ETC"))[-1].mean() == pytest.approx(math.exp(0.3), rel=0.02)


def test_the_model_moves_as_it_says() -> None:
    volatility = Volatility(price_deviation_per_day=0.05, difficulty_deviation_per_day=0.03, correlation=0.5)
    paths = ParametricPaths(
        days=1, count=50_000, volatility={"ETC": volatility, "RVN": volatility}, market_correlation=0.6
    )
    etc, rvn = (np.log(next(paths.revenue_ratios(coin))) for coin in ("ETC", "RVN"))

    # var(p - d), and of two coins what their prices share and of a difficulty what follows the price
    spread = 0.05**2 + 0.03**2 - 2 * 0.5 * 0.05 * 0.03
    assert etc.std() == pytest.approx(spread**0.5, rel=0.02)
    assert np.corrcoef(etc, rvn)[0, 1] == pytest.approx(0.6 * (0.05 - 0.03 * 0.5) ** 2 / spread, abs=0.02)


def test_the_default_model_loses_in_bad_months_what_coins_have_lost() -> None:
    paths = ParametricPaths(days=90, count=10_000)
    after = list(paths.revenue_ratios("ETC"))

    # Published histories: the worst twentieth of months is -33 to -63 % by coin, of quarters -48 to -81 %.
    assert -0.63 < np.quantile(after[29], 0.05) - 1 < -0.33
    assert -0.81 < np.quantile(after[89], 0.05) - 1 < -0.48


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"days": 0}, "days is 0; expected one or more"),
        ({"count": 99}, "count is 99; expected 100 to 50000 paths, a twentieth of them the tail"),
        ({"count": 50_001}, "count is 50001; expected 100 to 50000 paths"),
        (
            {"days": 100, "count": 50_000},
            "50000 paths of 100 days are more than 4,000,000 days; give fewer of either",
        ),
        ({"block_days": 0}, "block_days is 0; expected one day or more"),
        (
            {"days": 200},
            r"the history has 199 moves .* all coins asked for have \(of ETC 200 days\); 200 days ahead need 200",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence):
        drawn(**arguments)


def test_a_history_too_short_to_draw_from_is_refused() -> None:
    history = a_history({"ETC": (walk(1, 60), walk(2, 60))})

    with pytest.raises(ValueError, match=r"has 59 moves .* 5 days ahead need 60"):
        BootstrapPaths(history=history, coins=["ETC"], days=5)


def test_a_change_of_unit_is_not_taken_for_a_move() -> None:
    history = a_history({"ETC": ([1.0] * 200, [1e15] * 100 + [1e3] * 100)})

    with pytest.raises(ValueError, match="ETC: its difficulty moved 1000-fold on 2025-04-11; did"):
        BootstrapPaths(history=history, coins=["ETC"], days=5)


def test_wild_moves_never_leave_what_a_number_holds() -> None:
    wild = [10.0 ** (2 * (number % 2)) for number in range(101)]
    paths = BootstrapPaths(
        history=a_history({"ETC": (wild, [1.0] * 101)}), coins=["ETC"], days=90, count=COUNT, block_days=1
    )

    assert all(np.isfinite(ratios).all() for ratios in paths.revenue_ratios("ETC"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_deviation_per_day": -0.1},
        {"price_deviation_per_day": 2},
        {"difficulty_deviation_per_day": math.nan},
        {"correlation": 1.5},
    ],
)
def test_a_volatility_that_no_coin_has_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"expected|no volatility"):
        Volatility(**wrong)
