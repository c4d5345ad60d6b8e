"""Books what a command line says: one event, checked as one of a file is."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner_agent.cli.support.books_place import (
    books_folder,
    books_options,
    dry_run_option,
    meant_book,
    say_notes,
    the_present,
)
from miner_agent.cli.support.options import Command, Name, json_option

if TYPE_CHECKING:
    from miner_agent.bookkeeping.books_folder import BooksFolder

_MORE: tuple[Callable[[Any], Any], ...] = (
    click.option("--time", type=Name(), metavar="TIME", help="Such as 2025-05-05T08:15:30Z; without it: now."),
    click.option("--id", "own_id", type=Name(), metavar="ID", help="Its own; booked twice, it adds nothing."),
    click.option("--note", type=Name(), metavar="TEXT", help="Kept with it."),
    click.option("--currency", type=Name(), metavar="CODE", help="Of a new book; the book's own need not be said."),
    dry_run_option,
    json_option,
)


def by_hand_options(command: Command) -> Command:
    """The options of every command that books one event."""
    for option in reversed(_MORE):
        command = option(command)
    return books_options(command)


def book_by_hand(
    kind: str,
    values: dict[str, Any],
    *,
    config_path: Path | None,
    state_dir: Path | None,
    book: str | None,
    time: str | None,
    own_id: str | None,
    note: str | None,
    currency: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Enter one event and say what came of it.

    Args:
        values: by the keys of a file of events; ``None``: not said.

    Raises:
        UnfitFile: one of the values cannot be.
        AgentError: the books cannot be written.
    """
    now = the_present()
    moment = time or now.isoformat()
    raw = {"kind": kind, "id": own_id or f"by hand/{kind}/{now.isoformat()}", "time": moment, "note": note, **values}
    folder = books_folder(config_path, state_dir)
    enter([raw], folder, book=meant_book(folder, book), currency=currency, now=now, dry_run=dry_run, as_json=as_json)


def enter(
    raws: list[dict[str, Any]],
    folder: "BooksFolder",
    *,
    book: str,
    currency: str | None,
    now: datetime,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Enter events and say what came of it."""
    from miner_agent.bookkeeping.booking import Request, book_events
    from miner_agent.bookkeeping.event_reader import EventRefused, read_event, unlike_price
    from miner_agent.bookkeeping.events_file import UnfitFile, read_currency
    from miner_agent.cli.support.ledger_tables import print_booked, say_of_slips

    command = click.get_current_context().command_path.partition(" ")[2]
    try:
        events = [read_event({key: value for key, value in raw.items() if value is not None}) for raw in raws]
    except EventRefused as refused:
        raise UnfitFile(f"{command}: {refused}") from None
    if said := next(filter(None, map(unlike_price, events)), None):
        raise UnfitFile(f"{command}: {said}; correct one of them, or leave one away")
    if currency is not None:
        read_currency(currency, command)
    request = Request(events=events, by_whom=command, currency=currency, name=command)
    booked = book_events(folder, book, request, now=now, dry_run=dry_run)
    print_booked(booked, book, dry_run=dry_run, as_json=as_json)
    say_of_slips(booked, now)
    say_notes(folder)
