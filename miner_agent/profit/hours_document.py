"""When to run and when to stand still, for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from calculators.electricity.curtailment import Margin, RunningPlan
from miner_agent.profit.document import at, conditions, estimated, head, money
from miner_agent.profit.past_hours import PastHours, PastRun
from miner_agent.profit.planned_hours import Running, Stops, most_left_first
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.running_hours import Hours, PartHours, worth_of_hours

CSV_COLUMNS = ("start", "end", "devices", "coin", "run", "currency", "revenue", "energy_cost", "worth")


def document(found: Hours) -> dict[str, Any]:
    """The whole answer, the age of the market first; slots and pauses are those of what is best on each part."""
    runs = sorted(
        (run for part in found.parts for run in part.runs),
        key=lambda run: most_left_first(run.planned, run.always, run.estimate.coin),
    )
    return {
        **head(found.ranking),
        "conditions": conditions(found.ranking.conditions),
        "stops": _stops(found.stops),
        "together": _together(found),
        "runs": [{**estimated(run.estimate), **run_of(run)} for run in runs],
        "slots": [each for part in found.parts for each in _slots(part)],
        "pauses": [each for part in found.parts for each in _pauses(part)],
        "problems": list(found.ranking.problems),
        "notes": list(found.ranking.notes),
    }


def run_of(run: Running) -> dict[str, Any]:
    """What the hours of one coin bring. Money is over all of them together."""
    return {**_planned(run), "idle_watts": run.idle_watts}


def worth_document(ranking: Ranking) -> dict[str, Any] | None:
    """What standing still is worth in the day of a ranking; ``None`` where it is worth nothing."""
    found = worth_of_hours(ranking)
    return None if found is None else _together(found)


def _together(found: Hours) -> dict[str, Any]:
    return {
        "profit_always": money(found.always),
        "profit_planned": money(found.planned),
        "worth_of_standing_still": money(found.worth),
        "parts": [
            {"devices": part.devices, "chains": list(part.best.estimate.chains), **run_of(part.best)}
            for part in found.parts
        ],
    }


def hours_rows(found: Hours) -> Iterator[tuple[Any, ...]]:
    """One slot of what is best on a part a row, as ``CSV_COLUMNS`` names them."""
    for part in found.parts:
        best = part.best
        yield from csv_rows(part.devices, "+".join(best.estimate.chains), best.margins, best.plan)


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


def csv_rows(devices: str, coin: str, margins: Sequence[Margin], planned: RunningPlan) -> Iterator[tuple[Any, ...]]:
    """One slot a row, as ``CSV_COLUMNS`` names them."""
    for margin, runs in zip(margins, planned.running, strict=True):
        worth = margin.worth
        yield (
            margin.start,
            margin.end,
            devices,
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


def _slots(part: PartHours) -> Iterator[dict[str, Any]]:
    for margin, runs in zip(part.best.margins, part.best.plan.running, strict=True):
        yield {
            "start": at(margin.start),
            "end": at(margin.end),
            "devices": part.devices,
            "run": runs,
            "revenue": money(margin.revenue),
            "energy_cost": money(margin.cost),
            "worth": money(margin.worth),
        }


def _pauses(part: PartHours) -> Iterator[dict[str, Any]]:
    for pause in part.best.pauses:
        yield {"start": at(pause.start), "end": at(pause.end), "devices": part.devices, "loss": money(pause.loss)}
