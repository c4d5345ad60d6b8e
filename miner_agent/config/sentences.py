"""From what stands in a file to its table, or to one sentence: where, what was there, what to do."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from miner_agent.config.key_types import Table, reader
from miner_agent.config.named_files import HERE, Beside
from miner_agent.config.shape import (
    Kind,
    Step,
    asides_in,
    choices_of,
    element,
    is_entry,
    is_list,
    is_table,
    keys_in,
    kind_at,
    kind_of,
    remedy_of,
)
from miner_agent.config.toml_text import too_deep
from miner_agent.config.words import Unfit, did_you_mean, shown
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
    document = _Document(told, kind_of(table), place)
    try:
        prepared = document.prepared(told, document.kind, ())
        return msgspec.convert(prepared, table, dec_hook=reader(beside))
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


class _Document:
    """What stands in a file, the type that it should have, and where the file is."""

    def __init__(self, told: Mapping[str, Any], kind: Kind, place: str) -> None:
        self._told, self.kind, self._place = told, kind, place

    def prepared(self, value: Any, kind: Kind | None, steps: tuple[Step, ...]) -> Any:
        """What msgspec is given: finite numbers, a list where one text stood for it, entries with their place."""
        if isinstance(value, float) and not math.isfinite(value):
            tables, key = self._around(steps)
            raise self._refusal(tables, f"{key} = {value} is not a number; write a finite one")
        if isinstance(value, Mapping):
            return self._prepared_table(value, kind, steps)
        if isinstance(value, list | tuple):
            inner = element(kind)
            return [self.prepared(each, inner, (*steps, position)) for position, each in enumerate(value)]
        return [value] if isinstance(value, str) and is_list(kind) and not is_table(element(kind)) else value

    def _prepared_table(self, table: Mapping[str, Any], kind: Kind | None, steps: tuple[Step, ...]) -> dict[str, Any]:
        keys, other = keys_in(kind), element(kind)
        prepared = {key: self.prepared(each, keys.get(key, other), (*steps, key)) for key, each in table.items()}
        for name in asides_in(kind):
            if name in table:
                raise self._refusal(self._at(steps), _not_known(name, keys))
        if is_entry(kind):
            prepared["place"] = _joined(self._place, self._at(steps))
        return prepared

    def refusal_of(self, error: msgspec.ValidationError) -> ConfigError:
        """msgspec's message in our words."""
        found = _ERROR.fullmatch(str(error))
        what, path = (found["what"], found["path"] or "") if found else (str(error), "")
        steps: list[Step] = [int(index) if index.isdigit() else name or index for name, index in _STEP.findall(path)]
        kind = kind_at(self.kind, steps)
        if unknown := _UNKNOWN.match(what):
            return self._refusal(self._at(steps), _not_known(unknown[1], keys_in(kind)))
        if missing := _MISSING.match(what):
            return self._refusal(self._at(steps), f'key "{missing[1]}" is missing')
        tables, key = self._around(steps)
        if not key:
            return self._refusal(self._at(steps), _in_our_words(what))
        value = self._value(steps)
        if isinstance(error.__cause__, Unfit):
            return self._refusal(tables, f"{key} = {shown(value)}{error.__cause__}")
        flaw, remedy = " is not possible", _in_our_words(what)
        if isinstance(value, str):
            if choices := choices_of(kind):
                flaw, remedy = " is not known", did_you_mean(value, choices)
            remedy = remedy_of(kind) or remedy
        said = f"{key} has {shown(value)}" if isinstance(steps[-1], int) else f"{key} = {shown(value)}{flaw}"
        return self._refusal(tables, f"{said}; {remedy}")

    def _refusal(self, where: str, sentence: str) -> ConfigError:
        return ConfigError(_joined(self._place, where, sentence))

    def _at(self, steps: Iterable[Step]) -> str:
        """How a person would name a table: ``[tariff]: band 2 (night)``."""
        entries, names = self._walked(steps)
        return _joined(*entries, f"[{'.'.join(names)}]" if names else "")

    def _around(self, steps: Iterable[Step]) -> tuple[str, str]:
        """The same for a key: the tables around it, and its name; none where an entry of a list is meant."""
        entries, names = self._walked(steps)
        key = names.pop() if names else ""
        return _joined(*entries, f"[{'.'.join(names)}]" if names else ""), key

    def _walked(self, steps: Iterable[Step]) -> tuple[list[str], list[str]]:
        """The entries of lists on the way, and the names behind the last of them."""
        entries: list[str] = []
        names: list[str] = []
        value: Any = self._told
        kind: Kind | None = self.kind
        for step in steps:
            value, kind = _inner(value, step), kind_at(kind, [step])
            if isinstance(step, str):
                names += [] if step == ANY_KEY else [step]
            elif is_table(kind):
                *tables, name = names
                entries += [f"[{'.'.join(tables)}]"] if tables else []
                entries.append(entry_place(name, step + 1, value))
                names = []
        return entries, names

    def _value(self, steps: Iterable[Step]) -> Any:
        value: Any = self._told
        for step in steps:
            value = _inner(value, step)
        return value


def _inner(value: Any, step: Step) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):  # a key of anybody's choice is not told; one text is a list of one
        return value


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _not_known(key: str, keys: Iterable[str]) -> str:
    return f"key {shown(key)} is not known; {did_you_mean(key, keys)}"


def _in_our_words(what: str) -> str:
    """``expected a number, got text in quotes``."""
    return what[:1].lower() + _TYPES.sub(_type_in_our_words, what[1:])


def _type_in_our_words(found: re.Match[str]) -> str:
    return " or ".join(_WORDS.get(name, name) for name in found[1].split(" | ") if name != "null")
