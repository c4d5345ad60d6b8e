"""The list for Form 8949 as people and programs read it."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console

from calculators.books.exact import exact_sum, plain
from calculators.books.form_8949 import BrokerComparison, Form8949Row
from exporters.csv import Cell
from miner_agent.bookkeeping.disposal_list import DisposalList
from miner_agent.bookkeeping.year_summary import RECORD
from miner_agent.cli.support.fitted_tables import figures_table, print_table
from miner_agent.cli.support.plain_lines import plain_console, print_line
from miner_agent.text import clean_text

COLUMNS = ("box", "description", "acquired", "sold", "proceeds", "cost", "gain", "disposal")
SHOWN = ("description", "acquired", "sold", "proceeds", "cost", "gain")
VARIOUS = "VARIOUS"
"""What the form has where there is no single day."""


def disposal_csv(told: DisposalList) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
    """A row for each lot of each disposal."""
    amounts = ((row.proceeds, row.cost, row.gain) for row in told.rows)
    return COLUMNS, (
        (cells["box"], cells["description"], cells["acquired"], cells["sold"], *numbers, cells["disposal"])
        for cells, numbers in zip(map(_row, told.rows), amounts, strict=True)
    )


def disposal_document(told: DisposalList) -> dict[str, Any]:
    """The list, its sums by box, and how it compares with a broker's."""
    return {
        "year": told.year.name,
        "currency": told.book.terms.currency,
        "boxes": {box: {name: plain(sum_of) for name, sum_of in _sums(told.of_box(box))} for box in told.boxes},
        "rows": [_row(row) for row in told.rows],
        "broker": [_compared(one) for one in told.comparison],
        "notes": [RECORD],
    }


def show_disposals(told: DisposalList, console: Console | None = None) -> None:
    """A table for each box, and its sum."""
    out = console or plain_console()
    for box in told.boxes:
        rows = told.of_box(box)
        print_line(out, f"box {box}")
        cells = [tuple(clean_text(each[name]) for name in SHOWN) for each in map(_row, rows)]
        cells.append(("sum", "", "", *(plain(amount) for _, amount in _sums(rows))))
        print_table(out, figures_table(SHOWN, cells, names=3))
        print_line(out, "")
    if not told.rows:
        print_line(out, f"nothing was disposed of in {told.year.name}")
    for one in told.comparison:
        if sentence := _sentence(one, told.book.terms.currency):
            print_line(out, sentence)
    print_line(out, RECORD)


def _row(row: Form8949Row) -> dict[str, str]:
    return {
        "box": row.box,
        "description": row.description,
        "acquired": VARIOUS if row.acquired is None else row.acquired.isoformat(),
        "sold": row.sold.isoformat(),
        "proceeds": plain(row.proceeds),
        "cost": plain(row.cost),
        "gain": plain(row.gain),
        "disposal": row.disposal_id,
    }


def _sums(rows: Sequence[Form8949Row]) -> Iterator[tuple[str, Any]]:
    yield "proceeds", exact_sum(row.proceeds for row in rows)
    yield "cost", exact_sum(row.cost for row in rows)
    yield "gain", exact_sum(row.gain for row in rows)


def _compared(one: BrokerComparison) -> dict[str, Any]:
    return {
        "asset": one.told.asset,
        "amount": plain(one.told.amount),
        "sold": one.told.sold.isoformat(),
        "disposal": one.own.disposal_id if one.own else None,
        "broker_proceeds": plain(one.broker.proceeds) if one.broker else None,
        "own_proceeds": plain(one.own.proceeds) if one.own and one.own.proceeds is not None else None,
        "difference": None if one.difference is None else plain(one.difference),
    }


def _sentence(one: BrokerComparison, currency: str) -> str | None:
    """What is not the same; ``None``: all of it is."""
    sale = f"{plain(one.told.amount)} {clean_text(one.told.asset)} sold on {one.told.sold}"
    if one.own is None:
        proceeds = plain(one.told.proceeds or Decimal(0))
        return f"the broker tells of {sale} for {proceeds} {currency}; no such sale is booked"
    name = clean_text(one.own.disposal_id)
    if one.broker is None:
        return f"{name}: {sale}; the broker tells of no such sale"
    if one.difference:
        more = "more" if one.difference > 0 else "less"
        return f"{name}: {sale}; the broker tells {plain(abs(one.difference))} {currency} {more} than is booked"
    return None
