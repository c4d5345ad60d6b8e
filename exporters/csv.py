"""Tables as CSV that no spreadsheet can be made to execute."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from calculators.told_figures import plain
from miner_agent.text import clean_text

Cell = str | int | float | Decimal | datetime | None
_FORMULA_STARTS = frozenset("=+-@\t\r'\u2212")  # the last one is the minus of typesetters


def render(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Comma-separated lines. What is not known is an empty cell; times are ISO 8601.

    A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.

    >>> print(render(["name", "watts"], [["=HYPERLINK()", -1.5], ["plain", None]]), end="")
    name,watts
    '=HYPERLINK(),-1.5
    plain,
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return text.getvalue()


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float | Decimal):
        return plain(cell)
    return no_formula(cell)


def no_formula(text: str, *, length: int = 256) -> str:
    """On one line, with an apostrophe before what a spreadsheet would take for a formula.

    >>> no_formula("=1+1"), no_formula("\uff1d1+1")[0], no_formula("rig 1")
    ("'=1+1", "'", 'rig 1')
    """
    cleaned = clean_text(text, length=length)
    starts = _FORMULA_STARTS & set(unicodedata.normalize("NFKC", cleaned[:1]))  # full-width and small signs are read so
    return f"'{cleaned}" if starts else cleaned
