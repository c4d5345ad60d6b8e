"""Tables as CSV that no spreadsheet can be made to execute."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from calculators.told_figures import plain
from miner_agent.text import clean_text

Cell = str | int | float | Decimal | datetime | None
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


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
    cleaned = clean_text(cell, length=256)
    return f"'{cleaned}" if cleaned.startswith(_FORMULA_STARTS) else cleaned
