"""A bill of energy as people, spreadsheets and programs read it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.told_figures import to_the_cent
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.held_time import held_document, held_sentence
from miner_agent.cli.support.plain_lines import ABSENT, kilowatt_hours, percent, plain_console, print_line
from miner_agent.economy.energy_bill import ALL, Bill, BillLine
from miner_agent.profit.document import money

if TYPE_CHECKING:
    from exporters.csv import Cell

CSV_COLUMNS = (
    *("start", "end", "kind", "rig", "name", "kilowatt_hours", "cost", "currency", "unpriced_kilowatt_hours"),
    "known_ratio",
)


def show_bill(bill: Bill, zone: ZoneInfo, console: Console | None = None) -> None:
    """Print of when it is, what was assumed, and each line."""
    out = console or plain_console()
    start, end = (moment.astimezone(zone) for moment in (bill.start, bill.end))
    print_line(out, f"Energy from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({zone}); prices: {bill.source}",
               style="bold")  # fmt: skip
    if not bill.held.whole:
        print_line(out, held_sentence(bill.held, zone))
    for note in bill.notes:
        print_line(out, f"Note: {note}")
    table = Table("", "rig", "name", "energy", bill.currency, "seen", box=None, pad_edge=False)
    for line in bill.lines:
        cells = (
            "in all" if line.kind == ALL else line.kind,
            line.rig or "",
            line.name or "",
            kilowatt_hours(line.kilowatt_hours),
            ABSENT if line.cost is None else to_the_cent(line.cost.amount),
            "" if line.known_ratio is None else percent(line.known_ratio),
        )
        table.add_row(*(Text(cell) for cell in cells))
    print_table(out, table, keys=3)


def bill_rows(bill: Bill, zone: ZoneInfo) -> "Iterator[list[Cell]]":
    """A row for each line, under ``CSV_COLUMNS``."""
    start, end = (moment.astimezone(zone) for moment in (bill.start, bill.end))
    for line in bill.lines:
        cost = None if line.cost is None else line.cost.amount
        yield [
            *(start, end, line.kind, line.rig, line.name, line.kilowatt_hours, cost, bill.currency),
            *(line.unpriced_kilowatt_hours, line.known_ratio),
        ]


def bill_document(bill: Bill) -> dict[str, Any]:
    """The whole answer."""
    return {
        "version": 1,
        "start": bill.start,
        "end": bill.end,
        "currency": bill.currency,
        "prices": bill.source,
        "held": held_document(bill.held),
        "lines": [_line(line) for line in bill.lines],
        "notes": list(bill.notes),
    }


def _line(line: BillLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "rig": line.rig,
        "name": line.name,
        "kilowatt_hours": None if line.kilowatt_hours is None else f"{line.kilowatt_hours:f}",
        "cost": money(line.cost),
        "unpriced_kilowatt_hours": f"{line.unpriced_kilowatt_hours:f}",
        "known_ratio": line.known_ratio,
    }
