"""BittyTax 0.6: its records, from the beginning of the book, since its pool is made of all of them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from calculators.books.tax_year import day_of, instants_of, tax_year_from
from exporters.tax.csv_table import TableCell, csv_table
from exporters.tax.event_rows import EventRow, EventRows
from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.left_out import of_event
from miner_agent.model.book.events import (
    CoinEvent,
    Fee,
    Gift,
    OtherIncome,
    Payout,
    PoolCredit,
    Purchase,
    Sale,
    Spend,
    Swap,
)

FORMAT = "bittytax"
LAST_KNOWN_YEAR = 2025
"""The tax year that begins in it is the last one that this version knows."""
UNKNOWN = "BittyTax 0.6.0 does not know its tax year"
STANDS = "; it stands in the table for the disposals of the 30 days before it"
MATCHED_DAYS = 30
DISPOSALS = (Fee, Gift, Sale, Spend, Swap)
ACQUISITIONS = (OtherIncome, Payout, PoolCredit, Purchase)
_EARNED = {"staking": "Staking", "interest": "Interest"}  # its airdrops and forks are no income, the book's are
_WORDS = {"mining": "Mining", "fee": "Spend", "spend": "Spend", "gift": "Gift-Sent", "loss": "Lost"}


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """One table, and what stands beside it."""
    currency = told.book.terms.currency
    end = min(told.span[1], _known_until(told))
    coins = [event for event in told.book.events if isinstance(event, CoinEvent)]
    taken = list(_taken_later(coins, end, told))
    rows = EventRows(told, [*(event for event in coins if event.time < end), *taken])
    rows.grouped()
    rows.in_cents()
    buy = ("Buy Quantity", "Buy Asset", f"Buy Value in {currency}")
    sell = ("Sell Quantity", "Sell Asset", f"Sell Value in {currency}")
    fee = ("Fee Quantity", "Fee Asset", f"Fee Value in {currency}")
    head = ("Type", *buy, *sell, *fee, "Wallet", "Timestamp", "Note")
    table = csv_table(head, _lines(rows.rows, currency))
    yield ExportFile(name=f"{told.book_stem}-bittytax.csv", content=table)
    unknown = [event for event in told.events_until_its_end if isinstance(event, CoinEvent) and event.time >= end]
    here = {event.id for event in taken}
    remarks = [of_event(event, f"{UNKNOWN}{STANDS if event.id in here else ''}", told) for event in unknown]
    yield from rows.beside(FORMAT, remarks)


def _known_until(told: ExportedBook) -> datetime:
    """When tax years begin that the program leaves away without a word."""
    return instants_of(tax_year_from(LAST_KNOWN_YEAR, country="GB"), told.book.terms.zone)[1]


def _taken_later(coins: Sequence[CoinEvent], end: datetime, told: ExportedBook) -> Iterator[CoinEvent]:
    """What came in the 30 days after the last disposals before the end: these take it."""
    zone, days = told.book.terms.zone, timedelta(days=MATCHED_DAYS)
    last: dict[str, date] = {}
    for event in coins:
        if isinstance(event, DISPOSALS) and event.time < end:
            last[event.asset] = max(day_of(event.time, zone), last.get(event.asset, date.min))
    for event in coins:
        until = last.get(event.asset)
        if event.time >= end and isinstance(event, ACQUISITIONS) and until and day_of(event.time, zone) <= until + days:
            yield event


def _lines(rows: list[EventRow], currency: str) -> Iterator[list[TableCell]]:
    for row in rows:
        fee: tuple[TableCell, ...] = (row.fee, currency, None) if row.fee else (None, None, None)
        nothing = (None, None, None)
        buy: tuple[TableCell, ...] = (row.amount, row.asset, row.worth)
        tail = (row.wallet, _time(row.at), row.id if row.note is None else f"{row.id}: {row.note}")
        match row.word:
            case "mining" | "income":
                word = _WORDS.get(row.word) or _EARNED.get((row.category or "").strip().casefold(), "Income")
                yield [word, *buy, *nothing, *nothing, *tail]
            case "buy":
                yield ["Trade", row.amount, row.asset, None, row.value, currency, None, *fee, *tail]
            case "sell":
                yield ["Trade", row.value, currency, None, row.amount, row.asset, None, *fee, *tail]
            case "swap":
                yield ["Trade", row.to_amount, row.to_asset, row.value, *buy, *fee, *tail]
            case "transfer":
                yield ["Withdrawal", *nothing, row.amount, row.asset, None, *nothing, *tail]
                yield ["Deposit", row.amount, row.asset, None, *nothing, *nothing, row.to_wallet, *tail[1:]]
            case _:
                yield [_WORDS[row.word], *nothing, *buy, *nothing, *tail]


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S UTC")
