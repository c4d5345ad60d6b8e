"""Frozen dataclasses that are made in C: whoever has one sees no difference.

A tick makes some three hundred values with three thousand fields, and a frozen dataclass sets each of them by a call in
Python: a card's 52 took 5 µs, and a copy of it 13. A struct of ``msgspec`` takes a twentieth.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec
import msgspec.structs

Value = TypeVar("Value")


def made_in_c(kind: type[Value]) -> type[Value]:
    """A frozen dataclass with keywords alone, as one that is made in C. ``dataclasses`` takes it for what it was."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    own = {
        name: held
        for name, held in vars(kind).items()
        if name not in _MADE_BY_DATACLASS and name not in {field.name for field in fields}
    }
    made: Any = msgspec.defstruct(
        kind.__name__,
        [_declared(field) for field in fields],
        bases=(msgspec.Struct, *(base for base in kind.__bases__ if base is not object)),
        module=kind.__module__,
        namespace=own,
        frozen=True,
        kw_only=True,
    )
    made.__dataclass_fields__ = kind.__dataclass_fields__  # type: ignore[attr-defined]
    made.__dataclass_params__ = kind.__dataclass_params__  # type: ignore[attr-defined]
    made.__qualname__ = kind.__qualname__
    return made  # type: ignore[no-any-return]


class _CopiedWith(Protocol):
    def __call__(self, value: Value, /, **changes: object) -> Value: ...


copied_with: _CopiedWith = msgspec.structs.replace  # type: ignore[assignment]
"""A copy with those fields changed, as ``dataclasses.replace`` makes it in Python. TypeError for another value."""


def is_made_in_c(kind: type) -> bool:
    return issubclass(kind, msgspec.Struct)


values_of: Callable[[object], tuple[Any, ...]] = msgspec.structs.astuple  # type: ignore[assignment]
"""What stands in each of its fields, in their order. TypeError for another value."""


_MADE_BY_DATACLASS = frozenset(
    {
        "__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getstate__", "__setstate__",
        "__slots__", "__match_args__", "__dataclass_fields__", "__dataclass_params__", "__annotations__", "__dict__",
        "__weakref__", "__module__", "__qualname__",
    }
)  # fmt: skip


def _declared(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.name, field.type, field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.name, field.type, msgspec.field(default_factory=field.default_factory)
    return field.name, field.type
