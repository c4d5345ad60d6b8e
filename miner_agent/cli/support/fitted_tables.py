"""Tables that fit a terminal of any width: what has no room beside the rest stands below it, and no figure is cut.

A narrow terminal gets the same rows several times, each time with the next columns behind those that name the row. A
head breaks between its words before a table is parted; long text, such as a source, breaks into lines of its column.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

LONG_TEXT = 30
"""Columns: no figure with its unit is as long, and what is longer may break into lines."""
GAP = 2


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
    columns = [_column(table, place) for place in range(len(table.columns))]
    named, others = columns[:keys], _kept_together(columns[keys:])
    parts = list(_parts(others, out.width - sum(each.least + GAP for each in named)))
    for part in parts or [[]]:
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


def _column(table: Table, place: int) -> _Column:
    column = table.columns[place]
    cells = tuple(each if isinstance(each, Text) else Text(str(each)) for each in column.cells)
    head = str(column.header) if table.show_header else ""
    words = max((cell_len(word) for word in head.split(" ")), default=0)
    widest = max((each.cell_len for each in cells), default=0)
    return _Column(
        head=head,
        style=str(column.style),
        justify=column.justify,
        cells=cells,
        least=max(min(widest, LONG_TEXT), words),
        most=max(widest, cell_len(head)),
    )


def _kept_together(columns: Sequence[_Column]) -> list[list[_Column]]:
    """Columns by themselves; one without a head says something of the one before it, and stays with it."""
    kept: list[list[_Column]] = []
    for each in columns:
        if kept and not each.head:
            kept[-1].append(each)
        else:
            kept.append([each])
    return kept


def _parts(groups: Sequence[Sequence[_Column]], room: int) -> Iterator[list[_Column]]:
    """As many columns as there is room for, then the next ones."""
    part: list[_Column] = []
    left = room
    for group in groups:
        needed = sum(each.least + GAP for each in group)
        if part and needed - GAP > left:
            yield part
            part, left = [], room
        part += group
        left -= needed
    if part:
        yield part


def _of(columns: Sequence[_Column], width: int, *, show_head: bool) -> Table:
    """These columns as a table of at most so many letters, each as wide as the others leave it."""
    spare = width - sum(each.least for each in columns) - GAP * (len(columns) - 1)
    table = Table(box=None, pad_edge=False, show_header=show_head)
    for each in columns:
        more = max(0, min(each.most - each.least, spare))
        spare -= more
        width_of_column = each.least + more
        table.add_column(each.head, style=each.style, justify=each.justify, width=width_of_column, overflow="fold")
    for row in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*row)
    return table
