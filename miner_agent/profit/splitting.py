"""A rig's work split over coins, so that it strays least, or its worst is least bad, and is expected to bring enough.

This module loads numpy, through ``calculators.horizon.paths``.
"""

from dataclasses import dataclass
from typing import Literal

from calculators.earnings.estimate import Estimate
from calculators.earnings.reward_parts import courses_of
from calculators.horizon.history import History
from calculators.horizon.paths import BootstrapPaths, ParametricPaths, Paths, mean_revenue_ratios
from calculators.horizon.split import MOST_COINS, least_variance
from calculators.horizon.tail import Tail, tail_of
from calculators.horizon.tail_split import best_tail
from calculators.money import Money
from calculators.told_figures import digits
from miner_agent.profit.prospect import coins_of, steps_ratio, told_model
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.rewards_ahead import RewardsAhead

PATHS = 1000
GIVEN_UP = 0.1
"""Of what the best coin is expected to bring: so much a split may cost where nobody says a floor."""


Aim = Literal["variance", "cvar"]
"""What a split is chosen by: least variance, or the most in the mean of the worst twentieth of the paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOut:
    """A part of the work, and what it is expected to bring on a day."""

    estimate: Estimate
    share: float
    expected_per_day: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """The answer. All money is of a day, in the mean of the days ahead."""

    aim: Aim
    horizon_days: int
    paths: int
    source: str  # of the paths, for people
    floor_per_day: Money
    parts: tuple[SharedOut, ...]  # the largest first; those without a share are not among them
    split: Tail
    best_coin: Estimate
    best_alone: Tail
    left_out: tuple[str, ...]  # coins of which the history has no day
    notes: tuple[str, ...]


def splitting(
    ranking: Ranking,
    *,
    history: History | None,
    history_name: str,
    horizon_days: int,
    seed: int,
    floor_per_day: Money | None,
    aim: Aim,
    ahead: RewardsAhead,
) -> Splitting:
    """How to split.

    Args:
        ranking: of a rig of one kind of device.
        history: days to draw paths from; ``None``: the model.
        history_name: its name, for people.
        horizon_days: days ahead. [d]
        seed: of the draw.
        floor_per_day: least that is to be expected; ``None``: a tenth less than the best coin brings.
        aim: what the split is chosen by.
        ahead: the steps of the chains' rewards over these days.

    Raises:
        ValueError: no coin can be compared, or none is expected to bring the floor.
    """
    known = [one for one in ranking.ranked if history is None or all(coin in history.coins for coin in one.chains)]
    unknown = [one for one in ranking.ranked if one not in known]
    earning = [one for one in known if one.revenue_per_day.amount > 0]
    estimates = list({one.coin: one for one in reversed(earning)}.values())[::-1][:MOST_COINS]
    if not estimates:
        raise ValueError("no coin is left that could be compared")
    coins = list(dict.fromkeys(coin for one in estimates for coin in coins_of(one)))
    paths: Paths = (
        ParametricPaths(days=horizon_days, count=PATHS, seed=seed)
        if history is None
        else BootstrapPaths(history=history, coins=coins, days=horizon_days, count=PATHS, seed=seed)
    )
    profits = [_profits(one, paths, ahead) for one in estimates]
    tops = [sum(each) / PATHS for each in profits]
    first = max(range(len(estimates)), key=tops.__getitem__)
    floor = tops[first] - GIVEN_UP * abs(tops[first]) if floor_per_day is None else float(floor_per_day)
    found = (least_variance if aim == "variance" else best_tail)(profits, floor=floor)
    if found is None:
        wanted, best_found = (digits(Money.estimated(each, ranking.currency).amount) for each in (floor, tops[first]))
        raise ValueError(
            f"no coin is expected to bring {wanted} {ranking.currency} a day; the best, {estimates[first].coin}, "
            f"brings {best_found}"
        )
    best = [max(each) for each in zip(*profits, strict=True)]
    shared = [
        SharedOut(estimate=one, share=share, expected_per_day=Money.estimated(share * top, ranking.currency))
        for one, share, top in zip(estimates, found.shares, tops, strict=True)
        if share > 0
    ]
    return Splitting(
        aim=aim,
        horizon_days=horizon_days,
        paths=PATHS,
        source=told_model() if history is None else f"days of {history_name}, drawn anew",
        floor_per_day=Money.estimated(floor, ranking.currency),
        parts=tuple(sorted(shared, key=lambda one: -one.share)),
        split=tail_of(found.profits, best),
        best_coin=estimates[first],
        best_alone=tail_of(profits[first], best),
        left_out=tuple("+".join(one.chains) for one in unknown),
        notes=ahead.notes,
    )


def _profits(one: Estimate, paths: Paths, ahead: RewardsAhead) -> list[float]:
    """Of a day in the mean of the days ahead, on each path, if all work is for this coin. [currency/d]"""
    shares = [course.part for course in courses_of(one, {})]
    ratio = steps_ratio(courses_of(one, ahead.steps), paths.days)
    revenue, cost = float(one.revenue_per_day), float(one.energy_cost_per_day + one.fixed_cost_per_day)
    return [revenue * mean * ratio - cost for mean in mean_revenue_ratios(paths, coins_of(one), shares)]
