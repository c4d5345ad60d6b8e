"""One entry of a chain as it is stored, and how its hash comes from it."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from calculators.local_time import EPOCH, INSTANT

BEGINNING = "0" * 64
"""Stands where the first entry of a chain names the hash of the one before."""

COLUMNS = (
    "book",
    "seq",
    "kind",
    "occurred_at",
    "recorded_at",
    "by_whom",
    "why",
    "replaces",
    "fact",
    "body",
    "previous_hash",
    "hash",
)
_VERSION = b"miner-agent ledger 1"


class Unchained(NamedTuple):
    """What is to be entered."""

    kind: str
    occurred_at: datetime
    by_whom: str  # a command, a job, the name of a file
    fact: str  # what it stands for: a book holds each fact once
    body: str  # canonical JSON
    why: str | None = None
    replaces: int | None = None  # the seq of the entry that it corrects, prices or takes back


class ChainEntry(NamedTuple):
    """A row of the chain, in the order of its columns."""

    book: str
    seq: int
    kind: str
    occurred_at: int  # microseconds since 1970, UTC
    recorded_at: int  # likewise
    by_whom: str
    why: str | None
    replaces: int | None
    fact: str
    body: str
    previous_hash: str
    hash: str


def chained(new: Unchained, *, book: str, seq: int, previous_hash: str, recorded_at: datetime) -> ChainEntry:
    """The entry as it follows on another one.

    Raises:
        ValueError: a time has no zone.
    """
    kind, occurred_at, by_whom, fact, body, why, replaces = new
    row = (
        book,
        seq,
        kind,
        microseconds(occurred_at),
        microseconds(recorded_at),
        by_whom,
        why,
        replaces,
        fact,
        body,
        previous_hash,
    )
    return ChainEntry(*row, row_hash(row))


def row_hash(row: Iterable[Any]) -> str:
    """The hash of all columns before it: each with its type and its length, so that none can run into the next.

    >>> row_hash(["a", None]) == row_hash(["", "a"]) or row_hash(["1"]) == row_hash([1])
    False
    """
    told = [_VERSION]
    for value in row:
        if value is None:
            told.append(b"n")
            continue
        if isinstance(value, int):
            mark, raw = b"i", b"%d" % value
        else:
            mark, raw = b"t", value if isinstance(value, bytes) else value.encode()
        told += (mark, b"%d:" % len(raw), raw)
    return hashlib.sha256(b"".join(told)).hexdigest()


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC, to the last one.

    Raises:
        ValueError: it has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return (moment - EPOCH) // INSTANT


def moment_of(since_1970: int) -> datetime:
    """The other way round.

    >>> from datetime import UTC
    >>> moment_of(microseconds(datetime(2025, 5, 5, 8, 15, 30, 1, tzinfo=UTC)))
    datetime.datetime(2025, 5, 5, 8, 15, 30, 1, tzinfo=datetime.timezone.utc)
    """
    return EPOCH + since_1970 * INSTANT
