"""Which keys a table has and what each of them takes: read from the types of its fields."""

import functools
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import inspect

from miner_agent.config.key_types import WRITE, Entry, Table

Kind: TypeAlias = inspect.Type
Step: TypeAlias = str | int
"""One step into a document: a key, or a position in a list."""


@functools.cache
def kind_of(table: type[Table]) -> Kind:
    return inspect.type_info(table)


def bare(kind: Kind | None) -> Kind | None:
    """The type alone, without what is said beside it and without "or nothing"."""
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        if isinstance(kind, inspect.Metadata):
            kind = kind.type
        else:
            kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def keys_in(kind: Kind | None) -> dict[str, Kind]:
    """The keys of a table and their types; none of what is no table."""
    kind = bare(kind)
    if not isinstance(kind, inspect.StructType) or not issubclass(kind.cls, Table):
        return {}
    return {field.name: field.type for field in kind.fields if field.name not in kind.cls.asides}


def asides_in(kind: Kind | None) -> frozenset[str]:
    """The fields of a table that are no keys."""
    kind = bare(kind)
    return getattr(kind.cls, "asides", frozenset()) if isinstance(kind, inspect.StructType) else frozenset()


def element(kind: Kind | None) -> Kind | None:
    """What a list holds, or a table with keys of anybody's choice; ``None`` where it is neither."""
    kind = bare(kind)
    if isinstance(kind, inspect.DictType):
        return kind.value_type
    return kind.item_type if isinstance(kind, inspect.VarTupleType) else None


def is_list(kind: Kind | None) -> bool:
    return isinstance(bare(kind), inspect.VarTupleType)


def is_table(kind: Kind | None) -> bool:
    return isinstance(bare(kind), inspect.StructType | inspect.DictType)


def is_entry(kind: Kind | None) -> bool:
    kind = bare(kind)
    return isinstance(kind, inspect.StructType) and issubclass(kind.cls, Entry)


def takes_text(kind: Kind | None) -> bool:
    """Whether text is taken as it is: numbers in it are no numbers."""
    return isinstance(bare(kind), inspect.StrType | inspect.CustomType)


def kind_at(kind: Kind | None, steps: Iterable[Step]) -> Kind | None:
    """The type of what is found by these steps; ``None`` where there is no such place."""
    for step in steps:
        kind = keys_in(kind).get(step) if isinstance(step, str) and keys_in(kind) else element(kind)
    return kind


def choices_of(kind: Kind | None) -> tuple[str, ...]:
    """The words that a key knows; none where it takes others."""
    kind = bare(kind)
    return tuple(str(value) for value in kind.values) if isinstance(kind, inspect.LiteralType) else ()


def remedy_of(kind: Kind | None) -> str | None:
    """What to write in the place of text that is not of the pattern."""
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        if isinstance(kind, inspect.UnionType):
            kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
        elif kind.extra is not None and WRITE in kind.extra:
            return str(kind.extra[WRITE])
        else:
            kind = kind.type
    return None


def every_key(kind: Kind | None, prefix: str = "") -> Iterator[str]:
    """Every key of a table and of those in it, such as ``agent.interval_seconds``."""
    for name, inner in keys_in(kind).items():
        table = inner if keys_in(inner) else element(inner)
        if keys_in(table):
            yield from every_key(table, f"{prefix}{name}.")
        else:
            yield prefix + name
