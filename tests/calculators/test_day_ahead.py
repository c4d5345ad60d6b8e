"""Outlooks over one day: the figures of the same model with many paths, and no coin favoured by what was drawn."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.operation import Operation
from calculators.horizon.day_ahead import outlooks_of_a_day
from calculators.horizon.paths import ParametricPaths
from calculators.horizon.scenario import Machine, outlooks
from calculators.horizon.tail import tail_of
from calculators.money import Money
from tests.quotes import NOON, quote, usd


def found(coin: str = "ETC", *, hashes_per_second: float = 600e6, cost: str = "1") -> Estimate:
    operation = Operation(hashes_per_second=hashes_per_second, power_watts=1000)
    return estimate(quotes=[quote(coin=coin)], operation=operation, energy_cost_per_day=usd(cost), now=NOON)


def test_the_figures_are_those_of_the_model_with_many_paths() -> None:
    estimates = (found("ETC"), found("ETHW", hashes_per_second=2e9, cost="0.5"))
    few = outlooks_of_a_day(machine="rig", estimates=estimates, mining="ETC", switch_cost=usd("0.05"))
    machine = Machine(name="rig", estimates=estimates, mining="ETC", switch_cost=usd("0.05"))
    many = {each.coin: each for each in outlooks(machines=[machine], paths=ParametricPaths(days=1, count=50_000))}

    for one in few:
        other = many[one.coin]
        scale = float(one.expected_revenue)
        for name in ("expected", "p5", "p50", "p95", "cvar_5"):
            assert math.isclose(float(getattr(one, name)), float(getattr(other, name)), abs_tol=0.01 * scale), name
        assert one.switch_cost == other.switch_cost


def test_coins_that_bring_and_cost_the_same_have_the_same_tail() -> None:
    tickers = ["ETC", "ETHW", "OCTA", "AAA", "ZZZ"]
    spread = outlooks_of_a_day(
        machine="rig", estimates=[found(ticker) for ticker in tickers], mining=None, switch_cost=None
    )

    assert len({(each.p5, each.cvar_5, each.p50, each.p95, each.expected) for each in spread}) == 1
    assert all(0 < each.probability_best < 1 and each.maximum_regret > usd(0) for each in spread)


def test_the_same_is_answered_each_time() -> None:
    estimates = [found("ETC"), found("ETHW")]
    one, other = (
        outlooks_of_a_day(machine="rig", estimates=each, mining="ETC", switch_cost=None)
        for each in (estimates, estimates[::-1])
    )

    assert one == other[::-1]


def test_money_of_two_currencies_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        outlooks_of_a_day(
            machine="rig",
            estimates=[found("ETC"), found("ETHW")],
            mining="ETC",
            switch_cost=Money(Decimal(1), "EUR"),
        )


def test_merged_chains_stray_by_their_own_moves() -> None:
    one, other = found("ETC"), found("ETHW")
    both = replace(
        one, revenue_per_day=one.revenue_per_day * 2, profit_per_day=one.profit_per_day * 2, parts=(one, other)
    )
    (alone,) = outlooks_of_a_day(machine="rig", estimates=[replace(both, parts=())], mining=None, switch_cost=None)
    (merged,) = outlooks_of_a_day(machine="rig", estimates=[both], mining=None, switch_cost=None)

    assert merged.cvar_5 > alone.cvar_5


@given(profits=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=300))
def test_a_tail_is_made_of_the_worst_and_quantiles_are_in_order(profits: list[float]) -> None:
    tail = tail_of(profits, [max(one, 0.0) for one in profits])

    assert min(profits) <= tail.cvar_5 <= tail.p5 <= tail.p50 <= tail.p95 <= max(profits)
    for quantile, part in ((tail.p5, 0.05), (tail.p50, 0.5), (tail.p95, 0.95)):
        assert sum(one <= quantile for one in profits) >= part * len(profits) - 1e-9
        assert sum(one < quantile for one in profits) < part * len(profits) + 1e-9
    assert tail.maximum_regret == max(0.0, -min(profits))
