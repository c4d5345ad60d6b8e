"""Electricity in the books as people, spreadsheets and programs read it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from calculators.books.exact import exact_sum, plain
from miner_agent.bookkeeping.booking import CURRENCY_SETTING, settings_of
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.energy_report import EnergyReport, EnergyRow, energy_report
from miner_agent.bookkeeping.reading_books import unknown_book
from miner_agent.bookkeeping.standing import as_they_stand
from miner_agent.bookkeeping.year_summary import energy_text, in_cents_text
from miner_agent.cli.support.books_place import meant_book
from miner_agent.cli.support.fitted_tables import figures_table, print_table
from miner_agent.cli.support.plain_lines import ABSENT, plain_console, print_line
from miner_agent.errors import StorageError
from miner_agent.storage.ledger.side_tables import evidence
from miner_agent.text import clean_text

if TYPE_CHECKING:
    from exporters.csv import Cell

ENERGY_COLUMNS = (
    *("period", "device", "price", "kilowatt_hours", "value", "currency", "unpriced_kilowatt_hours"),
    *("unplaced_kilowatt_hours", "billed_kilowatt_hours", "hours"),
)


def read_report(
    folder: BooksFolder, book: str | None, *, days: tuple[date, date], by_month: bool, slots: bool
) -> tuple[EnergyReport, str]:
    """The report, and the currency of the book.

    Raises:
        AgentError: there is no such book, or it cannot be read.
    """
    name = meant_book(folder, book)
    with folder.reading() as ledger:
        settings = settings_of(ledger, name)
        if CURRENCY_SETTING not in settings:
            raise StorageError(unknown_book(folder, name, ledger.books()))
        told = energy_report(
            as_they_stand(ledger.bodies_of(name, "energy", "hours", "invoice", "amend", "cancel", "moved_to_book")),
            ZoneInfo(settings.get("time_zone", "UTC")),
            first=days[0],
            last=days[1],
            by="month" if by_month else "day",
            slots_of=(lambda digest: evidence(ledger, digest)) if slots else None,
        )
    return told, settings[CURRENCY_SETTING]


def energy_rows(told: EnergyReport, currency: str) -> "Iterator[list[Cell]]":
    """A row for each, under ``ENERGY_COLUMNS``."""
    for row in told.rows:
        yield [
            *(row.period, row.device, row.price, row.kilowatt_hours, row.value, currency),
            *(row.unpriced_kilowatt_hours, row.unplaced_kilowatt_hours, row.billed_kilowatt_hours, row.hours),
        ]


def energy_document(told: EnergyReport, currency: str) -> dict[str, Any]:
    """The whole answer: the rows and their sums, what bills say, and what counts: bills in place of their days."""
    return {
        "version": 1,
        "currency": currency,
        "rows": [_row(row) for row in told.rows],
        "kilowatt_hours": None if (energy := _energy(told)) is None else plain(energy),
        "value": None if (value := _value(told)) is None else plain(value),
        "bills": [
            {
                "id": bill.id,
                "from": bill.first_day.isoformat(),
                "to": bill.last_day.isoformat(),
                "kilowatt_hours": plain(bill.kwh),
                "value": plain(bill.value),
            }
            for bill in told.bills
        ],
        "counted_kilowatt_hours": energy_text(told.counted.kilowatt_hours) if told.rows or told.bills else None,
        "counted_value": in_cents_text(told.counted.value) if value is not None or told.bills else None,
        "gaps": list(told.gaps),
    }


def show_energy(told: EnergyReport, currency: str, console: Console | None = None) -> None:
    """A line a row, the bills, and of which times nothing is known."""
    out = console or plain_console()
    if told.rows:
        print_table(out, _table(told, currency), keys=2)
    else:
        print_line(out, "no electricity is booked for these days; what the log holds of them: miner-agent energy post")
    for bill in told.bills:
        days = f"{bill.first_day} to {bill.last_day}"
        energy, value = plain(bill.kwh), plain(bill.value)
        print_line(out, f"bill {clean_text(bill.id)}: {days}: {energy} kWh, {value} {currency}; it counts")
    if told.bills:
        counted = f"{energy_text(told.counted.kilowatt_hours)} kWh, {in_cents_text(told.counted.value)} {currency}"
        print_line(out, f"with bills in place of their days: {counted}")
    for gap in told.gaps:
        print_line(out, f"gap: {clean_text(gap, length=2_000)}")


def _energy(told: EnergyReport) -> Decimal | None:
    """Of all rows; ``None`` where there is none."""
    return exact_sum(row.kilowatt_hours for row in told.rows) if told.rows else None


def _value(told: EnergyReport) -> Decimal | None:
    """Of all rows that have one; ``None`` where none has."""
    values = [row.value for row in told.rows if row.value is not None]
    return exact_sum(values) if values else None


def _table(told: EnergyReport, currency: str) -> Table:
    rows = [
        (
            row.period,
            clean_text(row.device),
            "" if row.price is None else plain(row.price),
            f"{row.kilowatt_hours:.4f}",
            ABSENT if row.value is None else f"{row.value:.4f}",
            "" if row.hours is None else f"{row.hours:.2f}",
            _marks(row),
        )
        for row in told.rows
    ]
    spent = ABSENT if (total := _value(told)) is None else f"{total:.4f}"
    unpriced = exact_sum(row.unpriced_kilowatt_hours for row in told.rows)
    lack = f"{unpriced:.4f} kWh without a price" if unpriced else ""
    rows.append(("in all", "", "", f"{_energy(told):.4f}", spent, "", lack))
    return figures_table(("period", "device", "price", "kWh", currency, "hours", "of it"), rows, names=2)


def _marks(row: EnergyRow) -> str:
    return ", ".join(
        f"{amount:.4f} kWh {what}"
        for amount, what in (
            (row.unpriced_kilowatt_hours, "without a price"),
            (row.unplaced_kilowatt_hours, "of no known time"),
            (row.billed_kilowatt_hours, "on a bill, which counts"),
        )
        if amount
    )


def _row(row: EnergyRow) -> dict[str, Any]:
    return {
        "period": row.period,
        "device": row.device,
        "price": None if row.price is None else plain(row.price),
        "kilowatt_hours": plain(row.kilowatt_hours),
        "value": None if row.value is None else plain(row.value),
        "unpriced_kilowatt_hours": plain(row.unpriced_kilowatt_hours),
        "unplaced_kilowatt_hours": plain(row.unplaced_kilowatt_hours),
        "billed_kilowatt_hours": plain(row.billed_kilowatt_hours),
        "hours": None if row.hours is None else plain(row.hours),
    }
