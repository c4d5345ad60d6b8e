"""What a format cannot hold stands in a text beside it, so that nothing is lost in silence."""

from collections.abc import Iterable
from dataclasses import dataclass

from calculators.books.exact import plain
from calculators.books.tax_year import day_of
from exporters.tax.exported_book import ExportedBook, ExportFile
from miner_agent.model.book.events import (
    CoinEvent,
    EnergyDay,
    Event,
    Expense,
    HardwareBought,
    HardwareSale,
    Invoice,
    MiningContract,
    OperatingDay,
)
from miner_agent.text import clean_text

NO_VALUE = "no value is known of it"
NO_PLACE = "the format has no place for it"
UNTOLD = (OperatingDay, MiningContract)
"""What is booked for the record, and is no sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One sentence on one entry."""

    id: str
    sentence: str


def beside(
    told: ExportedBook, format_name: str, remarks: Iterable[Remark], *, what: str = "beside"
) -> list[ExportFile]:
    """The file with all remarks; none where there is nothing to say.

    Args:
        told: the book.
        format_name: of the export.
        remarks: in order.
        what: of the file's name.
    """
    lines = [f"{clean_text(one.id, length=200)}: {one.sentence}" for one in remarks]
    if not lines:
        return []
    head = [
        f"What the files for {format_name} do not hold of book {clean_text(told.book.name)}, {told.year.name}.",
        "It is no part of them: do not import it.",
        "",
    ]
    name = f"{told.book_stem}-{format_name}-{what}.txt"
    return [ExportFile(name=name, content="".join(f"{line}\n" for line in [*head, *lines]).encode())]


def of_event(event: Event, why: str, told: ExportedBook) -> Remark:
    """That an event is not in a file, and why."""
    day = day_of(event.time, told.book.terms.zone)
    return Remark(id=event.id, sentence=f"{event.kind} of {day.isoformat()}{_figures(event, told)}: {why}")


def costs_of_mining(told: ExportedBook, *, why: str = NO_PLACE) -> list[Remark]:
    """Electricity, expenses, hardware and what no format but our own has, for formats that know coins alone."""
    kinds = (EnergyDay, Invoice, Expense, HardwareBought, HardwareSale, *UNTOLD)
    return [of_event(event, why, told) for event in told.events if isinstance(event, kinds)]


def _figures(event: Event, told: ExportedBook) -> str:
    currency = told.book.terms.currency
    match event:
        case CoinEvent():
            told_of = f", {plain(event.amount)} {clean_text(event.asset)} in {clean_text(event.wallet)}"
        case EnergyDay() | Invoice():
            told_of = f", {plain(event.kwh)} kWh"
        case OperatingDay():
            told_of = f", {plain(event.hours)} hours of {clean_text(event.device)}"
        case _:
            told_of = ""
    value = getattr(event, "value", None)
    return told_of if value is None else f"{told_of}, {plain(value)} {currency}"
