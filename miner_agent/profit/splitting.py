"""A rig's work split over coins, so that it strays least, or its worst is least bad, and is expected to bring enough.

This module loads numpy, through ``calculators.horizon.paths``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from calculators.earnings.estimate import Estimate
from calculators.earnings.reward_parts import courses_of
from calculators.horizon.history import History
from calculators.horizon.paths import BootstrapPaths, ParametricPaths, Paths, mean_revenue_ratios
from calculators.horizon.split import MOST_COINS, Split, least_variance
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
class PartSplit:
    """What one part of the rig is split into, by itself."""

    name: str
    floor_per_day: Money
    parts: tuple[SharedOut, ...]  # of its work, the largest first; coins without a share are not among them
    best_coin: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """The answer. All money is of a day, in the mean of the days ahead; it is of all parts of the rig together."""

    aim: Aim
    horizon_days: int
    paths: int
    source: str  # of the paths, for people
    floor_per_day: Money
    of_parts: tuple[PartSplit, ...]
    split: Tail
    best_alone: Tail  # if each part mines its best coin alone
    left_out: tuple[str, ...]  # coins of which the history has no day
    notes: tuple[str, ...]

    @property
    def best_coin(self) -> str:
        """What the parts would mine without a split."""
        return " + ".join(dict.fromkeys(each.best_coin.coin for each in self.of_parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What the coins of one part bring on each of the same paths, if all its work is for one of them. [currency/d]"""

    name: str
    estimates: list[Estimate]
    profits: list[list[float]]

    @property
    def means(self) -> list[float]:
        return [sum(each) / PATHS for each in self.profits]

    @property
    def first(self) -> int:
        """The coin that is expected to bring most."""
        return max(range(len(self.profits)), key=self.means.__getitem__)

    @property
    def top(self) -> float:
        return self.means[self.first]


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
    """How to split, each part of the rig by itself: all of them meet the same paths, on which they are added up.

    Args:
        ranking: of the rig.
        history: days to draw paths from; ``None``: the model.
        history_name: its name, for people.
        horizon_days: days ahead. [d]
        seed: of the draw.
        floor_per_day: least that is to be expected; ``None``: a tenth less than the best coins bring.
        aim: what the split is chosen by.
        ahead: the steps of the chains' rewards over these days.

    Raises:
        ValueError: no coin can be compared, or none is expected to bring the floor.
    """
    able = {part.part.name: _compared(part.ranked, history) for part in ranking.parts}
    coins = list(dict.fromkeys(coin for part in able.values() for one in part for coin in coins_of(one)))
    if not coins:
        raise ValueError("no coin is left that could be compared")
    paths: Paths = (
        ParametricPaths(days=horizon_days, count=PATHS, seed=seed)
        if history is None
        else BootstrapPaths(history=history, coins=coins, days=horizon_days, count=PATHS, seed=seed)
    )
    drawn = [
        _Drawn(name=name, estimates=estimates, profits=[_profits(one, paths, ahead) for one in estimates])
        for name, estimates in able.items()
        if estimates
    ]
    rest = _standing_still(ranking)
    floors = _floors(drawn, None if floor_per_day is None else float(floor_per_day) - rest)
    found = [_split(each, floor, aim) for each, floor in zip(drawn, floors, strict=True)]
    if None in found:
        wanted = sum(floors) + rest if floor_per_day is None else float(floor_per_day)
        raise ValueError(_too_high(drawn, wanted, rest, ranking.currency))
    splits = [each for each in found if each is not None]
    alone = _together([each.profits[each.first] for each in drawn], rest)
    best = _together([[max(each) for each in zip(*part.profits, strict=True)] for part in drawn], rest)
    return Splitting(
        aim=aim,
        horizon_days=horizon_days,
        paths=PATHS,
        source=told_model() if history is None else f"days of {history_name}, drawn anew",
        floor_per_day=Money.estimated(sum(floors) + rest, ranking.currency),
        of_parts=tuple(
            _told(each, split, floor, ranking.currency)
            for each, split, floor in zip(drawn, splits, floors, strict=True)
        ),
        split=tail_of(_together([each.profits for each in splits], rest), best),
        best_alone=tail_of(alone, best),
        left_out=tuple(dict.fromkeys("+".join(one.chains) for one in ranking.ranked if not _is_known(one, history))),
        notes=(*ahead.notes, *_unsplit(able)),
    )


def _compared(ranked: Sequence[Estimate], history: History | None) -> list[Estimate]:
    """The best coins of a part that paths can be drawn of, each once."""
    known = [one for one in ranked if _is_known(one, history) and one.revenue_per_day.amount > 0]
    return list({one.coin: one for one in reversed(known)}.values())[::-1][:MOST_COINS]


def _is_known(one: Estimate, history: History | None) -> bool:
    return history is None or all(coin in history.coins for coin in one.chains)


def _unsplit(able: Mapping[str, Sequence[Estimate]]) -> Iterator[str]:
    """A word about each part that nothing is mined with here."""
    yield from (f"{name}: no coin of it can be compared, so it mines nothing here" for name in able if not able[name])


def _standing_still(ranking: Ranking) -> float:
    """What parts that mine nothing cost all the same: less than nothing. [currency/d]"""
    if ranking.whole is None or len(ranking.parts) == 1:
        return 0.0
    mined = [part.best.profit_per_day for part in ranking.parts if part.best is not None]
    return float(ranking.whole.profit_per_day) - sum(map(float, mined))


def _floors(drawn: Sequence[_Drawn], whole: float | None) -> list[float]:
    """What each part has to bring: each gives up the same part of what its best coin is expected to. [currency/d]"""
    tops = [each.top for each in drawn]
    sizes = [abs(top) for top in tops]
    if whole is None:
        return [top - GIVEN_UP * size for top, size in zip(tops, sizes, strict=True)]
    spare, most = sum(tops) - whole, sum(sizes)
    return [top - (spare * size / most if most else spare / len(tops)) for top, size in zip(tops, sizes, strict=True)]


def _split(drawn: _Drawn, floor: float, aim: Aim) -> Split | None:
    return (least_variance if aim == "variance" else best_tail)(drawn.profits, floor=floor)


def _too_high(drawn: Sequence[_Drawn], floor: float, rest: float, currency: str) -> str:
    most = sum(each.top for each in drawn) + rest
    wanted, best_found = (digits(Money.estimated(each, currency).amount) for each in (floor, most))
    best = " + ".join(dict.fromkeys(each.estimates[each.first].coin for each in drawn))
    return f"no coin is expected to bring {wanted} {currency} a day; the best, {best}, brings {best_found}"


def _together(profits: Sequence[Sequence[float]], rest: float) -> list[float]:
    """What all parts bring on each path."""
    return [sum(each) + rest for each in zip(*profits, strict=True)]


def _told(drawn: _Drawn, split: Split, floor: float, currency: str) -> PartSplit:
    shared = [
        SharedOut(estimate=one, share=share, expected_per_day=Money.estimated(share * mean, currency))
        for one, share, mean in zip(drawn.estimates, split.shares, drawn.means, strict=True)
        if share > 0
    ]
    return PartSplit(
        name=drawn.name,
        floor_per_day=Money.estimated(floor, currency),
        parts=tuple(sorted(shared, key=lambda one: -one.share)),
        best_coin=drawn.estimates[drawn.first],
    )


def _profits(one: Estimate, paths: Paths, ahead: RewardsAhead) -> list[float]:
    """Of a day in the mean of the days ahead, on each path, if all work is for this coin. [currency/d]"""
    shares = [course.part for course in courses_of(one, {})]
    ratio = steps_ratio(courses_of(one, ahead.steps), paths.days)
    revenue, cost = float(one.revenue_per_day), float(one.energy_cost_per_day + one.fixed_cost_per_day)
    return [revenue * mean * ratio - cost for mean in mean_revenue_ratios(paths, coins_of(one), shares)]
