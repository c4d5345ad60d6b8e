"""Reads what a broker's Form 1099-DA tells, as a person writes it into a CSV file."""

import csv
import io
from datetime import date
from decimal import Decimal

from calculators.books.form_8949 import BrokerRow
from miner_agent.bookkeeping.event_reader import EventRefused, read_amount

COLUMNS = ("asset", "amount", "sold", "proceeds")
BASIS = "basis"
MOST_ROWS = 100_000


class UnfitBrokerFile(ValueError):
    """What it says goes on behind the name of the file."""


def parse_broker_file(text: str) -> list[BrokerRow]:
    """Rows with the columns asset, amount, sold (a day), proceeds, and basis, which may be empty or left away.

    Raises:
        UnfitBrokerFile: a column is missing, or a row has something else in it.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip().lower() for name in reader.fieldnames or []]
        if missing := [name for name in COLUMNS if name not in head]:
            raise UnfitBrokerFile(f"line 1: no column {missing[0]}; write asset,amount,sold,proceeds,basis")
        reader.fieldnames = head
        rows: list[BrokerRow] = []
        for row in reader:
            if len(rows) == MOST_ROWS:
                raise UnfitBrokerFile(f"line {reader.line_num}: more than {MOST_ROWS} rows")
            rows.append(_row(row, reader.line_num))
    except csv.Error as error:
        raise UnfitBrokerFile(f"line {reader.line_num}: it is no CSV: {error}") from None
    return rows


def _row(row: dict[str, str | None], line: int) -> BrokerRow:
    basis = (row.get(BASIS) or "").strip()
    return BrokerRow(
        asset=_told(row, "asset", line),
        amount=_amount(row, "amount", line),
        sold=_day(row, line),
        proceeds=_amount(row, "proceeds", line),
        basis=_amount(row, BASIS, line) if basis else None,
    )


def _told(row: dict[str, str | None], name: str, line: int) -> str:
    text = (row.get(name) or "").strip()
    if not text:
        raise UnfitBrokerFile(f"line {line}: {name} is empty")
    return text


def _amount(row: dict[str, str | None], name: str, line: int) -> Decimal:
    text = _told(row, name, line)
    try:
        return read_amount(text)
    except EventRefused as refused:
        raise UnfitBrokerFile(f"line {line}: {name} = {text[:40]!r} {refused}") from None


def _day(row: dict[str, str | None], line: int) -> date:
    text = _told(row, "sold", line)
    try:
        if len(text) == len("2025-05-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UnfitBrokerFile(f"line {line}: sold = {text[:40]!r} is no day; write it as 2025-05-31")
