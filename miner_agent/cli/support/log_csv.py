"""What the log answers, for programs: as CSV the same columns whatever it holds, and advice as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from calculators.money import Money
from exporters.csv import Cell
from miner_agent.storage.telemetry.log_answers import DeviceStats, MeterStats, PeriodStats, Point, WorkStats
from miner_agent.storage.telemetry.market_rows import LoggedDecision

Csv = tuple[Sequence[str], Iterable[Sequence[Cell]]]
STATS_COLUMNS = tuple(
    dict.fromkeys(field.name for kind in (DeviceStats, MeterStats, WorkStats) for field in fields(kind))
)
DECISION_COLUMNS = tuple(field.name for field in fields(LoggedDecision) if field.name != "inputs")
OF_MONEY = {"revenue_per_day", "profit_per_day"}  # among the inputs of a decision
COURSE_COLUMNS = tuple(field.name for field in fields(Point) if field.name != "works")


def stats_csv(entries: Iterable[tuple[PeriodStats, Any]], zone: tzinfo) -> Csv:
    """A row for each device, meter and algorithm of each period; what is not of its kind is empty."""
    rows = (
        (period.start.astimezone(zone), period.end.astimezone(zone), *_cells(entry, STATS_COLUMNS, zone))
        for period, entry in entries
    )
    return ("start", "end", *STATS_COLUMNS), rows


def course_csv(points: Iterable[Point], zone: tzinfo) -> Csv:
    """A row for each step."""
    return COURSE_COLUMNS, (tuple(_cells(point, COURSE_COLUMNS, zone)) for point in points)


def decisions_csv(found: Iterable[LoggedDecision], zone: tzinfo) -> Csv:
    """A row for each; the figures that were weighed are in JSON."""
    return DECISION_COLUMNS, (tuple(_cells(one, DECISION_COLUMNS, zone)) for one in found)


def decisions_document(found: Iterable[LoggedDecision]) -> list[dict[str, Any]]:
    """Each with the figures that were weighed, their money as in every document."""
    return [
        {
            **{name: getattr(one, name) for name in DECISION_COLUMNS},
            "inputs": [
                {key: _money(text) if key in OF_MONEY else text for key, text in each.items()} for each in one.inputs
            ],
        }
        for one in found
    ]


def _money(text: str) -> Money:
    """Of the log's own spelling: a number and its currency."""
    amount, _, currency = text.partition(" ")
    return Money(Decimal(amount), currency)


def _cells(entry: object, columns: Iterable[str], zone: tzinfo) -> Iterator[Any]:
    for name in columns:
        value = getattr(entry, name, None)
        yield value.astimezone(zone) if isinstance(value, datetime) else value
