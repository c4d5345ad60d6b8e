"""Invented books that try a format: several coins, wallets and transfers, dust, sell-outs, years and hostile names."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from calculators.books.exact import EXACT
from exporters.tax.exported_book import ExportFile
from miner_agent.cli.support.tax_export import export_files
from miner_agent.cli.support.year_input import tax_year
from miner_agent.model.book.whole_book import Book
from tests import databases
from tests.bookkeeping import books
from tests.hostile_names import NAMES

Told = dict[str, Any]
HOSTILE = [name[:150] for name in NAMES.values() if name.strip() and name.isprintable() and name.isascii()]
HOSTILE += ["шахта", "שלום", "\uff1d1+1", "a\u202eb", "line\nbreak", "tab\there"]


def wandering(seed: int, *, places: int = 12, first: int = 2024, days: int = 500, hostile: bool = False) -> list[Told]:
    """Payouts into three wallets, moved, sold and spent for fees; what is sold out is sold out."""
    chance = random.Random(seed)
    coins = ["XMR", "USDT.e"] if not hostile else ["1INCH", chance.choice(HOSTILE)]
    wallets = ["rig wallet", "cold,one", "ex%change"] if not hostile else [*chance.sample(HOSTILE, 2), "a"]
    held: dict[tuple[str, str], Decimal] = {}
    events: list[Told] = []
    at = datetime(first, 1, 3, 23, 30, tzinfo=UTC)
    end = at + timedelta(days=days)
    while (at := at + timedelta(hours=chance.choice((5, 30, 200)))) < end:
        asset, wallet = chance.choice(coins), chance.choice(wallets)
        have = held.get((asset, wallet), Decimal(0))
        word = chance.choice(("payout", "payout", "sale", "fee", "transfer")) if have else "payout"
        everything = word in {"sale", "transfer"} and chance.random() < 0.3
        amount = Decimal(chance.randrange(1, 10 ** (places + 1))).scaleb(-places)
        if word != "payout":
            units = int(EXACT.scaleb(have, places))
            amount = have if everything else Decimal(chance.randrange(1, units + 1)).scaleb(-places)
        told: Told = {"id": f"{word}-{len(events)}", "kind": word, "time": at.isoformat(), "wallet": wallet}
        told |= {"asset": asset, "amount": f"{amount:f}"}
        value = Decimal(chance.randrange(1, 20_000)) / 100
        if word == "transfer":
            told["to_wallet"] = to = chance.choice([one for one in wallets if one != wallet])
            held[asset, to] = EXACT.add(held.get((asset, to), Decimal(0)), amount)
        else:
            told |= {"price": None, "value": str(value)}
        if word == "sale":
            told["fee_fiat"] = str(min(value, Decimal(chance.randrange(0, 100)) / 100))
        if hostile:
            told["id"] = f"{len(events)} {chance.choice(HOSTILE)}"[:199]
            told["note"] = chance.choice(HOSTILE)
        held[asset, wallet] = (EXACT.add if word == "payout" else EXACT.subtract)(have, amount)
        events.append(told)
    return events


def dust(count: int = 200, *, value: str = "0.004") -> list[Told]:
    """Many payouts of one day that are worth less than a cent each."""
    start = datetime(2025, 6, 1, tzinfo=UTC)
    return [
        books.payout(
            f"dust-{number}",
            time=(start + timedelta(minutes=7 * number)).isoformat(),
            amount="0.000012345678",
            value=value,
        )
        for number in range(count)
    ]


def costs() -> list[Told]:
    """Electricity, an expense and a device that is sold."""
    day = "2025-03-01T10:00:00Z"
    return [
        {"id": "e1", "kind": "energy", "time": day, "device": "rig", "kwh": "12.5", "value": "2.031"},
        {"id": "e2", "kind": "energy", "time": "2025-03-02T10:00:00Z", "device": "rig", "kwh": "12.5", "value": None},
        {
            "id": "i1",
            "kind": "invoice",
            "time": "2026-01-10T10:00:00Z",
            "from": "2025-12-20",
            "to": "2026-01-08",
            "kwh": "200",
            "value": "31.00",
        },
        {"id": "x1", "kind": "expense", "time": day, "category": "repairs", "value": "59.90"},
        {
            "id": "h1",
            "kind": "hardware",
            "time": day,
            "name": "card",
            "acquired": "2025-02-20",
            "value": "999.99",
            "business_share": "0.9",
            "write_off": "macrs5",
        },
        {"id": "h1s", "kind": "hardware_sale", "time": "2026-05-01T00:00:00Z", "target": "h1", "value": "300"},
    ]


def every_kind() -> list[Told]:
    """Every kind that coins have."""
    at = "2025-09-20T00:00:00Z"
    swap = {"kind": "swap", "to_asset": "BTC", "to_amount": "0.000000012", "fee_fiat": "0.25", "to_wallet": "v"}
    return [
        books.payout("p"),
        books.payout("big", amount="5", value="1400.00"),
        {**books.payout("airdrop", value="3.00"), "kind": "other_income", "category": "airdrop"},
        {**books.payout("bought", value="40.00"), "kind": "purchase", "fee_fiat": "0.75"},
        books.sale("s"),
        {**books.payout("f", amount="0.01", value="3.00", time=at), "kind": "fee"},
        {**books.payout("spent", amount="0.01", value="3.00", time=at), "kind": "spend", "category": "hosting"},
        {**books.payout("gift", amount="0.01", value="3.00", time=at), "kind": "gift"},
        {**books.payout("lost", amount="0.01", value="3.00", time=at), "kind": "loss"},
        {**books.payout("swapped", amount="0.5", value="150.00", time=at), **swap},
        {"id": "moved", "kind": "transfer", "time": at, "wallet": "w", "to_wallet": "v", "asset": "XMR", "amount": "1"},
    ]


def book_of(folder: Path, *events: Told, **top: Any) -> Book:
    """The book that follows from them."""
    folder.mkdir(parents=True, exist_ok=True)
    databases.begun(folder)
    databases.empty_ledger(folder)
    books.told(folder, *events, **top)
    return books.book_in(folder)


def exported(book: Book, format_name: str, folder: Path, *, year: str = "all") -> list[Path]:
    """The files on disk, in a folder of their own."""
    files = files_of(book, format_name, year=year)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.name).write_bytes(file.content)
    return [folder / file.name for file in files]


def files_of(book: Book, format_name: str, *, year: str = "all") -> list[ExportFile]:
    return export_files(book, tax_year(book, year), format_name)
