"""What stands beside the chain: raw answers as evidence, prices as they were told, names that can be erased."""

import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from calculators.books.exact import plain
from miner_agent.storage.ledger.chain_entry import microseconds, moment_of
from miner_agent.storage.ledger.ledger_file import LedgerFile, ledger_errors

_ID_BYTES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptQuote:
    """What a coin was worth at one moment, and who said so."""

    asset: str
    currency: str
    at: datetime
    price: Decimal
    source: str


def keep_evidence(ledger: LedgerFile, raw: bytes, *, source: str, taken_at: datetime) -> str:
    """Keep an answer as it came; its hash, by which entries name it."""
    digest = sha256(raw).hexdigest()
    row = (digest, microseconds(taken_at), source, zlib.compress(raw))
    statement = "INSERT INTO evidence (hash, taken_at, source, packed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    _write(ledger, statement, [row])
    return digest


def evidence(ledger: LedgerFile, digest: str) -> bytes | None:
    """An answer as it came."""
    found = _read(ledger, "SELECT packed FROM evidence WHERE hash = ?", (digest,))
    return zlib.decompress(found[0][0]) if found else None


def keep_quotes(ledger: LedgerFile, quotes: Iterable[KeptQuote]) -> int:
    """Keep prices; what a source said first of a moment holds. How many of them are new."""
    rows = [(q.asset, q.currency, microseconds(q.at), q.source, plain(q.price)) for q in quotes]
    statement = "INSERT INTO quotes (asset, currency, at, source, price) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    return _write(ledger, statement, rows)


def last_quote(ledger: LedgerFile, asset: str, currency: str, at: datetime) -> KeptQuote | None:
    """The newest price that is not later than a moment."""
    found = _read(
        ledger,
        "SELECT at, price, source FROM quotes WHERE asset = ? AND currency = ? AND at <= ? ORDER BY at DESC LIMIT 1",
        (asset, currency, microseconds(at)),
    )
    for told_at, price, source in found:
        return KeptQuote(asset=asset, currency=currency, at=moment_of(told_at), price=Decimal(price), source=source)
    return None


def all_quotes(ledger: LedgerFile) -> list[KeptQuote]:
    """Every price that is kept."""
    found = _read(ledger, "SELECT asset, currency, at, price, source FROM quotes", ())
    return [
        KeptQuote(asset=asset, currency=currency, at=moment_of(at), price=Decimal(price), source=source)
        for asset, currency, at, price, source in found
    ]


def id_of_name(ledger: LedgerFile, kind: str, name: str) -> str:
    """The random id under which the chain names an address or a person."""
    row = (secrets.token_urlsafe(_ID_BYTES), kind, name)
    _write(ledger, "INSERT INTO names (id, kind, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [row])
    (found,) = _read(ledger, "SELECT id FROM names WHERE kind = ? AND name = ?", (kind, name))
    return str(found[0])


def name_of_id(ledger: LedgerFile, of: str) -> str | None:
    """Who that is; ``None``: nobody knows any more."""
    found = _read(ledger, "SELECT name FROM names WHERE id = ?", (of,))
    return found[0][0] if found else None


def erase_name(ledger: LedgerFile, kind: str, name: str) -> bool:
    """Forget who stands behind an id. The chain, which holds the id alone, verifies as before."""
    erased = _write(ledger, "UPDATE names SET name = NULL WHERE kind = ? AND name = ?", [(kind, name)])
    with ledger_errors(ledger.path):  # or the name would go on standing in a free page and in the log
        connection = ledger.connection_of_side_tables()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return bool(erased)


def is_known_name(ledger: LedgerFile, kind: str, name: str) -> bool:
    """Whether anybody is known by it."""
    return bool(_read(ledger, "SELECT 1 FROM names WHERE kind = ? AND name = ?", (kind, name)))


def all_evidence(ledger: LedgerFile) -> Iterator[tuple[str, bytes]]:
    """Every answer and file, by its hash. What is damaged is left to ``check_books``."""
    for digest, packed in _read(ledger, "SELECT hash, packed FROM evidence", ()):
        with suppress(zlib.error):
            yield digest, zlib.decompress(packed)


def erase_evidence(ledger: LedgerFile, digests: Iterable[str]) -> None:
    """Take answers and files away. The chain names them by their hashes, and verifies as before."""
    _write(ledger, "DELETE FROM evidence WHERE hash = ?", [(digest,) for digest in digests])


def _read(ledger: LedgerFile, statement: str, given: tuple[object, ...]) -> list[tuple[Any, ...]]:
    with ledger_errors(ledger.path):
        return ledger.connection_of_side_tables().execute(statement, given).fetchall()


def _write(ledger: LedgerFile, statement: str, rows: Sequence[tuple[object, ...]]) -> int:
    """How many rows it changed. Within a transaction of the chain it is a part of that."""
    connection = ledger.connection_of_side_tables()
    with ledger_errors(ledger.path):
        if connection.in_transaction:
            return connection.executemany(statement, rows).rowcount
        try:
            connection.execute("BEGIN IMMEDIATE")
            changed = connection.executemany(statement, rows).rowcount
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return changed
