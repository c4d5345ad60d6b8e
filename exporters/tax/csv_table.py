"""Tables as CSV of exact numbers and of texts that no spreadsheet executes."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

from calculators.books.exact import plain
from exporters.csv import no_formula

TableCell: TypeAlias = str | Decimal | None


def csv_table(
    head: Sequence[str],
    rows: Iterable[Sequence[TableCell]],
    *,
    line_end: str = "\n",
    quoted: bool = False,
    longest: int = 256,
) -> bytes:
    """The file in UTF-8.

    Args:
        head: names of the columns, as the program wants them to the letter.
        rows: a number stands in fixed point with every digit, what is not said is an empty cell.
        line_end: between lines, and behind the last one.
        quoted: whether every cell stands in quotes.
        longest: characters of a text; what is more is cut.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(cell, longest) for cell in row])
    return text.getvalue().encode()


def _cell(cell: TableCell, longest: int) -> str:
    if cell is None:
        return ""
    return plain(cell) if isinstance(cell, Decimal) else no_formula(cell, length=longest)
