"""What may stand in a table: its keys, and what each of them takes, read once from the types of its fields."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import inspect

from miner_agent.config.key_types import SPELLED, WRITE, Table
from miner_agent.config.named_files import SecretFile

Step = str | int
"""One step into a document: a key, or a position in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What may stand in one place."""

    is_table: bool = False
    is_list: bool = False
    keys: Mapping[str, "Shape"] = field(default_factory=dict)  # of a table of ours
    asides: frozenset[str] = frozenset()
    element: "Shape | None" = None  # of a list, or of a table with keys of anybody's choice
    is_secret: bool = False  # who said it otherwise than as a file's name may have said the secret itself
    takes_text: bool = False  # as it is: numbers in it are no numbers
    choices: tuple[str, ...] = ()  # the words that it knows, where it takes no others
    spelled: Callable[[str], str] | None = None  # brings what people write to one spelling
    remedy: str | None = None  # what to write in the place of text that is not of the pattern

    def at(self, steps: Iterable[Step]) -> "Shape":
        """What may stand at the end of these steps."""
        shape = self
        for step in steps:
            inner = shape.keys.get(step) if isinstance(step, str) else None
            shape = inner or shape.element or ANYTHING
        return shape

    def every_key(self, prefix: str = "") -> Iterator[str]:
        """Every key, and those of the tables in it, such as ``agent.interval_seconds``."""
        for name, inner in self.keys.items():
            table = inner if inner.keys else inner.element
            if table is not None and table.keys:
                yield from table.every_key(f"{prefix}{name}.")
            else:
                yield prefix + name


ANYTHING = Shape()


@functools.cache
def shape_of(table: type[Table]) -> Shape:
    return _shape(inspect.type_info(table))


def _told(shape: Shape, extra: Mapping[str, Any]) -> Shape:
    return replace(shape, remedy=extra.get(WRITE), spelled=extra.get(SPELLED))


def _shape(kind: inspect.Type) -> Shape:
    match kind:
        case inspect.Metadata():
            return _told(_shape(kind.type), kind.extra or {})
        case inspect.UnionType():
            (alone,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
            return _shape(alone)
        case inspect.StructType():
            asides: frozenset[str] = kind.cls.asides  # type: ignore[attr-defined]
            keys = {each.name: _shape(each.type) for each in kind.fields if each.name not in asides}
            return Shape(is_table=True, keys=keys, asides=asides)
        case inspect.DictType():
            return Shape(is_table=True, element=_shape(kind.value_type))
        case inspect.VarTupleType():
            return Shape(is_list=True, element=_shape(kind.item_type))
        case inspect.LiteralType():
            return Shape(choices=tuple(str(value) for value in kind.values))
        case inspect.CustomType():
            return Shape(takes_text=True, is_secret=kind.cls is SecretFile)
        case _:
            return Shape(takes_text=isinstance(kind, inspect.StrType))
