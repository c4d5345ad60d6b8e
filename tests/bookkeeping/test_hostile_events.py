"""Files with anything in the place of anything: a book that adds up, or one sentence."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from calculators.books.tax_year import tax_year_named
from miner_agent.bookkeeping.booking import Request, book_events
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.events_file import INTERNAL_KINDS, UnfitFile, parse_events_file
from miner_agent.bookkeeping.projection import project
from miner_agent.bookkeeping.year_summary import summary_json, summary_of
from miner_agent.model.book.events import KINDS
from tests.bookkeeping.books import NOW, events_file, payout, sale

FEW, MANY, MOST = 60, 1_000, 3_000
AT = {"time": "2025-05-05T08:15:30Z"}


def every_kind() -> list[dict[str, Any]]:
    coins = payout("", price="1", value="2")
    return [
        payout("p", txid="T", output=1, pool="x", fee_amount="0.1"),
        {**coins, "id": "f", "kind": "fee"},
        sale("s"),
        {**coins, "id": "b", "kind": "purchase", "fee_fiat": "0.1"},
        {**coins, "id": "o", "kind": "opening_lot"},
        {"id": "t", "kind": "transfer", "to_wallet": "v", "wallet": "w", "asset": "XMR", "amount": "0.1", **AT},
        {"id": "v", "kind": "valuation", "target": "p", "price": "1", "value": "2", **AT},
        {"id": "a", "kind": "amend", "target": "p", "set": {"value": "3"}, "why": "w", **AT},
        {"id": "c", "kind": "cancel", "target": "f", "why": "w", **AT},
        {"id": "e", "kind": "energy", "device": "d", "kwh": "1", "value": "2", **AT},
        {"id": "i", "kind": "invoice", "from": "2025-01-01", "to": "2025-02-01", "kwh": "1", "value": "2", **AT},
        {"id": "x", "kind": "expense", "category": "c", "value": "1", **AT},
        {"id": "h", "kind": "hardware", "name": "n", "acquired": "2025-01-01", "value": "1", "business_share": "0.5", "write_off": "macrs5", **AT},
        {"id": "hs", "kind": "hardware_sale", "target": "h", "value": "1", **AT},
        {**coins, "id": "sw", "kind": "swap", "to_asset": "BTC", "to_amount": "1"},
        {**coins, "id": "sp", "kind": "spend", "category": "x"},
        {**coins, "id": "g", "kind": "gift"},
        {**coins, "id": "l", "kind": "loss", "stolen": True},
        {**coins, "id": "oi", "kind": "other_income", "category": "c"},
        {**coins, "id": "pc", "kind": "pool_credit", "pool": "p", "recognised": True},
        {"id": "ho", "kind": "hours", "device": "d", "hours": "3", **AT},
        {"id": "ct", "kind": "contract", "party": "p", "terms": "t", **AT},
        {"id": "lc", "kind": "lot_choice", "target": "s", "lots": [["p", "0.1"]], **AT},
        {"id": "so", "kind": "standing_order", "method": "hifo", **AT},
    ]  # fmt: skip


VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 1.5, "", "0", "-0", "1e5", "1e-40", "x" * 3000, "\ud800", "\x00", [], {}, [[]], [["a"]],
    {"a": 1}, "2025-13-01", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "NaN", "1_0", "specific", "p", "section104",
]  # fmt: skip


def spoilt(chosen: random.Random) -> bytes:
    """One or two keys of any events changed, taken away or added."""
    events = every_kind()
    for _ in range(chosen.choice([0, 1, 1, 2])):
        event = chosen.choice(events)
        key = chosen.choice([*event, "another"])
        if chosen.random() < 0.2:
            event.pop(key, None)
        else:
            event[key] = chosen.choice(VALUES)
    if chosen.random() < 0.2:
        chosen.shuffle(events)
    return events_file(*events)


@pytest.mark.parametrize(
    "count", [FEW, pytest.param(MANY, marks=pytest.mark.thorough), pytest.param(MOST, marks=pytest.mark.soak)]
)
def test_whatever_stands_in_a_file_a_book_follows_or_one_sentence(folder: Path, count: int) -> None:
    chosen, outcomes = random.Random(count), set()
    for number in range(count):
        raw = spoilt(chosen)
        try:
            parsed = parse_events_file(raw, "events.json")
            request = Request(events=parsed.events, by_whom="a test", currency="USD", name="events.json")
            book_events(BooksFolder(folder), str(number), request, now=NOW)
        except UnfitFile as refused:
            assert str(refused).startswith("events.json: ")
            assert "\n" not in str(refused)
            outcomes.add(False)
            continue
        with BooksFolder(folder).reading() as ledger:
            book = project(str(number), ledger.bodies(str(number)), ledger.head(str(number)))
        for year in ("2025", "all"):
            json.dumps(summary_json(summary_of(book, tax_year_named(year, country="US"))), default=str)
        outcomes.add(True)

    assert outcomes == {True, False}


@pytest.mark.parametrize(
    "count", [FEW, pytest.param(MANY, marks=pytest.mark.thorough), pytest.param(MOST, marks=pytest.mark.soak)]
)
def test_bytes_that_were_changed_are_read_or_refused(count: int) -> None:
    chosen, whole = random.Random(count), events_file(*every_kind())
    for _ in range(count):
        raw = bytearray(whole)
        for _ in range(chosen.choice([1, 2, 5])):
            at = chosen.randrange(len(raw))
            if chosen.random() < 0.5:
                raw[at] = chosen.randrange(256)
            else:
                del raw[at : at + chosen.randrange(30)]
        try:
            parse_events_file(bytes(raw), "events.json")
        except UnfitFile as refused:
            assert "\n" not in str(refused)


def test_every_kind_of_event_is_booked(folder: Path) -> None:
    parsed = parse_events_file(events_file(*every_kind()), "events.json")
    booked = book_events(
        BooksFolder(folder), "main", Request(events=parsed.events, by_whom="x", currency="USD"), now=NOW
    )

    assert len(booked.added) == len(every_kind()) + 1


def test_every_kind_is_tried_here_and_told_on_its_page() -> None:
    from_files = set(KINDS) - set(INTERNAL_KINDS)
    told = (Path(__file__).parents[2] / "docs" / "books.md").read_text()

    assert {event["kind"] for event in every_kind()} == from_files
    assert [kind for kind in from_files if f"`{kind}`" not in told] == []
