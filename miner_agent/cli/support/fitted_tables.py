"""Tables that fit a terminal of any width: what has no room beside the rest stands below it, and no figure is cut.

A narrow terminal gets the same rows several times, each time with the next columns behind those that name the row. A
head breaks between its words before a table is parted; long text, such as a source, breaks between its words into
lines of its column. Where that would part a word, or need many parts, or put those of many rows pages apart, or repeat
names that take half of the width, each row is told by itself: its name, and below it what each column says of it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

LONG_TEXT = 30
"""Columns: no figure with its unit is as long, and what is longer may break between its words."""
GAP = 2
ROWS_OF_A_SCREEN = 24
"""Of a table with more of them the next part is out of sight."""
MOST_PARTS = 3
"""Through more of them nobody follows a row."""
_FIGURE = re.compile(r"[-+~<>]?\d")
_ABSENT = ("–", "-", "")


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as it is to be printed, and between what it may be wide."""

    head: str
    style: str
    justify: JustifyMethod
    cells: tuple[Text, ...]
    least: int
    most: int


def print_table(out: Console, table: Table, *, keys: int = 1) -> None:
    """Print a table, in several parts below each other where it is wider than the terminal.

    Args:
        out: where to.
        table: with a head of plain words.
        keys: how many of its first columns name a row; they stand in every part.
    """
    columns = [_column(table, place, is_key=place < keys) for place in range(len(table.columns))]
    named, others = columns[:keys], _kept_together([each for each in columns[keys:] if _says_something(each)])
    room = out.width - sum(each.least + GAP for each in named)
    parts = list(_parts(others, room)) or [[]]
    is_far = len(table.rows) > ROWS_OF_A_SCREEN or 2 * (out.width - room) > out.width
    most = 1 if is_far else MOST_PARTS
    if len(parts) > most or any(_needed(part) > room for part in parts):
        _print_row_by_row(out, named, others)
        return
    for part in parts:
        out.print(_of([*named, *part], out.width, show_head=table.show_header))


def figures_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, names: int = 1) -> Table:
    """A table of figures, which end below each other, behind names, which begin so.

    Args:
        heads: of its columns.
        rows: as many cells each.
        names: how many of the first columns are no figures.
    """
    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < names else "right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _column(table: Table, place: int, *, is_key: bool) -> _Column:
    column = table.columns[place]
    cells = tuple(each if isinstance(each, Text) else Text(str(each)) for each in column.cells)
    head = str(column.header) if table.show_header else ""
    widest = max((each.cell_len for each in cells), default=0)
    least = widest if widest <= LONG_TEXT else max(LONG_TEXT, *(_longest_word(each.plain) for each in cells))
    return _Column(
        head=head,
        style=str(column.style),
        justify="right" if not is_key and _are_figures(cells) else column.justify,
        cells=cells,
        least=max(least, _width_in_two_lines(head)),
        most=max(widest, cell_len(head)),
    )


def _says_something(column: _Column) -> bool:
    return not column.cells or any(cell.plain for cell in column.cells)


def _longest_word(text: str) -> int:
    return max((cell_len(word) for word in text.split()), default=0)


def _width_in_two_lines(head: str) -> int:
    """How wide a head is that breaks once, where it does so best."""
    words = head.split()
    broken = ((" ".join(words[:place]), " ".join(words[place:])) for place in range(1, max(2, len(words))))
    return min(max(map(cell_len, lines)) for lines in broken)


def _are_figures(cells: Iterable[Text]) -> bool:
    said = [each.plain for each in cells if each.plain not in _ABSENT]
    return bool(said) and all(_FIGURE.match(each) for each in said)


def _kept_together(columns: Sequence[_Column]) -> list[list[_Column]]:
    """Columns by themselves; one without a head says something of the one before it, and stays with it."""
    kept: list[list[_Column]] = []
    has_heads = any(each.head for each in columns)
    for each in columns:
        if kept and has_heads and not each.head:
            kept[-1].append(each)
        else:
            kept.append([each])
    return kept


def _needed(columns: Sequence[_Column]) -> int:
    return sum(each.least + GAP for each in columns) - GAP


def _parts(groups: Sequence[Sequence[_Column]], room: int) -> Iterator[list[_Column]]:
    """As many columns as there is room for, then the next ones."""
    part: list[_Column] = []
    for group in groups:
        if part and _needed([*part, *group]) > room:
            yield part
            part = []
        part += group
    if part:
        yield part


def _of(columns: Sequence[_Column], width: int, *, show_head: bool) -> Table:
    """These columns as a table of at most so many letters, each as wide as the others leave it."""
    spare = width - _needed(columns)
    table = Table(box=None, pad_edge=False, show_header=show_head)
    for each in columns:
        more = max(0, min(each.most - each.least, spare))
        spare -= more
        width_of_column = each.least + more
        table.add_column(each.head, style=each.style, justify=each.justify, width=width_of_column, overflow="fold")
    for row in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*row)
    return table


def _print_row_by_row(out: Console, named: Sequence[_Column], groups: Sequence[Sequence[_Column]]) -> None:
    """The name of each row, and below it every cell with the head of its column."""
    _print_flowing(out, [Text(each.head, style="bold") for each in named if each.head])
    has_heads = any(group[0].head for group in groups)
    for row in range(len(named[0].cells)):
        names = [_cell([each], row) for each in named if each.cells[row].plain]
        told = [
            Text.assemble(f"{group[0].head}: " if group[0].head else "", _cell(group, row))
            for group in groups
            if group[0].cells[row].plain
        ]
        if has_heads:
            _print_flowing(out, names)
            _print_flowing(out, told, first_indent=GAP)
        else:
            _print_flowing(out, [*names, *told])


def _cell(group: Sequence[_Column], row: int) -> Text:
    """What stands there, with what the columns without a head add to it."""
    told = [each.cells[row].copy() for each in group]
    for cell, each in zip(told, group, strict=True):
        cell.stylize(each.style)
    return Text(" ").join(cell for cell in told if cell.plain)


def _print_flowing(out: Console, pieces: Sequence[Text], *, first_indent: int = 0) -> None:
    """As many pieces on a line as it has room for; none is broken that fits a line of its own."""
    line, indent = Text(), first_indent
    lead = len(pieces[0].plain) - len(pieces[0].plain.lstrip()) if pieces else 0
    for piece in pieces:
        if line and indent + line.cell_len + GAP + piece.cell_len > out.width:
            _print_indented(out, line, indent)
            line, indent = Text(), GAP + lead
        line = Text.assemble(line, " " * GAP if line else "", piece)
    if line:
        _print_indented(out, line, indent)


def _print_indented(out: Console, line: Text, indent: int) -> None:
    out.print(Padding(line, (0, 0, 0, indent)), overflow="fold")
