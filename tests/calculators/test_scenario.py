"""What coins bring on joint paths: properties that hold whatever is drawn, and how often quantiles hold."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.chain.schedule import KnownStep, RewardCourse
from calculators.earnings.merged_mining import merged
from calculators.horizon.paths import BootstrapPaths, ParametricPaths, Paths
from calculators.horizon.scenario import Machine, outlooks
from calculators.money import Money
from tests.calculators.drawn_paths import COUNT, a_history, drawn, earn, models, one, walk
from tests.quotes import usd

profits = st.floats(min_value=0.1, max_value=100)
watts = st.just(0.0) | st.floats(min_value=1, max_value=5000)


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


@pytest.mark.thorough
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
