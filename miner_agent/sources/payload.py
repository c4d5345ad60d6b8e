"""Typed reads of foreign JSON and text. Every failure names the path at which it stands.

Strict: valid UTF-8, no NaN or Infinity, no duplicate keys, at most 32 levels, integers of at most 19 digits, numbers
that a float can hold. Only the first document of an answer is read: some firmware leaves the end of an older answer
behind it, and the cgminer family a NUL.

Answers hold accounts and passwords, so that an error quotes no more of one than a number or a short word that stands
where something else should.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn, Self

from calculators.units import number_with_prefix
from miner_agent.errors import BadPayload, Unquoted

DEPTH = 32
INTEGER_DIGITS = 19
EXACT_CHARACTERS = 100  # of one number of a feed: 10 ETH in wei have 20 digits, and nothing has more than these
QUOTED_LENGTH = 16  # shorter than any wallet
QUOTED_KEY_LENGTH = 25
MOST_DEVICES = 10_000
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)  # an unclosed one ends with the text: linear
_NOT_BRACKET = re.compile(rb"[^\[\]{}]+")
_MARKUP = re.compile(r"<[!?/]?[a-zA-Z]{1,10}", re.ASCII)

Step = str | int
Repair = Callable[[bytes], bytes]


class Doc:
    """One place in a JSON document, with the path that leads there."""

    __slots__ = ("path", "value")

    def __init__(self, value: object, path: str) -> None:
        self.value, self.path = value, path

    def at(self, *steps: Step) -> Self:
        """The place that ``steps`` lead to; ``None`` in it where a key, an element or a parent is missing."""
        value, path = self.value, self.path
        for step in steps:
            if value is None:
                return type(self)(None, _joined(path, step))
            if isinstance(step, str):
                if not isinstance(value, dict):
                    raise BadPayload(path, _kind(value), "an object")
                value = value.get(step)
            else:
                if not isinstance(value, list):
                    raise BadPayload(path, _kind(value), "a list")
                value = value[step] if -len(value) <= step < len(value) else None
            path = _joined(path, step)
        return type(self)(value, path)

    def is_object(self) -> bool:
        return isinstance(self.value, dict)

    def is_list(self) -> bool:
        return isinstance(self.value, list)

    def items(self, *steps: Step) -> Iterator[Self]:
        """The elements of the list there; none where it is missing or null."""
        place = self.at(*steps)
        if place.value is None:
            return
        if not isinstance(place.value, list):
            raise BadPayload(place.path, _kind(place.value), "a list")
        for position, value in enumerate(place.value):
            yield type(self)(value, f"{place.path}[{position}]")

    def entries(self, *steps: Step) -> Iterator[tuple[str, Self]]:
        """The keys and values of the object there; none where it is missing or null."""
        place = self.at(*steps)
        if place.value is None:
            return
        if not isinstance(place.value, dict):
            raise BadPayload(place.path, _kind(place.value), "an object")
        for key, value in place.value.items():
            yield key, type(self)(value, _joined(place.path, _quoted(key)))

    def names(self) -> tuple[str, ...]:
        """The keys of the object here; none where it is missing or null. Cheaper than ``entries`` by far."""
        if self.value is None:
            return ()
        if not isinstance(self.value, dict):
            raise BadPayload(self.path, _kind(self.value), "an object")
        return tuple(self.value)

    def text_or_none(self, *steps: Step) -> str | None:
        """Text; ``None`` where it is missing, null or empty."""
        place = self.at(*steps)
        if place.value is None:
            return None
        if not isinstance(place.value, str):
            place.expected("text or null")
        return place.value or None

    def text(self, *steps: Step) -> str:
        place = self.at(*steps)
        if not isinstance(place.value, str) or not place.value:
            place.expected("text")
        return place.value

    def private_text_or_none(self, *steps: Step) -> str | None:
        """The same for what no error may quote: an account, a user name."""
        place = self.at(*steps)
        if place.value is not None and not isinstance(place.value, str):
            raise BadPayload(place.path, _kind(place.value), "text or null")
        return place.value or None

    def number_or_none(self, *steps: Step) -> float | None:
        """A finite number; ``None`` where it is missing or null. Text is refused, ``true`` is not one."""
        place = self.at(*steps)
        value = place.value
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            place.expected("a finite number or null")
        return float(value)

    def number(self, *steps: Step) -> float:
        number = self.number_or_none(*steps)
        if number is None:
            self.at(*steps).expected("a finite number")
        return number

    def prefixed_number_or_none(self, *steps: Step) -> float | None:
        """A number, or text that holds one with a decimal prefix (``"4.00 G"``)."""
        place = self.at(*steps)
        if not isinstance(place.value, str):
            return place.number_or_none()
        if not place.value.strip():
            return None
        try:
            number = number_with_prefix(place.value)
        except ValueError:
            place.expected('a number, or text such as "4.00 G"')
        return number if math.isfinite(number) else None

    def count_or_none(self, *steps: Step) -> int | None:
        """A whole number that is not negative; ``None`` where it is missing or null."""
        place = self.at(*steps)
        value = place.value
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer() and value < 10.0**INTEGER_DIGITS:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            place.expected("a count (0, 1, 2 ...) or null")
        return value

    def count(self, *steps: Step) -> int:
        count = self.count_or_none(*steps)
        if count is None:
            self.at(*steps).expected("a count (0, 1, 2 ...)")
        return count

    def index_or_none(self, *steps: Step) -> int | None:
        """The number of one of a few devices; ``None`` where it is missing or null."""
        index = self.count_or_none(*steps)
        if index is not None and index >= MOST_DEVICES:
            self.at(*steps).expected(f"a device's number, below {MOST_DEVICES}")
        return index

    def index(self, *steps: Step) -> int:
        index = self.index_or_none(*steps)
        if index is None:
            self.at(*steps).expected(f"a device's number, below {MOST_DEVICES}")
        return index

    def truth_or_none(self, *steps: Step) -> bool | None:
        place = self.at(*steps)
        if place.value is not None and not isinstance(place.value, bool):
            place.expected("true, false or null")
        return place.value

    def expected(self, what: str) -> NoReturn:
        """Refuse what stands here."""
        long = isinstance(self.value, str) and len(self.value) > QUOTED_LENGTH
        raise BadPayload(self.path, _kind(self.value) if long else self.value, what)


class Payloads:
    """The raw answers of one source in one tick, by the name of their request."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Mapping[str, bytes]) -> None:
        self._raw = raw

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def raw(self, name: str) -> bytes:
        if name not in self._raw:
            raise BadPayload(name, None, "an answer")
        return self._raw[name]

    def json(self, name: str, *, repair: Repair | None = None) -> Doc:
        """The first JSON document of that answer. ``BadPayload`` where it is not strict JSON.

        ``repair`` is for firmware that is known to send broken JSON: a driver opts in to it by name.
        """
        raw = self.raw(name)
        return Doc(parse_json(repair(raw) if repair is not None else raw, name), name)

    def json_or_none(self, name: str, *, repair: Repair | None = None) -> Doc | None:
        """The same; ``None`` where that request was optional and not answered."""
        return self.json(name, repair=repair) if name in self._raw else None

    def text(self, name: str) -> str:
        """That answer as text, without NUL at its end."""
        return decoded(self.raw(name), name)


def parse_json(raw: bytes, name: str) -> object:
    """Strict JSON. ``BadPayload`` says where and what; nothing else is raised."""
    return _parsed(raw, name, _DECODER)[0]


def parse_exact_json(raw: bytes, name: str) -> object:
    """Strict JSON of a feed: numbers are ``Decimal``, a key that stands twice has ``TWICE`` for its value, and nothing
    may follow the document."""
    document, rest = _parsed(raw, name, _EXACT_DECODER)
    if rest.strip():
        raise BadPayload(name, rest[:40], "nothing after the end of the JSON")
    return document


def _parsed(raw: bytes, name: str, decoder: json.JSONDecoder) -> tuple[object, str]:
    """The first document, and the text after it."""
    text = decoded(raw, name)
    _refuse_depth(raw, name)
    try:
        document, end = decoder.raw_decode(text, _first_character(text))
    except _Refused as refused:
        raise BadPayload(name, refused.got, refused.wanted) from None
    except json.JSONDecodeError as error:
        markup = _MARKUP.match(text, error.pos)
        there = markup[0] if markup is not None else text[error.pos : error.pos + 1]
        raise BadPayload(f"{name} at character {error.pos}", there, f"JSON ({error.msg})") from None
    return document, text[end:]


def decoded(raw: bytes, name: str) -> str:
    """Text, without NUL at its end. ``BadPayload`` where it is not UTF-8."""
    try:
        return raw.decode("utf-8").rstrip("\x00")
    except UnicodeDecodeError as error:
        raise BadPayload(f"{name} at byte {error.start}", raw[error.start : error.start + 1], "UTF-8 text") from None


def _first_character(text: str) -> int:
    return len(text) - len(text.lstrip(" \t\r\n"))


def _refuse_depth(raw: bytes, name: str) -> None:
    """Python's decoder raises RecursionError on deep nesting: count before it starts."""
    if raw.count(b"[") + raw.count(b"{") <= DEPTH:
        return
    depth = 0
    for bracket in _NOT_BRACKET.sub(b"", _STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH:
            raise BadPayload(name, Unquoted("nested deeper"), f"at most {DEPTH} levels of nesting")
        if depth == 0:
            return  # the end of the first document


class _Refused(Exception):
    def __init__(self, got: object, wanted: str) -> None:
        self.got, self.wanted = got, wanted


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Refused(Unquoted("an object with a key twice"), "each key once")
            seen.add(key)
    return found


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > INTEGER_DIGITS:
        raise _Refused(Unquoted("a longer number"), f"an integer of at most {INTEGER_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused(digits, "a number that a float can hold")
    return number


def _constant(word: str) -> NoReturn:
    raise _Refused(word, "a finite number or null")


class _Twice:
    """Stands for the values of a key that an object has twice: no read takes it, and the rest of the answer stands."""

    def __repr__(self) -> str:
        return "there twice"


TWICE = _Twice()


def _object_with_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found[key] = TWICE
            seen.add(key)
    return found


def _exact(digits: str) -> Decimal:
    if len(digits) > EXACT_CHARACTERS:
        raise _Refused(digits, f"a number of at most {EXACT_CHARACTERS} characters")
    if not fits_float(digits):
        raise _Refused(digits, "a number that a float can hold")
    return Decimal(digits)


def fits_float(digits: str) -> bool:
    """Whether a float holds that number: neither infinite, nor so small that it would become zero.

    >>> fits_float("1e999"), fits_float("1e-999"), fits_float("0.0e-9"), fits_float("12.5")
    (False, False, True, True)
    """
    number = float(digits)
    return math.isfinite(number) and (number != 0 or not digits.partition("e")[0].partition("E")[0].strip("+-0."))


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
_EXACT_DECODER = json.JSONDecoder(
    object_pairs_hook=_object_with_twice, parse_int=_exact, parse_float=_exact, parse_constant=_constant
)


def _kind(value: object) -> Unquoted:
    """What sort of value it is, for an error that must not quote it."""
    match value:
        case None:
            return Unquoted("null")
        case bool():
            return Unquoted("true or false")
        case int() | float():
            return Unquoted("a number")
        case str():
            return Unquoted(f"text of {len(value)} characters")
        case list():
            return Unquoted("a list")
        case _Twice():
            return Unquoted(repr(value))
        case _:
            return Unquoted("an object")


def _quoted(key: str) -> str:
    """A key of the answer's own choice, for the path in an error."""
    return key if len(key) <= QUOTED_KEY_LENGTH and key.isascii() and key.isprintable() else "(a long or odd key)"


def _joined(path: str, step: Step) -> str:
    return f"{path}.{step}" if isinstance(step, str) else f"{path}[{step}]"
