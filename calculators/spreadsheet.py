"""Tables of text as spreadsheets and downloads have them: a line of names, then rows of cells.

Cells stand between commas, semicolons or tabs. Where it is semicolons, as a German Excel saves them, a comma is
decimal, points between thousands go, and ``31.01.2026`` is a day. Rows may be in any order: who reads them sorts.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t")
_ANNOUNCED = re.compile(r"sep=([,;\t])", re.ASCII)  # Excel's own first line
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2})(:\d{2}(?::\d{2})?))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row: as many cells as there are names, unless ``problem`` says otherwise."""

    line: int  # of the file, from 1
    cells: tuple[str, ...]
    problem: str | None = None  # why it could not be read


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of text."""

    names: tuple[str, ...]  # in small letters
    rows: Iterator[TextRow]  # once; empty lines are left out


def table_of(text: str) -> TextTable:
    """Reads the names of a table, and its rows as they are asked for.

    The last line needs its line end, or the delimiter that closes each line where one does: a file that was cut short
    must not pass for a whole one.

    Args:
        text: the file.

    Raises:
        ValueError: its last line is cut, or its first line is none of names.

    >>> german = table_of("Datum;Preis\\n31.1.2026;1.234,5\\n")
    >>> german.names, [row.cells for row in german.rows]
    (('datum', 'preis'), [('2026-01-31', '1234.5')])
    """
    text = text.removeprefix("\ufeff")
    delimiter, skipped = _delimiter_of(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    try:
        for cells in lines:
            names = [cell.strip().lower() for cell in cells]
            if lines.line_num > skipped and any(names):
                break
    except csv.Error as error:
        raise ValueError(f"the first line: {error}") from error
    closed = len(names) > 1 and not names[-1]
    several_lines = "\n" in text.strip() or "\r" in text.strip()
    if several_lines and not text.endswith(("\n", "\r")) and not (closed and text.rstrip(" ").endswith(delimiter)):
        raise ValueError("a line end after the last line is missing; is the file cut short?")
    if closed:
        names.pop()
    width = len(names)

    def rows() -> Iterator[TextRow]:
        while True:
            try:
                cells = [cell.strip() for cell in next(lines)]
            except StopIteration:
                return
            except csv.Error as error:
                yield TextRow(lines.line_num, (), str(error))
                continue
            if any(cells):
                unnamed = cells.pop() if closed and len(cells) == width + 1 else ""
                yield _row(lines.line_num, cells, width, unnamed=unnamed, german=delimiter == ";")

    return TextTable(tuple(names), rows())


def names_of(text: str) -> tuple[str, ...]:
    """The names in the first line; for recognising a table, not for reading it.

    >>> names_of("Date;Coin;Price\\n2026-01-01;ETC;8,84\\n")
    ('date', 'coin', 'price')
    """
    text = text.removeprefix("\ufeff").lstrip()
    delimiter, skipped = _delimiter_of(text)
    first = text.splitlines()[skipped:][:1]
    names = [cell.strip().strip('"').lower() for line in first for cell in line.split(delimiter)]
    return tuple(names[:-1] if len(names) > 1 and not names[-1] else names)


def _delimiter_of(text: str) -> tuple[str, int]:
    """What stands between cells, and how many lines there are before the names."""
    first = text.lstrip().partition("\n")[0].rstrip("\r")
    announced = _ANNOUNCED.fullmatch(first)
    if announced is not None:
        return announced[1], 1
    return max(DELIMITERS, key=first.count), 0


def _row(line: int, cells: Sequence[str], width: int, *, unnamed: str, german: bool) -> TextRow:
    if unnamed:
        return TextRow(line, (), "a cell below no name; give each column a name of its own")
    problem = None if len(cells) == width else f"{len(cells)} cells, and the first line has {width}"
    return TextRow(line, tuple(map(_german, cells) if german else cells), problem)


def _german(cell: str) -> str:
    """A cell of a German spreadsheet as everybody else writes it."""
    if _COMMA_NUMBER.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    if _THOUSANDS.fullmatch(cell):
        return cell.replace(".", "")
    day = _DAY.fullmatch(cell)
    if day is None:
        return cell
    time = f"T{int(day[4]):02}{day[5]}" if day[4] else ""
    return f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}{time}"
