"""Small books to ask."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from miner_agent.bookkeeping.booking import Booked, Request, book_events
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.events_file import parse_events_file
from miner_agent.bookkeeping.projection import project
from miner_agent.bookkeeping.standing import EntryStanding, as_they_stand
from miner_agent.model.book.whole_book import Book

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def payout(told: str, *, time: str = "2025-05-05T08:15:30Z", amount: str = "0.15", **more: Any) -> dict[str, Any]:
    event = {"id": told, "kind": "payout", "time": time, "wallet": "w", "asset": "XMR", "amount": amount}
    return event | {"price": "280.00", "value": "42.00"} | more


def sale(told: str, *, time: str = "2025-09-15T12:00:00Z", amount: str = "0.1", **more: Any) -> dict[str, Any]:
    return payout(told, time=time, amount=amount) | {"kind": "sale", "value": "30.00", "fee_fiat": "0.5"} | more


def events_file(*events: Mapping[str, Any], currency: str = "USD", **top: Any) -> bytes:
    return json.dumps({"currency": currency, "events": list(events), **top}).encode()


def imported(folder: Path, raw: bytes, book: str = "main", *, dry_run: bool = False) -> Booked:
    parsed = parse_events_file(raw, "events.json")
    request = Request(
        events=parsed.events, by_whom="a test", currency=parsed.currency, settings=parsed.settings, name="events.json"
    )
    return book_events(BooksFolder(folder), book, request, now=NOW, dry_run=dry_run)


def told(folder: Path, *events: Mapping[str, Any], **top: Any) -> Booked:
    """Imports them from a file of their own."""
    return imported(folder, events_file(*events, **top))


def book_in(folder: Path, name: str = "main") -> Book:
    with BooksFolder(folder).reading() as ledger:
        return project(name, ledger.bodies(name), ledger.head(name))


def entries_in(folder: Path, name: str = "main") -> list[EntryStanding]:
    with BooksFolder(folder).reading() as ledger:
        return as_they_stand(ledger.bodies(name))
