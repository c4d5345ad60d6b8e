"""The lots that are held, for people and for programs."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.books.exact import plain, whole_cents
from calculators.books.movements import HeldLot
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import ABSENT, plain_console
from miner_agent.model.book.whole_book import Book
from miner_agent.text import clean_apart, clean_text

LOT_COLUMNS = ("wallet", "asset", "amount", "acquired_at", "basis", "currency", "receipt")
_PLACES = 36  # of what no decimal holds: a share of a pool


def lot_documents(book: Book) -> list[dict[str, Any]]:
    """Each lot with exact numbers as text."""
    return [
        {
            "receipt": lot.receipt_id,
            "wallet": lot.wallet,
            "asset": lot.asset,
            "amount": _exact(lot.amount),
            "acquired_at": lot.acquired_at,
            "basis": None if lot.basis is None else str(whole_cents(lot.basis)),
            "currency": book.terms.currency,
        }
        for lot in book.matching.held
    ]


def lot_rows(book: Book) -> Iterator[tuple[str | None, ...]]:
    """The same as lines of CSV."""
    wallets = _wallets(book)
    for lot in book.matching.held:
        yield (
            wallets[lot.wallet],
            clean_text(lot.asset),
            _exact(lot.amount),
            lot.acquired_at.isoformat() if lot.acquired_at else None,
            None if lot.basis is None else str(whole_cents(lot.basis)),
            book.terms.currency,
            None if lot.receipt_id is None else clean_text(lot.receipt_id, length=200),
        )


def show_lots(book: Book, console: Console | None = None) -> None:
    """A line a lot."""
    out = console or plain_console()
    if not book.matching.held:
        out.print("Nothing is held.")
        return
    wallets = _wallets(book)
    table = Table("wallet", "amount", "acquired", "basis", "receipt", box=None, pad_edge=False)
    for lot in book.matching.held:
        table.add_row(*(Text(clean_text(cell)) for cell in (wallets[lot.wallet], *_cells(lot, book))))
    print_table(out, table, keys=2)


def _wallets(book: Book) -> dict[str, str]:
    """Each wallet's name as it is shown: two that look alike are two."""
    return clean_apart(lot.wallet for lot in book.matching.held)


def _cells(lot: HeldLot, book: Book) -> tuple[str, ...]:
    acquired = ABSENT if lot.acquired_at is None else f"{lot.acquired_at.astimezone(book.terms.zone):%Y-%m-%d}"
    basis = ABSENT if lot.basis is None else f"{whole_cents(lot.basis)} {book.terms.currency}"
    return f"{_exact(lot.amount)} {lot.asset}", acquired, basis, lot.receipt_id or ABSENT


def _exact(amount: Decimal | Fraction) -> str:
    return plain(amount) if isinstance(amount, Decimal) else plain(whole_cents(amount, places=_PLACES).normalize())
