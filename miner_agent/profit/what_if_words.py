"""What people write of inputs that are to be others: ``kwh_price=0.20``, ``difficulty=+30%``, ``power=1kW:2kW:9W``."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from calculators.earnings.estimate import Estimate
from calculators.written_numbers import NotWritten, change
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.what_if_inputs import INPUTS, RATIO_OF, RATIOS, TWINS, Input

T = TypeVar("T")
MOST_VALUES = 1000
_UNSIGNED_SHARE = re.compile(r"[\d.]{1,12} ?%", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenValues:
    """Values of one input, as they were written: in its unit, or as changes of what it is today."""

    key: str
    told: tuple[Decimal, ...]
    relative: bool = False

    def values(self, asked: Question, base: Estimate) -> tuple[float, ...]:
        """In the input's unit.

        Raises:
            ValueError: they are changes of what is nothing today, or of what is not known.
        """
        if not self.relative:
            return tuple(map(float, self.told))
        today = INPUTS[self.key].today(asked, base)
        if not today:
            raise ValueError(f"{self.key} is 0 today, and so is any share of it; write a number")
        return tuple(float(1 + each) * today for each in self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The values of one input, evenly spaced."""

    key: str
    values: tuple[float, ...]

    @classmethod
    def of(cls, wanted: WrittenValues, asked: Question, base: Estimate) -> "Range":
        """A row that was written. Raises as ``WrittenValues.values`` does."""
        return cls(key=wanted.key, values=wanted.values(asked, base))


def parse_range(text: str) -> WrittenValues:
    """``kwh_price=0.05:0.30:0.01``, ``kwh_price=-30%:+30%:10%``: from, to and step, both ends in it.

    Raises:
        ValueError: it is not written so, or holds too many values.

    >>> parse_range("power=1kW:1.2kW:100W").told == (1000, 1100, 1200)
    True
    """
    key, equals, rest = text.partition("=")
    parts = rest.split(":")
    if not equals or len(parts) != 3:
        raise ValueError(f"{text[:60]!r} is no row of values; write it as kwh_price=0.05:0.30:0.01")
    told = _known(key)
    relative = any(_change_of(part, text) is not None for part in parts[:2])
    low, high, step = (_share_of_today(part, text) if relative else _number(told, part, text) for part in parts)
    if step <= 0 or high < low:
        raise ValueError(f"{text[:60]!r}: expected FROM:TO:STEP with a step above zero and an end above the start")
    if high > low and step > high - low:
        raise ValueError(f"{text[:60]!r}: a step of {step} goes beyond the end; write a smaller one, FROM:TO:STEP")
    count = int((high - low) / step) + 1
    if count > MOST_VALUES:
        raise ValueError(f"{text[:60]!r} holds {count} values; at most {MOST_VALUES}: take larger steps")
    values = tuple(low + step * number for number in range(count))
    return _changed(told, values) if relative else WrittenValues(key=told.key, told=values)


def parse_setting(text: str) -> WrittenValues:
    """``kwh_price=0.20``, ``kwh_price=+20%``.

    Raises:
        ValueError: it is not written so, or the input is not known.

    >>> parse_setting("pool_fee=2%").told
    (Decimal('0.02'),)
    >>> parse_setting("difficulty=+30%")
    WrittenValues(key='difficulty_ratio', told=(Decimal('1.3'),), relative=False)
    """
    key, equals, rest = text.partition("=")
    if not equals:
        raise ValueError(f"{text[:60]!r} sets nothing; write it as kwh_price=0.20")
    told, share_of_today = _known(key), _change_of(rest, text)
    if share_of_today is not None:
        return _changed(told, (share_of_today,))
    return WrittenValues(key=told.key, told=(_number(told, rest, text),))


def parse_settings(texts: Iterable[str]) -> tuple[WrittenValues, ...]:
    """Several of them.

    Raises:
        ValueError: one is not written so, its input is not known, or is set twice.
    """
    found: dict[str, WrittenValues] = {}
    for text in texts:
        wanted = parse_setting(text)
        if wanted.key in found:
            raise ValueError(f"{wanted.key} is set twice; leave one away")
        found[wanted.key] = wanted
    refuse_twins(found)
    return tuple(found.values())


def settled(wanted: Iterable[WrittenValues], asked: Question, base: Estimate) -> Mapping[str, float]:
    """What is set, by key, in each input's unit. Raises as ``WrittenValues.values`` does."""
    return {each.key: each.values(asked, base)[0] for each in wanted}


def refuse_twins(keys: Collection[str]) -> None:
    """Raises ValueError: two of the inputs say the same in two ways."""
    for key, twin in TWINS.items():
        if key in keys and twin in keys:
            raise ValueError(f"{key} and {twin} say the same in two ways; leave one away")


def _changed(told: Input, by: tuple[Decimal, ...]) -> WrittenValues:
    """Shares of today's. What has a ratio of its own is told by that: hours and chains keep their proportions."""
    ratio = INPUTS.get(RATIO_OF.get(told.key, told.key))
    if ratio is not None and ratio.key in RATIOS:
        return WrittenValues(key=ratio.key, told=tuple(1 + each for each in by))
    return WrittenValues(key=told.key, told=by, relative=True)


def _known(key: str) -> Input:
    told = INPUTS.get(key.strip())
    if told is None:
        raise ValueError(f"{key.strip()[:40]!r} is no input; known: {', '.join(INPUTS)}")
    return told


def _number(told: Input, text: str, whole: str) -> Decimal:
    if text.strip().startswith("+"):
        raise ValueError(f"{whole[:60]!r}: is {text.strip()[:20]!r} added? Write the value itself, or +20% for a share")
    try:
        return told.read(text)
    except NotWritten as error:
        share = text.strip()
        hint = f"; a change of today's has its sign: +{share} or -{share}" if _UNSIGNED_SHARE.fullmatch(share) else ""
        raise ValueError(f"{whole[:60]!r}: {error}{hint}") from None


def _share_of_today(text: str, whole: str) -> Decimal:
    if not text.strip().endswith("%"):
        raise ValueError(f"{whole[:60]!r}: shares of today's and numbers; write all three so: -30%:+30%:10%")
    signed = text.strip() if text.strip()[:1] in {"+", "-"} else f"+{text.strip()}"
    return _change_of(signed, whole) or Decimal(0)


def _change_of(text: str, whole: str) -> Decimal | None:
    return _read(change, text, whole)


def _read(read: Callable[[str], T], text: str, whole: str) -> T:
    try:
        return read(text)
    except NotWritten as error:
        raise ValueError(f"{whole[:60]!r}: {error}") from None
