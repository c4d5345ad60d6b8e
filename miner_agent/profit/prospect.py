"""What one coin may bring over the days ahead: an interval, how such intervals held, and odds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from calculators.chain.schedule import RewardCourse
from calculators.earnings.estimate import Estimate
from calculators.earnings.reward_parts import courses_of
from calculators.horizon.forecast import Coverage, Interval, coverage, forecast, windows
from calculators.horizon.history import History
from calculators.horizon.paths import ParametricPaths, mean_revenue_ratios
from calculators.horizon.volatility import Volatility
from calculators.money import Money
from calculators.told_figures import counted, percent_told
from miner_agent.profit.rewards_ahead import RewardsAhead

LAGGING = timedelta(days=3)
HALF, DOUBLE = 0.5, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An interval for a mean of the days ahead, by today's, and how intervals made like it held on days held out."""

    measure: str  # "coins": for a hash; "revenue": what these are worth
    interval: Interval
    held: Coverage | None  # None: there are no days on which it could be seen
    steps_ratio: float  # what known steps of the reward make of the mean; it is in the interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """How often revenue came so, among all that the interval is made of. Shares from 0 to 1."""

    loss: float
    less_than_half: float  # of today's revenue
    more_than_double: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """The answer. All money is of a day, in the mean of the days ahead."""

    estimate: Estimate
    horizon_days: int
    source: str  # what the intervals are made of, for people
    measures: tuple[Measured, ...]
    odds: Odds
    notes: tuple[str, ...]

    @property
    def revenue(self) -> Measured:
        return self.measures[-1]

    def revenue_per_day(self, ratio: float) -> Money:
        """What a ratio of today's revenue is."""
        return self.estimate.revenue_per_day.scaled(ratio)

    def profit_per_day(self, ratio: float) -> Money:
        """The same, with energy and fixed cost as today."""
        cost = self.estimate.energy_cost_per_day + self.estimate.fixed_cost_per_day
        return self.revenue_per_day(ratio) - cost


def prospect_by_history(
    found: Estimate, history: History, *, name: str, horizon_days: int, stated: float, ahead: RewardsAhead, today: date
) -> Prospect:
    """From days that were.

    What the reward did in them is left out: its steps within the days ahead are known, and are made.

    Raises:
        ValueError: the history lacks a chain, or is too short.
    """
    shared = history.common(coins_of(found))
    if not shared:
        raise ValueError(f"no day has all of {', '.join(found.chains)}")
    courses = courses_of(found, ahead.steps)
    shares = [course.part for course in courses]
    series = {
        "coins": [sum(s / row.work * last.work for s, row, last in zip(shares, rows, shared[-1], strict=True))
                  for rows in shared],
        "revenue": [
            sum(s * float(row.price) / float(last.price) / row.work * last.work
                for s, row, last in zip(shares, rows, shared[-1], strict=True))
            for rows in shared
        ],
    }  # fmt: skip
    ratio = steps_ratio(courses, horizon_days)
    measures = tuple(
        Measured(
            measure=measure,
            interval=_times(forecast(values=values, horizon_days=horizon_days, coverage=stated), ratio),
            held=_held(values, horizon_days, stated),
            steps_ratio=ratio,
        )
        for measure, values in series.items()
    )
    first, last = shared[0][0].day, shared[-1][0].day
    notes = [*ahead.notes]
    if today - last > LAGGING:
        notes.append(
            f"the history ends on {last}, {counted((today - last).days, 'day')} ago: what came since is in no interval"
        )
    return Prospect(
        estimate=found,
        horizon_days=horizon_days,
        source=f"days of {name}, {first} to {last}",
        measures=measures,
        odds=_odds(found, [each * ratio for each in windows(values=series["revenue"], horizon_days=horizon_days)]),
        notes=tuple(notes),
    )


def prospect_by_model(
    found: Estimate, *, horizon_days: int, paths: int, seed: int, stated: float, ahead: RewardsAhead
) -> Prospect:
    """From a model, where there is no history. Nobody has measured how its intervals hold.

    Args:
        found: the estimate of today.
        horizon_days: days ahead. [d]
        paths: so many ways of price and difficulty are drawn.
        seed: of the draw.
        stated: how often an interval should hold. [1]
        ahead: the steps of the chains' rewards over these days.

    Raises:
        ValueError: there is no path, or the coverage is none.
    """
    if paths < 1 or not 0 < stated < 1:
        raise ValueError(f"{paths} paths and a coverage of {stated} make no interval")
    shares = [course.part for course in courses_of(found, {})]
    drawn = ParametricPaths(days=horizon_days, count=paths, seed=seed)
    means = mean_revenue_ratios(drawn, coins_of(found), shares)
    ratio = steps_ratio(courses_of(found, ahead.steps), horizon_days)
    ordered = sorted(each * ratio for each in means)
    out = min(len(ordered) - 1, int(len(ordered) * (1 + stated) / 2))
    interval = Interval(
        horizon_days=horizon_days,
        coverage=stated,
        low_ratio=ordered[len(ordered) - 1 - out],
        median_ratio=ordered[len(ordered) // 2],
        high_ratio=ordered[out],
        windows=len(ordered),
    )
    return Prospect(
        estimate=found,
        horizon_days=horizon_days,
        source=told_model(),
        measures=(Measured(measure="revenue", interval=interval, held=None, steps_ratio=ratio),),
        odds=_odds(found, ordered),
        notes=(
            *ahead.notes,
            "without a history nobody knows how often such an interval holds: give --history FILE",
        ),
    )


def told_model() -> str:
    """How coins move where no history tells, for people."""
    usual = Volatility()
    return (
        f"a model without a history: normal steps of {percent_told(usual.price_deviation_per_day)} a day of price and "
        f"{percent_told(usual.difficulty_deviation_per_day)} of difficulty, correlated by {usual.correlation:g}"
    )


def coins_of(found: Estimate) -> tuple[str, ...]:
    """The coin of each course of ``courses_of``: two devices on one coin are two of them."""
    return tuple(part.coin for part in found.parts or (found,))


def steps_ratio(courses: Sequence[RewardCourse], horizon_days: int) -> float:
    """What known steps of rewards make of the mean of the days ahead: a halving after 10 of 30 leaves 2/3 of it. [1]"""
    return fmean(sum(course.part * course.factor(day) for course in courses) for day in range(horizon_days))


def _times(one: Interval, ratio: float) -> Interval:
    return Interval(
        horizon_days=one.horizon_days,
        coverage=one.coverage,
        low_ratio=one.low_ratio * ratio,
        median_ratio=one.median_ratio * ratio,
        high_ratio=one.high_ratio * ratio,
        windows=one.windows,
    )


def _held(values: Sequence[float], horizon_days: int, stated: float) -> Coverage | None:
    try:
        return coverage(values=values, horizon_days=horizon_days, stated_coverage=stated)
    except ValueError:  # just enough days for a forecast, and none on which one came true
        return None


def _odds(found: Estimate, ratios: Sequence[float]) -> Odds:
    cost, revenue = float(found.energy_cost_per_day + found.fixed_cost_per_day), float(found.revenue_per_day)
    return Odds(
        loss=sum(each * revenue < cost for each in ratios) / len(ratios),
        less_than_half=sum(each < HALF for each in ratios) / len(ratios),
        more_than_double=sum(each > DOUBLE for each in ratios) / len(ratios),
    )
