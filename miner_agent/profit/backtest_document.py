"""A backtest for programs. Every amount of money stands under the number of days that it is of."""

from collections.abc import Iterator
from typing import Any

from calculators.horizon.backtest import Run
from calculators.horizon.forecast import Coverage
from miner_agent.profit.backtests import Held, Tried
from miner_agent.profit.document import at, conditions, money
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.stress_document import Cell, choice

VERSION = 1
CSV_COLUMNS = ("part", "name", "figure", "of_days", "value", "unit")


def document(asked: Question, found: Tried, *, explain: bool = False) -> dict[str, Any]:
    """The whole answer."""
    trial = found.trial
    return {
        "version": VERSION,
        "taken_at": at(asked.now),
        "currency": found.history.currency,
        "rig": asked.rig.name,
        "conditions": conditions(asked.conditions),
        "first_day": found.first.isoformat(),
        "last_day": found.last.isoformat(),
        "days": len(found.backtest.days),
        "candidates": [
            {
                "coin": candidate.name,
                "chains": [chain.coin for chain in candidate.chains],
                "hashes_per_second": candidate.operation.hashes_per_second,
                "power_watts": candidate.operation.power_watts,
            }
            for candidate in found.candidates
        ],
        "lookback_days": trial.lookback_days,
        "hold_days": trial.hold_days,
        "hysteresis_ratio": trial.hysteresis_ratio,
        "price_per_kilowatt_hour": money(found.price_per_kilowatt_hour),
        "switch_cost": money(trial.switch_cost),
        "may_idle": trial.idle_watts is not None,
        "runs": [_run(run, found, explain=explain) for run in found.backtest.runs],
        "parts": [
            {"part": part.name, "runs": [_run(run, part, explain=explain) for run in part.backtest.runs]}
            for part in found.parts
        ],
        "forecasts": [_held(held) for held in found.held],
        "problems": list(found.problems),
        "notes": list(found.notes),
    }


def csv_rows(found: Tried) -> Iterator[list[Cell]]:
    """One figure a row, with its unit and the days that it is of."""
    days, currency = len(found.backtest.days), found.history.currency
    for run in found.backtest.runs:
        yield ["run", run.name, "profit", days, run.profit.amount, currency]
        yield ["run", run.name, "profit_per_day", 1, run.profit_per_day.amount, currency]
        yield ["run", run.name, "regret", days, run.regret.amount, currency]
        yield ["run", run.name, "switches", days, run.switches, "1"]
        yield ["run", run.name, "idle_days", days, run.idle_days, "d"]
    for held in found.held:
        for figure, value in _coverage(held.coverage).items():
            unit = "d" if figure.endswith("_days") else "1"
            yield ["forecast", f"{held.coin} {held.measure}", figure, held.coverage.horizon_days, value, unit]


def _run(run: Run, found: Tried, *, explain: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": run.name,
        "over_all_days": {
            "days": len(found.backtest.days),
            "profit": money(run.profit),
            "regret": money(run.regret),
        },
        "profit_per_day": money(run.profit_per_day),
        "switches": run.switches,
        "idle_days": run.idle_days,
    }
    if explain:
        told["mined"] = {day.isoformat(): coin for day, coin in zip(found.backtest.days, run.mined, strict=True)}
        told["decisions"] = [choice(decision, inputs=True) for decision in run.decisions]
    return told


def _held(held: Held) -> dict[str, Any]:
    return {"coin": held.coin, "measure": held.measure, **_coverage(held.coverage)}


def _coverage(found: Coverage) -> dict[str, float]:
    return {
        "horizon_days": found.horizon_days,
        "stated_coverage": found.stated_coverage,
        "intervals": len(found.issued),
        "held_ratio": found.held_ratio,
        "below_ratio": found.below_ratio,
        "above_ratio": found.above_ratio,
        "static_error_median": found.static_error_median,
        "static_error_p95": found.static_error_p95,
    }
