"""Payouts of a table of text, in which each quantity stands in a column that is named."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from calculators.spreadsheet import TextRow, table_of
from miner_agent.bookkeeping.event_reader import EventRefused
from miner_agent.bookkeeping.events_file import UnfitFile
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.table_cells import currency_of_column, read_cell, read_moment, whole_coins
from miner_agent.text import clean_text

QUANTITIES: Mapping[str, str] = {
    "time": "when the coins arrived",
    "amount": "how many coins arrived",
    "txid": "the transaction",
    "output": "which output of it",
    "id": "what the pool calls the payout",
    "fee": "what the pool kept of it, in coins",
    "price": "of one coin",
    "value": "of all of them",
    "currency": "of price and value",
}
NEEDED = ("time", "amount")
_NOT_SAID = frozenset({"", "-", "n/a", "null", "none"})
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTerms:
    """How a table is to be understood."""

    columns: Mapping[str, str]  # quantity to the name of its column
    zone: ZoneInfo | None = None  # of times that do not say their own
    currency: str | None  # the book's
    told_currency: str | None = None  # of price and value, where the table does not say it; None: the book's
    decimals: int | None = None  # amounts are whole numbers of the smallest unit, of which a coin has 10^decimals


def column_map(told: str) -> dict[str, str]:
    """The columns of the quantities, from text as ``time=Date,amount=Amount``.

    Raises:
        ValueError: a quantity is not known, stands twice or is missing; the sentence says what to write.
    """
    found: dict[str, str] = {}
    for pair in told.split(","):
        quantity, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not column:
            raise ValueError(f"{clean_text(pair)!r} is no QUANTITY=COLUMN")
        if quantity not in QUANTITIES:
            raise ValueError(f"{clean_text(quantity)!r} is not known; known: {', '.join(QUANTITIES)}")
        if quantity in found:
            raise ValueError(f"{quantity} has two columns; name one")
        found[quantity] = column
    for quantity in NEEDED:
        if quantity not in found:
            raise ValueError(f"{quantity} has no column; name it, such as {quantity}={quantity.capitalize()}")
    return found


def parse_payout_table(raw: bytes, terms: TableTerms, name: str) -> tuple[FoundPayout, ...]:
    """Every row of a table.

    Args:
        raw: its bytes.
        terms: how it is to be understood.
        name: what it is called in a sentence about it.

    Raises:
        UnfitFile: something in it cannot be read; nothing of it is used.
    """
    places: dict[str, int] = {}
    names, rows = text_table(raw, name)
    for quantity, column in terms.columns.items():
        if column.lower() not in names:
            there = ", ".join(clean_text(one) for one in names)
            raise UnfitFile(f"{name}: there is no column {clean_text(column)!r} for {quantity}; there are: {there}")
        if names.count(column.lower()) > 1:
            raise UnfitFile(f"{name}: two columns have the name {clean_text(column)!r}; rename one of them")
        places[quantity] = names.index(column.lower())
    return tuple(_Row(row, places, terms, name).payout() for row in rows)


def text_table(raw: bytes, name: str) -> tuple[tuple[str, ...], Iterator[TextRow]]:
    """The names of the columns in small letters, and the rows.

    Raises:
        UnfitFile: it is no table of text.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnfitFile(f"{name}: byte {error.start} is no UTF-8; save it as CSV in UTF-8") from None
    if "\0" in text:
        raise UnfitFile(f"{name}: it holds NUL characters, and no table of text does")
    try:
        table = table_of(text if text.endswith(("\n", "\r")) else f"{text}\n")
    except ValueError as error:
        raise UnfitFile(f"{name}: it is no CSV: {clean_text(str(error), length=200)}") from None
    if not any(table.names):
        raise UnfitFile(f"{name}: it is empty; a line with the names of the columns is expected")
    return table.names, _whole_rows(table.rows, name)


def _whole_rows(rows: Iterator[TextRow], name: str) -> Iterator[TextRow]:
    for row in rows:
        if row.problem is not None:
            raise UnfitFile(f"{name} line {row.line}: {clean_text(row.problem, length=200)}")
        yield row


class _Row:
    def __init__(self, row: TextRow, places: Mapping[str, int], terms: TableTerms, name: str) -> None:
        self._row, self._places, self._terms, self._name = row, places, terms, name

    def payout(self) -> FoundPayout:
        price, value = self._in_currency("price"), self._in_currency("value")
        return FoundPayout(
            time=self._needed("time", self._moment),
            amount=self._needed("amount", self._positive),
            own_id=self._text("id"),
            txid=self._text("txid"),
            output=self._or_none("output", _output),
            fee_amount=self._or_none("fee", self._coins),
            price=price,
            value=value,
        )

    def _moment(self, cell: str) -> datetime:
        return read_moment(cell, self._terms.zone)

    def _coins(self, cell: str) -> Decimal:
        amount = read_cell(cell)
        if amount < 0:
            raise EventRefused("is below zero")
        if self._terms.decimals is None:
            return amount
        if amount != amount.to_integral_value():
            raise EventRefused("is no whole number of the smallest unit; leave --decimals away")
        return whole_coins(amount, self._terms.decimals)

    def _positive(self, cell: str) -> Decimal:
        amount = self._coins(cell)
        if amount == 0:
            raise EventRefused("is not above zero")
        return amount

    def _in_currency(self, quantity: str) -> Decimal | None:
        """Nothing where it is in another currency than the book's: that is no value here."""
        if quantity not in self._places:
            return None
        told = self._text("currency") or currency_of_column(self._terms.columns[quantity]) or self._terms.told_currency
        if told is not None and told.upper() != self._terms.currency:
            return None
        return self._or_none(quantity, _money)

    def _text(self, quantity: str) -> str | None:
        cell = self._cell(quantity)
        return None if cell.lower() in _NOT_SAID else cell

    def _cell(self, quantity: str) -> str:
        place = self._places.get(quantity)
        return "" if place is None else self._row.cells[place].strip()

    def _or_none(self, quantity: str, read: Callable[[str], Read]) -> Read | None:
        return None if self._text(quantity) is None else self._needed(quantity, read)

    def _needed(self, quantity: str, read: Callable[[str], Read]) -> Read:
        cell = self._cell(quantity)
        try:
            return read(cell)
        except EventRefused as refused:
            column = clean_text(self._terms.columns[quantity])
            raise UnfitFile(f'{self._name} line {self._row.line}: {column} = "{clean_text(cell)}" {refused}') from None


def _money(cell: str) -> Decimal:
    amount = read_cell(cell)
    if amount < 0:
        raise EventRefused("is below zero")
    return amount


def _output(cell: str) -> int:
    if cell.isascii() and cell.isdigit() and len(cell) < 10:
        return int(cell)
    raise EventRefused("is no whole number from 0 on")
