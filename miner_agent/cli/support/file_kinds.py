"""What a file that a user names is, by how it begins: one of another kind than is wanted is told by its name.

What is of no kind that is known here goes on to whoever reads it; so does what is no ordinary file, such as a pipe.
"""

import os
import re
import stat
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from calculators.spreadsheet import names_of
from miner_agent.errors import ConfigError, SourceError
from miner_agent.text import clean_text

HEAD_BYTES = 64 << 10


class FileKind(Enum):
    """What begins so, and who takes it."""

    HISTORY = "it is a history of days, for --history, backtest and history import"
    BENCHMARKS = "it is a list of benchmarks, for hardware import"
    QUOTES = "these are quotes of coins, for --market"
    RATES = "these are rates of exchange, for --rates"
    PRICES = "these are prices of electricity, for --tariff"
    TABLES = "these are tables of coins and hardware, for --catalog"
    CONFIGURATION = "it is a configuration, for --config, and for --tariff where it has [tariff]"
    ANSWER = "it is an answer of miner-agent itself, which no option reads"
    FOLDER = "it is a folder"
    EMPTY = "it is empty"
    NO_TEXT = "it is no text in UTF-8; save it as CSV in UTF-8, where it is a spreadsheet"


class TakenFile(Enum):
    """What is taken, and by whom."""

    MARKET = "--market takes quotes of coins: a source's saved answer, or a table with coin and price (docs/feeds.md)"
    RATES = "--rates takes rates of exchange: the ECB's file, or a table with from, to and rate (docs/feeds.md)"
    TARIFF = "--tariff takes prices: a table with start, price and currency, or [tariff] in .toml (docs/feeds.md)"
    HISTORY = "a history is days that were, as CSV: date,coin,price,difficulty (docs/scenarios.md)"
    DAYS = "history import takes histories, Coin Metrics' CSV and saved answers of sources (docs/scenarios.md)"
    LIST = "hardware import takes a list of benchmarks, as CSV or JSON (docs/coins-and-hardware.md)"
    TABLES = "--catalog takes TOML with [[coins]], [[hardware]] or [algorithms] (docs/coins-and-hardware.md)"


FITTING: dict[TakenFile, frozenset[FileKind]] = {
    TakenFile.MARKET: frozenset({FileKind.QUOTES, FileKind.RATES}),
    TakenFile.RATES: frozenset({FileKind.QUOTES, FileKind.RATES}),
    TakenFile.TARIFF: frozenset({FileKind.PRICES, FileKind.CONFIGURATION}),
    TakenFile.HISTORY: frozenset({FileKind.HISTORY}),
    TakenFile.DAYS: frozenset({FileKind.HISTORY, FileKind.QUOTES, FileKind.RATES}),
    TakenFile.LIST: frozenset({FileKind.BENCHMARKS}),
    TakenFile.TABLES: frozenset({FileKind.TABLES, FileKind.EMPTY}),
}
"""Nothing in a file of one's own tables is nothing of one's own."""
OF_OUR_OWN = frozenset({TakenFile.TABLES, TakenFile.LIST})
"""Files that the user writes or edits, and no source's."""

_COLUMNS: tuple[tuple[FileKind, frozenset[str]], ...] = (
    (FileKind.ANSWER, frozenset({"market_taken_at"})),
    (FileKind.ANSWER, frozenset({"figure", "of_days", "value", "unit"})),
    (FileKind.ANSWER, frozenset({"devices", "coin", "worth"})),
    (FileKind.ANSWER, frozenset({"coin", "share", "expected_per_day"})),
    (FileKind.HISTORY, frozenset({"date", "coin", "price"})),
    (FileKind.BENCHMARKS, frozenset({"device", "algorithm", "hashrate"})),
    (FileKind.BENCHMARKS, frozenset({"gpu", "coin", "hashrate", "wattage"})),
    (FileKind.BENCHMARKS, frozenset({"name", "manufacturer", "hashrate_hs"})),
    (FileKind.BENCHMARKS, frozenset({"device", "best_profit_coin"})),
    (FileKind.RATES, frozenset({"from", "to", "rate"})),
    (FileKind.QUOTES, frozenset({"coin", "price"})),
    (FileKind.PRICES, frozenset({"start", "price"})),
)
"""By columns that stand together in no other kind; the first that fits."""
_TABLE = re.compile(rb"^\s*\[{1,2}\s*([a-z_]+)", re.MULTILINE)
_TABLES: tuple[tuple[FileKind, frozenset[bytes]], ...] = (
    (FileKind.QUOTES, frozenset({b"quotes", b"rates"})),
    (FileKind.TABLES, frozenset({b"coins", b"hardware", b"algorithms"})),
    (FileKind.CONFIGURATION, frozenset({b"agent", b"http", b"miners", b"meters", b"tariff", b"profit", b"feeds"})),
)
_OWN_JSON = re.compile(rb'\{\s*"version":\s*\d+,\s*"(?:market|taken_at)"')


def refuse_another_kind(path: Path, wanted: TakenFile) -> None:
    """Refuse what is there and is known to be something else than what is wanted.

    Raises:
        SourceError: it is of another kind; the sentence says what it is and what is taken.
        ConfigError: the same, of a file that the user writes and no source.
    """
    try:
        found = _kind_of(path)
    except (OSError, ValueError):  # who reads it says why it cannot
        return
    if found is not None and found not in FITTING[wanted]:
        kind = ConfigError if wanted in OF_OUR_OWN else SourceError
        raise kind(f"{clean_text(path.name) or 'the file'}: {found.value}; {wanted.value}")


def _kind_of(path: Path) -> FileKind | None:
    """The kind of an ordinary file or folder; ``None``: another one, or one that is not known here."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            return FileKind.FOLDER
        return kind_of_start(os.read(handle, HEAD_BYTES)) if stat.S_ISREG(mode) else None
    finally:
        os.close(handle)


def kind_of_start(head: bytes) -> FileKind | None:
    """What begins so; ``None``: nothing that is known here.

    >>> kind_of_start(b"date,coin,price,difficulty\\n"), kind_of_start(b"PK\\x03\\x04\\x00")
    (<FileKind.HISTORY: 'it is a history of days, for --history, backtest and history import'>, \
<FileKind.NO_TEXT: 'it is no text in UTF-8; save it as CSV in UTF-8, where it is a spreadsheet'>)
    """
    if b"\0" in head:
        return FileKind.NO_TEXT
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        return FileKind.EMPTY
    if _OWN_JSON.match(text[:200].encode()):
        return FileKind.ANSWER
    columns = frozenset(names_of(text[:4096]))
    by_columns = _first(_COLUMNS, columns)
    if by_columns is not None or len(columns) > 1 or text[:1] in "{<":
        return by_columns
    told = frozenset(_TABLE.findall(head))
    return next((kind for kind, names in _TABLES if names & told), None)


def _first(forms: Iterable[tuple[FileKind, frozenset[str]]], names: frozenset[str]) -> FileKind | None:
    return next((kind for kind, columns in forms if columns <= names), None)
