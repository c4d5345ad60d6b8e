"""Joint paths and what coins bring on them: properties that hold whatever is drawn, and how often quantiles hold."""

import math
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.chain.quote import Quote
from calculators.chain.schedule import KnownStep, RewardCourse
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.merged_mining import merged
from calculators.earnings.operation import Operation
from calculators.horizon.history import History, MarketDay
from calculators.horizon.outlook import Outlook
from calculators.horizon.paths import BootstrapPaths, ParametricPaths, Paths
from calculators.horizon.scenario import Machine, outlooks
from calculators.horizon.volatility import Volatility
from calculators.money import Money
from tests.quotes import NOON, usd

START = date(2025, 1, 1)
COUNT = 400

profits = st.floats(min_value=0.1, max_value=100)
watts = st.just(0.0) | st.floats(min_value=1, max_value=5000)


def earn(coin: str = "ETC", revenue: float = 10, power_watts: float = 1000, energy: str = "4.8") -> Estimate:
    """A coin that brings ``revenue`` a day."""
    quote = Quote(
        coin=coin,
        algorithm="any",
        source="file",
        taken_at=NOON,
        difficulty=86_400,
        hashes_per_difficulty=1,
        block_reward_coins=1,
        price=usd(Decimal(revenue)),
    )
    return estimate(
        quotes=[quote],
        operation=Operation(hashes_per_second=1, power_watts=power_watts),
        energy_cost_per_day=usd(energy),
        now=NOON,
    )


def a_history(
    coins: dict[str, tuple[list[float], list[float]]], tariffs: list[float] | None = None, skipped: tuple[int, ...] = ()
) -> History:
    """Of prices and difficulties by coin."""
    rows = [
        MarketDay(
            day=START + timedelta(days=number),
            coin=coin,
            price=Money(Decimal(price), "USD"),
            difficulty=work,
            price_per_kilowatt_hour=None if tariffs is None else Money(Decimal(tariffs[number]), "USD"),
        )
        for coin, (prices, works) in coins.items()
        for number, (price, work) in enumerate(zip(prices, works, strict=True))
        if number not in skipped
    ]
    return History(rows, currency="USD")


def walk(seed: int, days: int, volatility: float = 0.05, drift: float = 0.0) -> list[float]:
    chance = random.Random(seed)
    values = [100.0]
    for _ in range(days - 1):
        values.append(values[-1] * math.exp(chance.gauss(drift, volatility)))
    return values


HISTORY = a_history(
    {"ETC": (walk(1, 200), walk(2, 200, 0.02)), "RVN": (walk(3, 200), walk(4, 200, 0.02))},
    tariffs=[0.2 + 0.1 * math.sin(number) for number in range(200)],
)


def drawn(days: int = 10, count: int = COUNT, seed: int = 1, **more: Any) -> BootstrapPaths:
    return BootstrapPaths(history=HISTORY, coins=["ETC", "RVN"], days=days, count=count, seed=seed, **more)


def one(paths: Paths, *estimates: Estimate, **more: Any) -> dict[str, Outlook]:
    machine = Machine(name="rig", estimates=estimates or (earn(),), **more)
    return {found.coin: found for found in outlooks(machines=[machine], paths=paths)}


def models(days: int = 10, count: int = COUNT) -> list[Paths]:
    return [drawn(days, count), ParametricPaths(days=days, count=count)]


# Paths


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


# What coins bring


@settings(max_examples=25)
@given(
    revenue=profits, power=watts, energy=st.decimals(min_value=-10, max_value=100, places=2), days=st.integers(1, 12)
)
def test_quantiles_are_in_order_and_the_tail_is_below_them(
    revenue: float, power: float, energy: Decimal, days: int
) -> None:
    for paths in models(days, 100):
        for idle in (None, usd("0.1")):
            found = one(paths, earn("ETC", revenue, power, str(energy)), idle_cost_per_day=idle)["ETC"]

            assert found.cvar_5 <= found.p5 <= found.p50 <= found.p95
            assert 0 <= found.probability_of_loss <= 1


def test_figures_are_those_of_the_sorted_paths() -> None:
    paths = drawn(days=3, count=200)
    daily = np.array(list(paths.revenue_ratios("ETC"))) * 10
    cost = 4.8 + 24 * np.array(list(paths.energy_price_changes()))
    profit = np.sort((daily - cost).sum(axis=0))

    found = one(paths)["ETC"]

    assert [float(each) for each in (found.p5, found.p50, found.p95)] == pytest.approx(profit[[9, 99, 189]].tolist())
    assert float(found.cvar_5) == pytest.approx(profit[:10].mean())
    assert float(found.expected) == pytest.approx(profit.mean())
    assert found.probability_of_loss == pytest.approx((profit < 0).mean())
    assert float(found.expected_revenue) == pytest.approx(30)


@pytest.mark.parametrize("paths", [1, 2])
def test_twice_the_horizon_brings_twice_as_much_without_drift(paths: int) -> None:
    short, long = (one(models(days)[paths - 1])["ETC"] for days in (15, 30))

    assert float(long.expected) == pytest.approx(2 * float(short.expected), rel=1e-9)
    assert float(long.expected) == pytest.approx(30 * (10 - 4.8), rel=1e-9)


@pytest.mark.parametrize("idle", [None, "0.3"])
@pytest.mark.parametrize("paths", models())
def test_two_rigs_earn_what_each_earns(paths: Paths, idle: str | None) -> None:
    single = one(paths, earn("ETC"), idle_cost_per_day=idle and usd(idle))["ETC"]
    double = one(
        paths, earn("ETC", 20, 2000, "9.6"), idle_cost_per_day=idle and usd(Decimal(idle) * 2)
    )["ETC"]  # fmt: skip

    for name in ("expected", "p5", "p50", "p95", "cvar_5", "expected_revenue"):
        assert float(getattr(double, name)) == pytest.approx(2 * float(getattr(single, name)), rel=1e-9)
    assert double.probability_of_loss == single.probability_of_loss


@pytest.mark.parametrize("paths", models())
def test_a_coin_that_is_better_on_every_path_has_no_regret(paths: Paths) -> None:
    better, worse = earn("ETC"), replace(earn("ETC", 9), algorithm="other", coin="ETC")
    machine = Machine(name="rig", estimates=(better, worse))
    winner, loser = outlooks(machines=[machine], paths=paths)

    assert (winner.maximum_regret, winner.probability_best, winner.is_clear_winner) == (usd(0), 1, True)
    assert loser.maximum_regret > usd(0)
    assert not loser.is_clear_winner


def test_regret_is_what_the_best_coin_of_a_path_brings_more() -> None:
    paths = drawn(days=3)
    etc, rvn = (np.array(list(paths.revenue_ratios(coin))).sum(axis=0) * 10 for coin in ("ETC", "RVN"))

    found = one(paths, earn("ETC"), earn("RVN"))

    assert float(found["ETC"].maximum_regret) == pytest.approx((rvn - etc).max())
    assert float(found["RVN"].maximum_regret) == pytest.approx((etc - rvn).max())
    assert found["ETC"].probability_best == pytest.approx((etc > rvn).mean())
    assert found["ETC"].probability_best + found["RVN"].probability_best == pytest.approx(1)


@pytest.mark.parametrize("paths", models(30))
def test_a_machine_that_may_stand_idle_never_brings_less(paths: Paths) -> None:
    poor = earn("ETC", 5)
    must, may = one(paths, poor)["ETC"], one(paths, poor, idle_cost_per_day=usd(0))["ETC"]

    assert may.expected > must.expected
    assert may.cvar_5 >= usd(0) > must.cvar_5
    assert may.probability_of_loss == 0


def test_a_day_that_does_not_pay_costs_what_standing_idle_costs() -> None:
    paths = drawn(days=3)
    days = np.array(list(paths.revenue_ratios("ETC"))) * 5 - 4.8 - 24 * np.array(list(paths.energy_price_changes()))

    found = one(paths, earn("ETC", 5), idle_cost_per_day=usd("0.5"))["ETC"]

    assert float(found.expected) == pytest.approx(np.maximum(days, -0.5).sum(axis=0).mean())


def test_idle_costs_so_high_that_it_never_pays_change_nothing() -> None:
    must, may = (one(drawn(), idle_cost_per_day=cost)["ETC"] for cost in (None, usd(10_000)))

    assert (may.expected, may.p5, may.p95) == (must.expected, must.p5, must.p95)


def test_machines_of_which_one_may_stand_idle_do_as_each_may() -> None:
    machines = [
        Machine(name="old", estimates=(earn("ETC", 5),), idle_cost_per_day=usd(0)),
        Machine(name="new", estimates=(earn("ETC", 5),)),
    ]
    old, new = outlooks(machines=machines, paths=drawn())

    assert old.p5 >= usd(0) > new.p5
    alone = one(drawn(), earn("ETC", 5))["ETC"]
    assert float(new.expected) == pytest.approx(float(alone.expected))


def test_switching_costs_once_and_the_mined_coin_nothing() -> None:
    free = one(drawn(), earn("ETC"), earn("RVN"))
    paid = one(drawn(), earn("ETC"), earn("RVN"), mining="ETC", switch_cost=usd(3))

    assert paid["ETC"].expected == free["ETC"].expected
    assert float(paid["RVN"].expected) == pytest.approx(float(free["RVN"].expected) - 3)
    assert (paid["ETC"].switch_cost, paid["RVN"].switch_cost) == (usd(0), usd(3))


def test_a_known_halving_halves_the_subsidy_of_the_days_after_it_and_leaves_the_fees() -> None:
    machine = Machine(name="rig", estimates=(earn(),))
    (found,) = outlooks(
        machines=[machine],
        paths=drawn(10),
        rewards={"ETC": RewardCourse(steps=(KnownStep(after_days=6, ratio=0.5),), fees_part=0.2)},
    )

    assert float(found.expected_revenue) == pytest.approx(6 * 10 + 4 * (10 * 0.2 + 5 * 0.8))


def test_merged_chains_walk_each_its_own_way_and_are_paid_for_once() -> None:
    paths = drawn(days=3)
    both = merged([earn("ETC", 10), earn("RVN", 4)])
    etc, rvn = (np.array(list(paths.revenue_ratios(coin))).sum(axis=0) for coin in ("ETC", "RVN"))
    cost = 3 * 4.8 + 24 * np.array(list(paths.energy_price_changes())).sum(axis=0)

    found = one(paths, both)["ETC"]

    assert float(found.p50) == pytest.approx(np.sort(etc * 10 + rvn * 4 - cost)[COUNT // 2 - 1])


def test_machines_that_could_mine_different_coins_are_compared_each_by_itself() -> None:
    machines = [
        Machine(name="a", estimates=(earn("ETC"), earn("RVN", 11))),
        Machine(name="b", estimates=(earn("RVN", 11),)),
        Machine(name="c", estimates=(earn("ETC"), earn("RVN", 11))),
    ]
    found = outlooks(machines=machines, paths=drawn())

    assert [(each.machine, each.coin) for each in found] == [
        ("a", "RVN"), ("a", "ETC"), ("b", "RVN"), ("c", "RVN"), ("c", "ETC"),
    ]  # fmt: skip
    by_name = {(each.machine, each.coin): each for each in found}
    assert by_name["b", "RVN"].probability_best == 1
    assert replace(by_name["a", "ETC"], machine="c") == by_name["c", "ETC"]


def test_a_refused_estimate_has_no_outlook() -> None:
    doubtful = earn("ETC")
    refused = replace(doubtful, confidence=replace(doubtful.confidence, level="refused"))

    assert list(one(drawn(), refused, earn("RVN"))) == ["RVN"]
    with pytest.raises(ValueError, match="no machine has a coin to mine that is not refused"):
        one(drawn(), refused)


def test_money_of_two_currencies_never_meets() -> None:
    with pytest.raises(ValueError, match="money is in EUR and USD; convert it to one currency"):
        one(drawn(), earn(), switch_cost=Money(Decimal(1), "EUR"))
    euro = replace(earn(), profit_per_day=Money(Decimal(1), "EUR"))
    with pytest.raises(ValueError, match="money is in EUR and USD"):
        one(ParametricPaths(days=3, count=COUNT), euro, idle_cost_per_day=usd(1))
    with pytest.raises(ValueError, match="money is in EUR and USD"):  # the tariff of the history
        one(drawn(), replace(euro, coin="RVN"))


def test_a_coin_that_the_paths_do_not_know_is_named() -> None:
    with pytest.raises(ValueError, match="KAS: the paths were drawn without it"):
        one(drawn(), earn("KAS"))


def test_what_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="ETC is there twice on rig"):
        one(drawn(), earn(), earn())
    machine = Machine(name="rig", estimates=(earn(),))
    with pytest.raises(ValueError, match="two machines have the same name"):
        outlooks(machines=[machine, machine], paths=drawn())


def test_progress_goes_from_nothing_to_all() -> None:
    told: list[tuple[int, int]] = []
    machine = Machine(name="rig", estimates=(earn("ETC"), earn("RVN")))
    outlooks(machines=[machine], paths=drawn(), progress=lambda done, steps: told.append((done, steps)))

    assert told == [(0, 4), (0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("histories", [80, pytest.param(300, marks=pytest.mark.thorough)])
def test_nine_of_ten_outcomes_lie_between_the_outer_quantiles(histories: int) -> None:
    """On coins that walk as the history did: p5 to p95 of the bootstrap against what came."""
    held = 0
    for seed in range(histories):
        prices = walk(1000 + seed, 220, 0.06)
        history = a_history({"ETC": (prices[:200], [1.0] * 200)})
        paths = BootstrapPaths(history=history, coins=["ETC"], days=20, count=200, seed=seed)
        found = one(paths, earn(energy="0", power_watts=0))["ETC"]
        held += float(found.p5) <= 10 * sum(prices[200:]) / prices[199] <= float(found.p95)

    assert abs(held - 0.9 * histories) < 0.0501 * (300 * histories) ** 0.5


def test_numpy_is_loaded_by_scenarios_alone() -> None:
    code = (
        "import sys, calculators.earnings.stress, calculators.horizon.history, calculators.horizon.outlook, calculators.horizon.choice, "
        "calculators.horizon.forecast, calculators.horizon.backtest; sys.exit('numpy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
