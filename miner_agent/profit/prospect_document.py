"""A prospect for programs."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from calculators.money import Money
from miner_agent.profit.document import conditions, estimated, head, money
from miner_agent.profit.prospect import Measured, Prospect
from miner_agent.profit.ranking import Ranking

CSV_COLUMNS = ("part", "figure", "of_days", "value", "unit")
Cell = str | int | float | Decimal | None


def document(found: Prospect, ranking: Ranking) -> dict[str, Any]:
    """The whole answer, the age of the market first."""
    return {
        **head(ranking),
        "conditions": conditions(ranking.conditions),
        "estimate": estimated(found.estimate),
        "horizon_days": found.horizon_days,
        "source": found.source,
        "intervals": [_measured(each) for each in found.measures],
        "mean_of_the_days_ahead": {
            end: {name: money(amount) for name, amount in _amounts(found, ratio).items()}
            for end, ratio in _ends(found.revenue).items()
        },
        "odds": {
            "loss": found.odds.loss,
            "less_than_half_of_todays_revenue": found.odds.less_than_half,
            "more_than_double_of_todays_revenue": found.odds.more_than_double,
        },
        "notes": [*ranking.notes, *found.notes],
    }


def csv_rows(found: Prospect) -> Iterator[list[Cell]]:
    """One figure a row, with its unit and the days that it is of."""
    days = found.horizon_days
    for each in found.measures:
        for end, ratio in _ends(each).items():
            yield [each.measure, f"{end}_ratio", days, ratio, "1"]
        if each.held is not None:
            yield [each.measure, "intervals", days, len(each.held.issued), "1"]
            yield [each.measure, "held_ratio", days, each.held.held_ratio, "1"]
    for end, ratio in _ends(found.revenue).items():
        for name, amount in _amounts(found, ratio).items():
            yield ["money", f"{end}_{name}", 1, amount.amount, amount.currency]
    for name in ("loss", "less_than_half", "more_than_double"):
        yield ["odds", name, days, getattr(found.odds, name), "1"]


def _ends(one: Measured) -> dict[str, float]:
    return {"low": one.interval.low_ratio, "median": one.interval.median_ratio, "high": one.interval.high_ratio}


def _amounts(found: Prospect, ratio: float) -> dict[str, Money]:
    return {"revenue_per_day": found.revenue_per_day(ratio), "profit_per_day": found.profit_per_day(ratio)}


def _measured(one: Measured) -> dict[str, Any]:
    held = one.held
    return {
        "measure": one.measure,
        "stated_coverage": one.interval.coverage,
        "low_ratio": one.interval.low_ratio,
        "median_ratio": one.interval.median_ratio,
        "high_ratio": one.interval.high_ratio,
        "made_of": one.interval.windows,
        "known_steps_of_the_reward_ratio": one.steps_ratio,
        "measured": None if held is None else {
            "intervals": len(held.issued),
            "held_ratio": held.held_ratio,
            "below_ratio": held.below_ratio,
            "above_ratio": held.above_ratio,
            "static_error_median": held.static_error_median,
            "static_error_p95": held.static_error_p95,
        },
    }  # fmt: skip
