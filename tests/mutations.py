"""Answers with a few things changed: always the same ones for a seed."""

import dataclasses
import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

from miner_agent.model.readings import MeterReading
from miner_agent.sources.payload import MOST_DEVICES
from miner_agent.tick.plausibility import OF_METERS, range_of

Limits = tuple[float, float]

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
VALUE = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null')
PLACE = re.compile(rb'(?<=[:,\[=])\s*(?:"(?:[^"\\]|\\.)*"|[^"=;|,{}\[\]:]+)(?=\s*[,\]};|])')  # a value, no key
ENTRY = re.compile(rb'"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[^,"{}\[\]]+),?')
CONTAINER = re.compile(rb"\{[^{}\[\]]*\}|\[[^{}\[\]]*\]")

GOOD_NUMBERS = (
    b"-1", b"0", b"-0.0", b"1", b"0.1", b"1e-320", b"1e308", b"-1e308", b"255", b"511", b"65535", b"-273", b"2147483648",
    b"4294967295", b"9007199254740993", b"9223372036854775808", b"12345678901234567890.5",
)  # fmt: skip
BAD_NUMBERS = (
    b"1e999", b"-1e999", b"1e400", b"NaN", b"Infinity", b"-Infinity", b"18446744073709551615", b"9" * 400, b"007", b"1.",
    b"0x10", b"--1", b"1,5",
)  # fmt: skip
"""What stands where a sensible number stood: no number, too large a one, what drivers say when they do not know."""

GOOD_VALUES = (
    *GOOD_NUMBERS, b"null", b"true", b"false", b"[]", b"{}", b'""', b'"x"', b'" "', b'"-1"', b'"NaN"', b'"1e999"',
    b'"inf"', b"[null]", b"[-1,1e308]", b'{"x":1}', b"[{}]", b"[[]]", b'"1e308 MH/s"', b'"-5 H"', b'"4 G"', b'"1;2;3"',
    b'"\\u0000"', b'"\\ud800"', b'"\\u202e"', b'"' + b"9" * 400 + b'"', b'"' + b"x" * 3000 + b'"', b'"0-0-0"', b'"1_000"',
    b'"\xd9\xa3"', b'"a=1;b=2|c"', b'"1/2/3"', b'"::"', b'"://"', b'"0000:ff:1f.7"', b'"99999999999999999999"',
)  # fmt: skip
"""What stands where something else stood: other types, and texts that look like numbers or break what splits them."""

BYTES = (b'"', b",", b":", b";", b"|", b"=", b"\x00", b"\\", b"{", b"}", b"[", b"]", b"\xff", b"\\ud800", b"\n")


def mutated(raw: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    """``raw`` with one to four changes, half of the time such that what it is written in stays whole.

    ``donors`` are other answers that parts are taken from.
    """
    text, changes = raw, dice.choice((CHANGES, WHOLE))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        text = dice.choice(changes)(text, donors, dice)
    return text


def _flip(text: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    at = dice.randrange(len(text) + 1)
    return text[:at] + bytes([dice.randrange(256)]) + text[at + 1 :]


def _break(text: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(BYTES) + text[at + dice.randrange(2) :]


def _cut(text: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    at = dice.randrange(len(text) + 1)
    return text[:at] if dice.randrange(3) == 0 else text[:at] + text[at + dice.randint(1, 40) :]


def _splice(text: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    donor = dice.choice(donors)
    start, at = dice.randrange(len(donor) + 1), dice.randrange(len(text) + 1)
    return text[:at] + donor[start : start + dice.randint(1, 200)] + text[at:]


def _with(pattern: re.Pattern[bytes], replace: Callable[[bytes, Sequence[bytes], Random], bytes]) -> "Change":
    """A change of one place that a pattern finds."""

    def change(text: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
        start = dice.randrange(len(text) + 1)
        found = pattern.search(text, start) or pattern.search(text)
        return text[: found.start()] + replace(found[0], donors, dice) + text[found.end() :] if found else text

    return change


def _other_value(held: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    return dice.choice(GOOD_VALUES)


def _other_number(held: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    if dice.randrange(3) == 0:
        return held[:1] + dice.choice((b"", b"0", b"000000", b".", b"e9", b"-")) + held[1:]
    return dice.choice(GOOD_NUMBERS if dice.randrange(2) else BAD_NUMBERS)


def _donated(held: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    donor = dice.choice(donors)
    found = PLACE.search(donor, dice.randrange(len(donor) + 1))
    return found[0] if found else held


def _twice(held: bytes, donors: Sequence[bytes], dice: Random) -> bytes:
    return held + b"," + held


def _nested(held: bytes, depth: int, dice: Random) -> bytes:
    left, right = dice.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return left * depth + held + right * depth


Change = Callable[[bytes, Sequence[bytes], Random], bytes]
WHOLE: tuple[Change, ...] = (
    *(5 * (_with(PLACE, _other_value),)),
    *(2 * (_with(PLACE, _donated),)),
    _with(NUMBER, lambda held, donors, dice: dice.choice(GOOD_NUMBERS)),
    _with(ENTRY, lambda held, donors, dice: b"" if held.endswith(b",") else held),
    _with(CONTAINER, _other_value),
    _with(CONTAINER, _donated),
    _with(CONTAINER, _twice),
    _with(PLACE, lambda held, donors, dice: _nested(held, dice.choice((1, 2, 27)), dice)),
)
CHANGES: tuple[Change, ...] = (
    _flip,
    _break,
    _cut,
    _splice,
    *(2 * (_with(NUMBER, _other_number),)),
    *(2 * (_with(VALUE, _other_value),)),
    _with(ENTRY, lambda held, donors, dice: b""),
    _with(ENTRY, lambda held, donors, dice: held + (b"" if held.endswith(b",") else b",") + held.rstrip(b",")),
    _with(VALUE, lambda held, donors, dice: _nested(held, dice.choice((31, 33, 60, 3000)), dice)),
)


def assert_possible(value: object, where: str) -> None:
    """Every number in a value and in all that it holds is finite, and may be what its name says."""
    for name, of_one, of_each in _limits(type(value)):  # type: ignore[arg-type]
        held = getattr(value, name)
        if isinstance(held, tuple):
            for position, item in enumerate(held):
                _assert_possible(item, of_each, f"{where}.{name}[{position}]")
        elif held is not None:
            _assert_possible(held, of_one, f"{where}.{name}")


def _assert_possible(held: object, limits: Limits, place: str) -> None:
    if isinstance(held, int | float) and not isinstance(held, bool):
        assert math.isfinite(held), f"{place}: {held}"
        assert limits[0] <= held <= limits[1], f"{place}: {held}"
    else:
        assert_possible(held, place)


@cache
def _limits(kind: type) -> tuple[tuple[str, Limits, Limits], ...]:
    """The fields of a dataclass: name, what may stand there, and in each element of a tuple there."""
    names = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    return tuple((name, _limits_of(kind, name), _limits_of(kind, name.removesuffix("s"))) for name in names)


def _limits_of(kind: type, name: str) -> Limits:
    if name.endswith("index"):
        return (0, MOST_DEVICES)
    own = OF_METERS.get(name) if kind is MeterReading else None
    return own or range_of(name) or (0.0, 2.0**53)
