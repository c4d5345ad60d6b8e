"""When to run and when to stand still, for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from calculators.electricity.curtailment import Margin, RunningPlan
from miner_agent.profit.document import at, conditions, estimated, head, money
from miner_agent.profit.past_hours import PastHours, PastRun
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.running_hours import Hours, Running, Stops, pauses_of, worth_of_hours

CSV_COLUMNS = ("start", "end", "coin", "run", "currency", "revenue", "energy_cost", "worth")


def document(found: Hours) -> dict[str, Any]:
    """The whole answer, the age of the market first; slots are those of the first coin."""
    return {
        **head(found.ranking),
        "conditions": conditions(found.ranking.conditions),
        "stops": _stops(found.stops),
        "runs": [{**estimated(run.estimate), **run_of(run)} for run in found.runs],
        "slots": list(_slots(found.best.margins, found.best.plan)),
        "pauses": _pauses(found.best.margins, found.best.plan),
        "problems": list(found.ranking.problems),
        "notes": list(found.ranking.notes),
    }


def run_of(run: Running) -> dict[str, Any]:
    """What the hours of one coin bring. Money is over all of them together."""
    return {**_planned(run), "idle_watts": run.idle_watts}


def worth_document(ranking: Ranking) -> dict[str, Any] | None:
    """What standing still is worth in the day of a ranking; ``None`` where it is worth nothing."""
    best = worth_of_hours(ranking)
    return None if best is None else {"chains": list(best.estimate.chains), **run_of(best)}


def past_document(found: PastHours, rig: str) -> dict[str, Any]:
    """The same over a past. Its slots are thousands: they are in the CSV."""
    return {
        "version": 1,
        "rig": rig,
        "currency": found.history.currency,
        "energy": found.prices.source,
        "stops": _stops(found.stops),
        "runs": [
            {
                "chains": list(run.chains),
                "from": at(run.start),
                "until": at(run.end),
                "hashes_per_second": run.operation.hashes_per_second,
                "power_watts": run.operation.power_watts,
                **_planned(run),
            }
            for run in found.runs
        ],
        "problems": list(found.problems),
        "notes": list(found.notes),
    }


def csv_rows(coin: str, margins: Sequence[Margin], planned: RunningPlan) -> Iterator[tuple[Any, ...]]:
    """One slot a row, as ``CSV_COLUMNS`` names them."""
    for margin, runs in zip(margins, planned.running, strict=True):
        worth = margin.worth
        yield (
            margin.start,
            margin.end,
            coin,
            int(runs),
            worth.currency,
            margin.revenue.amount,
            margin.cost.amount,
            worth.amount,
        )


def _planned(run: Running | PastRun) -> dict[str, Any]:
    return {
        "hours": run.plan.hours,
        "running_hours": run.plan.running_hours,
        "starts": run.plan.starts,
        "profit_always": money(run.always),
        "profit_planned": money(run.planned),
        "worth_of_standing_still": money(run.worth),
    }


def _stops(stops: Stops) -> dict[str, Any]:
    return {
        "restart_loss": money(stops.restart_loss),
        "minimum_run_seconds": stops.minimum_run.total_seconds(),
        "idle_watts": stops.idle_watts,
    }


def _slots(margins: Sequence[Margin], planned: RunningPlan) -> Iterator[dict[str, Any]]:
    for margin, runs in zip(margins, planned.running, strict=True):
        yield {
            "start": at(margin.start),
            "end": at(margin.end),
            "run": runs,
            "revenue": money(margin.revenue),
            "energy_cost": money(margin.cost),
            "worth": money(margin.worth),
        }


def _pauses(margins: Sequence[Margin], planned: RunningPlan) -> list[dict[str, Any]]:
    return [
        {"start": at(pause.start), "end": at(pause.end), "loss": money(pause.loss)}
        for pause in pauses_of(margins, planned)
    ]
