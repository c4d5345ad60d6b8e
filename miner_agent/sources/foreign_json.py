"""JSON from outside. Bounded whatever it holds: valid depth, digits that are read, numbers that a float can hold.

Of a miner's answer one detail that cannot be taken (a number with 400 digits, a key that stands twice, ``NaN``) is
marked in its place and costs itself; a feed's answer is taken as it should be, or not at all. Only the first document
of a miner's answer is read: some firmware leaves the end of an older answer behind it, and the cgminer family a NUL.
"""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from miner_agent.errors import BadPayload, Unquoted
from miner_agent.sources.reading_budget import CHARACTERS_A_STEP, ReadingBudget

DEPTH = 32
INTEGER_DIGITS = 19
EXACT_CHARACTERS = 100  # of one number of a feed: 10 ETH in wei have 20 digits, and nothing has more than these
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors and programs begin UTF-8 with it
JSON_TEXT = re.compile(rb'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))', re.DOTALL)  # an unclosed one ends with the answer: linear
_NOT_BRACKET = re.compile(rb"[^\[\]{}]+")
_MARKUP = re.compile(r"<[!?/]?[a-zA-Z]{1,10}", re.ASCII)


class Unreadable:
    """Stands for a value that no read takes: the rest of the answer stands."""

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __repr__(self) -> str:
        return self._what


TWICE = Unreadable("there twice")
TOO_LONG = Unreadable("a longer number")
NOT_FINITE = Unreadable("no finite number")


def parse_json(raw: bytes, name: str, budget: ReadingBudget) -> object:
    """The first JSON document of a miner's answer, where ``budget`` has room for it.

    What is ``Unreadable`` in it is marked so. Bytes that are no UTF-8 cost the text that they stand in.

    Raises:
        BadPayload: it is none; the error says where and what.
        Excessive: it is too long, or holds too many lists and objects.
    """
    opened = _opened(raw)
    budget.spend(opened + len(raw) // CHARACTERS_A_STEP)
    return _parsed(raw, name, _DECODER, opened, errors="replace")[0]


def parse_exact_json(raw: bytes, name: str) -> object:
    """Strict JSON of a feed: numbers are ``Decimal``, a key that stands twice has ``TWICE`` for its value, and nothing
    may follow the document."""
    document, rest = _parsed(raw, name, _EXACT_DECODER, _opened(raw), errors="strict")
    if rest.strip():
        raise BadPayload(name, rest[:40], "nothing after the end of the JSON")
    return document


def _parsed(raw: bytes, name: str, decoder: json.JSONDecoder, opened: int, *, errors: str) -> tuple[object, str]:
    """The first document, and the text after it. ``opened``: how many lists and objects there are at most."""
    text = decoded(raw, name, errors=errors)
    _refuse_depth(raw, name, opened)
    try:
        document, end = decoder.raw_decode(text, _first_character(text))
    except _Refused as refused:
        raise BadPayload(name, refused.got, refused.wanted) from None
    except json.JSONDecodeError as error:
        markup = _MARKUP.match(text, error.pos)
        there = markup[0] if markup is not None else text[error.pos : error.pos + 1]
        raise BadPayload(f"{name} at character {error.pos}", there, f"JSON ({error.msg})") from None
    return document, text[end:]


def decoded(raw: bytes, name: str, *, errors: str = "strict") -> str:
    """Text, without a byte order mark before it and NUL behind it. ``BadPayload`` where strict, and it is no UTF-8."""
    raw = raw.removeprefix(BYTE_ORDER_MARK)
    try:
        return raw.decode("utf-8", errors).rstrip("\x00")
    except UnicodeDecodeError as error:
        raise BadPayload(f"{name} at byte {error.start}", raw[error.start : error.start + 1], "UTF-8 text") from None


def _first_character(text: str) -> int:
    return len(text) - len(text.lstrip(" \t\r\n"))


def _opened(raw: bytes) -> int:
    """How many lists and objects there are, and brackets in texts: an empty one takes thirty times its length."""
    return raw.count(b"[") + raw.count(b"{")


def _refuse_depth(raw: bytes, name: str, opened: int) -> None:
    """Python's decoder raises RecursionError on deep nesting: count before it starts."""
    if opened <= DEPTH:
        return
    depth = 0
    for bracket in _NOT_BRACKET.sub(b"", JSON_TEXT.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH:
            raise BadPayload(name, Unquoted("nested deeper"), f"at most {DEPTH} levels of nesting")
        if depth == 0:
            return  # the end of the first document


class _Refused(Exception):
    def __init__(self, got: object, wanted: str) -> None:
        self.got, self.wanted = got, wanted


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that it has twice has neither value: which one is meant cannot be known."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found[key] = TWICE
            seen.add(key)
    return found


def _integer(digits: str) -> int | Unreadable:
    return int(digits) if len(digits) <= INTEGER_DIGITS or len(digits.lstrip("-")) <= INTEGER_DIGITS else TOO_LONG


def _float(digits: str) -> float | Unreadable:
    number = float(digits)
    return number if math.isfinite(number) else NOT_FINITE


def _constant(_word: str) -> Unreadable:
    return NOT_FINITE


def _exact(digits: str) -> Decimal:
    if len(digits) > EXACT_CHARACTERS:
        raise _Refused(digits, f"a number of at most {EXACT_CHARACTERS} characters")
    if not fits_float(digits):
        raise _Refused(digits, "a number that a float can hold")
    return Decimal(digits)


def _exact_constant(word: str) -> NoReturn:
    raise _Refused(word, "a finite number or null")


def fits_float(digits: str) -> bool:
    """Whether a float holds that number: neither infinite, nor so small that it would become zero.

    >>> fits_float("1e999"), fits_float("1e-999"), fits_float("0.0e-9"), fits_float("12.5")
    (False, False, True, True)
    """
    number = float(digits)
    return math.isfinite(number) and (number != 0 or not digits.partition("e")[0].partition("E")[0].strip("+-0."))


def _decoder(
    number: Callable[[str], object], whole: Callable[[str], object], constant: Callable[[str], object], *, strict: bool
) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_object,
        parse_int=whole,
        parse_float=number,
        parse_constant=constant,
        strict=strict,
    )


_DECODER = _decoder(_float, _integer, _constant, strict=False)  # programs put raw line ends into their texts
_EXACT_DECODER = _decoder(_exact, _exact, _exact_constant, strict=True)
