"""Rows of a document as CSV: a column a figure, in its unit; what has parts of its own is told in JSON alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from exporters.csv import Cell, render
from miner_agent.views.figures import Figure, MoneyAmount, MoneyFigure

CSV = "text/csv; charset=utf-8"
_Getter = Callable[[Any], Any]


def csv_of(row: type[msgspec.Struct], rows: Iterable[msgspec.Struct]) -> str:
    """A line for the names and one a row. Which columns there are says the kind of the rows, not what they hold."""
    columns = columns_of(row)
    return render([name for name, _ in columns], ([_cell(get(one)) for _, get in columns] for one in rows))


@lru_cache(maxsize=32)  # kinds of rows
def columns_of(row: type[msgspec.Struct]) -> Sequence[tuple[str, _Getter]]:
    """Every column of a kind of rows: its name, and what reads it off a row."""
    return tuple(_columns(row, "", lambda one: one))


def _columns(row: type[msgspec.Struct], prefix: str, held: _Getter) -> Iterator[tuple[str, _Getter]]:
    for name, hint in get_type_hints(row).items():
        yield from _columns_of_field(f"{prefix}{name}", _kind(hint), _part(held, name))


def _columns_of_field(name: str, kind: Any, held: _Getter) -> Iterator[tuple[str, _Getter]]:
    if kind is Figure:
        yield name, _part(held, "value")
    elif kind is MoneyFigure:
        yield from _columns_of_field(name, MoneyAmount, _part(held, "value"))
    elif kind is MoneyAmount:
        yield name, _part(held, "amount")
        yield f"{name}_currency", _part(held, "currency")
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _columns(kind, f"{name}_", held)
    elif kind == list[str] or get_origin(kind) not in {list, dict}:
        yield name, held


def _kind(hint: Any) -> Any:
    """The type of what a field holds where it holds something."""
    if get_origin(hint) in {Union, UnionType}:
        return next(one for one in get_args(hint) if one is not NoneType)
    return hint


def _part(held: _Getter, name: str) -> _Getter:
    def get(row: Any) -> Any:
        holder = held(row)
        return None if holder is None else getattr(holder, name)

    return get


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list) else value
