"""Entries of the books, for people and for programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from miner_agent.bookkeeping.booking import Booked
from miner_agent.bookkeeping.event_body import defaults_of, document_of
from miner_agent.bookkeeping.event_reader import unlike_price
from miner_agent.bookkeeping.standing import EntryStanding
from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import ABSENT, plain_console
from miner_agent.model.book.events import CoinEvent, Event, Invoice, Payout, ValuedEvent
from miner_agent.storage.ledger.chain_entry import ChainEntry, moment_of
from miner_agent.text import clean_apart, clean_text

LINES_TOLD = 10
PAYOUTS_OWN = ("price", "value", "fee_amount", "txid")
"""Keys of every payout; those that were not said are null."""


def entry_documents(
    standing: Sequence[EntryStanding], hashes: Mapping[int, str], currency: str | None
) -> list[dict[str, Any]]:
    """Each entry with the keys of its event, as amended, and the currency of its amounts: the book's."""
    return [
        document | ({"currency": currency} if document.keys() & AMOUNTS else {})
        for document in (_document(one, hashes[one.seq]) for one in standing)
    ]


def _document(one: EntryStanding, digest: str) -> dict[str, Any]:
    told = document_of(one.event)
    kind, own, time = (told.pop(name) for name in ("kind", "id", "time"))
    head = {"seq": one.seq, "kind": kind, "id": own, "time": time, "hash": digest, "status": one.status}
    return head | dict.fromkeys(_nulls(one.event)) | defaults_of(type(one.event)) | told


def _nulls(event: Event) -> tuple[str, ...]:
    if isinstance(event, Payout):
        return PAYOUTS_OWN
    return ("price", "value") if isinstance(event, ValuedEvent) else ()


AMOUNTS = {"value", "price", "fee_fiat"}
"""Keys of money."""
LONGEST_ID = 200  # what is typed to amend an entry has to be there whole


def show_entries(
    standing: Sequence[EntryStanding], currency: str | None, zone: ZoneInfo, console: Console | None = None
) -> None:
    """A line an entry: what of which coin, what it was worth, how it stands; when, by the clock of the book."""
    out = console or plain_console()
    ids = clean_apart((one.event.id for one in standing), length=LONGEST_ID)
    wallets = clean_apart(one.event.wallet for one in standing if isinstance(one.event, CoinEvent))
    table = Table("seq", "time", "kind", "id", "what", "value", "stands", box=None, pad_edge=False)
    for one in standing:
        told = document_of(one.event)
        what = told.get("name") or told.get("category") or told.get("device") or told.get("target") or ABSENT
        if isinstance(one.event, Invoice):
            what = f"{one.event.first_day} to {one.event.last_day}"
        if isinstance(one.event, CoinEvent):
            what = f"{told['amount']} {clean_text(one.event.asset)} {wallets[one.event.wallet]}"
        cells = (
            str(one.seq),
            f"{one.event.time.astimezone(zone):%Y-%m-%d %H:%M%z}",
            one.event.kind,
            ids[one.event.id],
            str(what),
            f"{told['value']} {currency or ''}".rstrip() if told.get("value") else str(told.get("setting") or ABSENT),
            one.status,
        )
        table.add_row(*(Text(clean_text(cell, length=LONGEST_ID)) for cell in cells))
    print_table(out, table, keys=4)


def chain_document(entry: ChainEntry) -> dict[str, Any]:
    """One entry as it stands in the chain."""
    return {
        "book": entry.book,
        "seq": entry.seq,
        "kind": entry.kind,
        "occurred_at": moment_of(entry.occurred_at),
        "recorded_at": moment_of(entry.recorded_at),
        "by_whom": entry.by_whom,
        "why": entry.why,
        "replaces": entry.replaces,
        "fact": entry.fact,
        "body": entry.body,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def booked_document(booked: Booked, book: str, *, dry_run: bool) -> dict[str, Any]:
    """What came of booking."""
    return {
        "book": book,
        "dry_run": dry_run,
        "added": [event.id for event in booked.added],
        "known": booked.known,
        "linked": [{"id": link.id, "target": link.target} for link in booked.linked],
        "open": [{"id": link.id, "candidates": list(link.candidates)} for link in booked.open],
        "entries": booked.head.seq,
        "hash": booked.head.hash,
    }


def booked_lines(booked: Booked, book: str, *, dry_run: bool) -> list[str]:
    """The same for people."""
    done = "would be booked" if dry_run else "booked"
    lines = [f"{len(booked.added)} {done}, {booked.known} known already"]
    lines += _few([f"{link.id}: is {link.target}, which came under another key" for link in booked.linked])
    ask = "say which: miner-agent ledger amend {} --set target=ID --why TEXT"
    lines += _few(
        [f"{link.id}: may be one of {', '.join(link.candidates)}; {ask.format(link.id)}" for link in booked.open]
    )
    if not dry_run:
        lines.append(f"book {book} ends at entry {booked.head.seq}, hash {booked.head.hash}")
    return [clean_text(line, length=500) for line in lines]


def print_booked(booked: Booked, book: str, *, dry_run: bool, as_json: bool) -> None:
    """In the form that was asked for."""
    if as_json:
        print_json(booked_document(booked, book, dry_run=dry_run))
        return
    for line in booked_lines(booked, book, dry_run=dry_run):
        tell(line)


def say_of_slips(booked: Booked, now: datetime) -> None:
    """A word about entries of a time to come, mostly a slip of the year, and about values that are not their price."""
    to_come = [event for event in booked.added if event.time > now]
    undo = "miner-agent ledger cancel ID --why TEXT, if that is a slip"
    for line in _few(
        [f"{event.id}: its time, {event.time:%Y-%m-%d %H:%M%z}, is yet to come; {undo}" for event in to_come]
    ):
        tell(f"note: {clean_text(line, length=500)}", err=True)
    unlike = [f"{event.id}: {said}; the value counts" for event in booked.added if (said := unlike_price(event))]
    for line in _few(unlike):
        tell(f"note: {clean_text(line, length=500)}", err=True)


def _few(lines: list[str]) -> list[str]:
    """The first of them, and how many there are more: `--json` tells all."""
    more = len(lines) - LINES_TOLD
    return lines if more <= 0 else [*lines[:LINES_TOLD], f"and {more} more like it"]
