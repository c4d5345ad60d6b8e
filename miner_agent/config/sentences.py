"""From what stands in a file to its table, or to one sentence: where, what was there, what to do."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from calculators.nearest_words import suggestion
from miner_agent.config.key_types import Table, reader
from miner_agent.config.named_files import HERE, Beside
from miner_agent.config.shape import Shape, Step, shape_of
from miner_agent.config.toml_text import too_deep
from miner_agent.config.words import Unfit, shown
from miner_agent.errors import ConfigError
from miner_agent.text import clean_text

T = TypeVar("T", bound=Table)
LABELS = ("ticker", "slug", "name", "feed")  # the keys that people know an entry of a list by, the best one first
ONE_OF = {"hardware": "device"}
_ERROR = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?(?P<path>\$[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_TYPES = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
ANY_KEY = "..."  # so msgspec calls a key of anybody's choice
_WORDS = {
    "bool": "true or false",
    "str": "text in quotes",
    "float": "a number",
    "int": "a whole number",
    "array": "a list",
    "object": "a table",
    "date": "a day, such as 2026-01-31",
    "datetime": "a time",
}


def converted(told: Mapping[str, Any], table: type[T], place: str, beside: Beside = HERE) -> T:
    """``told`` as its table. One text is a list of one where a list is wanted.

    Args:
        told: as it was read.
        table: what it should be.
        place: where it stands; every sentence begins with it.
        beside: where the files are that it names.

    Raises:
        ConfigError: it says something that cannot be.
    """
    document = _Document(told, shape_of(table), place)
    try:
        return msgspec.convert(document.prepared(), table, dec_hook=reader(beside))
    except msgspec.ValidationError as error:
        raise document.refusal_of(error) from None
    except RecursionError:
        raise too_deep(place) from None


def entry_place(kind: str, position: int, entry: object) -> str:
    """``miner 2 (left-rack)``: how a person counts and calls what stands in a list."""
    names = [entry.get(label) for label in LABELS] if isinstance(entry, Mapping) else []
    name = next((clean_text(name) for name in names if isinstance(name, str)), "")
    counted = f"{ONE_OF.get(kind, kind.removesuffix('s'))} {position}"
    return f"{counted} ({name})" if name else counted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """One place in a document: the entries of lists on the way there, and the names behind the last of them."""

    value: Any
    shape: Shape
    entries: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def inner(self, step: Step) -> "_Spot":
        """One step further."""
        try:
            value = self.value if isinstance(self.value, str) else self.value[step]  # one text is a list of one
        except (KeyError, IndexError, TypeError):  # a key of anybody's choice is not told
            value = self.value
        shape, entries, names = self.shape.at([step]), self.entries, self.names
        if isinstance(step, str):
            names = names if step == ANY_KEY else (*names, step)
        elif shape.is_table:
            entries, names = (*entries, _brackets(names[:-1]), entry_place(names[-1], step + 1, value)), ()
        return _Spot(value=value, shape=shape, entries=entries, names=names)

    def table(self) -> str:
        """How a person would name it: ``[tariff]: band 2 (night)``."""
        return _joined(*self.entries, _brackets(self.names))

    def around(self) -> str:
        """The same of the table that it is a key of."""
        return _joined(*self.entries, _brackets(self.names[:-1]))


class _Document:
    """What stands in a file, what may, and where the file is."""

    def __init__(self, told: Mapping[str, Any], shape: Shape, place: str) -> None:
        self._whole, self._place = _Spot(value=told, shape=shape), place

    def prepared(self, spot: _Spot | None = None) -> Any:
        """What msgspec is given: finite numbers, a list where one text stood for it, entries with their place."""
        spot = spot or self._whole
        value, shape = spot.value, spot.shape
        if isinstance(value, Mapping):
            for name in shape.asides & value.keys():
                raise self._refusal(spot.table(), _not_known(name, shape.keys))
            prepared = {key: self.prepared(spot.inner(key)) for key in value}
            return prepared | {"place": _joined(self._place, spot.table())} if "place" in shape.asides else prepared
        if isinstance(value, list | tuple):
            return [self.prepared(spot.inner(position)) for position in range(len(value))]
        if isinstance(value, float) and not math.isfinite(value) and spot.names:
            raise self._refusal(spot.around(), f"{spot.names[-1]} = {value} is not a number; write a finite one")
        if not isinstance(value, str):
            return value
        if shape.is_list and shape.element is not None and not shape.element.is_table:
            return [_spelled(value, shape.element)]
        return _spelled(value, shape)

    def refusal_of(self, error: msgspec.ValidationError) -> ConfigError:
        """msgspec's message in our words."""
        found = _ERROR.fullmatch(str(error))
        what, path = (found["what"], found["path"] or "") if found else (str(error), "")
        spot = self._whole
        steps: list[Step] = [int(index) if index.isdigit() else name or index for name, index in _STEP.findall(path)]
        is_listed = False
        for step in steps:
            is_listed = isinstance(step, int) and isinstance(spot.value, list)
            spot = spot.inner(step)
        if unknown := _UNKNOWN.match(what):
            return self._refusal(spot.table(), _not_known(unknown[1], spot.shape.keys))
        if missing := _MISSING.match(what):
            return self._refusal(spot.table(), f'key "{missing[1]}" is missing')
        if not spot.names:  # an entry that is no table
            return self._refusal(spot.table(), _in_our_words(what))
        key, value, shape = spot.names[-1], spot.value, spot.shape
        if shape.is_secret:
            flaw = str(error.__cause__) if isinstance(error.__cause__, Unfit) else f": {_in_our_words(what)}"
            mend = "" if isinstance(error.__cause__, Unfit) else "; write the name of a file"
            return self._refusal(spot.around(), f"{key}{flaw}{mend}")
        if isinstance(error.__cause__, Unfit):
            return self._refusal(spot.around(), f"{key} = {shown(value)}{error.__cause__}")
        flaw, remedy = " is not possible", _in_our_words(what)
        if isinstance(value, str) and shape.choices:
            flaw, remedy = " is not known", suggestion(value, shape.choices)
        elif isinstance(value, str):
            remedy = shape.remedy or remedy
        elif shape.remedy:
            remedy = f"{remedy}; {shape.remedy}"
        said = f"{key} has {shown(value)}" if is_listed else f"{key} = {shown(value)}{flaw}"
        return self._refusal(spot.around(), f"{said}; {remedy}")

    def _refusal(self, where: str, sentence: str) -> ConfigError:
        return ConfigError(_joined(self._place, where, sentence))


def _spelled(text: str, shape: Shape) -> str:
    return shape.spelled(text) if shape.spelled else text


def _brackets(names: tuple[str, ...]) -> str:
    return f"[{'.'.join(names)}]" if names else ""


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _not_known(key: str, keys: Iterable[str]) -> str:
    return f"key {shown(key)} is not known; {suggestion(key, keys)}"


def _in_our_words(what: str) -> str:
    """``expected a number, got text in quotes``."""
    return what[:1].lower() + _TYPES.sub(_type_in_our_words, what[1:])


def _type_in_our_words(found: re.Match[str]) -> str:
    return " or ".join(_WORDS.get(name, name) for name in found[1].split(" | ") if name != "null")
