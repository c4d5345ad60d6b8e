"""TurboTax: amounts with eight digits behind the point, none of them below zero."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from calculators.books.exact import plain
from exporters.tax.csv_table import TableCell, csv_table
from exporters.tax.event_rows import EventRow, EventRows
from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.left_out import Remark
from exporters.tax.running_sums import running
from exporters.tax.sides import SidedRow, asset_first, sided
from miner_agent.text import clean_text

FORMAT = "turbotax"
_HEAD = "Date,Type,Sent Asset,Sent Amount,Received Asset,Received Amount,Fee Asset,Fee Amount,Market Value Currency"
COLUMNS = (*_HEAD.split(","), "Market Value", "Description", "Transaction Hash", "Transaction ID")
FINEST = Decimal("0.00000001")
_WORDS = {"mining": "Mining", "buy": "Buy", "sell": "Sale", "swap": "Convert", "fee": "Expense", "spend": "Expense"}
_WORDS |= {"gift": "Other", "loss": "Other", "deposit": "Deposit", "withdrawal": "Withdrawal"}
_INCOME = {"airdrop": "Airdrop", "fork": "Forking", "hardfork": "Forking", "staking": "Staking"}


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """One table, and what stands beside it."""
    rows = EventRows(told, told.events)
    rows.grouped()
    rows.in_cents()
    whole, remarks = _in_eight_digits(rows.rows)
    lines = [_line(one, told.book.terms.currency) for row in whole for one in sided(row, told.book.terms.currency)]
    yield ExportFile(name=f"{told.book_stem}-turbotax.csv", content=csv_table(COLUMNS, lines))
    yield from rows.beside(FORMAT, remarks)


def _line(one: SidedRow, currency: str) -> Sequence[TableCell]:
    row = one.row
    word = one.category(_INCOME, "Income") if one.word == "income" else _WORDS[one.word]
    sides = (*asset_first(one.sent), *asset_first(one.received), *asset_first(one.fee))
    worth = (None, None) if one.word in {"deposit", "withdrawal"} else (currency, row.worth)
    return (f"{row.at:%Y-%m-%d %H:%M:%S}", word, *sides, *worth, row.said, row.reference, row.id)


def _in_eight_digits(rows: Sequence[EventRow]) -> tuple[list[EventRow], list[Remark]]:
    """Rounds the sums of what came and of what left of each coin; what is then nothing is told."""
    amounts: dict[tuple[str, bool, str], list[int]] = {}
    for number, row in enumerate(rows):
        amounts.setdefault((row.asset, row.word in {"mining", "income", "buy"}, row.wallet), []).append(number)
    found: list[EventRow] = list(rows)
    for numbers in amounts.values():
        rounded = running((rows[number].amount for number in numbers), FINEST)
        for number, amount in zip(numbers, rounded, strict=True):
            if amount != rows[number].amount:
                found[number] = replace(rows[number], amount=amount)
    arrived = [number for number, row in enumerate(found) if row.to_amount is not None]
    received = running((found[number].to_amount or Decimal(0) for number in arrived), FINEST)
    for number, amount in zip(arrived, received, strict=True):
        found[number] = replace(found[number], to_amount=amount)
    why = "nothing in eight digits behind the point"
    remarks = [
        Remark(id=row.id, sentence=f"{plain(row.amount)} {clean_text(row.asset)}: {why}")
        for row, told in zip(rows, found, strict=True)
        if not told.amount
    ]
    return [row for row in found if row.amount], remarks
