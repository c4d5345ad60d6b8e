"""The report of transactions that NiceHash hands out as CSV.

What was mined stands there gross, and NiceHash's fee as a row of its own below zero. The column of money and its
currency depend on the account, and some reports have a column of local time beside the one in GMT.
"""

import re
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from zoneinfo import ZoneInfo

from calculators.books.exact import EXACT
from calculators.spreadsheet import TextRow
from miner_agent.bookkeeping.event_reader import EventRefused
from miner_agent.bookkeeping.events_file import UnfitFile
from miner_agent.payouts.found_payouts import FoundPayout
from miner_agent.payouts.payout_table import text_table
from miner_agent.payouts.table_cells import FIAT, read_cell, read_moment
from miner_agent.text import clean_text

POOL = "nicehash"
MINED, KEPT = "hashpower mining", "hashpower mining fee"
_amount = attrgetter("amount")
_AMOUNT = re.compile(r"amount \(([a-z0-9]{2,10})\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NicehashReport:
    """What a report tells."""

    asset: str
    payouts: tuple[FoundPayout, ...]
    left_out: int  # rows of other things: withdrawals, deposits, trades


@dataclass(slots=True)
class _Mined:
    line: int
    time: datetime
    amount: Decimal
    value: Decimal | None
    price: Decimal | None
    fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Columns:
    time: int
    purpose: int
    amount: int
    asset: str
    rate: int | None
    value: int | None  # where it is in the book's currency


def parse_nicehash_report(raw: bytes, name: str, *, currency: str | None, zone: ZoneInfo | None) -> NicehashReport:
    """Everything that was mined, after the fee.

    Args:
        raw: the report.
        name: what it is called in a sentence about it.
        currency: the book's; a column in another one tells no value.
        zone: of times that do not say their own.

    Raises:
        UnfitFile: it is another file, or something in it cannot be read.
    """
    names, rows = text_table(raw, name)
    columns = _columns(names, name, currency)
    mined: list[_Mined] = []
    awaiting: defaultdict[datetime, deque[_Mined]] = defaultdict(deque)
    fees: list[_Mined] = []
    left_out = 0
    for row in rows:
        purpose = row.cells[columns.purpose].lower()
        if purpose not in {MINED, KEPT}:
            left_out += 1
            continue
        one = _read(row, columns, name, zone, is_fee=purpose == KEPT)
        (fees if purpose == KEPT else mined).append(one)
    for one in sorted(mined, key=_amount, reverse=True):
        awaiting[one.time].append(one)
    for fee in sorted(fees, key=_amount, reverse=True):  # of one second the larger fee is of the larger amount
        if not awaiting[fee.time]:
            raise UnfitFile(
                f"{name} line {fee.line}: a fee of {fee.time:%Y-%m-%d %H:%M:%S} UTC, but nothing was mined then; "
                "is the report whole?"
            )
        _take_fee(awaiting[fee.time].popleft(), fee, name)
    payouts = tuple(_payout(one) for one in mined if one.amount > 0)
    return NicehashReport(asset=columns.asset, payouts=payouts, left_out=left_out)


def _columns(names: tuple[str, ...], name: str, currency: str | None) -> _Columns:
    amounts = {found[1].upper(): place for place, one in enumerate(names) if (found := _AMOUNT.fullmatch(one))}
    coins = [asset for asset in amounts if asset not in FIAT]
    if "date time" not in names or "purpose" not in names or len(coins) != 1:
        raise UnfitFile(
            f"{name}: this is no report of NiceHash, which has the columns Date time, Purpose and Amount (BTC); "
            "of another table say --columns"
        )
    in_book = currency in amounts and currency in FIAT
    return _Columns(
        time=names.index("date time"),
        purpose=names.index("purpose"),
        amount=amounts[coins[0]],
        asset=coins[0],
        rate=names.index("exchange rate") if in_book and "exchange rate" in names else None,
        value=amounts[currency] if in_book and currency is not None else None,
    )


def _read(row: TextRow, columns: _Columns, name: str, zone: ZoneInfo | None, *, is_fee: bool) -> _Mined:
    try:
        time = read_moment(row.cells[columns.time], zone)
        sign = -1 if is_fee else 1
        amount = sign * read_cell(row.cells[columns.amount])
        value, rate = (
            None if place is None or not row.cells[place] else read_cell(row.cells[place])
            for place in (columns.value, columns.rate)
        )
    except EventRefused as refused:
        raise UnfitFile(f"{name} line {row.line}: {clean_text(', '.join(row.cells), length=120)}: {refused}") from None
    if amount < 0 or (value is not None and sign * value < 0):
        raise UnfitFile(f"{name} line {row.line}: {row.cells[columns.amount]} has the wrong sign for its purpose")
    return _Mined(row.line, time, amount, None if value is None else sign * value, rate)


def _take_fee(of: _Mined, fee: _Mined, name: str) -> None:
    if fee.amount >= of.amount:
        raise UnfitFile(f"{name} line {fee.line}: the fee is not below what was mined; is the report whole?")
    of.amount, of.fee = EXACT.subtract(of.amount, fee.amount), fee.amount
    if of.value is not None:
        of.value = None if fee.value is None else max(Decimal(0), EXACT.subtract(of.value, fee.value))


def _payout(one: _Mined) -> FoundPayout:
    found = FoundPayout(time=one.time, amount=one.amount, price=one.price, value=one.value)
    return replace(found, fee_amount=one.fee) if one.fee else found
