"""A stress test for programs. Every amount of money stands under the number of days that it is of."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calculators.earnings.estimate import Estimate
from calculators.earnings.stress import Stressed
from calculators.horizon.choice import Decision
from calculators.horizon.outlook import Outlook
from miner_agent.profit.document import at, conditions, estimated, head, money
from miner_agent.profit.labels import WHOLE_RIG, label
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.shocks import Grid

if TYPE_CHECKING:
    from miner_agent.profit.spread import Spread  # it loads numpy

CSV_COLUMNS = ("market_taken_at", "coin", "algorithm", "case", "figure", "of_days", "value", "unit")
Cell = str | int | float | Decimal | datetime | None
_BREAK_EVENS = ("break_even_price_per_kilowatt_hour", "break_even_coin_price", "break_even_difficulty_ratio")


def document(ranking: Ranking, grid: Grid, spread: "Spread | None", *, explain: bool = False) -> dict[str, Any]:
    """The whole answer, the age of the market first."""
    return {
        **head(ranking),
        "conditions": {**conditions(ranking.conditions), "pool_share_ratio": grid.pool_share},
        "today": [estimated(row.estimate, explain=explain) for row in grid.rows],
        "presets": [
            {
                "coin": row.estimate.coin,
                "chains": list(row.estimate.chains),
                "algorithm": row.estimate.algorithm,
                "devices": row.estimate.devices,
                "worst": row.worst.scenario.name,
                "scenarios": [_stressed(cell) for cell in row.cells],
            }
            for row in grid.rows
        ],
        "paths": None if spread is None else _spread(spread),
        "refused": [estimated(found, explain=explain) for found in ranking.refused],
        "problems": [*ranking.problems, *(spread.left_out if spread else ())],
        "notes": [*ranking.notes, *grid.notes, *(spread.notes if spread else ())],
    }


def csv_rows(ranking: Ranking, grid: Grid, spread: "Spread | None") -> Iterator[list[Cell]]:
    """One figure a row, with its unit and the days that it is of."""
    newest = ranking.market.newest_told_at
    for row in _figures(ranking, grid, spread):
        yield [newest, *row]


def _figures(ranking: Ranking, grid: Grid, spread: "Spread | None") -> Iterator[list[Cell]]:
    currency = ranking.currency
    for row in grid.rows:
        name = label(row.estimate, ranking)
        yield from _case_rows(row.estimate, name, "today", row.estimate, currency)
        for cell in row.cells:
            yield from _case_rows(row.estimate, name, cell.scenario.name, cell, currency)
    for found in spread.outlooks if spread else ():
        yield from _path_rows(found, spread_name(ranking, found), currency)


def spread_name(ranking: Ranking, outlook: Outlook) -> str:
    """What an outlook is of, with all its chains."""
    if outlook.machine == WHOLE_RIG:
        return WHOLE_RIG
    mined = (outlook.machine, outlook.coin, outlook.algorithm)
    return next(
        label(found, ranking) for found in ranking.ranked if (found.devices, found.coin, found.algorithm) == mined
    )


def _stressed(cell: Stressed) -> dict[str, Any]:
    return {
        "scenario": cell.scenario.name,
        "why": cell.scenario.why,
        "energy_price_ratio": cell.scenario.energy_price_ratio,
        "coin_price_ratio": cell.scenario.coin_price_ratio,
        "difficulty_ratio": cell.scenario.difficulty_ratio,
        "coins_per_day": cell.coins_per_day,
        "revenue_per_day": money(cell.revenue_per_day),
        "energy_cost_per_day": money(cell.energy_cost_per_day),
        "profit_per_day": money(cell.profit_per_day),
        "change_per_day": money(cell.change_per_day),
        "break_even_price_per_kilowatt_hour": money(cell.break_even_price_per_kilowatt_hour),
        "break_even_coin_price": money(cell.break_even_coin_price),
        "break_even_difficulty_ratio": cell.break_even_difficulty_ratio,
        "left_out": list(cell.left_out),
    }


def _spread(spread: "Spread") -> dict[str, Any]:
    days = spread.draw.days
    return {
        "horizon_days": days,
        "paths": spread.draw.paths,
        "seed": spread.draw.seed,
        "from": "model" if spread.draw.history is None else "history",
        "model": spread.model,
        "may_idle": spread.site.idle_cost_per_day is not None,
        "coins": [_outlook(found) for part in spread.parts for found in part.outlooks],
        "together": None if spread.whole is None else _outlook(spread.whole),
        "idle_over_horizon": money(spread.idle),
        "choice": choice(spread.parts[0].decision) if len(spread.parts) == 1 else None,  # more parts choose more
        "choices": [
            {"devices": part.name, "idle_over_horizon": money(part.idle), **choice(part.decision)}
            for part in spread.parts
        ],
    }


def _outlook(found: Outlook) -> dict[str, Any]:
    return {
        "devices": found.machine,
        "coin": found.coin,
        "algorithm": found.algorithm,
        "over_horizon": {
            "days": found.days,
            "expected_revenue": money(found.expected_revenue),
            "expected": money(found.expected),
            "p5": money(found.p5),
            "p50": money(found.p50),
            "p95": money(found.p95),
            "cvar_5": money(found.cvar_5),
            "maximum_regret": money(found.maximum_regret),
            "switch_cost": money(found.switch_cost),
        },
        "expected_per_day": money(found.expected.scaled(1 / found.days)),
        "probability_of_loss": found.probability_of_loss,
        "probability_best": found.probability_best,
        "clear_winner": found.is_clear_winner,
        "break_even_price_per_kilowatt_hour": money(found.break_even_price_per_kilowatt_hour),
        "break_even_coin_price": money(found.break_even_coin_price),
        "break_even_difficulty_ratio": found.break_even_difficulty_ratio,
        "confidence": None if found.confidence is None else found.confidence.level,
    }


def choice(decision: Decision, *, inputs: bool = False) -> dict[str, Any]:
    """What was decided, from what to what, and why; with the figures that were weighed. ``None``: standing idle."""
    told: dict[str, Any] = {
        "before": decision.before,
        "after": decision.after,
        "wanted": decision.wanted,
        "reason": decision.reason,
        "sentence": decision.sentence,
        "clear_winner": decision.clear_winner,
        "sentence_is_of_days": decision.outlooks[0].days if decision.outlooks else None,
        "changed": decision.changed,
        "refused": decision.refused,
        "rule": {
            "by": decision.rule.by,
            "hysteresis_ratio": decision.rule.hysteresis_ratio,
            "minimum_dwell_seconds": decision.rule.minimum_dwell.total_seconds(),
        },
        "mined_since": at(decision.mined_since),
        "decided_at": at(decision.decided_at),
    }
    if inputs:
        told["weighed"] = [_outlook(found) for found in decision.outlooks]
    return told


def _case_rows(
    found: Estimate, name: str, case: str, figures: Estimate | Stressed, currency: str
) -> Iterator[list[Cell]]:
    start: list[Cell] = [name, found.algorithm, case]
    yield [*start, "revenue", 1, figures.revenue_per_day.amount, currency]
    yield [*start, "energy_cost", 1, figures.energy_cost_per_day.amount, currency]
    yield [*start, "profit", 1, figures.profit_per_day.amount, currency]
    for figure, unit in zip(_BREAK_EVENS, (f"{currency}/kWh", f"{currency}/{found.coin}", "1"), strict=True):
        value = getattr(figures, figure)
        yield [*start, figure, None, getattr(value, "amount", value), unit]


def _path_rows(found: Outlook, name: str, currency: str) -> Iterator[list[Cell]]:
    start: list[Cell] = [name, found.algorithm, "paths"]
    for figure in ("expected_revenue", "expected", "p5", "p50", "p95", "cvar_5", "maximum_regret", "switch_cost"):
        yield [*start, figure, found.days, getattr(found, figure).amount, currency]
    for figure in ("probability_of_loss", "probability_best"):
        yield [*start, figure, found.days, getattr(found, figure), "1"]
